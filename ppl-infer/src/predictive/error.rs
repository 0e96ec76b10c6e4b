//! Errors of predictions.

use ppl::Shape;
use ppl::site::Names;

use crate::Rejections;

/// An error of a prediction.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{error::PredictiveError, prelude::*};
///
/// #[model]
/// fn scale() {
///     let weight = sample!("weight", Normal::new(8.5, 1.0));
///     observe!("reading", Normal::new(weight, 0.75), 9.5);
/// }
///
/// let posterior = Importance::new().draws(200).run(&scale())?;
/// // The model has its data still, and nothing is left to predict.
/// let error = Predictive::new().posterior(&scale(), &posterior).unwrap_err();
/// let Error::Predictive(PredictiveError::NothingToPredict { observed }) = error else { panic!("{error}") };
/// assert_eq!(observed, ["reading"]);
/// let predictions = Predictive::new().posterior(&scale().uncondition("reading"), &posterior)?;
/// assert_eq!(predictions.num_draws(), 200);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictiveError {
    /// A posterior with draws of a site that the model observes.
    #[error("predictive: the posterior has draws of this site, but the model observes it")]
    Observed,

    /// Draws of a posterior whose shape is not that of the site in the model.
    #[error(
        "predictive: the posterior's draws have shape {got}, but the site has shape {expected} in the model\nhelp: to have \
         all of it drawn anew, also the members that the data had, `leave_out` its draws"
    )]
    DrawShape {
        /// The site's shape in the model.
        expected: Shape,
        /// The shape of the draws.
        got: Shape,
    },

    /// A site whose values do not come from the model when it predicts.
    #[error("site `{site}` is not predicted: {reason}\nhelp: {help}")]
    NotPredicted {
        /// The site.
        site: String,
        /// The reason.
        reason: &'static str,
        /// The cure.
        help: String,
    },

    /// A model in which nothing is left to draw or to compute.
    #[error(
        "there is nothing to predict: every random site of the model is given or observed ({})\nhelp: give `observe!` no \
         data (`None`), or take them away with `uncondition`",
        Names(.observed)
    )]
    NothingToPredict {
        /// The observed sites.
        observed: Vec<String>,
    },

    /// A model without observations, of which the log likelihood was asked for.
    #[error("the model observes nothing: there is no log likelihood\nhelp: give `observe!` its data")]
    NothingObserved,

    /// Weighted draws, of which the predictive density without an observation was asked for.
    #[error(
        "leave-one-out cross-validation needs draws that count alike, but these are weighted\nhelp: resample them, as by \
         `posterior.draws().resample(1000, 0)`"
    )]
    WeightedDraws,

    /// Draws all of which were rejected.
    #[error("nothing could be predicted: in all {draws} draws a parameter was outside its domain: {rejections}")]
    AllRejected {
        /// Number of draws.
        draws: usize,
        /// The reasons.
        rejections: Rejections,
    },
}
