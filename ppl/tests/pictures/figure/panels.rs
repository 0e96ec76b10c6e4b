//! Small pictures side by side: events of two numbers, of simplices, and of sequences.

use std::ops::Range;

use ppl::distribution::{Distribution, Draw};
use ppl::{Result, Tensor};

use super::{Picture, describe, put_title};
use crate::axis::{Axis, Frame, Ticks};
use crate::contour::Grid;
use crate::svg::{COLOURS, Path, Svg, WIDTH, text_width};
use crate::thin::thin;

/// Panels of the same axes, each with its label above it.
pub(crate) struct Panels {
    name: String,
    title: String,
    x: Range<f64>,
    y: Range<f64>,
    height: Option<f64>,
    ticks: [Ticks; 2],
    is_framed: bool,
    panels: Vec<(String, Content)>,
}

type Content = Box<dyn FnOnce(&Frame, &mut Svg)>;

impl Panels {
    pub(crate) fn new(name: &str, title: &str, x: Range<f64>, y: Range<f64>) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            x,
            y,
            height: None,
            ticks: [Ticks::AtMost(3), Ticks::AtMost(5)],
            is_framed: true,
            panels: Vec::new(),
        }
    }

    /// The height of a panel in pixels, which is that of its width by default.
    pub(crate) fn height(mut self, height: f64) -> Self {
        self.height = Some(height);
        self
    }

    pub(crate) fn ticks(mut self, x: Ticks, y: Ticks) -> Self {
        self.ticks = [x, y];
        self
    }

    /// Panels without axes.
    pub(crate) fn bare(mut self) -> Self {
        self.is_framed = false;
        self
    }

    pub(crate) fn panel(mut self, label: impl Into<String>, content: impl FnOnce(&Frame, &mut Svg) + 'static) -> Self {
        self.panels.push((label.into(), Box::new(content)));
        self
    }

    /// Contours of a density of two numbers.
    pub(crate) fn contours(self, label: impl Into<String>, distribution: Result<impl Distribution>) -> Self {
        let distribution = distribution.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        self.panel(label, move |frame, svg| {
            contours(frame, svg, |points| distribution.prob(&Tensor::from(points.to_vec())).expect("points").to_vec());
        })
    }

    /// Lines, each in a colour of its own.
    pub(crate) fn lines(self, label: impl Into<String>, lines: Vec<Vec<[f64; 2]>>) -> Self {
        self.panel(label, move |frame, svg| {
            for (line, colour) in lines.iter().zip(COLOURS) {
                polyline(frame, svg, line, colour);
            }
        })
    }

    /// Draws of a sequence at these points.
    pub(crate) fn draws(
        self,
        label: impl Into<String>,
        x: &[f64],
        draws: usize,
        distribution: Result<impl Distribution>,
    ) -> Self {
        let draws = distribution.and_then(|distribution| distribution.draw_n(0, [draws]));
        let draws = draws.unwrap_or_else(|error| panic!("{}: {error}", self.name)).to_vec();
        let line = |draw: &[f64]| x.iter().zip(draw).map(|(x, y)| [*x, *y]).collect();
        self.lines(label, draws.chunks(x.len()).map(line).collect())
    }

    pub(crate) fn draw(self) -> Picture {
        let labels: Vec<String> = self.panels.iter().map(|(label, _)| label.clone()).collect();
        let (left, gap) = if self.is_framed { (28.0, 12.0) } else { (6.0, 14.0) };
        let width = (WIDTH - left - 6.0 - gap * (labels.len() - 1) as f64) / labels.len() as f64;
        let (top, height) = (38.0, self.height.unwrap_or(width));
        let mut svg = Svg::default();
        put_title(&mut svg, &self.title);
        let [x_ticks, y_ticks] = self.ticks;
        for (i, (label, content)) in self.panels.into_iter().enumerate() {
            let start = left + i as f64 * (width + gap);
            let frame = Frame {
                x: Axis { values: self.x.clone(), pixels: [start, start + width] },
                y: Axis { values: self.y.clone(), pixels: [top + height, top] },
                x_ticks: x_ticks.clone(),
                y_ticks: if i == 0 { y_ticks.clone() } else { y_ticks.clone().without_labels() },
            };
            put_label(&mut svg, &label, [start + 0.5 * width, top - 6.0], width + gap - 2.0);
            if self.is_framed {
                frame.draw(&mut svg);
            }
            content(&frame, &mut svg);
        }
        let below = if self.is_framed { 18.0 } else { 6.0 };
        Picture { name: self.name, svg: svg.finish((top + height + below).ceil(), &describe(&self.title, &labels)) }
    }
}

/// A label centred above a panel, if need be in small letters.
fn put_label(svg: &mut Svg, label: &str, at: [f64; 2], width: f64) {
    if !label.is_empty() {
        let size = (10.0 * width / text_width(label, 10.0)).floor().min(10.0);
        svg.text(at, &format!(" font-size=\"{size}\" text-anchor=\"middle\""), label);
    }
}

/// Events of two numbers each.
pub(crate) fn pairs(events: &Tensor) -> Vec<[f64; 2]> {
    events.to_vec().chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Dots, those in the frame.
pub(crate) fn dots(frame: &Frame, svg: &mut Svg, points: &[[f64; 2]], colour: &str, diameter: f64) {
    let is_inside = |[x, y]: [f64; 2]| frame.x.values.contains(&x) && frame.y.values.contains(&y);
    let mut path = Path::default();
    points.iter().filter(|point| is_inside(**point)).for_each(|[x, y]| path.dot(frame.point(*x, *y)));
    svg.dots(&path, colour, diameter);
}

/// A line of points of the frame.
pub(crate) fn polyline(frame: &Frame, svg: &mut Svg, line: &[[f64; 2]], colour: &str) {
    let mut path = Path::default();
    let pixels: Vec<[f64; 2]> = line.iter().map(|[x, y]| frame.point(*x, *y)).collect();
    path.polyline(&thin(&pixels, 0.25));
    svg.stroke(&path, colour, " stroke-width=\"1.2\" stroke-linejoin=\"round\"");
}

/// Contours that hold parts of the probability, of densities at points `[x, y]`: the darker, the denser.
pub(crate) fn contours(frame: &Frame, svg: &mut Svg, density: impl Fn(&[[f64; 2]]) -> Vec<f64>) {
    const SIZE: usize = 72;
    let (x, y) = (&frame.x.values, &frame.y.values);
    let [width, height] = [x, y].map(|range| (range.end - range.start) / SIZE as f64);
    let points: Vec<[f64; 2]> = (0..=SIZE)
        .flat_map(|row| (0..=SIZE).map(move |column| [column, row].map(|i| i as f64)))
        .map(|[column, row]| [x.start + column * width, y.start + row * height])
        .collect();
    let grid = Grid { size: SIZE, values: density(&points), cell: width * height };
    for (level, opacity) in grid.levels().into_iter().zip([1.0, 0.8, 0.6, 0.4]) {
        let mut path = Path::default();
        for line in grid.contour(level) {
            let pixels: Vec<[f64; 2]> = line
                .iter()
                .map(|[column, row]| frame.point(x.start + column * width, y.start + row * height))
                .collect();
            path.polyline(&thin(&pixels, 0.25));
        }
        svg.stroke(&path, COLOURS[0], &format!(" stroke-width=\"1.3\" opacity=\"{opacity}\""));
    }
}
