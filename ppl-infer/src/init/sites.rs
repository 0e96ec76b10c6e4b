//! `SiteStarts`: values of sites, and the start of the others.

use ppl::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use super::Init;
use crate::error::InvalidSetting;

/// Values of some latent sites, and the start of the other ones; see [`Init::sites`] and [`Init::site`].
///
/// # Example
/// ```
/// use ppl_infer::{Init, SiteStarts};
///
/// let init = Init::Prior.site("tau", 1.5).site("theta", [8.0, 10.0]);
/// let Init::Sites(starts) = &init else { unreachable!() };
/// // It is saved with the settings of a sampler.
/// let text = serde_json::to_string(starts).unwrap();
/// assert_eq!(serde_json::from_str::<SiteStarts>(&text).unwrap(), *starts);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteStarts {
    values: Vec<SiteStart>,
    others: Box<Init>,
}

/// The value of one site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub(super) struct SiteStart {
    pub(super) site: String,
    pub(super) shape: Shape,
    values: Vec<f64>,
}

impl SiteStarts {
    pub(super) fn new(others: Init) -> Self {
        Self { values: Vec::new(), others: Box::new(others) }
    }

    pub(super) fn push(&mut self, site: &str, value: &Tensor) {
        self.values.push(SiteStart { site: site.to_owned(), shape: value.shape(), values: value.to_vec() });
    }

    pub(super) fn others(&self) -> &Init {
        &self.others
    }
}

impl SiteStart {
    pub(super) fn value(&self) -> Tensor {
        Tensor::from(self.values.as_slice()).reshape(self.shape)
    }
}

impl Init {
    /// The values of sites that a chain of the run, counted from 0, starts at, and what its other sites start by: neither
    /// sites nor one for each chain.
    pub(super) fn of_chain(&self, chain: usize) -> (Vec<&SiteStart>, &Self) {
        match self {
            Self::Sites(SiteStarts { values, others }) => {
                let (mut all, others) = others.of_chain(chain);
                all.extend(values);
                (all, others)
            }
            Self::PerChain(starts) => starts[chain].of_chain(chain),
            Self::Uniform { .. } | Self::Prior | Self::Value(_) => (Vec::new(), self),
        }
    }
}

/// A value as it is read, before it is checked.
#[derive(Deserialize)]
struct Record {
    site: String,
    shape: Shape,
    values: Vec<f64>,
}

impl TryFrom<Record> for SiteStart {
    type Error = InvalidSetting;

    fn try_from(Record { site, shape, values }: Record) -> Result<Self, InvalidSetting> {
        if values.len() == shape.size() {
            return Ok(Self { site, shape, values });
        }
        Err(InvalidSetting {
            parameter: "init",
            expected: format!("{} numbers for the site `{site}` of shape {shape}", shape.size()),
            got: values.len().to_string(),
        })
    }
}
