//! The graph of a density, with its jumps and poles.

use crate::axis::Frame;

/// Values of a density at some points.
pub(crate) type Density = Box<dyn Fn(&[f64]) -> Vec<f64>>;

/// Points that the first look takes.
const FIRST: usize = 401;

/// The largest finite value on a range.
pub(crate) fn largest(density: &Density, range: &std::ops::Range<f64>) -> f64 {
    density(&grid(range)).into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max)
}

fn grid(range: &std::ops::Range<f64>) -> Vec<f64> {
    let width = (range.end - range.start) / (FIRST - 1) as f64;
    (0..FIRST).map(|i| range.start + i as f64 * width).collect()
}

/// The graph in pixels: a line for each interval on which the density is positive, cut off at the frame's upper end.
///
/// Where a density jumps from or to 0, as at the end of its support, the line is vertical.
pub(crate) fn graph(density: &Density, frame: &Frame) -> Vec<Vec<[f64; 2]>> {
    let top = frame.y.values.end;
    let xs = grid(&frame.x.values);
    let mut points: Vec<(f64, f64)> = xs.iter().copied().zip(values(density, &xs, top)).collect();
    // Halves the steps over which the graph rises by more than two pixels, until they are no wider than a line.
    loop {
        let is_steep = |pair: &[(f64, f64)]| {
            let [(x0, y0), (x1, y1)] = pair else { unreachable!("a window of two") };
            let rise = (frame.y.pixel(*y1) - frame.y.pixel(*y0)).abs();
            let is_jump = (*y0 == 0.0) != (*y1 == 0.0);
            (rise > 2.0 || is_jump) && y0.min(*y1) <= top && frame.x.pixel(*x1) - frame.x.pixel(*x0) > 0.01
        };
        let middles: Vec<f64> =
            points.windows(2).filter(|pair| is_steep(pair)).map(|pair| 0.5 * (pair[0].0 + pair[1].0)).collect();
        if middles.is_empty() {
            break;
        }
        points.extend(middles.iter().copied().zip(values(density, &middles, top)));
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }

    let mut lines = Vec::new();
    let mut line: Vec<[f64; 2]> = Vec::new();
    let mut finish = |line: &mut Vec<[f64; 2]>| {
        if line.len() > 1 {
            lines.push(std::mem::take(line));
        }
        line.clear();
    };
    for pair in points.windows(2) {
        let [(x0, y0), (x1, y1)] = pair else { unreachable!("a window of two") };
        if (*y0 == 0.0 && *y1 == 0.0) || (*y0 > top && *y1 > top) {
            finish(&mut line);
            continue;
        }
        let at_top = [x0 + (top - y0) / (y1 - y0) * (x1 - x0), top];
        let start = if *y0 > top { at_top } else { [*x0, *y0] };
        let end = if *y1 > top { at_top } else { [*x1, *y1] };
        if line.is_empty() {
            line.push(frame.point(start[0], start[1]));
        }
        line.push(frame.point(end[0], end[1]));
        if *y1 > top {
            finish(&mut line);
        }
    }
    finish(&mut line);
    lines
}

/// Densities, at most twice the frame's upper end.
fn values(density: &Density, at: &[f64], top: f64) -> Vec<f64> {
    let values = density(at);
    for (x, value) in at.iter().zip(&values) {
        assert!(!value.is_nan(), "the density at {x} is NaN");
    }
    values.into_iter().map(|value| value.min(2.0 * top)).collect()
}
