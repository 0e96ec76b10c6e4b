//! Drawing layers.

use super::{
    Axes,
    frame::{Frame, font},
    layer::{Layer, Marker, Shape},
    layers::not_finite,
};
use crate::plot::{
    Color,
    canvas::{Anchor, Area, Canvas, Font, Path, Stroke},
    style::{LINE, NOTE, viridis},
    thin,
};

/// Most points of a scatter.
const MOST_POINTS: usize = 2000;
/// Most ticks of a rug.
const MOST_TICKS: usize = 500;

/// The colour of each layer.
pub(super) fn colors(layers: &[Layer]) -> Vec<Color> {
    let mut next = 0;
    let color = |layer: &Layer| match &layer.style.color {
        Some(color) => color.clone(),
        None if layer.shape.is_of_cycle() => {
            next += 1;
            Color::from(next - 1)
        }
        None => Color::from(layer.shape.own_color()),
    };
    layers.iter().map(color).collect()
}

impl Axes {
    /// Draws everything: the data into `area`, the rest about it into `outer`. The notes that arise are added.
    pub(in crate::plot) fn draw(&self, canvas: &mut Canvas, area: Area, outer: Area, notes: &mut Vec<String>) {
        let frame = self.frame(area);
        // Half of a line at the edge.
        let room = 3.0;
        let visible = Area {
            left: area.left - room,
            top: area.top - room,
            width: area.width + 2.0 * room,
            height: area.height + 2.0 * room,
        };
        canvas.group("panel", |canvas| {
            canvas.clipped("data", visible, |canvas| {
                for (layer, color) in self.layers.iter().zip(colors(&self.layers)) {
                    canvas.group(layer.shape.class(), |canvas| layer.draw(canvas, &frame, color.css(), notes));
                }
            });
            self.draw_frame(canvas, &frame, outer);
        });
        let lost: usize = self.layers.iter().map(|layer| layer.shape.not_finite()).sum();
        if lost > 0 {
            notes.push(not_finite(lost));
        }
        notes.extend(self.notes.iter().cloned());
    }

    /// The first mistake in the making of the axes.
    pub(in crate::plot) fn error(&self) -> Option<crate::error::PlotError> {
        self.error.clone()
    }
}

impl Layer {
    pub(super) fn opacity(&self) -> f64 {
        self.style.opacity.unwrap_or(match &self.shape {
            Shape::Band { .. } => 0.3,
            Shape::Bars { .. } => 0.55,
            Shape::Scatter { .. } => 0.7,
            _ => 1.0,
        })
    }

    pub(super) fn is_dashed(&self) -> bool {
        self.style.dashed || matches!(self.shape, Shape::Vertical(_) | Shape::Horizontal(_))
    }

    fn draw(&self, canvas: &mut Canvas, frame: &Frame, color: &str, notes: &mut Vec<String>) {
        let at = |x: f64, y: f64| [frame.x.at(x), frame.y.at(y)];
        let opacity = self.opacity();
        let width = self.style.width.unwrap_or(LINE);
        let stroke = Stroke { color, width, opacity, dashed: self.is_dashed() };
        let Area { left, top, .. } = frame.area;
        let (right, bottom) = (frame.area.right(), frame.area.bottom());
        match &self.shape {
            Shape::Line { x, y } => {
                let mut path = Path::default();
                for run in runs(x, y) {
                    let points: Vec<[f64; 2]> = run.map(|index| at(x[index], y[index])).collect();
                    extend(&mut path, &thin::extremes(points, frame.area.width));
                }
                canvas.stroke(&path, stroke);
            }
            Shape::Steps { x, y } => {
                let mut path = Path::default();
                for run in runs(x, y) {
                    let points: Vec<[f64; 2]> = run.map(|index| at(x[index], y[index])).collect();
                    extend(&mut path, &stepped(&thin::extremes(points, frame.area.width)));
                }
                canvas.stroke(&path, stroke);
            }
            Shape::Scatter { x, y, marker } => {
                let finite: Vec<usize> = (0..x.len()).filter(|&at| x[at].is_finite() && y[at].is_finite()).collect();
                let shown = thin::evenly(&finite, MOST_POINTS);
                if shown.len() < finite.len() {
                    notes.push(format!("{} of {} points are drawn", shown.len(), finite.len()));
                }
                let diameter = self.style.width.unwrap_or(if shown.len() > 300 { 3.6 } else { 6.0 });
                let points: Vec<[f64; 2]> = shown.iter().map(|&index| at(x[index], y[index])).collect();
                marker.draw(canvas, &points, diameter, color, opacity);
            }
            Shape::Bars { edges, heights } => {
                for (&(from, to), &height) in edges.iter().zip(heights).filter(|(_, height)| height.is_finite()) {
                    let ([from, top], [to, foot]) = (at(from, height), at(to, 0.0));
                    let (left, right) = (from.min(to), from.max(to));
                    let height = (foot - top).abs();
                    // A gap between neighbours, where they are wide enough.
                    let gap = if right - left > 6.0 { 1.0 } else { 0.0 };
                    let area = Area { left, top: top.min(foot), width: (right - left - gap).max(0.5), height };
                    canvas.rect(area, color, opacity);
                }
            }
            Shape::Band { x, lower, upper } => {
                let heights: Vec<f64> = lower.iter().zip(upper).map(|(lower, upper)| lower + upper).collect();
                for run in runs(x, &heights) {
                    let points =
                        run.map(|index| [frame.x.at(x[index]), frame.y.at(lower[index]), frame.y.at(upper[index])]);
                    let points = thin::widest(points.collect(), frame.area.width);
                    let there = points.iter().map(|[x, _, upper]| [*x, *upper]);
                    let back = points.iter().rev().map(|[x, lower, _]| [*x, *lower]);
                    canvas.fill(&Path::through(there.chain(back)), color, opacity);
                }
            }
            Shape::Segments(segments) => {
                let mut path = Path::default();
                for [from, to] in segments.iter().filter(|ends| ends.iter().flatten().all(|value| value.is_finite())) {
                    path.start(at(from[0], from[1]));
                    path.line(at(to[0], to[1]));
                }
                canvas.stroke(&path, stroke);
            }
            Shape::Rug(x) => {
                let finite: Vec<f64> = x.iter().copied().filter(|value| value.is_finite()).collect();
                let mut path = Path::default();
                for x in thin::evenly(&finite, MOST_TICKS) {
                    path.start([frame.x.at(x), bottom]);
                    path.line([frame.x.at(x), bottom - (0.06 * frame.area.height).max(6.0)]);
                }
                canvas.stroke(&path, Stroke { width: self.style.width.unwrap_or(1.0), ..stroke });
            }
            Shape::Vertical(x) | Shape::Spike(x) => {
                let x = frame.x.at(*x);
                canvas.stroke(&Path::through([[x, bottom], [x, top]]), stroke);
            }
            Shape::Horizontal(y) => {
                let y = frame.y.at(*y);
                canvas.stroke(&Path::through([[left, y], [right, y]]), stroke);
            }
            Shape::Text { at: [x, y], text } => {
                let [x, y] = at(*x, *y);
                canvas.text([x + 4.0, y - 4.0], Font { color, ..font(NOTE, Anchor::Start) }, text);
            }
            Shape::Cells { origin, columns, values, limits } => {
                draw_cells(canvas, frame, *origin, *columns, values, *limits);
            }
        }
    }
}

impl Marker {
    pub(super) fn draw(self, canvas: &mut Canvas, points: &[[f64; 2]], diameter: f64, color: &str, opacity: f64) {
        let radius = 0.5 * diameter;
        match self {
            Self::Dot => canvas.circles(points, radius, color, opacity, None),
            Self::Ring => canvas.circles(points, radius, color, opacity, Some(0.28 * diameter)),
            Self::Cross => {
                let mut path = Path::default();
                for [x, y] in points {
                    for side in [-radius, radius] {
                        path.start([x - radius, y - side]);
                        path.line([x + radius, y + side]);
                    }
                }
                canvas.stroke(&path, Stroke { color, width: 1.4, opacity, dashed: false });
            }
        }
    }
}

/// The stretches of points with finite coordinates.
fn runs<'a>(x: &'a [f64], y: &'a [f64]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let count = x.len().min(y.len());
    let is_finite = move |&index: &usize| x[index].is_finite() && y[index].is_finite();
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = (next..count).find(is_finite)?;
        let end = (start..count).find(|index| !is_finite(index)).unwrap_or(count);
        next = end;
        Some(start..end)
    })
}

/// Appends a line; one point is a dot, by its round caps.
fn extend(path: &mut Path, points: &[[f64; 2]]) {
    for (position, &point) in points.iter().enumerate() {
        if position == 0 { path.start(point) } else { path.line(point) }
    }
    if let [point] = points {
        path.line(*point);
    }
}

fn stepped(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut steps = Vec::with_capacity(2 * points.len());
    for (position, &[x, y]) in points.iter().enumerate() {
        if position > 0 {
            steps.push([x, points[position - 1][1]]);
        }
        steps.push([x, y]);
    }
    steps
}

/// Cells of one colour are one path: a matrix has many cells, and few colours that the eye tells apart.
fn draw_cells(
    canvas: &mut Canvas,
    frame: &Frame,
    origin: [f64; 2],
    columns: usize,
    values: &[f64],
    (low, high): (f64, f64),
) {
    const COLORS: usize = 128;
    let mut paths = vec![Path::default(); COLORS];
    // Whole pixels, so that no white shines through between two.
    let x = |edge: f64| frame.x.at(origin[0] + edge).round();
    let y = |edge: f64| frame.y.at(origin[1] + edge).round();
    for (position, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let (row, column) = ((position / columns) as f64, (position % columns) as f64);
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        let path = &mut paths[((share * COLORS as f64) as usize).min(COLORS - 1)];
        let (left, right, top, bottom) = (x(column - 0.5), x(column + 0.5), y(row - 0.5), y(row + 0.5));
        path.start([left, top]);
        for corner in [[right, top], [right, bottom], [left, bottom]] {
            path.line(corner);
        }
    }
    for (color, path) in paths.iter().enumerate() {
        canvas.fill_cells(path, viridis((color as f64 + 0.5) / COLORS as f64).css());
    }
}
