//! Ranks of pooled draws, mapped to normal scores.

use ndarray::{Array2, ArrayView2};

use ppl::special::ndtri;

/// Replaces each draw by the normal score of its rank among all draws: z = Φ⁻¹((r − 3/8) / (n + 1/4)), ties sharing
/// their mean rank.
///
/// # Reference
/// Blom (1958), *Statistical Estimates and Transformed Beta-Variables*; Vehtari et al. (2021), equation
/// 14.
pub(super) fn rank_normalize(draws: ArrayView2<'_, f64>) -> Array2<f64> {
    let values: Vec<f64> = draws.iter().copied().collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    // -0.0 and 0.0 are ties, so partial_cmp and not total_cmp; NaN was excluded by the caller.
    order.sort_unstable_by(|&a, &b| values[a].partial_cmp(&values[b]).unwrap_or(std::cmp::Ordering::Equal));

    let count = values.len() as f64;
    let mut scores = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start]];
        let ties = order[start..].iter().take_while(|&&index| values[index] == value).count().max(1);
        // Ranks start + 1 ..= start + ties.
        let mean_rank = start as f64 + (ties + 1) as f64 / 2.0;
        let score = ndtri((mean_rank - 0.375) / (count + 0.25));
        for &index in &order[start..start + ties] {
            scores[index] = score;
        }
        start += ties;
    }
    Array2::from_shape_vec(draws.dim(), scores).expect("one score for each draw")
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use ppl::special::ndtri;

    use super::rank_normalize;

    #[test]
    fn ties_share_their_mean_rank() {
        let scores = rank_normalize(array![[10.0, -1.0], [10.0, f64::INFINITY]].view());
        let expected = |rank: f64| ndtri((rank - 0.375) / 4.25);
        assert_eq!(scores, array![[expected(2.5), expected(1.0)], [expected(2.5), expected(4.0)]]);
        assert_eq!(scores[[0, 0]], 0.0);
    }

    #[test]
    fn scores_do_not_change_under_a_monotone_map() {
        let draws = array![[0.3, -1.2, 2.2], [0.9, -0.1, 5.0]];
        assert_eq!(rank_normalize(draws.view()), rank_normalize(draws.mapv(f64::exp).view()));
    }
}
