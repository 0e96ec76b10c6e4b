//! `ImportanceDraws`: weighted draws and the evidence.

use ndarray::{ArrayD, Axis};
use serde::{Deserialize, Serialize};

#[cfg(doc)]
use crate::diagnostics;
use crate::draws::{DrawName, Draws, SiteDraws, SiteTable, Warning, Weights, draw_verbs};
use crate::error::{DrawsError, WeightsError};
use crate::format::{FormatVersion, json_files};
use crate::{Error, Rejections, Result};

/// Name of the one entry of the table that holds the model's output.
const OUTPUT: &str = "output";

/// Draws of importance sampling, each with a weight.
///
/// Their [`summary`](Self::summary) says how many draws they are worth and whether their weights can be trusted. Written
/// with serde they carry a format version, and weights of zero (−∞ in logarithms) survive JSON.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::ImportanceDraws;
/// use ppl_infer::draws::{Draws, SiteTable};
///
/// // Three draws of a scalar, with weights 1, 1 and 2. `Importance` makes them of a model.
/// let mut sites = SiteTable::new(&[3]);
/// sites.insert("x", array![0.0, 2.0, 5.0].into_dyn())?;
/// let result = ImportanceDraws::from_draws(Draws::weighted(sites, vec![0.0, 0.0, 2.0_f64.ln()])?)?;
///
/// assert!((result.get("x")?.mean() - 3.0).abs() < 1e-14);
/// assert!((result.log_evidence() - (4.0_f64 / 3.0).ln()).abs() < 1e-14);
/// assert!((result.ess() - 16.0 / 6.0).abs() < 1e-14);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct ImportanceDraws {
    format: FormatVersion,
    draws: Draws,
    /// The model's output, the only entry; none if it was not kept.
    output: SiteTable,
    rejections: Rejections,
}

draw_verbs!(ImportanceDraws by DrawName);
json_files!(ImportanceDraws);

impl ImportanceDraws {
    pub(crate) fn new(draws: Draws, output: Option<ArrayD<f64>>, rejections: Rejections) -> Result<Self> {
        if draws.weights().is_none() {
            return Err(WeightsError::Missing.into());
        }
        let mut table = SiteTable::new(&[draws.num_draws()]);
        if let Some(output) = output {
            table.insert(OUTPUT, output)?;
        }
        Ok(Self { format: FormatVersion, draws, output: table, rejections })
    }

    /// Draws of another importance sampler.
    ///
    /// # Errors
    /// [`WeightsError::Missing`] for draws without weights.
    pub fn from_draws(draws: Draws) -> Result<Self> {
        Self::new(draws, None, Rejections::default())
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        self.draws.weights().expect("`new` has checked that there are weights")
    }

    /// Reasons of rejections: of particles of weight 0, at which a parameter was outside its domain or a matrix had no
    /// Cholesky factor. They have no values, and are not among the [`num_draws`](Self::num_draws).
    pub fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// Draws of the model's output, of a model that returns a scalar.
    ///
    /// # Errors
    /// [`DrawsError::NoOutput`] if it was not kept; [`DrawsError::NotScalar`].
    pub fn output(&self) -> Result<SiteDraws> {
        self.output_draws()?.get(OUTPUT)
    }

    /// Draws of the model's output.
    ///
    /// # Errors
    /// [`DrawsError::NoOutput`] if it was not kept.
    pub fn output_array(&self) -> Result<SiteDraws<ArrayD<f64>>> {
        self.output_draws()?.get_array(OUTPUT)
    }

    fn output_draws(&self) -> Result<Draws> {
        if self.output.is_empty() {
            return Err(DrawsError::NoOutput.into());
        }
        Draws::new(self.output.clone())?.with_weights(self.weights().clone())
    }

    /// Effective number of draws, (Σ w)² / Σ w².
    ///
    /// It is optimistic where the proposal misses a part of the target: see [`pareto_k`](Self::pareto_k).
    pub fn ess(&self) -> f64 {
        self.weights().ess()
    }

    /// Estimate of the log marginal likelihood ln p(data): the logarithm of the mean weight,
    /// [rejected](Self::rejections) draws included.
    ///
    /// The estimate of p(data) is unbiased; its logarithm is too small on average.
    pub fn log_evidence(&self) -> f64 {
        self.weights().log_mean()
    }

    /// Shape k̂ of the tail of the weights; see [`diagnostics::pareto_smooth`].
    ///
    /// Above [`diagnostics::pareto_k_threshold`] of the number of draws, estimates are unreliable, whatever
    /// [`ess`](Self::ess) says.
    pub fn pareto_k(&self) -> f64 {
        self.weights().pareto_k()
    }

    /// `draws` independent draws from these, by their weights; the result has none.
    ///
    /// The same `seed` gives the same draws on every platform.
    ///
    /// # Errors
    /// [`DrawsError::NoDraws`] if `draws` is 0.
    pub fn resample(&self, draws: usize, seed: u64) -> Result<Draws> {
        self.draws.resample(draws, seed)
    }

    /// The draws that visited a site, with their weights: the distribution given that the site was visited.
    ///
    /// [`log_evidence`](Self::log_evidence) is the logarithm of the mean of their weights only.
    ///
    /// # Errors
    /// [`Error::UnknownName`]; [`WeightsError::AllZero`] if no draw of positive weight visited the site.
    pub fn visiting(&self, site: impl DrawName) -> Result<Self> {
        let name = site.site_name();
        let irregular = self.draws.irregular_sites().iter().find(|irregular| irregular.name() == name);
        let Some(visited) = irregular else { return self.draws.get_array(name).map(|_| self.clone()) };
        let draws = self.draws.visiting(name)?;
        let output = self.output.get(OUTPUT).ok().map(|output| output.values().select(Axis(0), visited.visits()));
        Self::new(draws, output, Rejections::default())
    }

    fn heading(&self) -> String {
        format!(
            "{}; effective sample size {:.0}; Pareto k {:.2}; log evidence {:.3}",
            self.draws.count(),
            self.ess(),
            self.pareto_k(),
            self.log_evidence()
        )
    }

    fn own_warnings(&self) -> Vec<Warning> {
        let count = self.rejections.total();
        if count == 0 {
            return Vec::new();
        }
        let total = self.num_draws() + count;
        vec![Warning::RejectedParticles { count, total, causes: self.rejections.to_string() }]
    }
}

/// Weighted draws as they are read, before they are checked.
#[derive(Deserialize)]
struct Record {
    #[expect(dead_code, reason = "reading it checks the version")]
    format: FormatVersion,
    draws: Draws,
    output: SiteTable,
    rejections: Rejections,
}

impl TryFrom<Record> for ImportanceDraws {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        let output = record.output.get(OUTPUT).ok().map(|output| output.values().to_owned());
        Self::new(record.draws, output, record.rejections)
    }
}
