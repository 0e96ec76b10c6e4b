//! Half-chains by the normal scores of their ranks: one sort gives those of the draws and those of their distances from the
//! median.

use ndarray::{Array2, ArrayView2};

use ppl::special::ndtri;

use super::{chains::split, quantile::median_of_sorted};

/// The draws of chains in ascending order, and their half-chains.
pub(super) struct RankedDraws {
    sorted: Vec<f64>,
    halves: Array2<f64>,
    /// Indices of `halves` in ascending order of the draws.
    order: Vec<u32>,
}

impl RankedDraws {
    /// Sorts draws without NaN, chain × draw.
    pub(super) fn new(draws: ArrayView2<'_, f64>) -> Self {
        let (chains, count) = draws.dim();
        let half = count / 2;
        let mut ordered: Vec<(f64, u32)> = Vec::with_capacity(draws.len());
        for (chain, row) in draws.outer_iter().enumerate() {
            for (index, &draw) in row.iter().enumerate() {
                // The middle draw of an odd number is in neither half.
                let in_halves = if index < half {
                    chain * half + index
                } else if index >= count - half {
                    (chains + chain) * half + index - (count - half)
                } else {
                    usize::MAX
                };
                ordered.push((draw, in_halves as u32));
            }
        }
        ordered.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let order = ordered.iter().map(|&(_, index)| index).filter(|&index| index != u32::MAX).collect();
        Self { sorted: ordered.into_iter().map(|(draw, _)| draw).collect(), halves: split(draws), order }
    }

    /// All draws, in ascending order.
    pub(super) fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    pub(super) fn into_sorted(self) -> Vec<f64> {
        self.sorted
    }

    /// First and second half of each chain, as chains of their own.
    pub(super) fn halves(&self) -> &Array2<f64> {
        &self.halves
    }

    /// The half-chains by the normal scores of their ranks.
    pub(super) fn scores(&self, normal: &mut NormalScores) -> Array2<f64> {
        normal.of(&self.halves, &self.order)
    }

    /// The half-chains by the normal scores of the ranks of |x − median|; none if a distance is NaN.
    pub(super) fn folded_scores(&self, normal: &mut NormalScores) -> Option<Array2<f64>> {
        let draws = self.halves.as_slice().expect("halves are made in one piece");
        let in_order = |place: usize| draws[self.order[place] as usize];
        let centre = median_of_sorted(self.order.len(), in_order);
        let distance = self.halves.mapv(|draw| (draw - centre).abs());
        if distance.iter().any(|draw| draw.is_nan()) {
            return None;
        }
        // Two ordered sequences, from the median downwards and from it upwards, are merged.
        let from_median = self.order.partition_point(|&index| draws[index as usize] < centre);
        let (below, above) = self.order.split_at(from_median);
        let distances = distance.as_slice().expect("a map keeps the layout");
        let (mut below, mut above) = (below.iter().rev().peekable(), above.iter().peekable());
        let nearer = std::iter::from_fn(|| match (below.peek(), above.peek()) {
            (Some(&&low), Some(&&high)) if distances[low as usize] < distances[high as usize] => below.next(),
            (Some(_), None) => below.next(),
            _ => above.next(),
        });
        let order: Vec<u32> = nearer.copied().collect();
        Some(normal.of(&distance, &order))
    }
}

/// Normal scores of ranks: z = Φ⁻¹((r − 3/8) / (n + 1/4)). Those of whole ranks are kept, for the next draws of as many.
///
/// # Reference
/// Blom (1958), *Statistical Estimates and Transformed Beta-Variables*; Vehtari et al. (2021), equation 14.
#[derive(Default)]
pub(super) struct NormalScores {
    of_ranks: Vec<f64>,
}

impl NormalScores {
    /// Replaces each draw by the score of its rank, given the indices in ascending order of the draws. Ties share their mean
    /// rank.
    fn of(&mut self, draws: &Array2<f64>, order: &[u32]) -> Array2<f64> {
        let count = order.len();
        let score = |rank: f64| ndtri((rank - 0.375) / (count as f64 + 0.25));
        if self.of_ranks.len() != count {
            self.of_ranks = (1..=count).map(|rank| score(rank as f64)).collect();
        }
        let values = draws.as_slice().expect("half-chains are made in one piece");
        let mut scores = vec![0.0; count];
        let mut start = 0;
        while start < count {
            let value = values[order[start] as usize];
            // -0.0 and 0.0 are ties.
            let ties = 1 + order[start + 1..].iter().take_while(|&&index| values[index as usize] == value).count();
            // The mean of the ranks start + 1 ..= start + ties.
            let score = if ties == 1 { self.of_ranks[start] } else { score(start as f64 + (ties + 1) as f64 / 2.0) };
            for &index in &order[start..start + ties] {
                scores[index as usize] = score;
            }
            start += ties;
        }
        Array2::from_shape_vec(draws.dim(), scores).expect("one score for each draw")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use ppl::special::ndtri;

    use super::{NormalScores, RankedDraws};

    fn scores(draws: &Array2<f64>) -> Array2<f64> {
        RankedDraws::new(draws.view()).scores(&mut NormalScores::default())
    }

    fn folded(draws: &Array2<f64>) -> Option<Array2<f64>> {
        RankedDraws::new(draws.view()).folded_scores(&mut NormalScores::default())
    }

    #[test]
    fn ties_share_their_mean_rank() {
        let expected = |rank: f64| ndtri((rank - 0.375) / 4.25);
        let draws = array![[10.0, -1.0, 10.0, f64::INFINITY]];
        assert_eq!(scores(&draws), array![[expected(2.5), expected(1.0)], [expected(2.5), expected(4.0)]]);
        assert_eq!(scores(&draws)[[0, 0]], 0.0);
        assert_eq!(scores(&array![[0.0, -0.0, 0.0, -0.0]]), Array2::<f64>::zeros((2, 2)));
    }

    #[test]
    fn scores_do_not_change_under_a_monotone_map() {
        let draws = array![[0.3, -1.2, 2.2, 0.7], [0.9, -0.1, 5.0, 0.0]];
        assert_eq!(scores(&draws), scores(&draws.mapv(f64::exp)));
    }

    /// The distances from the median are ranked as draws of their own are.
    #[test]
    fn folded_scores_are_those_of_distances() {
        let draws = Array2::from_shape_fn((3, 14), |(chain, draw)| ((draw * 61 + chain * 17) % 11) as f64 - 3.3);
        // Of 42 draws: the mean of the two in the middle.
        let mut sorted = draws.iter().copied().collect::<Vec<_>>();
        sorted.sort_unstable_by(f64::total_cmp);
        let centre = 0.5 * (sorted[20] + sorted[21]);
        assert_eq!(folded(&draws).unwrap(), scores(&draws.mapv(|draw| (draw - centre).abs())));
        let far = array![[f64::INFINITY, f64::INFINITY, 1.0, f64::INFINITY]];
        assert!(folded(&far).is_none(), "the distance of ∞ from ∞");
    }

    /// The middle draw of an odd number is sorted, and is in neither half.
    #[test]
    fn odd_chains() {
        let draws = array![[5.0, 1.0, 9.0, 2.0, 4.0]];
        let ranked = RankedDraws::new(draws.view());
        assert_eq!(ranked.sorted(), [1.0, 2.0, 4.0, 5.0, 9.0]);
        assert_eq!(ranked.halves(), array![[5.0, 1.0], [2.0, 4.0]]);
        assert_eq!(scores(&draws), scores(&array![[5.0, 1.0, 2.0, 4.0]]));
    }
}
