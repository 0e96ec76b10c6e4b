//! Lines with no more points than it takes.

/// The points of a line that keep it within some pixels of what it was (Douglas and Peucker 1973).
///
/// Coordinates are rounded to hundredths of a pixel first, so that the choice among points at the same distance does not
/// depend on the last digit of a density.
pub(crate) fn thin(points: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let rounded: Vec<[f64; 2]> =
        points.iter().map(|point| point.map(|coordinate| (coordinate * 100.0 + 0.5 + 1e-5).floor())).collect();
    let mut is_kept = vec![false; points.len()];
    if let Some(last) = points.len().checked_sub(1) {
        (is_kept[0], is_kept[last]) = (true, true);
        let mut spans = vec![(0, last)];
        while let Some((start, end)) = spans.pop() {
            let (mut farthest, mut distance) = (start, 100.0 * tolerance);
            for between in start + 1..end {
                let from_line = distance_to(rounded[between], rounded[start], rounded[end]);
                if from_line > distance {
                    (farthest, distance) = (between, from_line);
                }
            }
            if farthest > start {
                is_kept[farthest] = true;
                spans.extend([(start, farthest), (farthest, end)]);
            }
        }
    }
    let kept = rounded.iter().zip(&is_kept).filter(|(_, is_kept)| **is_kept);
    kept.map(|(point, _)| point.map(|hundredths| hundredths / 100.0)).collect()
}

/// Distance of a point to the segment from `start` to `end`.
fn distance_to(point: [f64; 2], start: [f64; 2], end: [f64; 2]) -> f64 {
    let along = [end[0] - start[0], end[1] - start[1]];
    let to = [point[0] - start[0], point[1] - start[1]];
    let squared = along[0] * along[0] + along[1] * along[1];
    let position = if squared > 0.0 { ((to[0] * along[0] + to[1] * along[1]) / squared).clamp(0.0, 1.0) } else { 0.0 };
    let off = [to[0] - position * along[0], to[1] - position * along[1]];
    (off[0] * off[0] + off[1] * off[1]).sqrt()
}
