//! Reasons to distrust a comparison.

use std::fmt;

/// Number of observations below which the standard error of a difference is not trusted.
pub(super) const FEW_OBSERVATIONS: usize = 100;
/// Difference below which models predict about as well.
pub(super) const SMALL_DIFFERENCE: f64 = 4.0;

/// A reason to distrust a comparison of models, or to draw no conclusion from it; the gravest comes first.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::{ComparisonWarning, compare, loo};
///
/// let of = |worse: f64| loo(Array3::from_shape_fn((4, 100, 50), |(_, _, i)| -(i as f64) - worse).view(), 1.0);
/// let comparison = compare([("linear", &of(0.0)), ("quadratic", &of(0.01)), ("constant", &of(1.0))])?;
/// let [ComparisonWarning::SmallDifferences { models }, ComparisonWarning::FewObservations { observations: 50 }] =
///     comparison.warnings()
/// else {
///     panic!("{comparison}")
/// };
/// assert_eq!(models, &["quadratic"]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Sivula, Magnusson, Matamoros and Vehtari (2025), "Uncertainty in Bayesian leave-one-out cross-validation based model
/// comparison".
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ComparisonWarning {
    /// A model with observations whose Pareto k̂ is above the threshold, or NaN: its elpd, and the differences to it, can be
    /// biased.
    UnreliableElpd {
        /// The model.
        model: String,
        /// Number of such observations.
        count: usize,
        /// Number of all observations.
        observations: usize,
        /// Largest reliable k̂.
        threshold: f64,
    },
    /// Models less than 4 below the best. Of such a difference the standard error is not a good guide.
    SmallDifferences {
        /// The models, the better first.
        models: Vec<String>,
    },
    /// Models 4 or more below the best, but less than two standard errors of the difference.
    UncertainDifferences {
        /// The models, the better first.
        models: Vec<String>,
    },
    /// Fewer than 100 observations: the errors of differences are estimated badly.
    FewObservations {
        /// Number of observations.
        observations: usize,
    },
}

impl fmt::Display for ComparisonWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnreliableElpd { model, count, observations, threshold } => write!(
                f,
                "`{model}`: Pareto k̂ is above {threshold:.2} at {count} of {observations} observations: its elpd is unreliable, \
                 and often too high. `plot_khat` shows which; a fit without such an observation tells its contribution"
            ),
            Self::SmallDifferences { models } => write!(
                f,
                "{}: less than {SMALL_DIFFERENCE} below the best. Such models predict about as well, and dse is no guide to so \
                 small a difference; choose by other reasons, or keep them all",
                named(models)
            ),
            Self::UncertainDifferences { models } => write!(
                f,
                "{}: less than two standard errors of the difference below the best; these data do not tell which predicts \
                 better",
                named(models)
            ),
            Self::FewObservations { observations } => write!(
                f,
                "{observations} observations: with fewer than {FEW_OBSERVATIONS}, dse is estimated badly, often too small, \
                 and p_worse is too sure"
            ),
        }
    }
}

fn named(models: &[String]) -> String {
    models.iter().map(|model| format!("`{model}`")).collect::<Vec<_>>().join(", ")
}
