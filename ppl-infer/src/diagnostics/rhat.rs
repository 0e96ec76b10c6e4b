//! Potential scale reduction factor R̂.

use ndarray::{Array2, ArrayView2, Axis};

use super::{
    chains::{can_be_diagnosed, split},
    moments::{mean, variance},
    quantile::median,
    rank::rank_normalize,
};

/// Rank-normalised split R̂ of one scalar quantity, the larger of its bulk and its folded form.
///
/// ```text
/// R̂ = √( ((n − 1)/n W + B/n) / W )     W = within-chain variance, B/n = variance of the chain means
/// ```
///
/// over half-chains whose draws are replaced by normal scores of their ranks. The bulk form sees chains that differ in
/// location; the folded form, of |x − median|, chains that differ in scale. Values above 1.01 mean that the chains do
/// not yet agree. The two halves of a single chain are compared with each other, as Stan does.
///
/// **Shapes** `draws` is chain × draw.
/// **Degenerate input** NaN for a constant, for a NaN draw, and for fewer than four draws a chain; see the
/// [module](super).
/// **Example**
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::rhat;
///
/// // Four interleaved sequences over the same values, then one chain moved away from the others.
/// let mut draws = Array2::from_shape_fn((4, 100), |(chain, draw)| ((draw * 37 + chain * 11) % 100) as f64);
/// assert!(rhat(draws.view()) < 1.01);
/// draws.row_mut(3).mapv_inplace(|value| value + 100.0);
/// assert!(rhat(draws.view()) > 1.5);
/// ```
/// **Reference** Vehtari et al. (2021), section 4.
pub fn rhat(draws: ArrayView2<'_, f64>) -> f64 {
    if !can_be_diagnosed(draws) {
        return f64::NAN;
    }
    let halves = split(draws);
    let bulk = gelman_rubin(&rank_normalize(halves.view()));

    let centre = median(halves.iter().copied());
    let distance = halves.mapv(|draw| (draw - centre).abs());
    if distance.iter().any(|draw| draw.is_nan()) {
        return f64::NAN;
    }
    // The distance of a two-valued quantity from its median can be constant: `max` then keeps the bulk form.
    bulk.max(gelman_rubin(&rank_normalize(distance.view())))
}

/// Split R̂ of the draws themselves, without ranks.
///
/// Sensitive to heavy tails, where the variances in its definition do not exist; prefer [`rhat`].
///
/// **Shapes** `draws` is chain × draw.
/// **Degenerate input** as [`rhat`]; also NaN for an infinite draw.
/// **Example**
/// ```
/// use ndarray::array;
/// use ppl_infer::diagnostics::split_rhat;
///
/// // Both chains rise: their halves have means 1.5 and 3.5 and variance 1/2 each.
/// let draws = array![[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]];
/// let expected = ((0.5 * 0.5 + 4.0 / 3.0) / 0.5_f64).sqrt();
/// assert!((split_rhat(draws.view()) - expected).abs() < 1e-14);
/// ```
/// **Reference** Gelman et al. (2013), *Bayesian Data Analysis*, section 11.4.
pub fn split_rhat(draws: ArrayView2<'_, f64>) -> f64 {
    if can_be_diagnosed(draws) { gelman_rubin(&split(draws)) } else { f64::NAN }
}

/// R̂ of chains as they are: √(((n − 1)/n W + B/n) / W).
fn gelman_rubin(chains: &Array2<f64>) -> f64 {
    let draws = chains.ncols() as f64;
    let means = chains.axis_iter(Axis(0)).map(mean).collect::<Vec<_>>();
    let variances = chains.axis_iter(Axis(0)).map(variance).collect::<Vec<_>>();
    let within = mean(&variances);
    let between = draws * variance(&means);
    ((between / within + draws - 1.0) / draws).sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{rhat, split_rhat};

    #[test]
    fn chains_stuck_at_different_values_are_infinitely_bad() {
        let stuck = Array2::from_shape_fn((4, 20), |(chain, _)| chain as f64);
        assert_eq!(split_rhat(stuck.view()), f64::INFINITY);
        assert_eq!(rhat(stuck.view()), f64::INFINITY);
    }

    #[test]
    fn constant_nan_short_and_empty_are_nan() {
        for draws in [
            Array2::from_elem((4, 20), 1.5),
            array![[1.0, 2.0, f64::NAN, 4.0], [1.0, 2.0, 3.0, 4.0]],
            array![[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]],
            Array2::zeros((0, 0)),
            Array2::zeros((4, 0)),
        ] {
            assert!(rhat(draws.view()).is_nan());
            assert!(split_rhat(draws.view()).is_nan());
        }
    }

    #[test]
    fn infinite_draws_keep_the_ranks() {
        let mut draws = Array2::from_shape_fn((2, 50), |(chain, draw)| ((draw * 7 + chain * 3) % 50) as f64);
        let finite = rhat(draws.view());
        draws.mapv_inplace(|draw| if draw == 49.0 { f64::INFINITY } else { draw });
        assert_eq!(rhat(draws.view()), finite);
        assert!(split_rhat(draws.view()).is_nan());
    }

    #[test]
    fn a_two_valued_quantity_keeps_its_bulk_rhat() {
        let draws = Array2::from_shape_fn((4, 100), |(chain, draw)| f64::from((draw + chain) % 2 == 0));
        assert!((rhat(draws.view()) - 0.99).abs() < 0.01);
    }
}
