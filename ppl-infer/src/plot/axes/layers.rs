//! The layers that axes take.

use std::borrow::Borrow;

use super::{
    Axes,
    layer::{Marker, Shape},
};
use crate::plot::{Bins, PlotError, histogram::histogram, kde::density};

fn numbers(values: impl IntoIterator<Item: Borrow<f64>>) -> Vec<f64> {
    values.into_iter().map(|value| *value.borrow()).collect()
}

impl Axes {
    /// A line through points, in their order. A point that is not finite interrupts it.
    #[must_use]
    pub fn line(mut self, x: impl IntoIterator<Item: Borrow<f64>>, y: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        let (x, y) = (numbers(x), numbers(y));
        self.check_lengths("line", ("x", x.len()), ("y", y.len()));
        self.layer(Shape::Line { x, y })
    }

    /// A line that keeps the value y of each point until the next x, as that of a distribution function of draws.
    #[must_use]
    pub fn steps(mut self, x: impl IntoIterator<Item: Borrow<f64>>, y: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        let (x, y) = (numbers(x), numbers(y));
        self.check_lengths("steps", ("x", x.len()), ("y", y.len()));
        self.layer(Shape::Steps { x, y })
    }

    /// Points.
    #[must_use]
    pub fn scatter(self, x: impl IntoIterator<Item: Borrow<f64>>, y: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.marks(Marker::Dot, numbers(x), numbers(y))
    }

    /// Points of groups, each with a colour and the group's name in the legend, in the order in which they first appear.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::plot::{Plot, axes};
    ///
    /// let (x, y) = ([1.0, 2.0, 3.0], [0.0, 1.0, 0.5]);
    /// let figure = axes().scatter_by(x, y, ["a", "b", "a"]).figure()?;
    /// assert_eq!(figure.svg().matches("class=\"scatter\"").count(), 2);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[must_use]
    pub fn scatter_by(
        mut self,
        x: impl IntoIterator<Item: Borrow<f64>>,
        y: impl IntoIterator<Item: Borrow<f64>>,
        groups: impl IntoIterator<Item: ToString>,
    ) -> Self {
        let (x, y) = (numbers(x), numbers(y));
        let groups: Vec<String> = groups.into_iter().map(|group| group.to_string()).collect();
        self.check_lengths("scatter_by", ("x", x.len()), ("y", y.len()));
        self.check_lengths("scatter_by", ("x", x.len()), ("groups", groups.len()));
        let mut names: Vec<&String> = Vec::new();
        for group in &groups {
            if !names.contains(&group) {
                names.push(group);
            }
        }
        let of = |name: &String, values: &[f64]| -> Vec<f64> {
            groups.iter().zip(values).filter(|(group, _)| *group == name).map(|(_, value)| *value).collect()
        };
        names
            .into_iter()
            .fold(self, |axes, name| axes.marks(Marker::Dot, of(name, &x), of(name, &y)).label(name.clone()))
    }

    /// A histogram of values whose area is 1, so that a density can be drawn over it. `bins` is a number or
    /// [`Bins::Auto`].
    #[must_use]
    pub fn histogram(self, values: impl IntoIterator<Item: Borrow<f64>>, bins: impl Into<Bins>) -> Self {
        self.weighted_histogram(&numbers(values), None, bins.into())
    }

    /// The same of values with weights.
    pub(in crate::plot) fn weighted_histogram(mut self, values: &[f64], weights: Option<&[f64]>, bins: Bins) -> Self {
        if bins == Bins::Count(0) {
            self.argument("histogram", "bins", "positive", "0".to_owned());
        }
        self.note_not_finite(values);
        let (edges, heights) = histogram(values, weights, bins);
        self.layer(Shape::Bars { edges, heights })
    }

    /// The density of values, estimated with a Gaussian kernel; a line at the value if all are the same.
    ///
    /// The bandwidth is Silverman's, and kernels are reflected at the smallest and the largest value.
    #[must_use]
    pub fn density(self, values: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.weighted_density(&numbers(values), None)
    }

    /// The same of values with weights.
    pub(in crate::plot) fn weighted_density(mut self, values: &[f64], weights: Option<&[f64]>) -> Self {
        self.note_not_finite(values);
        self.from_zero = true;
        let (x, y): (Vec<f64>, Vec<f64>) = density(values, weights).into_iter().unzip();
        match values.iter().find(|value| value.is_finite()) {
            Some(&value) if x.is_empty() => self.layer(Shape::Spike(value)),
            _ => self.layer(Shape::Line { x, y }),
        }
    }

    /// Bars of these heights, each centred at its x and as wide as the smallest distance between two.
    #[must_use]
    pub fn bars(
        mut self,
        x: impl IntoIterator<Item: Borrow<f64>>,
        heights: impl IntoIterator<Item: Borrow<f64>>,
    ) -> Self {
        let (x, heights) = (numbers(x), numbers(heights));
        self.check_lengths("bars", ("x", x.len()), ("heights", heights.len()));
        let mut sorted = crate::diagnostics::sorted(x.iter().copied());
        sorted.dedup();
        let apart = sorted.windows(2).map(|pair| pair[1] - pair[0]).filter(|apart| apart.is_finite());
        let half = 0.45 * apart.reduce(f64::min).unwrap_or(1.0);
        let edges = x.iter().map(|x| (x - half, x + half)).collect();
        self.layer(Shape::Bars { edges, heights })
    }

    /// The area between two curves.
    #[must_use]
    pub fn band(
        mut self,
        x: impl IntoIterator<Item: Borrow<f64>>,
        lower: impl IntoIterator<Item: Borrow<f64>>,
        upper: impl IntoIterator<Item: Borrow<f64>>,
    ) -> Self {
        let (x, lower, upper) = (numbers(x), numbers(lower), numbers(upper));
        self.check_lengths("band", ("x", x.len()), ("lower", lower.len()));
        self.check_lengths("band", ("x", x.len()), ("upper", upper.len()));
        self.layer(Shape::Band { x, lower, upper })
    }

    /// A vertical line, which marks a value.
    #[must_use]
    pub fn vertical(mut self, x: f64) -> Self {
        if !x.is_finite() {
            self.argument("vertical", "x", "finite", x.to_string());
        }
        self.layer(Shape::Vertical(x))
    }

    /// A horizontal line, which marks a value.
    #[must_use]
    pub fn horizontal(mut self, y: f64) -> Self {
        if !y.is_finite() {
            self.argument("horizontal", "y", "finite", y.to_string());
        }
        self.layer(Shape::Horizontal(y))
    }

    /// A text that begins at a point.
    #[must_use]
    pub fn text(self, x: f64, y: f64, text: impl Into<String>) -> Self {
        self.layer(Shape::Text { at: [x, y], text: text.into() })
    }

    pub(in crate::plot) fn marks(mut self, marker: Marker, x: Vec<f64>, y: Vec<f64>) -> Self {
        self.check_lengths("scatter", ("x", x.len()), ("y", y.len()));
        self.layer(Shape::Scatter { x, y, marker })
    }

    pub(in crate::plot) fn ring(self, x: f64, y: f64) -> Self {
        self.marks(Marker::Ring, vec![x], vec![y])
    }

    /// The density of values, with the area below it.
    pub(in crate::plot) fn filled_density(mut self, values: &[f64]) -> Self {
        let curve = density(values, None);
        let color = self.layers.iter().filter(|layer| matches!(layer.shape, Shape::Band { .. })).count();
        let x = || curve.iter().map(|(value, _)| *value);
        self = self.band(x(), x().map(|_| 0.0), curve.iter().map(|(_, height)| *height)).color(color);
        self.weighted_density(values, None).color(color)
    }

    /// The vertical axis begins at 0.
    pub(in crate::plot) fn begin_at_zero(mut self) -> Self {
        self.from_zero = true;
        self
    }

    /// The largest value of the layers on the vertical axis; 1 where there is none above 0.
    pub(in crate::plot) fn peak(&self) -> f64 {
        let highest = self.layers.iter().filter_map(|layer| layer.shape.y_extent()).map(|(_, high)| high);
        highest.filter(|high| *high > 0.0).reduce(f64::max).unwrap_or(1.0)
    }

    pub(in crate::plot) fn segments(self, segments: Vec<[[f64; 2]; 2]>) -> Self {
        self.layer(Shape::Segments(segments))
    }

    pub(in crate::plot) fn rug(self, x: Vec<f64>) -> Self {
        self.layer(Shape::Rug(x))
    }

    /// A matrix as coloured cells, the first of which is at an origin, with the bar of their colours.
    pub(in crate::plot) fn cells(
        mut self,
        origin: [f64; 2],
        columns: usize,
        values: Vec<f64>,
        limits: (f64, f64),
    ) -> Self {
        self.color_bar = Some(limits);
        self.layer(Shape::Cells { origin, columns, values, limits })
    }

    /// Without the horizontal axis.
    pub(in crate::plot) fn hide_x(mut self) -> Self {
        self.x.hidden = true;
        self
    }

    pub(in crate::plot) fn color_bar_label(mut self, label: String) -> Self {
        self.color_bar_label = Some(label);
        self
    }

    fn note_not_finite(&mut self, values: &[f64]) {
        let count = values.iter().filter(|value| !value.is_finite()).count();
        if count > 0 {
            self.notes.push(not_finite(count));
        }
    }

    fn check_lengths(&mut self, plot: &'static str, expected: (&'static str, usize), got: (&'static str, usize)) {
        if expected.1 != got.1 {
            let (expected, expected_len) = expected;
            let (got, got_len) = got;
            self.fail(PlotError::Lengths { plot, expected, expected_len, got, got_len });
        }
    }
}

/// The note on values that are not drawn.
pub(in crate::plot) fn not_finite(count: usize) -> String {
    if count == 1 {
        "1 value is not finite and left out".to_owned()
    } else {
        format!("{count} values are not finite and left out")
    }
}
