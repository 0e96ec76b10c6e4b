//! Comparison of models by leave-one-out cross-validation.

mod error;
mod stacking;
mod table;
mod warning;

#[cfg(test)]
mod tests;

use ppl::special::ndtr;

pub use self::{error::ComparisonError, warning::ComparisonWarning};
use self::{
    stacking::stacking_weights,
    warning::{FEW_OBSERVATIONS, SMALL_DIFFERENCE},
};
use super::{Loo, loo::standard_error, moments::mean};
use crate::error::{Error, Result};

/// Tolerance of the stacking weights: no other weights have a mean log score that is larger by more.
const WEIGHTS_TOLERANCE: f64 = 1e-10;

/// Models side by side, the best first; see [`compare`].
///
/// It displays as a table with the columns of ArviZ 1.x, with as many digits as the standard errors warrant, followed by
/// warnings.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::{compare, loo};
///
/// let of = |worse: f64| loo(Array3::from_shape_fn((4, 100, 200), |(_, _, i)| -worse * (i % 4) as f64).view(), 1.0);
/// let comparison = compare([("constant", &of(0.5)), ("linear", &of(0.1))])?;
/// assert_eq!(
///     comparison.to_string().trim_end(),
///     "\
/// 2 models of 200 observations, compared by leave-one-out cross-validation; weights by stacking
///
///           rank  elpd_diff  dse  p_worse    p    elpd   se  weight
/// linear       0        0    0             0.0   -30.0  1.6    1.00
/// constant     1     -120.0  6.3     1.00  0.0  -150.0  7.9    0.00
///
/// no warnings"
/// );
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    rows: Vec<ComparisonRow>,
    observations: usize,
    warnings: Vec<ComparisonWarning>,
}

/// A model of a [`Comparison`]; the columns have the names of ArviZ 1.x in brackets where these are others.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::{ComparisonRow, compare, loo};
///
/// let of = |observation: fn(usize) -> f64| loo(Array3::from_shape_fn((4, 100, 3), |(_, _, i)| observation(i)).view(), 1.0);
/// let (steady, erratic) = (of(|_| -1.0), of(|i| [-4.0, -3.0, -2.0][i]));
/// let comparison = compare([("erratic", &erratic), ("steady", &steady)])?;
/// let ComparisonRow { rank, elpd, elpd_diff, dse, .. } = comparison.row("erratic")?;
/// assert!(*rank == 1 && (elpd + 9.0).abs() < 1e-12 && (elpd_diff + 6.0).abs() < 1e-12);
/// // The differences −3, −2, −1 have the variance 2/3.
/// assert!((dse - f64::sqrt(3.0 * 2.0 / 3.0)).abs() < 1e-12);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// Name of the model.
    pub name: String,
    /// Rank by `elpd`: 0 is the best.
    pub rank: usize,
    /// `elpd` less that of the best model, at most 0.
    pub elpd_diff: f64,
    /// Standard error of `elpd_diff` over the observations, 0 for the best.
    ///
    /// It is smaller than those of the two `elpd` together, as the models have their hard observations in common.
    pub dse: f64,
    /// Probability that the model predicts worse than the best, by a normal approximation with `elpd_diff` and `dse`; NaN for
    /// the best and for a difference of 0.
    pub p_worse: f64,
    /// Effective number of parameters (`p`).
    pub effective_parameters: f64,
    /// Expected log pointwise predictive density.
    pub elpd: f64,
    /// Standard error of `elpd`.
    pub se: f64,
    /// Weight in the mixture of the models' predictions that predicts best, by stacking.
    pub weight: f64,
    /// Number of observations whose Pareto k̂ is above the threshold, or NaN (`diag_elpd`): with any, `elpd` can be biased.
    pub unreliable: usize,
}

/// Compares models by how well they predict each observation from the others.
///
/// ```text
/// elpd_diff = Σ_i d_i,   dse = √(n Var_i d_i),   d_i = elpd_i − elpd_i of the best
/// ```
///
/// Weights are those of stacking: the mixture Σ_k w_k p(y_i | y_−i, model k) of the predictive distributions with them has
/// the best log score under leave-one-out cross-validation. They are no probabilities of the models: a model that adds
/// nothing to the others has the weight 0, and models that predict alike share their weight evenly. No other weights have a
/// mean log score of an observation that is better by more than 1e-10.
///
/// The models must be of the same observations in the same order; their number is all that can be checked.
///
/// # Errors
/// [`ComparisonError`]: no model, a name twice, models of different numbers of observations or of none, and a model with an
/// observation whose predictive density is not finite, because then no difference to it and no weight is defined.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::diagnostics::compare;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn constant(y: &Tensor) {
///     let mean = sample!("mean", Normal::new(0.0, 5.0));
///     plate!("row", 6, { observe!("y", Normal::new(mean, 0.3), y) });
/// }
///
/// #[model]
/// fn line(x: &Tensor, y: &Tensor) {
///     let mean = sample!("mean", Normal::new(0.0, 5.0));
///     let slope = sample!("slope", Normal::new(0.0, 5.0));
///     plate!("row", 6, { observe!("y", Normal::new(mean + slope * x, 0.3), y) });
/// }
///
/// let x = Tensor::from([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]);
/// let y = Tensor::from([-1.1, -1.0, 0.2, 0.1, 1.2, 1.4]);
/// let (constant, line) = (constant(&y), line(&x, &y));
/// let nuts = Nuts::new().warmup(200).draws(500).progress(false);
/// let predictive = Predictive::new();
/// let comparison = compare([
///     ("constant", &predictive.loo(&constant, &nuts.run(&constant)?)?),
///     ("line", &predictive.loo(&line, &nuts.run(&line)?)?),
/// ])?;
/// println!("{comparison}");
/// assert_eq!(comparison.rows()[0].name, "line");
/// assert!(comparison.row("constant")?.elpd_diff < -20.0);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Vehtari, Gelman and Gabry (2017), "Practical Bayesian model evaluation using leave-one-out cross-validation and WAIC",
/// section 5.1; Yao, Vehtari, Simpson and Gelman (2018), "Using stacking to average Bayesian predictive distributions".
pub fn compare<'a, N: Into<String>>(models: impl IntoIterator<Item = (N, &'a Loo)>) -> Result<Comparison> {
    let models = ranked(models.into_iter().map(|(name, loo)| (name.into(), loo)).collect())?;
    let Some((_, best)) = models.first() else { return Err(ComparisonError::NoModel.into()) };
    if best.pointwise.is_empty() {
        return Err(ComparisonError::NoObservations.into());
    }
    for (name, loo) in &models {
        if let Some(observation) = loo.pointwise.iter().position(|value| !value.is_finite()) {
            let value = loo.pointwise[observation];
            return Err(ComparisonError::NotFinite { model: name.clone(), observation, value }.into());
        }
    }
    let pointwise: Vec<&[f64]> = models.iter().map(|(_, loo)| loo.pointwise.as_slice()).collect();
    let weights = stacking_weights(&pointwise, WEIGHTS_TOLERANCE)
        .map_err(|gap| ComparisonError::Weights { gap, tolerance: WEIGHTS_TOLERANCE })?;
    let row = |(rank, ((name, loo), &weight)): (usize, (&(String, &Loo), &f64))| {
        let (elpd_diff, dse) = difference(loo, best);
        ComparisonRow {
            name: name.clone(),
            rank,
            elpd_diff,
            dse,
            p_worse: if elpd_diff == 0.0 { f64::NAN } else { ndtr(-elpd_diff / dse) },
            effective_parameters: loo.effective_parameters,
            elpd: loo.elpd,
            se: loo.se,
            weight,
            unreliable: loo.unreliable().len(),
        }
    };
    let rows: Vec<ComparisonRow> = models.iter().zip(&weights).enumerate().map(row).collect();
    let warnings = warnings(&models, &rows);
    Ok(Comparison { rows, observations: best.pointwise.len(), warnings })
}

/// Models in the order of their elpd, the best first and NaN last; equal ones in the order given.
///
/// # Errors
/// A name twice, and different numbers of observations.
pub(crate) fn ranked(mut models: Vec<(String, &Loo)>) -> Result<Vec<(String, &Loo)>, ComparisonError> {
    for (at, (name, _)) in models.iter().enumerate() {
        if models[..at].iter().any(|(other, _)| other == name) {
            return Err(ComparisonError::NameTwice { name: name.clone() });
        }
    }
    let count = |(_, loo): &(String, &Loo)| loo.pointwise.len();
    let frequency = |model: &&(String, &Loo)| models.iter().filter(|other| count(other) == count(model)).count();
    // The last of several maxima is taken, hence the first given by going backwards.
    if let Some(usual) = models.iter().rev().max_by_key(frequency)
        && let Some(odd) = models.iter().find(|model| count(model) != count(usual))
    {
        let (model, other) = (odd.0.clone(), usual.0.clone());
        return Err(ComparisonError::Observations { model, got: count(odd), expected: count(usual), other });
    }
    let order = |loo: &Loo| if loo.elpd.is_nan() { f64::NEG_INFINITY } else { loo.elpd };
    models.sort_by(|a, b| order(b.1).total_cmp(&order(a.1)));
    Ok(models)
}

/// The difference in elpd of a model to the best one, and its standard error.
pub(crate) fn difference(model: &Loo, best: &Loo) -> (f64, f64) {
    let differences: Vec<f64> = model.pointwise.iter().zip(&best.pointwise).map(|(model, best)| model - best).collect();
    (mean(&differences) * differences.len() as f64, standard_error(&differences))
}

fn warnings(models: &[(String, &Loo)], rows: &[ComparisonRow]) -> Vec<ComparisonWarning> {
    let observations = models.first().map_or(0, |(_, loo)| loo.pointwise.len());
    let mut warnings = Vec::new();
    for ((model, loo), row) in models.iter().zip(rows).filter(|(_, row)| row.unreliable > 0) {
        let (model, threshold) = (model.clone(), loo.pareto_k_threshold);
        warnings.push(ComparisonWarning::UnreliableElpd { model, count: row.unreliable, observations, threshold });
    }
    let others = &rows[1..];
    let named = |holds: &dyn Fn(&ComparisonRow) -> bool| -> Vec<String> {
        others.iter().filter(|row| holds(row)).map(|row| row.name.clone()).collect()
    };
    let is_small = |row: &ComparisonRow| row.elpd_diff.abs() < SMALL_DIFFERENCE;
    let small = named(&is_small);
    let uncertain = named(&|row| !is_small(row) && row.elpd_diff.abs() < 2.0 * row.dse);
    if !small.is_empty() {
        warnings.push(ComparisonWarning::SmallDifferences { models: small });
    }
    if !uncertain.is_empty() {
        warnings.push(ComparisonWarning::UncertainDifferences { models: uncertain });
    }
    if observations < FEW_OBSERVATIONS && !others.is_empty() {
        warnings.push(ComparisonWarning::FewObservations { observations });
    }
    warnings
}

impl Comparison {
    /// The models, the best first.
    pub fn rows(&self) -> &[ComparisonRow] {
        &self.rows
    }

    /// The row of a model.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which suggests the nearest name.
    pub fn row(&self, model: &str) -> Result<&ComparisonRow> {
        let found = self.rows.iter().find(|row| row.name == model);
        found.ok_or_else(|| Error::unknown_name("model", model, self.rows.iter().map(|row| row.name.as_str())))
    }

    /// Number of observations of each model.
    pub fn observations(&self) -> usize {
        self.observations
    }

    /// Reasons to distrust the comparison, or to draw no conclusion from it; empty if there are none.
    pub fn warnings(&self) -> &[ComparisonWarning] {
        &self.warnings
    }
}
