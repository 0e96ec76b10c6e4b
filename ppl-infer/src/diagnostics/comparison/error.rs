//! `ComparisonError`: models that cannot be compared.

/// Models that cannot be compared.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::{ComparisonError, compare, loo};
/// use ppl_infer::Error;
///
/// let of = |observations| loo(Array3::from_elem((4, 100, observations), -1.0).view(), 1.0);
/// let error = compare([("all", &of(9)), ("complete cases", &of(7)), ("imputed", &of(9))]).unwrap_err();
/// let Error::Comparison(ComparisonError::Observations { model, expected: 9, got: 7, .. }) = error else { panic!("{error}") };
/// assert_eq!(model, "complete cases");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ComparisonError {
    /// Nothing to compare.
    #[error("model comparison: there is no model")]
    NoModel,

    /// Two models of one name.
    #[error("model comparison: two models have the name `{name}`")]
    NameTwice {
        /// The name.
        name: String,
    },

    /// A model of another number of observations than most have.
    #[error(
        "model comparison: the model `{model}` has {got} observations, expected {expected} as `{other}` has\nhelp: models are \
         compared by how well they predict the same observations"
    )]
    Observations {
        /// The model.
        model: String,
        /// Its number of observations.
        got: usize,
        /// The number that most models have; of numbers that are as frequent, that of the model which was given first.
        expected: usize,
        /// The first model that has it.
        other: String,
    },

    /// Models of no observations.
    #[error("model comparison: the models have no observations")]
    NoObservations,

    /// A model whose predictive density of an observation is not finite.
    #[error(
        "model comparison: the model `{model}` has no finite elpd: the contribution of observation {observation} is \
         {value}\nhelp: at some draw its log likelihood is NaN or infinite; leave the model out to compare the others"
    )]
    NotFinite {
        /// The model.
        model: String,
        /// Index of the first such observation.
        observation: usize,
        /// Its contribution.
        value: f64,
    },

    /// Weights that rounding keeps from being determined.
    #[error(
        "model comparison: stacking weights are determined up to {gap:e} of the mean log score only, not to {tolerance:e}"
    )]
    Weights {
        /// Bound of what other weights can gain in the mean log score.
        gap: f64,
        /// The bound that was to be reached.
        tolerance: f64,
    },
}
