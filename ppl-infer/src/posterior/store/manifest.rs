//! The manifest of a store: all that is no array.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::super::{ColumnKind, FailedChain, Posterior};
use crate::Rejections;
use crate::draws::SiteTable;

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
    /// The plate of each axis, where it has one.
    pub(crate) dims: Vec<Option<String>>,
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
}

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

impl SiteEntry {
    /// The entries of sites, by name, shape and dimensions, under names that a store and xarray can have.
    pub(crate) fn name_all<'a>(
        sites: impl IntoIterator<Item = (&'a str, &'a [usize], &'a [Option<String>])>,
    ) -> Vec<Self> {
        let mut entries: Vec<Self> = Vec::new();
        for (name, shape, dims) in sites {
            let mut array = name.replace('/', ".");
            if array.is_empty() || array.starts_with("__") || array.chars().all(|letter| letter == '.') {
                array.insert_str(0, "site_");
            }
            while ["chain", "draw"].contains(&array.as_str()) || entries.iter().any(|entry| entry.array == array) {
                array.push('_');
            }
            let (name, shape, dims) = (name.to_owned(), shape.to_vec(), dims.to_vec());
            entries.push(Self { name, array, shape, dims, axes: Vec::new() });
        }
        // An axis of a name has one length, and no variable has the name of an axis.
        let mut lengths: Vec<(String, usize)> = Vec::new();
        for index in 0..entries.len() {
            let mut axes: Vec<String> = Vec::new();
            for (axis, (dim, &length)) in entries[index].dims.iter().zip(&entries[index].shape).enumerate() {
                let taken = |name: &str| {
                    ["chain", "draw"].contains(&name)
                        || axes.iter().any(|other| other == name)
                        || entries.iter().any(|entry| entry.array == name)
                        || lengths.iter().any(|(other, others)| other == name && *others != length)
                };
                let own = format!("{}_dim_{axis}", entries[index].array);
                let named = dim.iter().flat_map(|dim| [dim.clone(), format!("{dim}_dim")]);
                let mut name = named.chain([own]).find(|name| !taken(name)).unwrap_or_else(|| "axis".to_owned());
                while taken(&name) {
                    name.push('_');
                }
                lengths.push((name.clone(), length));
                axes.push(name);
            }
            entries[index].axes = axes;
        }
        entries
    }

    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Manifest {
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
            outcome: Some(Outcome {
                draws,
                rows: (0..posterior.num_chains()).collect(),
                rejections: posterior.rejections().clone(),
                prior_violation: posterior.prior_violation.clone(),
                gradient_evaluations: posterior.gradient_evaluations(),
                value_evaluations: posterior.value_evaluations(),
                sampling_time: posterior.sampling_time(),
                failed_chains: posterior.failed_chains().to_vec(),
            }),
        }
    }
}
