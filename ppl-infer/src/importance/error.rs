//! Errors of importance weights.

use crate::Rejections;

/// An error of importance weights.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{error::WeightsError, prelude::*};
///
/// #[model]
/// fn arrival(time: f64) {
///     let departure = sample!("departure", Uniform::new(0.0, 1.0));
///     observe!("time", Uniform::new(&departure, &departure + 1.0), time);
/// }
///
/// // Nobody arrives after 2.
/// let error = Importance::new().draws(100).run(&arrival(3.0)).unwrap_err();
/// assert!(error.to_string().starts_with("all 100 importance weights are zero: the density is zero at site `time`"));
/// let Error::Weights(WeightsError::AllZero { sites, .. }) = error else { panic!("{error}") };
/// assert_eq!(sites, [("time".to_owned(), 100)]);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// Draws without weights, where weights are needed.
    #[error("these draws have no weights\nhelp: make them with `Draws::weighted`")]
    Missing,

    /// A weight that is NaN or infinite.
    #[error("the log importance weight of draw {draw} is {value}")]
    NonFinite {
        /// The draw.
        draw: usize,
        /// Its log weight.
        value: f64,
    },

    /// Weights of which none is positive: no draw of the proposal is possible under the model and its observations.
    #[error("all {draws} importance weights are zero: {}", reasons(.sites, .rejections))]
    AllZero {
        /// Number of draws.
        draws: usize,
        /// Sites with a density of zero, and in how many of the draws, as far as they are known.
        sites: Vec<(String, usize)>,
        /// Draws at which a parameter was outside its domain.
        rejections: Rejections,
    },

    /// A plate of which a run takes some members only: an estimate of the likelihood gives no weight.
    #[error("importance sampling: plate `{plate}` is a subsample, {length} of {size}; a weight needs all members")]
    SubsampledPlate {
        /// The plate.
        plate: String,
        /// The number of members that a run takes.
        length: usize,
        /// The number of all members.
        size: usize,
    },
}

fn reasons(sites: &[(String, usize)], rejections: &Rejections) -> String {
    if sites.is_empty() && rejections.is_empty() {
        return "no draw of the proposal is possible under the model and its observations".to_owned();
    }
    let zero = (!sites.is_empty()).then(|| format!("the density is zero at {}", counts(sites)));
    let rejected = (!rejections.is_empty())
        .then(|| format!("a parameter was outside its domain in {} of them: {rejections}", rejections.total()));
    zero.into_iter().chain(rejected).collect::<Vec<_>>().join("; ")
}

/// `` site `y` (in 3 of them), site `z` (in 1) ``.
fn counts(sites: &[(String, usize)]) -> String {
    let parts = sites.iter().enumerate().map(|(index, (site, count))| {
        let unit = if index == 0 { " of them" } else { "" };
        format!("site `{site}` (in {count}{unit})")
    });
    parts.collect::<Vec<_>>().join(", ")
}
