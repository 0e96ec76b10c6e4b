//! The manifest of a store: all that is no array.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ppl::Levels;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::super::{ColumnKind, FailedChain, Posterior};
use crate::Rejections;
use crate::draws::{Dim, SiteTable};
use crate::format::shared;
use crate::inference_data::names::{AxisNames, variable_name};

/// What the root of a store says in its attribute `ppl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) version: StoreVersion,
    pub(crate) sites: Vec<SiteEntry>,
    pub(crate) statistics: Vec<StatisticEntry>,
    /// The ids of the chains, a row each.
    pub(crate) chain_ids: Vec<usize>,
    /// The number of draws that the run is to make, or has made.
    pub(crate) draws: usize,
    /// The number of draws of a chunk.
    pub(crate) block: usize,
    pub(crate) gzip: Option<u32>,
    /// Whether every block waits for the disk; none decides by how long they take.
    #[serde(default)]
    pub(crate) sync: Option<bool>,
    pub(crate) engine: String,
    pub(crate) warmup_draws: u64,
    pub(crate) thinning: usize,
    /// The settings of the sampler of a run, which another run needs to go on; none of a posterior that was written whole.
    pub(crate) settings: Option<Value>,
    /// The settings of the sampler of a posterior that was written whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sampler_config: Option<Value>,
    /// None while the run goes on, or if it was killed.
    pub(crate) outcome: Option<Outcome>,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SiteEntry {
    pub(crate) name: String,
    /// The name of its array, which is that of the site unless Zarr or xarray want another one.
    pub(crate) array: String,
    /// Shape without chain and draw.
    pub(crate) shape: Vec<usize>,
    /// The plate of each axis, where it has one, with the names of its members.
    pub(crate) dims: Vec<Option<Dim>>,
    /// The names of its axes in the store.
    pub(crate) axes: Vec<String>,
}

/// A statistic of the draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatisticEntry {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
}

/// What is known at the end of a run only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The number of draws of each chain that counts.
    pub(crate) draws: usize,
    /// The rows of the chains that count.
    pub(crate) rows: Vec<usize>,
    pub(crate) rejections: Rejections,
    pub(crate) prior_violation: Option<String>,
    pub(crate) gradient_evaluations: u64,
    pub(crate) value_evaluations: u64,
    pub(crate) sampling_time: Duration,
    pub(crate) failed_chains: Vec<FailedChain>,
    /// The parameters that the warm-up has adapted, of each chain that counts; none in files that were written before.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "shared")]
    pub(crate) adapted: Vec<Arc<Value>>,
}

/// Names of members in a message.
const FEW_NAMES: usize = 10;

/// Version of the manifest; another one is not read.
const VERSION: u32 = 1;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoreVersion;

impl Serialize for StoreVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        VERSION.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StoreVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            VERSION => Ok(Self),
            other => {
                Err(de::Error::custom(format_args!("version {other} of the store is not supported, only {VERSION}")))
            }
        }
    }
}

/// As a message tells it: name, shape, and the first of the members that have names.
impl fmt::Display for SiteEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {:?}", self.name, self.shape)?;
        for dim in self.dims.iter().flatten() {
            if let Some(levels) = dim.levels() {
                let more = if levels.len() > FEW_NAMES { ", …" } else { "" };
                write!(f, " of `{}`: {}{more}", dim.name(), levels[..levels.len().min(FEW_NAMES)].join(", "))?;
            }
        }
        Ok(())
    }
}

impl SiteEntry {
    /// The entries of sites, by name, shape and dimensions, under names that a store and xarray can have.
    pub(crate) fn name_all<'a>(
        sites: impl IntoIterator<Item = (&'a str, &'a [usize], &'a [Option<Dim>])>,
    ) -> Vec<Self> {
        let mut entries: Vec<Self> = Vec::new();
        for (name, shape, dims) in sites {
            let array = variable_name(name, |name| entries.iter().any(|entry| entry.array == name));
            let (name, shape, dims) = (name.to_owned(), shape.to_vec(), dims.to_vec());
            entries.push(Self { name, array, shape, dims, axes: Vec::new() });
        }
        let mut axes = AxisNames::new(entries.iter().map(|entry| entry.array.clone()));
        for entry in &mut entries {
            entry.axes = axes.of(&entry.array, &entry.shape, &entry.dims);
        }
        entries
    }

    /// The axes whose members have names, of all sites.
    pub(crate) fn coordinates(sites: &[Self]) -> BTreeMap<&str, &Levels> {
        let axes = sites.iter().flat_map(|site| site.axes.iter().map(String::as_str).zip(&site.dims));
        axes.filter_map(|(axis, dim)| Some((axis, dim.as_ref()?.levels()?))).collect()
    }

    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Manifest {
    /// The settings of the sampler, of a run or of a posterior that was written whole.
    pub(crate) fn sampler_config(&self) -> Option<&Value> {
        self.sampler_config.as_ref().or(self.settings.as_ref())
    }

    /// The largest number of elements of a site.
    pub(crate) fn largest_site(sites: &[SiteEntry]) -> usize {
        sites.iter().map(SiteEntry::size).max().unwrap_or(1)
    }

    /// The manifest of a posterior that is complete.
    pub(super) fn of(posterior: &Posterior, options: &super::StoreOptions) -> Self {
        let table: &SiteTable = posterior.draws().sites();
        let sites = SiteEntry::name_all(table.iter().map(|site| (site.name(), site.shape(), site.dims())));
        let statistics = posterior.sample_stats().iter();
        let draws = posterior.num_draws();
        Self {
            version: StoreVersion,
            block: options.block_of(draws, Self::largest_site(&sites)),
            gzip: options.gzip,
            sync: options.sync,
            sites,
            statistics: statistics.map(|(name, kind, _)| StatisticEntry { name: name.to_owned(), kind }).collect(),
            chain_ids: posterior.chain_ids().to_vec(),
            draws,
            engine: posterior.engine().to_owned(),
            warmup_draws: posterior.warmup_draws(),
            thinning: posterior.thinning(),
            settings: None,
            sampler_config: posterior.sampler_config().cloned(),
            outcome: Some(Outcome {
                draws,
                rows: (0..posterior.num_chains()).collect(),
                rejections: posterior.rejections().clone(),
                prior_violation: posterior.prior_violation.clone(),
                gradient_evaluations: posterior.gradient_evaluations(),
                value_evaluations: posterior.value_evaluations(),
                sampling_time: posterior.sampling_time(),
                failed_chains: posterior.failed_chains().to_vec(),
                adapted: posterior.adapted.clone(),
            }),
        }
    }
}
