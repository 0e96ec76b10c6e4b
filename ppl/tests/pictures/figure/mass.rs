//! Probability masses.

use std::ops::RangeInclusive;

use ppl::distribution::Distribution;
use ppl::{Result, Tensor};

use super::{Picture, describe, head};
use crate::axis::{Axis, Frame, Ticks};
use crate::svg::{COLOURS, Path, Svg, WIDTH};

const HEIGHT: f64 = 150.0;

/// The most outcomes that have stems, side by side.
const STEMS: usize = 13;

/// The masses of some distributions in one frame: stems of a few outcomes, or dots of many, joined by thin lines.
pub(crate) struct Masses {
    name: String,
    title: String,
    outcomes: Vec<f64>,
    ticks: Ticks,
    masses: Vec<(String, Vec<f64>)>,
}

impl Masses {
    /// Of integers.
    pub(crate) fn new(name: &str, of: &str, range: RangeInclusive<i32>) -> Self {
        let outcomes: Vec<f64> = range.map(f64::from).collect();
        // Few integers have a tick each.
        let ticks = if outcomes.len() <= STEMS {
            Ticks::At(outcomes.iter().map(|outcome| (*outcome, crate::svg::number(*outcome))).collect())
        } else {
            Ticks::AtMost(7)
        };
        Self { name: name.into(), title: format!("mass of {of}"), outcomes, ticks, masses: Vec::new() }
    }

    /// Of outcomes with a name each.
    pub(crate) fn of_named(name: &str, of: &str, outcomes: &[&str]) -> Self {
        let at = |(i, name): (usize, &&str)| (i as f64, (*name).to_string());
        let ticks = Ticks::At(outcomes.iter().enumerate().map(at).collect());
        let indices = 0..=i32::try_from(outcomes.len()).expect("a few") - 1;
        Self { ticks, ..Self::new(name, of, indices) }
    }

    pub(crate) fn masses(mut self, label: impl Into<String>, masses: Vec<f64>) -> Self {
        assert_eq!(masses.len(), self.outcomes.len(), "{}", self.name);
        self.masses.push((label.into(), masses));
        self
    }

    /// The masses of a distribution of integers.
    pub(crate) fn of(self, label: impl Into<String>, distribution: Result<impl Distribution>) -> Self {
        let outcomes = Tensor::from(self.outcomes.clone());
        self.of_events(label, distribution, &outcomes)
    }

    /// The masses of events along the first axis.
    pub(crate) fn of_events(
        self,
        label: impl Into<String>,
        distribution: Result<impl Distribution>,
        events: &Tensor,
    ) -> Self {
        let label = label.into();
        let masses = distribution.and_then(|distribution| distribution.prob(events));
        let masses = masses.unwrap_or_else(|error| panic!("{}, {label}: {error}", self.name)).to_vec();
        self.masses(label, masses)
    }

    pub(crate) fn draw(self) -> Picture {
        let labels: Vec<String> = self.masses.iter().map(|(label, _)| label.clone()).collect();
        let mut svg = Svg::default();
        let top = head(&mut svg, &self.title, &labels);
        let largest = self.masses.iter().flat_map(|(_, masses)| masses).copied().fold(0.0, f64::max);
        let (first, last) = (self.outcomes[0], self.outcomes[self.outcomes.len() - 1]);
        let frame = Frame {
            x: Axis { values: first - 0.6..last + 0.6, pixels: [36.0, WIDTH - 10.0] },
            y: Axis { values: 0.0..1.06 * largest, pixels: [top + HEIGHT, top] },
            x_ticks: self.ticks,
            y_ticks: Ticks::AtMost(5),
        };
        frame.draw(&mut svg);
        let is_stems = self.outcomes.len() <= STEMS;
        let spread = if is_stems { (frame.x.pixel(1.0) - frame.x.pixel(0.0)) / 6.0 } else { 0.0 }.min(9.0);
        for (i, ((_, masses), colour)) in self.masses.iter().zip(COLOURS).enumerate() {
            let shift = spread * (i as f64 - 0.5 * (self.masses.len() - 1) as f64);
            let points: Vec<[f64; 2]> = self
                .outcomes
                .iter()
                .zip(masses)
                // Those that cannot be told from 0 are left out.
                .filter(|(_, mass)| **mass > 2e-3 * largest)
                .map(|(outcome, mass)| [frame.x.pixel(*outcome) + shift, frame.y.pixel(*mass)])
                .collect();
            let (mut dots, mut lines) = (Path::default(), Path::default());
            points.iter().for_each(|point| dots.dot(*point));
            if is_stems {
                points.iter().for_each(|[x, y]| lines.polyline(&[[*x, frame.y.pixels[0]], [*x, *y]]));
            } else {
                lines.polyline(&points);
            }
            svg.stroke(&lines, colour, if is_stems { " stroke-width=\"1.7\"" } else { " opacity=\".4\"" });
            svg.dots(&dots, colour, 5.0);
        }
        Picture { name: self.name, svg: svg.finish(top + HEIGHT + 18.0, &describe(&self.title, &labels)) }
    }
}

/// `masses!(Poisson::new(rate), 0..=20; (1.0), (4.0))`: calls of a constructor.
macro_rules! masses {
    ($Name:ident::$new:ident($($parameter:ident),*), $range:expr; $(($($value:expr),*)),+) => {
        $crate::figure::mass::Masses::new(
            stringify!($Name),
            &$crate::figure::signature(stringify!($Name), stringify!($new), &[$(stringify!($parameter)),*]),
            $range,
        )
        $(.of($crate::figure::label(&[$(stringify!($value)),*]), ppl::distribution::$Name::$new($($value),*)))+
    };
}
pub(crate) use masses;
