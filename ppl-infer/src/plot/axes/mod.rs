//! `Axes`: two axes with layers, of which every plot is made.

mod draw;
mod frame;
pub(super) mod layer;
mod layers;
mod legend;

use self::layer::{Layer, Shape, Style};
use super::{Color, Figure, Plot, PlotError, grid};
use crate::error::Result;

pub(super) use self::frame::{Margins, font};
pub(super) use self::layers::not_finite;
pub(super) use self::legend::{Entry, Legend, Mark};

/// Two axes, with layers of data: a picture by itself, or a panel of a [`grid`](super::grid()).
///
/// Each method adds a layer, or says something of the axes; [`label`](Self::label), [`color`](Self::color),
/// [`width`](Self::width), [`opacity`](Self::opacity) and [`dashed`](Self::dashed) say how the layer looks that was added
/// last. Layers with a label are in the legend. Colours are those of ArviZ's cycle, one after the other, unless given.
///
/// x and y are anything that iterates over numbers: `&[f64]`, `&Vec<f64>`, an `ndarray` array, an iterator. Points that are
/// not finite are left out, and a note below the picture counts them. A line of more points than pixels is drawn through the
/// extremes at each pixel, of more than 2000 points of a scatter evenly spaced ones are drawn.
///
/// # Errors
/// A mistake, such as x and y of different lengths, is reported by [`figure`](Plot::figure) and [`save`](Plot::save).
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, axes};
///
/// let x: Vec<f64> = (0..100).map(|i| f64::from(i) / 10.0).collect();
/// let mean = || x.iter().map(|x| x.sin());
/// let figure = axes()
///     .band(&x, mean().map(|y| y - 0.2), mean().map(|y| y + 0.2))
///     .line(&x, mean())
///     .color(0)
///     .label("mean")
///     .scatter([1.0, 4.0], [0.9, -0.6])
///     .color("black")
///     .label("data")
///     .x_label("x")
///     .y_label("f(x)")
///     .figure()?;
/// assert!(figure.svg().contains(">mean</text>"));
///
/// let wrong = axes().line([0.0, 1.0], [0.0]).figure().unwrap_err();
/// assert_eq!(wrong.to_string(), "line: `x` has 2 values, but `y` has 1");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Axes {
    pub(super) layers: Vec<Layer>,
    title: Option<String>,
    pub(super) x: Axis,
    pub(super) y: Axis,
    size: Option<(f64, f64)>,
    pub(super) notes: Vec<String>,
    /// The values at the ends of a bar of colours, and what they are.
    color_bar: Option<(f64, f64)>,
    color_bar_label: Option<String>,
    /// Whether the vertical axis begins at 0 where no value is below, as for densities.
    from_zero: bool,
    /// The first mistake.
    pub(super) error: Option<PlotError>,
}

/// One of the two axes.
#[derive(Clone, Debug, Default)]
pub(super) struct Axis {
    pub label: Option<String>,
    /// Values at its ends; the first is left or below.
    pub limits: Option<(f64, f64)>,
    pub ticks: Option<Vec<(f64, String)>>,
    /// Only whole numbers have ticks.
    pub is_count: bool,
    /// Without line, ticks and label.
    pub hidden: bool,
}

/// Axes without layers; see [`Axes`].
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, axes};
///
/// let figure = axes().line([0.0, 1.0, 2.0], [0.0, 1.0, 4.0]).x_label("x").y_label("x²").figure()?;
/// assert!(figure.svg().starts_with("<svg"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn axes() -> Axes {
    Axes::default()
}

impl Axes {
    /// A title above the axes.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The name of the horizontal axis.
    #[must_use]
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.x.label = Some(label.into());
        self
    }

    /// The name of the vertical axis.
    #[must_use]
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.y.label = Some(label.into());
        self
    }

    /// The values at the left and the right end of the horizontal axis.
    #[must_use]
    pub fn x_limits(mut self, left: f64, right: f64) -> Self {
        self.check_limits("x_limits", left, right);
        self.x.limits = Some((left, right));
        self
    }

    /// The values at the lower and the upper end of the vertical axis.
    #[must_use]
    pub fn y_limits(mut self, lower: f64, upper: f64) -> Self {
        self.check_limits("y_limits", lower, upper);
        self.y.limits = Some((lower, upper));
        self
    }

    /// Ticks of the horizontal axis, each with its text.
    #[must_use]
    pub fn x_ticks<T: Into<String>>(mut self, ticks: impl IntoIterator<Item = (f64, T)>) -> Self {
        self.x.ticks = Some(ticks.into_iter().map(|(value, text)| (value, text.into())).collect());
        self
    }

    /// Ticks of the vertical axis, each with its text.
    #[must_use]
    pub fn y_ticks<T: Into<String>>(mut self, ticks: impl IntoIterator<Item = (f64, T)>) -> Self {
        self.y.ticks = Some(ticks.into_iter().map(|(value, text)| (value, text.into())).collect());
        self
    }

    /// The horizontal axis counts: only whole numbers have ticks.
    pub(in crate::plot) fn x_is_count(mut self, is_count: bool) -> Self {
        self.x.is_count = is_count;
        self
    }

    /// Without the vertical axis: its values say nothing, as those of a density.
    #[must_use]
    pub fn hide_y(mut self) -> Self {
        self.y.hidden = true;
        self
    }

    /// The size of the picture, in pixels; 600 × 500. In a grid, that of the grid counts.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((f64::from(width), f64::from(height)));
        self
    }

    /// A line of small text below the picture.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The layer's name in the legend.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        let label = label.into();
        self.style("label", |style| style.label = Some(label))
    }

    /// The layer's colour: a number is that of the cycle, a text one of CSS.
    #[must_use]
    pub fn color(self, color: impl Into<Color>) -> Self {
        let color = color.into();
        self.style("color", |style| style.color = Some(color))
    }

    /// The width of the layer's lines or the diameter of its points, in pixels.
    #[must_use]
    pub fn width(mut self, width: f64) -> Self {
        if !(width > 0.0 && width.is_finite()) {
            self.argument("width", "width", "a positive number", width.to_string());
        }
        self.style("width", |style| style.width = Some(width))
    }

    /// The layer's opacity, from 0 to 1.
    #[must_use]
    pub fn opacity(mut self, opacity: f64) -> Self {
        if !(0.0..=1.0).contains(&opacity) {
            self.argument("opacity", "opacity", "from 0 to 1", opacity.to_string());
        }
        self.style("opacity", |style| style.opacity = Some(opacity))
    }

    /// The layer's lines are broken.
    #[must_use]
    pub fn dashed(self) -> Self {
        self.style("dashed", |style| style.dashed = true)
    }

    fn style(mut self, option: &'static str, change: impl FnOnce(&mut Style)) -> Self {
        match self.layers.last_mut() {
            Some(layer) => change(&mut layer.style),
            None => self.fail(PlotError::NoLayer { option }),
        }
        self
    }

    pub(super) fn layer(mut self, shape: Shape) -> Self {
        self.layers.push(Layer { shape, style: Style::default() });
        self
    }

    /// The title.
    pub(super) fn name(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Keeps the first mistake, which `figure` reports.
    pub(super) fn fail(&mut self, error: PlotError) {
        self.error.get_or_insert(error);
    }

    fn argument(&mut self, plot: &'static str, argument: &'static str, expected: &'static str, got: String) {
        self.fail(PlotError::Argument { plot, argument, expected, got });
    }

    fn check_limits(&mut self, option: &'static str, from: f64, to: f64) {
        if !(from.is_finite() && to.is_finite() && from != to) {
            self.argument(option, "limits", "two different finite numbers", format!("{from} and {to}"));
        }
    }
}

impl Plot for Axes {
    fn figure(&self) -> Result<Figure> {
        let (width, height) = self.size.unwrap_or((600.0, 500.0));
        grid(1, 1, [self.clone()]).size(width as u32, height as u32).figure()
    }
}
