//! Loss curves of stochastic variational inference.

use super::{Axes, Figure, Plot, axes, selection::figure_options};
use crate::{
    error::Result,
    svi::{Optimizer, SviResult},
};

/// A loss curve; see [`plot_loss`].
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, plot_loss};
///
/// // The first losses are so high that they are left out.
/// let losses: Vec<f64> = (0..200).map(|step| 1e4 * (-f64::from(step)).exp() + f64::from(step % 2)).collect();
/// let figure = plot_loss(&losses).title("Adam, 0.05").size(500, 300).figure()?;
/// assert!(figure.svg().contains(">Adam, 0.05</text>") && figure.svg().contains(">mean of 4 steps</text>"));
/// assert!(figure.svg().contains(">the highest losses of the first steps are beyond the axis</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LossPlot {
    losses: Vec<f64>,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(LossPlot);

/// What has losses, one a step: a fit of SVI, or the losses themselves.
///
/// # Example
/// The losses of several fits, one after the other:
/// ```
/// use ppl_infer::plot::{Losses, Plot, plot_loss};
///
/// struct Stages {
///     losses: Vec<f64>,
/// }
///
/// impl Losses for Stages {
///     fn losses(&self) -> &[f64] {
///         &self.losses
///     }
/// }
///
/// let fast: Vec<f64> = (0..50).map(|step| 10.0 - f64::from(step) * 0.1).collect();
/// let fine: Vec<f64> = (0..50).map(|step| 5.0 - f64::from(step) * 0.01).collect();
/// let stages = Stages { losses: [fast, fine].concat() };
/// assert_eq!(plot_loss(&stages).figure()?, plot_loss(&stages.losses).figure()?);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait Losses {
    /// The loss of each step.
    fn losses(&self) -> &[f64];
}

impl<O: Optimizer> Losses for SviResult<O> {
    fn losses(&self) -> &[f64] {
        self.losses()
    }
}

impl Losses for [f64] {
    fn losses(&self) -> &[f64] {
        self
    }
}

impl Losses for Vec<f64> {
    fn losses(&self) -> &[f64] {
        self
    }
}

/// The loss −ELBO of each step, faint as it is estimated from few draws, and its mean over a window of a fiftieth of the
/// steps.
///
/// The axis leaves out the highest losses of the first steps where they would hide the rest.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
/// use ppl_infer::plot::{Plot, plot_loss};
///
/// #[model]
/// fn coin(heads: f64) {
///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
///     observe!("heads", Binomial::new(10.0, fairness), heads);
/// }
///
/// let guide = AutoNormal::new(coin(6.0))?;
/// let fit = Svi::new(Adam::new(0.05)).steps(200).run(&coin(6.0), &guide)?;
/// assert!(plot_loss(&fit).figure()?.svg().contains(">step</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_loss<L: Losses + ?Sized>(fit: &L) -> LossPlot {
    LossPlot { losses: fit.losses().to_vec(), title: None, size: None }
}

impl LossPlot {
    fn axes(&self) -> Axes {
        let steps = |from: usize, count: usize| (from + 1..=from + count).map(|step| step as f64);
        let window = (self.losses.len() / 50).max(1);
        let mut panel = axes().line(steps(0, self.losses.len()), &self.losses).color(0).width(1.0);
        if window > 1 {
            let means: Vec<f64> =
                self.losses.windows(window).map(|losses| losses.iter().sum::<f64>() / window as f64).collect();
            panel = panel.opacity(0.35).label("loss");
            panel =
                panel.line(steps(window - 1, means.len()), &means).color(0).label(format!("mean of {window} steps"));
        }
        if let Some((low, high)) = limits(&self.losses) {
            panel = panel.y_limits(low, high).note("the highest losses of the first steps are beyond the axis");
        }
        panel.x_label("step").x_is_count(true).y_label("loss (−ELBO)")
    }
}

/// Limits that leave out what is far above the losses of the second half; none where that hides nothing.
fn limits(losses: &[f64]) -> Option<(f64, f64)> {
    let settled: Vec<f64> = losses[losses.len() / 2..].iter().copied().filter(|loss| loss.is_finite()).collect();
    let (low, high) = super::scale::extent(losses.iter().copied())?;
    let (low_settled, high_settled) = super::scale::extent(settled)?;
    let top = high_settled + 4.0 * (high_settled - low_settled);
    let bottom = low.min(low_settled);
    (top > bottom && high > top + 10.0 * (top - bottom)).then_some((bottom - 0.05 * (top - bottom), top))
}

impl Plot for LossPlot {
    fn figure(&self) -> Result<Figure> {
        let panel = self.axes();
        let panel = match &self.title {
            Some(title) => panel.title(title.clone()),
            None => panel,
        };
        let (width, height) = self.size.unwrap_or((600, 400));
        panel.size(width, height).figure()
    }
}
