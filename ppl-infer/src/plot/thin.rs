//! Fewer points that look the same.

/// Of a line of more points than twice the pixels of its width, the first, the lowest, the highest and the last point of
/// each two pixels; other lines, and those that run back, as they are.
pub(super) fn extremes(points: Vec<[f64; 2]>, width: f64) -> Vec<[f64; 2]> {
    let buckets = (0.5 * width).max(1.0);
    if points.len() as f64 <= 4.0 * buckets || !points.is_sorted_by(|a, b| a[0] <= b[0]) {
        return points;
    }
    let mut kept = Vec::new();
    for bucket in points.chunk_by(|a, b| (0.5 * a[0]).floor() == (0.5 * b[0]).floor()) {
        let by_height = |a: &usize, b: &usize| bucket[*a][1].total_cmp(&bucket[*b][1]);
        let lowest = (0..bucket.len()).min_by(by_height).unwrap_or(0);
        let highest = (0..bucket.len()).max_by(by_height).unwrap_or(0);
        let mut chosen = [0, lowest, highest, bucket.len() - 1];
        chosen.sort_unstable();
        kept.extend(
            chosen
                .iter()
                .enumerate()
                .filter(|&(at, index)| at == 0 || chosen[at - 1] != *index)
                .map(|(_, &index)| bucket[index]),
        );
    }
    kept
}

/// Of the edges [x, lower, upper] of a band, one for each pixel, as wide as the widest there.
pub(super) fn widest(points: Vec<[f64; 3]>, width: f64) -> Vec<[f64; 3]> {
    if points.len() as f64 <= 2.0 * width || !points.is_sorted_by(|a, b| a[0] <= b[0]) {
        return points;
    }
    let buckets = points.chunk_by(|a, b| a[0].floor() == b[0].floor());
    // Pixels run downwards.
    let widest = |bucket: &[[f64; 3]]| {
        bucket.iter().fold(bucket[0], |all, own| [all[0], all[1].max(own[1]), all[2].min(own[2])])
    };
    buckets.map(widest).collect()
}

/// At most `most` of these, evenly spaced.
pub(super) fn evenly<T: Clone>(all: &[T], most: usize) -> Vec<T> {
    if all.len() <= most {
        return all.to_vec();
    }
    (0..most).map(|at| all[at * all.len() / most].clone()).collect()
}

/// At most `most` of so many draws, each as often as its weight says: evenly spaced, or by systematic resampling.
pub(super) fn chosen(draws: usize, weights: Option<&[f64]>, most: usize) -> Vec<usize> {
    let Some(weights) = weights else { return evenly(&(0..draws).collect::<Vec<_>>(), most) };
    let count = most.min(draws);
    let mut chosen = Vec::with_capacity(count);
    let mut sum = 0.0;
    for (draw, weight) in weights.iter().enumerate() {
        sum += weight;
        while chosen.len() < count && (chosen.len() as f64 + 0.5) / count as f64 <= sum {
            chosen.push(draw);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::{chosen, evenly, extremes, widest};

    #[test]
    fn spikes_and_ends_are_kept() {
        let mut points: Vec<[f64; 2]> = (0..100_000).map(|at| [f64::from(at) / 200.0, f64::from(at % 7)]).collect();
        points[31_415][1] = 100.0;
        points[27_182][1] = -100.0;
        let kept = extremes(points.clone(), 500.0);
        assert!(kept.len() <= 1004, "{}", kept.len());
        assert!(kept.contains(&points[31_415]) && kept.contains(&points[27_182]));
        assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[99_999]));
        assert!(kept.is_sorted_by(|a, b| a[0] <= b[0]));
        let few = points[..900].to_vec();
        assert_eq!(extremes(few.clone(), 500.0), few);
    }

    #[test]
    fn bands_are_as_wide_as_their_widest() {
        let points: Vec<[f64; 3]> =
            (0..1000).map(|at| [f64::from(at) / 100.0, f64::from(at), -f64::from(at)]).collect();
        let kept = widest(points, 10.0);
        assert_eq!(kept.len(), 10);
        assert_eq!(kept[3], [3.0, 399.0, -399.0]);
    }

    #[test]
    fn evenly_spaced() {
        assert_eq!(evenly(&[1, 2, 3], 5), [1, 2, 3]);
        assert_eq!(evenly(&(0..100).collect::<Vec<_>>(), 4), [0, 25, 50, 75]);
    }

    #[test]
    fn weighted_draws_are_chosen_by_weight() {
        assert_eq!(chosen(4, Some(&[0.5, 0.0, 0.25, 0.25]), 100), [0, 0, 2, 3]);
        assert_eq!(chosen(4, Some(&[0.1, 0.9, 0.0, 0.0]), 2), [1, 1]);
        assert_eq!(chosen(4, None, 2), [0, 2]);
    }
}
