//! `Layer`: what is drawn on axes, in the units of the data.

use crate::plot::{
    scale::extent,
    style::{self, Color},
};

/// Something that is drawn, and how.
#[derive(Clone, Debug)]
pub(in crate::plot) struct Layer {
    pub shape: Shape,
    pub style: Style,
}

/// How a layer is drawn; what is none depends on its shape.
#[derive(Clone, Debug, Default)]
pub(in crate::plot) struct Style {
    pub label: Option<String>,
    pub color: Option<Color>,
    pub width: Option<f64>,
    pub opacity: Option<f64>,
    pub dashed: bool,
}

/// A mark of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plot) enum Marker {
    Dot,
    Ring,
    Cross,
}

#[derive(Clone, Debug)]
pub(in crate::plot) enum Shape {
    /// Points joined by lines.
    Line {
        x: Vec<f64>,
        y: Vec<f64>,
    },
    /// A step at each x, to its y.
    Steps {
        x: Vec<f64>,
        y: Vec<f64>,
    },
    Scatter {
        x: Vec<f64>,
        y: Vec<f64>,
        marker: Marker,
    },
    /// Rectangles on the axis y = 0.
    Bars {
        edges: Vec<(f64, f64)>,
        heights: Vec<f64>,
    },
    /// The area between two curves; `axis` is whether the lower one is the foot of a density.
    Band {
        x: Vec<f64>,
        lower: Vec<f64>,
        upper: Vec<f64>,
    },
    /// Straight lines from (x, y) to (x, y).
    Segments(Vec<[[f64; 2]; 2]>),
    /// Ticks at the lower edge.
    Rug(Vec<f64>),
    /// All the mass at one value.
    Spike(f64),
    /// Lines across the axes.
    Vertical(f64),
    Horizontal(f64),
    /// A text that begins here.
    Text {
        at: [f64; 2],
        text: String,
    },
    /// Values of cells, the first row on top; cell (i, j) covers j ± ½, i ± ½ right of and below the origin.
    Cells {
        origin: [f64; 2],
        columns: usize,
        values: Vec<f64>,
        limits: (f64, f64),
    },
}

impl Shape {
    /// Whether the layer takes the next colour of the cycle.
    pub(super) fn is_of_cycle(&self) -> bool {
        !matches!(self, Self::Rug(_) | Self::Vertical(_) | Self::Horizontal(_) | Self::Text { .. } | Self::Cells { .. })
    }

    /// The colour of what is not of the cycle.
    pub(super) fn own_color(&self) -> &'static str {
        match self {
            Self::Rug(_) => style::DIVERGENCE,
            Self::Text { .. } => style::TEXT,
            _ => style::AXES,
        }
    }

    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Line { .. } => "line",
            Self::Steps { .. } => "steps",
            Self::Scatter { .. } => "scatter",
            Self::Bars { .. } => "bars",
            Self::Band { .. } => "band",
            Self::Segments(_) => "segments",
            Self::Rug(_) => "rug",
            Self::Spike(_) => "spike",
            Self::Vertical(_) => "vertical",
            Self::Horizontal(_) => "horizontal",
            Self::Text { .. } => "text",
            Self::Cells { .. } => "cells",
        }
    }

    /// The horizontal range of the data.
    pub(super) fn x_extent(&self) -> Option<(f64, f64)> {
        match self {
            Self::Line { x, .. } | Self::Steps { x, .. } | Self::Scatter { x, .. } | Self::Band { x, .. } => {
                extent(x.iter().copied())
            }
            Self::Rug(x) => extent(x.iter().copied()),
            Self::Bars { edges, .. } => extent(edges.iter().flat_map(|&(left, right)| [left, right])),
            Self::Segments(segments) => extent(segments.iter().flatten().map(|point| point[0])),
            Self::Spike(x) | Self::Vertical(x) => extent([*x]),
            Self::Text { at, .. } => extent([at[0]]),
            Self::Horizontal(_) => None,
            Self::Cells { origin: [x, _], columns, .. } => Some((x - 0.5, x + *columns as f64 - 0.5)),
        }
    }

    /// The vertical range of the data.
    pub(super) fn y_extent(&self) -> Option<(f64, f64)> {
        match self {
            Self::Line { y, .. } | Self::Steps { y, .. } | Self::Scatter { y, .. } => extent(y.iter().copied()),
            Self::Bars { heights, .. } => extent(heights.iter().copied().chain([0.0])),
            Self::Band { lower, upper, .. } => extent(lower.iter().chain(upper).copied()),
            Self::Segments(segments) => extent(segments.iter().flatten().map(|point| point[1])),
            Self::Horizontal(y) => extent([*y]),
            Self::Text { at, .. } => extent([at[1]]),
            Self::Vertical(_) | Self::Spike(_) | Self::Rug(_) => None,
            Self::Cells { origin: [_, y], columns, values, .. } => {
                Some((y - 0.5, y + (values.len() / columns.max(&1)) as f64 - 0.5))
            }
        }
    }

    /// Whether the data stand on the axis y = 0, without a margin.
    pub(super) fn stands_on_zero(&self) -> bool {
        match self {
            Self::Bars { heights, .. } => heights.iter().all(|&height| height >= 0.0 || height.is_nan()),
            Self::Band { lower, .. } => !lower.is_empty() && lower.iter().all(|&lower| lower == 0.0),
            _ => false,
        }
    }

    /// Number of the points that are not drawn, because a coordinate is not finite.
    pub(super) fn not_finite(&self) -> usize {
        let count = |x: &[f64], y: &[f64]| x.iter().zip(y).filter(|(x, y)| !(x.is_finite() && y.is_finite())).count();
        match self {
            Self::Line { x, y } | Self::Steps { x, y } | Self::Scatter { x, y, .. } => count(x, y),
            Self::Band { lower, upper, .. } => count(lower, upper),
            Self::Bars { heights, .. } => count(heights, heights),
            Self::Cells { values, .. } => count(values, values),
            _ => 0,
        }
    }
}
