//! Leave-one-out probability integral transforms.

use std::borrow::Borrow;

use ndarray::{Array3, ArrayD, ArrayView3, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Figure, Plot, PlotError, ecdf::PROBABILITY, ecdf_pit::panel, ppc_dist::check_observed, rank::check_probability,
    selection::figure_options,
};
use crate::{
    diagnostics::{normalized_weights, pareto_smooth},
    draws::SiteDraws,
    error::Result,
};

/// A check of predictions; see [`plot_loo_pit`].
///
/// # Example
/// ```
/// use ndarray::{Array2, Array3};
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_loo_pit};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("y", Array2::from_shape_fn((100, 20), |(d, i)| ((d * 7 + i * 3) % 31) as f64 / 3.0).into_dyn())?;
/// let predicted = Draws::new(sites)?.get_array("y")?;
/// let observed: Vec<f64> = (0..20).map(|i| f64::from(i) / 2.0 + 0.1).collect();
///
/// let figure = plot_loo_pit(&predicted, &observed, Array3::zeros((1, 100, 20)).view()).probability(0.9).size(500, 300);
/// assert!(figure.figure()?.svg().contains(">band: 90% if the predictions are calibrated</text>"));
///
/// // The densities are those of other draws.
/// let error = plot_loo_pit(&predicted, &observed, Array3::zeros((4, 100, 20)).view()).figure().unwrap_err();
/// assert!(error.to_string().ends_with("has shape [4, 100, 20], expected 100 draws of 20 observations"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LooPitPlot {
    predictions: SiteDraws<ArrayD<f64>>,
    observed: Vec<f64>,
    log_likelihood: Array3<f64>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    probability: f64,
}

figure_options!(LooPitPlot);

/// For each observation the probability that a prediction from the other observations lies below it; the plot shows the
/// distribution function of these probabilities less that of the uniform distribution. If the model predicts well the line
/// lies in the band with probability 99%.
///
/// The predictions without an observation are those of the whole posterior with the weights of
/// [`loo`](crate::diagnostics::loo()). Where an observation can be equal to its predictions, as whole numbers can, the
/// probability is drawn at random between those of "below" and of "not above".
///
/// # Shapes
/// The predictions are of all draws of the posterior that `log_likelihood` is of, which is chain × draw × observation;
/// `observed` has as many values as a draw of the site, in row-major order.
///
/// # Errors
/// Shapes that do not fit, and a [`probability`](LooPitPlot::probability) that is not between 0 and 1, are errors of
/// [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ndarray::{Array2, Array3};
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_loo_pit};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("y", Array2::from_shape_fn((100, 20), |(d, i)| ((d * 7 + i * 3) % 31) as f64 / 3.0).into_dyn())?;
/// let predicted = Draws::new(sites)?.get_array("y")?;
/// let observed: Vec<f64> = (0..20).map(|i| f64::from(i) / 2.0 + 0.1).collect();
/// let log_likelihood = Array3::from_shape_fn((1, 100, 20), |(_, d, i)| -((d * 3 + i) as f64 % 7.0) / 10.0);
/// let figure = plot_loo_pit(&predicted, &observed, log_likelihood.view()).figure()?;
/// assert!(figure.svg().contains(">LOO-PIT</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Säilynoja, Bürkner and Vehtari (2022), section 4.3; Gelman et al. (2013), *Bayesian Data Analysis*, section 6.3.
pub fn plot_loo_pit(
    predictions: &SiteDraws<ArrayD<f64>>,
    observed: impl IntoIterator<Item: Borrow<f64>>,
    log_likelihood: ArrayView3<'_, f64>,
) -> LooPitPlot {
    LooPitPlot {
        predictions: predictions.clone(),
        observed: observed.into_iter().map(|value| *value.borrow()).collect(),
        log_likelihood: log_likelihood.to_owned(),
        title: None,
        size: None,
        probability: PROBABILITY,
    }
}

impl LooPitPlot {
    /// The probability of the band; 0.99.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// The probability of each observation.
    pub(super) fn values(&self) -> Result<Vec<f64>> {
        const PLOT: &str = "plot_loo_pit";
        check_observed(PLOT, self.predictions.name(), self.predictions.shape(), self.observed.len())?;
        let (chains, draws, observations) = self.log_likelihood.dim();
        if chains * draws != self.predictions.total_draws() || observations != self.observed.len() {
            let expected = format!("{} draws of {} observations", self.predictions.total_draws(), self.observed.len());
            let (quantity, got) = ("`log_likelihood`".to_owned(), vec![chains, draws, observations]);
            return Err(PlotError::Shape { plot: PLOT, quantity, expected, got }.into());
        }
        let rows: Vec<Vec<f64>> = self.predictions.iter().map(|draw| draw.iter().copied().collect()).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let of_observation = |(observation, &observed): (usize, &f64)| {
            let ratios: Vec<f64> =
                self.log_likelihood.index_axis(Axis(2), observation).iter().map(|value| -value).collect();
            let weights = normalized_weights(&pareto_smooth(&ratios, 1.0).log_weights);
            let sum = |holds: &dyn Fn(f64) -> bool| -> f64 {
                rows.iter().zip(&weights).filter(|(row, _)| holds(row[observation])).map(|(_, weight)| weight).sum()
            };
            let (below, equal) = (sum(&|value| value < observed), sum(&|value| value == observed));
            let share: f64 = rng.random();
            if observed.is_nan() { f64::NAN } else { (below + share * equal).min(1.0) }
        };
        Ok(self.observed.iter().enumerate().map(of_observation).collect())
    }
}

impl Plot for LooPitPlot {
    fn figure(&self) -> Result<Figure> {
        check_probability("plot_loo_pit", self.probability)?;
        let panel = panel(&self.values()?, self.probability).x_label("LOO-PIT");
        let panel = panel.note(format!("band: {}% if the predictions are calibrated", 100.0 * self.probability));
        let panel = match &self.title {
            Some(title) => panel.title(title.clone()),
            None => panel,
        };
        let (width, height) = self.size.unwrap_or((600, 400));
        panel.size(width, height).figure()
    }
}
