//! Draws, as every method returns them, and their summary.

mod column;
mod dim;
mod error;
mod family;
pub(crate) mod gather;
mod irregular;
mod keep;
mod label;
mod name;
#[cfg(feature = "parquet")]
mod parquet;
mod recorded;
mod resample;
pub(crate) mod site;
mod source;
mod summary;
mod table;
mod weights;

use std::sync::Arc;

use ndarray::ArrayD;
use serde::{Deserialize, Serialize};

#[cfg(feature = "parquet")]
pub use self::parquet::ParquetLayout;
pub use self::{
    dim::Dim,
    error::DrawsError,
    irregular::IrregularSite,
    keep::Keep,
    name::{DrawName, ValueName},
    site::{DrawValue, SiteDraws},
    source::DrawSource,
    summary::{Summary, SummaryOptions, SummaryRow, Warning},
    table::{SiteTable, SiteValues},
    weights::Weights,
};
pub(crate) use self::{
    gather::{SiteColumns, SiteValue, gather_output},
    recorded::{FEWEST_RECORDED_DRAWS, RecordedDraws},
    source::{draw_verbs, unexplained},
};
use crate::{
    error::{Error, Result},
    format::{FormatVersion, json_files},
    table::counted,
};

/// Draws of the sites of a model, by chains or not, weighted or not.
///
/// A method's result holds them and has the same verbs. Written with serde they carry a format version; every `f64`, also
/// NaN and infinities, survives JSON.
///
/// # Shapes
/// Every array is chain × draw × site shape, or draw × site shape where there are no chains. Only the latter may have
/// weights.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::draws::{Draws, SiteTable};
///
/// let mut sites = SiteTable::new(&[4, 100]);
/// sites.insert("theta", Array3::from_shape_fn((4, 100, 8), |(c, d, i)| ((c * 13 + d * 7 + i) % 31) as f64).into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// assert_eq!((draws.num_chains(), draws.num_draws()), (4, 100));
/// assert_eq!(draws.get_array("theta")?.values().shape(), [4, 100, 8]);
/// assert_eq!(draws.component("theta[3]")?.mean(), draws.summary().row("theta[3]")?.mean);
///
/// let error = draws.get("theta").unwrap_err().to_string();
/// assert!(error.starts_with("site `theta` has shape [8]; it is no scalar\nhelp: use `get_array(\"theta\")`"));
/// assert!(draws.get("tehta").unwrap_err().to_string().contains("did you mean `theta`?"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct Draws {
    format: FormatVersion,
    sites: SiteTable,
    irregular: Vec<IrregularSite>,
    weights: Option<Weights>,
}

json_files!(Draws);

impl Draws {
    /// Draws that all count alike.
    ///
    /// # Shapes
    /// The leading axes of `sites` are chain × draw, or draw.
    ///
    /// # Errors
    /// [`DrawsError::NoDraws`]; [`DrawsError::Shape`] for other leading axes.
    pub fn new(sites: SiteTable) -> Result<Self> {
        let (chains, draws) = match *sites.leading() {
            [draws] => (1, draws),
            [chains, draws] => (chains, draws),
            _ => {
                let (quantity, got) = ("the table of sites".to_owned(), sites.leading().to_vec());
                return Err(DrawsError::Shape { quantity, expected: vec![1, 1], got }.into());
            }
        };
        if chains == 0 || draws == 0 {
            return Err(DrawsError::NoDraws { chains, draws }.into());
        }
        Ok(Self { format: FormatVersion, sites, irregular: Vec::new(), weights: None })
    }

    /// Draws with unnormalised log weights.
    ///
    /// # Shapes
    /// The one leading axis of `sites` is draw, as long as `log_weights`.
    ///
    /// # Errors
    /// [`DrawsError::NoDraws`]; [`DrawsError::Shape`] if sites and weights differ in number;
    /// [`WeightsError::NonFinite`](crate::error::WeightsError::NonFinite),
    /// [`WeightsError::AllZero`](crate::error::WeightsError::AllZero).
    pub fn weighted(sites: SiteTable, log_weights: Vec<f64>) -> Result<Self> {
        Self::new(sites)?.with_weights(Weights::new(log_weights, 0)?)
    }

    /// The same draws with weights.
    pub(crate) fn with_weights(self, weights: Weights) -> Result<Self> {
        if self.sites.leading() != [weights.len()] {
            let (quantity, got) = ("the table of sites".to_owned(), self.sites.leading().to_vec());
            return Err(DrawsError::Shape { quantity, expected: vec![weights.len()], got }.into());
        }
        Ok(Self { weights: Some(weights), ..self })
    }

    /// Adds the sites that not every draw visited, or not with the same shape.
    ///
    /// # Errors
    /// [`DrawsError::Shape`] if one is of another number of draws, or if there are chains; [`DrawsError::TwoArrays`].
    pub fn with_irregular(mut self, sites: Vec<IrregularSite>) -> Result<Self> {
        for site in sites {
            if self.sites.leading() != [site.total()] {
                let (quantity, got) = (format!("site `{}`", site.name()), vec![site.total()]);
                return Err(DrawsError::Shape { quantity, expected: self.sites.leading().to_vec(), got }.into());
            }
            let is_known = self.sites.names().any(|known| known == site.name());
            if is_known || self.irregular(site.name()).is_some() {
                return Err(DrawsError::TwoArrays { site: site.name().to_owned() }.into());
            }
            self.irregular.push(site);
        }
        Ok(self)
    }

    /// The draws as those of chains, one after the other.
    pub(crate) fn with_chains(self, chains: usize) -> Result<Self> {
        let draws = self.total_draws() / chains.max(1);
        Ok(Self { sites: self.sites.with_leading(&[chains, draws])?, ..self })
    }

    /// Whether the draws come from chains.
    pub fn has_chains(&self) -> bool {
        self.sites.leading().len() == 2
    }

    /// Number of chains; 1 where there are none.
    pub fn num_chains(&self) -> usize {
        if self.has_chains() { self.sites.leading()[0] } else { 1 }
    }

    /// Number of draws of each chain, or of all where there are no chains.
    pub fn num_draws(&self) -> usize {
        self.sites.leading()[self.sites.leading().len() - 1]
    }

    /// Number of the draws of all chains.
    pub fn total_draws(&self) -> usize {
        self.num_chains() * self.num_draws()
    }

    /// The sites in the order of the model, without the irregular ones.
    pub fn sites(&self) -> &SiteTable {
        &self.sites
    }

    /// The sites that not every draw visited, or not with the same shape.
    pub fn irregular_sites(&self) -> &[IrregularSite] {
        &self.irregular
    }

    fn irregular(&self, name: &str) -> Option<&IrregularSite> {
        self.irregular.iter().find(|site| site.name() == name)
    }

    /// Names of all sites.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sites.names().chain(self.irregular.iter().map(IrregularSite::name))
    }

    /// Weights of the draws; none where all count alike.
    pub fn weights(&self) -> Option<&Weights> {
        self.weights.as_ref()
    }

    fn shared_weights(&self) -> Option<Arc<[f64]>> {
        self.weights.as_ref().map(Weights::shared)
    }

    /// Draws of a scalar site.
    ///
    /// # Errors
    /// [`DrawsError::NotScalar`] for an array site; [`Error::UnknownName`], which lists the sites and suggests the
    /// nearest; [`DrawsError::PartlyVisited`] or [`DrawsError::VaryingShape`] for an irregular site.
    pub fn get(&self, site: impl ValueName) -> Result<SiteDraws> {
        self.get_array(site)?.into_scalar()
    }

    /// Draws of a site of any shape.
    ///
    /// # Errors
    /// As [`get`](Self::get), but for that of an array site.
    pub fn get_array(&self, site: impl ValueName) -> Result<SiteDraws<ArrayD<f64>>> {
        let name = site.site_name();
        match (self.sites.get(name), self.irregular(name)) {
            (Ok(site), _) => Ok(SiteDraws::new(site.clone(), self.shared_weights())),
            (Err(_), Some(site)) => Err(site.error()),
            (Err(_), None) if self.component(name).is_ok() => {
                Err(DrawsError::IsComponent { label: name.to_owned() }.into())
            }
            (Err(_), None) => Err(Error::unknown_name("site", name, self.names())),
        }
    }

    /// Draws of a scalar component, by its label in the summary: `"theta[3]"`, `"L[1, 0]"`, `"theta[Choate]"` where the
    /// members of the plate have names, or the name of a scalar site.
    ///
    /// # Errors
    /// [`Error::UnknownName`], [`DrawsError::UnknownComponent`], and those of an irregular site.
    pub fn component(&self, label: &str) -> Result<SiteDraws> {
        let name = label.split_once('[').map_or(label, |(name, _)| name).trim_end();
        match (self.sites.component(label), self.irregular(name)) {
            (Ok((site, index)), _) => SiteDraws::new(site.clone(), self.shared_weights()).at(index),
            (Err(_), Some(site)) => Err(site.error()),
            (Err(Error::UnknownName(_)), None) => Err(Error::unknown_name("site", name, self.names())),
            (Err(error), None) => Err(error),
        }
    }

    /// Mean, standard deviation, interval, accuracy and reliability of each scalar component, and warnings.
    ///
    /// The same as [`summary_with`](Self::summary_with) of the default options.
    pub fn summary(&self) -> Summary {
        self.summary_with(&SummaryOptions::default())
    }

    /// A summary with another interval, or with quantiles.
    pub fn summary_with(&self, options: &SummaryOptions) -> Summary {
        Summary::new(self, options, self.count(), Vec::new())
    }

    /// `4 chains of 250 draws`, `1000 draws`, `1000 weighted draws`.
    pub(crate) fn count(&self) -> String {
        match (self.has_chains(), &self.weights) {
            (true, _) => {
                format!("{} of {}", counted(self.num_chains(), "chain"), counted(self.num_draws(), "draw"))
            }
            (false, Some(_)) => counted(self.num_draws(), "weighted draw"),
            (false, None) => counted(self.num_draws(), "draw"),
        }
    }
}

/// Draws as they are read, before they are checked.
#[derive(Deserialize)]
struct Record {
    #[expect(dead_code, reason = "reading it checks the version")]
    format: FormatVersion,
    sites: SiteTable,
    irregular: Vec<IrregularSite>,
    weights: Option<Weights>,
}

impl TryFrom<Record> for Draws {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        let draws = Self::new(record.sites)?.with_irregular(record.irregular)?;
        match record.weights {
            Some(weights) => draws.with_weights(weights),
            None => Ok(draws),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
