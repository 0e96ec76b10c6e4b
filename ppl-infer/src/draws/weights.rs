//! Importance weights of draws.

use std::sync::Arc;

use ppl::special::{logsumexp, softmax};
use serde::{Deserialize, Serialize};

use crate::error::WeightsError;
use crate::{
    Rejections, diagnostics,
    error::{Error, Result},
    format::floats,
};

/// The importance weights of draws: unnormalised logarithms, of which at least one is above −∞.
///
/// # Example
/// ```
/// use ppl_infer::draws::Weights;
///
/// // Weights of 1, 1 and 2, and one more draw that was rejected.
/// let weights = Weights::new(vec![0.0, 0.0, 2.0_f64.ln()], 1)?;
/// let expected = [0.25, 0.25, 0.5];
/// assert!(weights.normalized().iter().zip(expected).all(|(weight, expected)| (weight - expected).abs() < 1e-15));
/// assert!((weights.ess() - 16.0 / 6.0).abs() < 1e-14);
/// // The mean of all four is 1.
/// assert!(weights.log_mean().abs() < 1e-15);
/// assert!(Weights::new(vec![f64::NEG_INFINITY; 3], 0).is_err());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct Weights {
    #[serde(with = "floats::list")]
    log: Vec<f64>,
    /// Number of draws of weight 0 that have no values and are not among these.
    rejected: usize,
    /// Sums to 1.
    #[serde(skip)]
    normalized: Arc<[f64]>,
}

impl Weights {
    /// Weights by their logarithms, of `rejected` further draws of weight 0.
    ///
    /// # Errors
    /// [`WeightsError::NonFinite`] for a logarithm that is NaN or +∞; [`WeightsError::AllZero`] if all are −∞ or there
    /// is none.
    pub fn new(log_weights: Vec<f64>, rejected: usize) -> Result<Self> {
        let is_invalid = |weight: &f64| weight.is_nan() || *weight == f64::INFINITY;
        if let Some(draw) = log_weights.iter().position(is_invalid) {
            return Err(WeightsError::NonFinite { draw, value: log_weights[draw] }.into());
        }
        if log_weights.iter().all(|&weight| weight == f64::NEG_INFINITY) {
            let draws = log_weights.len();
            return Err(WeightsError::AllZero { draws, sites: Vec::new(), rejections: Rejections::default() }.into());
        }
        // In place, without a second array: there may be millions.
        let mut normalized: Arc<[f64]> = Arc::from(log_weights.as_slice());
        if let Some(weights) = Arc::get_mut(&mut normalized) {
            softmax(weights);
        }
        Ok(Self { log: log_weights, rejected, normalized })
    }

    /// Number of draws with values.
    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// Whether there is no weight, which is never the case.
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// Number of draws of weight 0 that have no values.
    pub fn rejected(&self) -> usize {
        self.rejected
    }

    /// Logarithms as they were given.
    pub fn log(&self) -> &[f64] {
        &self.log
    }

    /// Weights that sum to 1.
    pub fn normalized(&self) -> &[f64] {
        &self.normalized
    }

    pub(super) fn shared(&self) -> Arc<[f64]> {
        Arc::clone(&self.normalized)
    }

    /// Effective number of draws, (Σ w)² / Σ w²; see [`diagnostics::weights_ess`].
    pub fn ess(&self) -> f64 {
        diagnostics::weights_ess(&self.log)
    }

    /// Shape k̂ of the tail of the weights; see [`diagnostics::pareto_smooth`].
    pub fn pareto_k(&self) -> f64 {
        diagnostics::pareto_smooth(&self.with_rejected(), 1.0).pareto_k
    }

    /// Logarithm of the mean weight, rejected draws included.
    pub fn log_mean(&self) -> f64 {
        logsumexp(&self.log) - ((self.log.len() + self.rejected) as f64).ln()
    }

    /// Logarithms of all weights, −∞ for each rejected draw.
    pub(super) fn with_rejected(&self) -> Vec<f64> {
        let mut log_weights = self.log.clone();
        log_weights.resize(self.log.len() + self.rejected, f64::NEG_INFINITY);
        log_weights
    }
}

/// Weights as they are read, before they are checked.
#[derive(Deserialize)]
struct Record {
    #[serde(with = "floats::list")]
    log: Vec<f64>,
    rejected: usize,
}

impl TryFrom<Record> for Weights {
    type Error = Error;

    fn try_from(Record { log, rejected }: Record) -> Result<Self> {
        Self::new(log, rejected)
    }
}
