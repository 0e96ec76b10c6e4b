//! Triangles whose points are three probabilities.

use ppl::distribution::{Distribution, Draw};
use ppl::{Result, Tensor};

use super::Picture;
use super::panels::{Panels, dots};
use crate::axis::Frame;
use crate::svg::{COLOURS, Path, Svg};

const HALF_ROOT_3: f64 = 0.866_025_403_784_438_6;

/// Triangles side by side: the first category is on the left, the second on the right, the third at the top.
pub(crate) struct Simplices {
    panels: Panels,
    /// The total of the counts, of which the events are shown by their masses; draws are shown otherwise.
    total: Option<u32>,
}

/// Draws of simplices of three categories.
pub(crate) fn draws_on_simplex(name: &str, of: &str) -> Simplices {
    let panels = Panels::new(name, &format!("draws of {of}"), 0.0..1.0, 0.0..HALF_ROOT_3);
    Simplices { panels: panels.bare().height(98.0 * HALF_ROOT_3), total: None }
}

/// Masses of counts in three categories, as the areas of dots.
pub(crate) fn masses_on_simplex(name: &str, title: &str, total: u32) -> Simplices {
    let panels = Panels::new(name, title, 0.0..1.0, 0.0..HALF_ROOT_3);
    Simplices { panels: panels.bare().height(98.0 * HALF_ROOT_3), total: Some(total) }
}

impl Simplices {
    pub(crate) fn of(mut self, label: &str, distribution: Result<impl Distribution>) -> Self {
        let distribution = distribution.unwrap_or_else(|error| panic!("{label}: {error}"));
        let total = self.total;
        self.panels = self.panels.panel(label, move |frame, svg| {
            outline(frame, svg);
            match total {
                Some(total) => masses(frame, svg, &distribution, total),
                None => {
                    let draws = distribution.draw_n(0, [100]).expect("draws");
                    dots(frame, svg, &plane(&draws), COLOURS[0], 2.0);
                }
            }
        });
        self
    }

    pub(crate) fn draw(self) -> Picture {
        self.panels.draw()
    }
}

fn outline(frame: &Frame, svg: &mut Svg) {
    let mut path = Path::default();
    path.polyline(&[[0.0, 0.0], [1.0, 0.0], [0.5, HALF_ROOT_3], [0.0, 0.0]].map(|[x, y]| frame.point(x, y)));
    svg.stroke(&path, "currentColor", " opacity=\".5\"");
}

/// Where events of three parts of 1 lie in the triangle.
fn plane(events: &Tensor) -> Vec<[f64; 2]> {
    // Draws may lie on an edge, and must not be taken for points outside.
    let inside = |x: f64, end: f64| x.clamp(0.0, end * (1.0 - 1e-9));
    let point = |event: &[f64]| [inside(event[1] + 0.5 * event[2], 1.0), inside(event[2] * HALF_ROOT_3, HALF_ROOT_3)];
    events.to_vec().chunks_exact(3).map(point).collect()
}

/// Dots of few sizes, each of which is a path.
fn masses(frame: &Frame, svg: &mut Svg, distribution: &impl Distribution, total: u32) {
    const SIZES: usize = 12;
    let counts: Vec<[f64; 3]> = (0..=total)
        .flat_map(|third| (0..=total - third).map(move |second| [total - third - second, second, third].map(f64::from)))
        .collect();
    let masses = distribution.prob(&Tensor::from(counts.clone())).expect("counts").to_vec();
    let largest = masses.iter().copied().fold(0.0, f64::max);
    let parts = Tensor::from(counts) / f64::from(total);
    let points = plane(&parts);
    for size in 1..=SIZES {
        let has_size = |mass: &f64| (SIZES as f64 * (mass / largest).sqrt() + 0.5 + 1e-9).floor() as usize == size;
        let of_size: Vec<[f64; 2]> =
            points.iter().zip(&masses).filter(|(_, mass)| has_size(mass)).map(|(point, _)| *point).collect();
        dots(frame, svg, &of_size, COLOURS[0], 7.0 * size as f64 / SIZES as f64);
    }
}
