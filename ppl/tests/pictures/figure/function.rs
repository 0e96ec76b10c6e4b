//! Bijectors of numbers: the function, and the logarithm of its derivative.

use std::ops::Range;

use ppl::bijector::Bijector;
use ppl::{Result, Tensor};

use super::{Picture, describe, head};
use crate::axis::{Axis, Frame, Ticks};
use crate::svg::{COLOURS, Path, Svg};
use crate::thin::thin;

const HEIGHT: f64 = 130.0;

/// The graphs of some bijectors in one frame, and of their log derivatives in another.
pub(crate) struct Functions {
    name: String,
    title: String,
    u: Range<f64>,
    x: Range<f64>,
    log_derivative: Range<f64>,
    bijectors: Vec<(String, Box<dyn Bijector>)>,
}

impl Functions {
    pub(crate) fn new(name: &str, of: &str, u: Range<f64>, x: Range<f64>, log_derivative: Range<f64>) -> Self {
        let title = format!("{of}: x as a function of u, and ln |dx/du|");
        Self { name: name.into(), title, u, x, log_derivative, bijectors: Vec::new() }
    }

    pub(crate) fn of(mut self, label: impl Into<String>, bijector: Result<impl Bijector + 'static>) -> Self {
        let label = label.into();
        let bijector = bijector.unwrap_or_else(|error| panic!("{}, {label}: {error}", self.name));
        self.bijectors.push((label, Box::new(bijector)));
        self
    }

    pub(crate) fn draw(self) -> Picture {
        // A bijector without parameters needs no legend.
        let labels: Vec<String> =
            self.bijectors.iter().map(|(label, _)| label.clone()).filter(|label| !label.is_empty()).collect();
        let mut svg = Svg::default();
        let top = head(&mut svg, &self.title, &labels);
        let frame = |left: f64, y: &Range<f64>| Frame {
            x: Axis { values: self.u.clone(), pixels: [left, left + 190.0] },
            y: Axis { values: y.clone(), pixels: [top + HEIGHT, top] },
            x_ticks: Ticks::AtMost(5),
            y_ticks: Ticks::AtMost(5),
        };
        let frames = [frame(36.0, &self.x), frame(264.0, &self.log_derivative)];
        frames.iter().for_each(|frame| frame.draw(&mut svg));
        svg.push("<g stroke-width=\"1.7\" stroke-linejoin=\"round\">".into());
        for ((label, bijector), colour) in self.bijectors.iter().zip(COLOURS) {
            // Points beside round numbers, where a branch may have no derivative.
            let width = (self.u.end - self.u.start) / 400.0;
            let points: Vec<f64> = (0..=400).map(|i| self.u.start + (f64::from(i) + 1e-3) * width).collect();
            let domain = bijector.domain();
            let is_inside = domain.contains(&Tensor::from(points.clone())).to_vec();
            let inside = points.into_iter().zip(is_inside).filter(|(_, is_inside)| *is_inside == 1.0);
            let points: Vec<f64> = inside.map(|(u, _)| u).collect();
            let (x, log_derivative) = bijector
                .forward_and_log_det(&Tensor::from(points.clone()))
                .unwrap_or_else(|error| panic!("{}, {label}: {error}", self.name));
            for (frame, values) in frames.iter().zip([x.to_vec(), log_derivative.to_vec()]) {
                let mut path = Path::default();
                for line in lines(frame, &points, &values) {
                    path.polyline(&thin(&line, 0.12));
                }
                svg.stroke(&path, colour, "");
            }
        }
        svg.push("</g>".into());
        Picture { name: self.name, svg: svg.finish(top + HEIGHT + 18.0, &describe(&self.title, &labels)) }
    }
}

/// The pieces of a graph that lie in the frame, in pixels.
fn lines(frame: &Frame, points: &[f64], values: &[f64]) -> Vec<Vec<[f64; 2]>> {
    let Range { start: low, end: high } = frame.y.values;
    let mut lines: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut is_drawing = false;
    for i in 1..points.len() {
        let [u0, u1] = [points[i - 1], points[i]];
        let [y0, y1] = [values[i - 1], values[i]];
        let is_outside = y0.max(y1) < low || y0.min(y1) > high || !(y0.is_finite() && y1.is_finite());
        // A pole between two branches.
        let is_pole = (y1 - y0).abs() > high - low;
        if is_outside || is_pole {
            is_drawing = false;
            continue;
        }
        let at = |y: f64| [u0 + (y - y0) / (y1 - y0) * (u1 - u0), y];
        let end = |u: f64, y: f64| {
            if y < low {
                at(low)
            } else if y > high {
                at(high)
            } else {
                [u, y]
            }
        };
        let ([start_u, start_y], [end_u, end_y]) = (end(u0, y0), end(u1, y1));
        if !is_drawing {
            lines.push(vec![frame.point(start_u, start_y)]);
        }
        lines.last_mut().expect("a line was begun").push(frame.point(end_u, end_y));
        is_drawing = true;
    }
    lines
}

/// `functions!(Power::new(exponent), 0.0..3.0, 0.0..4.0, -3.0..3.0; (0.5), (2.0))`: calls of a constructor; a bijector
/// without parameters has none.
macro_rules! functions {
    ($Name:ident, $u:expr, $x:expr, $log_derivative:expr) => {
        $crate::figure::function::Functions::new(stringify!($Name), stringify!($Name), $u, $x, $log_derivative)
            .of("", Ok(ppl::bijector::$Name))
    };
    ($Name:ident::$new:ident($($parameter:ident),*), $u:expr, $x:expr, $log_derivative:expr; $(($($value:expr),*)),+) => {
        $crate::figure::function::Functions::new(
            stringify!($Name),
            &$crate::figure::signature(stringify!($Name), stringify!($new), &[$(stringify!($parameter)),*]),
            $u,
            $x,
            $log_derivative,
        )
        $(.of($crate::figure::label(&[$(stringify!($value)),*]), ppl::bijector::$Name::$new($($value),*)))+
    };
}
pub(crate) use functions;
