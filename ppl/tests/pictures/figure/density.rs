//! Densities of numbers.

use std::ops::Range;

use ppl::distribution::Distribution;
use ppl::{Result, Tensor};

use super::{Picture, describe, head};
use crate::axis::{Axis, Frame, Ticks};
use crate::curve::{Density, graph, largest};
use crate::svg::{COLOURS, Path, Svg, WIDTH};
use crate::thin::thin;

const HEIGHT: f64 = 170.0;

/// The graphs of some densities in one frame.
pub(crate) struct Densities {
    name: String,
    title: String,
    curves: Vec<(String, Density)>,
    range: Range<f64>,
    top: Option<f64>,
    ticks: Ticks,
}

impl Densities {
    pub(crate) fn new(name: &str, of: &str, range: Range<f64>) -> Self {
        let title = format!("density of {of}");
        Self { name: name.into(), title, curves: Vec::new(), range, top: None, ticks: Ticks::AtMost(6) }
    }

    /// Where the frame ends, for densities that are infinite somewhere, or nearly so.
    pub(crate) fn up_to(mut self, top: f64) -> Self {
        self.top = Some(top);
        self
    }

    pub(crate) fn ticks(mut self, ticks: Ticks) -> Self {
        self.ticks = ticks;
        self
    }

    pub(crate) fn curve(mut self, label: impl Into<String>, density: impl Fn(&[f64]) -> Vec<f64> + 'static) -> Self {
        self.curves.push((label.into(), Box::new(density)));
        self
    }

    /// The density of a distribution of numbers.
    pub(crate) fn of(self, label: impl Into<String>, distribution: Result<impl Distribution>) -> Self {
        let label = label.into();
        let distribution = distribution.unwrap_or_else(|error| panic!("{}, {label}: {error}", self.name));
        self.curve(label, move |x| distribution.prob(&Tensor::from(x.to_vec())).expect("points").to_vec())
    }

    pub(crate) fn draw(self) -> Picture {
        let labels: Vec<String> = self.curves.iter().map(|(label, _)| label.clone()).collect();
        let mut svg = Svg::default();
        let top = head(&mut svg, &self.title, &labels);
        let of_curves = self.curves.iter().map(|(_, density)| largest(density, &self.range)).fold(0.0, f64::max);
        let frame = Frame {
            x: Axis { values: self.range, pixels: [36.0, WIDTH - 10.0] },
            y: Axis { values: 0.0..self.top.unwrap_or(1.04 * of_curves), pixels: [top + HEIGHT, top] },
            x_ticks: self.ticks,
            y_ticks: Ticks::AtMost(5),
        };
        frame.draw(&mut svg);
        svg.push("<g stroke-width=\"1.7\" stroke-linejoin=\"round\">".into());
        for ((_, density), colour) in self.curves.iter().zip(COLOURS) {
            let mut path = Path::default();
            graph(density, &frame).iter().for_each(|line| path.polyline(&thin(line, 0.12)));
            svg.stroke(&path, colour, "");
        }
        svg.push("</g>".into());
        Picture { name: self.name, svg: svg.finish(top + HEIGHT + 18.0, &describe(&self.title, &labels)) }
    }
}

/// `densities!(Gumbel::new(loc, scale), -5.0..20.0; (0.5, 2.0), (1.0, 2.0))`: calls of a constructor.
macro_rules! densities {
    ($Name:ident::$new:ident($($parameter:ident),*), $range:expr; $(($($value:expr),*)),+) => {
        $crate::figure::density::Densities::new(
            stringify!($Name),
            &$crate::figure::signature(stringify!($Name), stringify!($new), &[$(stringify!($parameter)),*]),
            $range,
        )
        $(.of($crate::figure::label(&[$(stringify!($value)),*]), ppl::distribution::$Name::$new($($value),*)))+
    };
}
pub(crate) use densities;
