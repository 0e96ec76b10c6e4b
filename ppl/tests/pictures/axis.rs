//! Axes with round ticks.

use std::ops::Range;

use crate::svg::{Path, Svg, number};

/// A linear map from numbers to pixels.
#[derive(Clone)]
pub(crate) struct Axis {
    pub(crate) values: Range<f64>,
    /// The pixels of its ends; those of a vertical axis fall.
    pub(crate) pixels: [f64; 2],
}

impl Axis {
    pub(crate) fn pixel(&self, value: f64) -> f64 {
        let [start, end] = self.pixels;
        start + (value - self.values.start) / (self.values.end - self.values.start) * (end - start)
    }

    /// Multiples of a round step, at most `count`.
    fn ticks(&self, count: usize) -> Vec<f64> {
        let (low, high) = (self.values.start, self.values.end);
        let slack = 1e-9 * (high - low);
        let multiples = |step: f64| ((low - slack) / step).ceil() as i64..=((high + slack) / step).floor() as i64;
        let steps = (-4..5).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
        let step = steps.into_iter().find(|step| multiples(*step).count() <= count).expect("the range is not so long");
        multiples(step).map(|multiple| multiple as f64 * step).collect()
    }
}

/// A plane with a horizontal and a vertical axis.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) x_ticks: Ticks,
    pub(crate) y_ticks: Ticks,
}

/// Where an axis has ticks, and their labels.
#[derive(Clone)]
pub(crate) enum Ticks {
    AtMost(usize),
    /// As `AtMost`, without labels.
    Unlabelled(usize),
    At(Vec<(f64, String)>),
}

impl Ticks {
    fn on(&self, axis: &Axis) -> Vec<(f64, String)> {
        match self {
            Self::AtMost(count) => axis.ticks(*count).into_iter().map(|value| (value, number(value))).collect(),
            Self::Unlabelled(count) => axis.ticks(*count).into_iter().map(|value| (value, String::new())).collect(),
            Self::At(ticks) => ticks.clone(),
        }
    }

    /// The same ticks, without labels.
    pub(crate) fn without_labels(self) -> Self {
        match self {
            Self::AtMost(count) | Self::Unlabelled(count) => Self::Unlabelled(count),
            Self::At(ticks) => Self::At(ticks.into_iter().map(|(value, _)| (value, String::new())).collect()),
        }
    }

    /// −π, 0 and π.
    pub(crate) fn of_angles() -> Self {
        let pi = std::f64::consts::PI;
        Self::At(vec![(-pi, "−π".into()), (0.0, "0".into()), (pi, "π".into())])
    }
}

impl Frame {
    pub(crate) fn point(&self, x: f64, y: f64) -> [f64; 2] {
        [self.x.pixel(x), self.y.pixel(y)]
    }

    /// The left and the lower spine, with ticks and their labels.
    pub(crate) fn draw(&self, svg: &mut Svg) {
        let [left, right] = self.x.pixels;
        let [bottom, top] = self.y.pixels;
        let (x_ticks, y_ticks) = (self.x_ticks.on(&self.x), self.y_ticks.on(&self.y));
        let mut path = Path::default();
        path.polyline(&[[left, top], [left, bottom], [right, bottom]]);
        for (value, _) in &x_ticks {
            path.polyline(&[[self.x.pixel(*value), bottom], [self.x.pixel(*value), bottom + 3.0]]);
        }
        for (value, _) in &y_ticks {
            path.polyline(&[[left, self.y.pixel(*value)], [left - 3.0, self.y.pixel(*value)]]);
        }
        svg.stroke(&path, "currentColor", " opacity=\".5\"");
        let mut labels = |anchor: &str, ticks: Vec<([f64; 2], String)>| {
            if ticks.iter().any(|(_, label)| !label.is_empty()) {
                svg.push(format!("<g font-size=\"10\" text-anchor=\"{anchor}\" opacity=\".8\">"));
                for (at, label) in ticks.iter().filter(|(_, label)| !label.is_empty()) {
                    svg.text(*at, "", label);
                }
                svg.push("</g>".into());
            }
        };
        let below = |(value, label)| ([self.x.pixel(value), bottom + 13.0], label);
        labels("middle", x_ticks.into_iter().map(below).collect());
        let beside = |(value, label)| ([left - 5.0, self.y.pixel(value) + 3.5], label);
        labels("end", y_ticks.into_iter().map(beside).collect());
    }
}
