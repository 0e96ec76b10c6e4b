//! Pareto k̂ of observations.

use super::{Axes, Figure, Plot, axes, axes::layer::Marker, selection::figure_options};
use crate::{diagnostics::Loo, error::Result, table::counted};

/// Observations that are named beside their points.
const MOST_NAMED: usize = 12;

/// Pareto k̂ of observations; see [`plot_khat`].
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::loo;
/// use ppl_infer::plot::{Plot, plot_khat};
///
/// // Of the last of three observations the importance ratios are (1 − x)⁻³, with a tail whose k is about 3.
/// let log_likelihood = |(c, d, i): (usize, usize, usize)| {
///     let x = ((c * 131 + d * 71) % 401) as f64 / 401.0;
///     if i == 2 { 3.0 * (1.0 - x).ln() } else { -x }
/// };
/// let loo = loo(Array3::from_shape_fn((4, 100, 3), log_likelihood).view(), 1.0);
/// let figure = plot_khat(&loo).title("influence").size(500, 300).figure()?;
/// assert!(loo.pareto_k[0] < 0.0 && loo.pareto_k[2] > 2.0);
/// assert!(figure.svg().contains(&format!(">threshold {:.2}</text>", loo.pareto_k_threshold)));
/// // Its index stands beside its point.
/// assert_eq!(figure.svg().matches("class=\"text\"").count(), 1);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KhatPlot {
    pareto_k: Vec<f64>,
    threshold: f64,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(KhatPlot);

/// The Pareto k̂ of each observation in leave-one-out cross-validation, with the largest that is reliable for this number of
/// draws. Those above it have their index beside them: the model fits them badly, or they decide the posterior. Those without a
/// finite k̂ are named below the picture.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::loo;
/// use ppl_infer::plot::{Plot, plot_khat};
///
/// let log_likelihood = Array3::from_shape_fn((4, 100, 3), |(c, d, i)| -((c * 13 + d * 7 + i) as f64 % 5.0) / 10.0);
/// let figure = plot_khat(&loo(log_likelihood.view(), 1.0)).figure()?;
/// assert!(figure.svg().contains(">observation</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Vehtari, Simpson, Gelman, Yao and Gabry (2024), "Pareto smoothed importance sampling".
pub fn plot_khat(loo: &Loo) -> KhatPlot {
    KhatPlot { pareto_k: loo.pareto_k.clone(), threshold: loo.pareto_k_threshold, title: None, size: None }
}

impl KhatPlot {
    fn axes(&self) -> Axes {
        let is_reliable = |k: f64| k <= self.threshold;
        let points = self.pareto_k.iter().enumerate().filter(|(_, k)| k.is_finite());
        let points = points.map(|(observation, k)| (observation as f64, *k));
        let (reliable, mut unreliable): (Vec<_>, Vec<_>) = points.partition(|(_, k)| is_reliable(*k));
        let (x, y) = reliable.into_iter().unzip();
        let mut panel = axes().marks(Marker::Dot, x, y).color(0);
        if !unreliable.is_empty() {
            let (x, y) = unreliable.iter().copied().unzip();
            panel = panel.marks(Marker::Dot, x, y).color(1).label("unreliable");
        }
        unreliable.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (observation, k) in unreliable.into_iter().take(MOST_NAMED) {
            panel = panel.text(observation, k, format!("{observation}"));
        }
        if self.threshold.is_finite() {
            panel = panel.horizontal(self.threshold).label(format!("threshold {:.2}", self.threshold));
        }
        let lost: Vec<String> =
            (0..self.pareto_k.len()).filter(|&i| !self.pareto_k[i].is_finite()).map(|i| i.to_string()).collect();
        if !lost.is_empty() {
            let rest = if lost.len() > MOST_NAMED { ", …" } else { "" };
            let named = lost[..lost.len().min(MOST_NAMED)].join(", ");
            panel = panel.note(format!("{} without a finite k̂: {named}{rest}", counted(lost.len(), "observation")));
        }
        // A label beside the last point needs room.
        let last = self.pareto_k.len().max(1) as f64;
        panel.x_limits(-0.03 * last - 0.5, 1.06 * last).x_label("observation").x_is_count(true).y_label("Pareto k̂")
    }
}

impl Plot for KhatPlot {
    fn figure(&self) -> Result<Figure> {
        let panel = self.axes();
        let panel = match &self.title {
            Some(title) => panel.title(title.clone()),
            None => panel,
        };
        let (width, height) = self.size.unwrap_or((700, 420));
        panel.size(width, height).figure()
    }
}
