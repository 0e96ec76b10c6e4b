//! `Predictions`: draws of what a model predicts.

use ppl::site::UnknownName;
use serde::{Deserialize, Serialize};

use crate::draws::{Draws, ValueName, Warning, draw_verbs};
use crate::error::PredictiveError;
use crate::format::{FormatVersion, json_files};
use crate::{Error, Rejections};

/// Draws of the sites that a model predicts.
///
/// See [`Predictive`](crate::Predictive), which makes them.
///
/// # Shapes
/// Chain × draw × site shape for predictions from all draws of chains, so that their summary knows how correlated they
/// are; draw × site shape for others.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl::prelude::*;
/// use ppl_infer::draws::SiteTable;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn line(y: Option<f64>) {
///     let slope = sample!("slope", Normal::new(0.0, 1.0));
///     let scale = deterministic!("scale", slope.square() + &slope - 1.0);
///     observe!("y", Normal::new(slope, scale), y);
/// }
///
/// // Draws of the slope, at one of which the scale is negative.
/// let mut sites = SiteTable::new(&[3]);
/// sites.insert("slope", array![1.0, 0.0, 2.0].into_dyn())?;
/// let predictions = Predictive::new().posterior(&line(None), &Draws::new(sites)?)?;
/// assert_eq!(predictions.get(line::scale)?.iter().collect::<Vec<_>>(), [1.0, 5.0]);
/// assert_eq!((predictions.source_draws(), predictions.rejections().total()), (&[0, 2][..], 1));
/// let error = predictions.get(line::slope).unwrap_err();
/// assert!(error.to_string().starts_with("site `slope` is not predicted: "));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    format: FormatVersion,
    draws: Draws,
    /// Indices of the draws among those of the source.
    kept: Vec<usize>,
    observed: Vec<String>,
    given: Vec<String>,
    rejections: Rejections,
}

draw_verbs!(Predictions by ValueName, Predictions::explain);
json_files!(Predictions);

impl Predictions {
    pub(super) fn new(
        draws: Draws,
        kept: Vec<usize>,
        observed: Vec<String>,
        given: Vec<String>,
        rejections: Rejections,
    ) -> Self {
        Self { format: FormatVersion, draws, kept, observed, given, rejections }
    }

    /// Reasons for which draws were left out: parameters of the model that were outside their domains, by site.
    pub fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// For each draw here its index among the draws that the model was to predict from: 0, 1, 2, … without those that were
    /// [left out](Self::rejections).
    pub fn source_draws(&self) -> &[usize] {
        &self.kept
    }

    /// [`PredictiveError::NotPredicted`] for a site that is observed or whose draws were given.
    fn explain(&self, error: Error) -> Error {
        let Error::UnknownName(UnknownName { name, .. }) = &error else { return error };
        let not_predicted =
            |reason, help: String| PredictiveError::NotPredicted { site: name.clone(), reason, help }.into();
        if self.observed.iter().any(|observed| observed == name) {
            let help = format!("give its `observe!` no data (`None`), or run `model.uncondition(\"{name}\")`");
            return not_predicted("the model observes it", help);
        }
        if self.given.iter().any(|given| given == name) {
            return not_predicted("its draws were given", "look it up in the posterior".to_owned());
        }
        error
    }

    fn heading(&self) -> String {
        let count = self.draws.count();
        match self.draws.weights() {
            Some(weights) => format!("{count} of predictions; effective sample size {:.0}", weights.ess()),
            None => format!("{count} of predictions"),
        }
    }

    fn own_warnings(&self) -> Vec<Warning> {
        let count = self.rejections.total();
        if count == 0 {
            return Vec::new();
        }
        let total = self.draws.total_draws() + count;
        vec![Warning::FailedPredictions { count, total, causes: self.rejections.to_string() }]
    }
}
