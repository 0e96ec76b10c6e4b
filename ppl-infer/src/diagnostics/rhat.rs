//! Potential scale reduction factor R̂.

use ndarray::{Array2, ArrayView2};

use ppl::special::beta_i_inverse;

use super::{
    chains::{can_be_diagnosed, rows, split},
    ess::autocorrelation_time_within,
    moments::{mean, variance},
    rank::{NormalScores, RankedDraws},
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
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// NaN for a constant, for a NaN draw, and for fewer than four draws a chain; see the
/// [module](super).
///
/// # Example
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
///
/// # Reference
/// Vehtari et al. (2021), section 4.
pub fn rhat(draws: ArrayView2<'_, f64>) -> f64 {
    if !can_be_diagnosed(draws) {
        return f64::NAN;
    }
    let Some([bulk, folded]) = rank_normalized_halves(draws) else { return f64::NAN };
    larger_rhat(&bulk, &folded)
}

/// The larger of the R̂ of two forms of chains.
pub(super) fn larger_rhat(bulk: &Array2<f64>, folded: &Array2<f64>) -> f64 {
    // The distance of a two-valued quantity from its median can be constant: `max` then keeps the bulk form.
    gelman_rubin(bulk).max(gelman_rubin(folded))
}

/// Upper quantile of `rhat` − 1 for chains that have converged, with as many draws, as correlated, as these.
///
/// ```text
/// R̂² = 1 − 1/n + τ F / n,   F ~ F(m − 1, m n / τ − m)
/// ```
///
/// for `m` half-chains of `n` draws, since the means of converged chains vary by τ times what those of independent draws
/// would. The autocorrelation time τ is estimated within the half-chains, so that chains that disagree do not excuse
/// themselves. `false_alarm_rate` is the probability with which converged chains exceed 1 by more; half of it goes to
/// the bulk form of R̂, half to the folded one.
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// NaN where [`rhat`] is NaN.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::rhat_noise;
/// use rand::{RngExt, SeedableRng};
///
/// // Of independent draws, those of four chains of a hundred exceed 1.01 by chance.
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
/// let mut draws = |count| Array2::from_shape_simple_fn((4, count), || rng.random::<f64>());
/// assert!(rhat_noise(draws(100).view(), 0.01) > 0.01);
/// assert!(rhat_noise(draws(5000).view(), 0.01) < 0.001);
/// ```
///
/// # Reference
/// Gelman and Rubin (1992), "Inference from iterative simulation using multiple sequences", section 2.2,
/// for the F distribution.
pub fn rhat_noise(draws: ArrayView2<'_, f64>, false_alarm_rate: f64) -> f64 {
    if !can_be_diagnosed(draws) {
        return f64::NAN;
    }
    let Some([bulk, folded]) = rank_normalized_halves(draws) else { return f64::NAN };
    noise(&bulk, 0.5 * false_alarm_rate).max(noise(&folded, 0.5 * false_alarm_rate))
}

/// Upper quantile of R̂ − 1 of converged chains like these, at a probability `tail` above it.
fn noise(chains: &Array2<f64>, tail: f64) -> f64 {
    let (m, n) = (chains.nrows() as f64, chains.ncols() as f64);
    let tau = autocorrelation_time_within(chains).max(1.0 / (m * n).log10());
    let degrees = [m - 1.0, (m * n / tau - m).max(1.0)];
    // F = d₂ x / (d₁ (1 − x)) for x ~ Beta(d₁/2, d₂/2), by the tail that keeps its digits.
    let complement = beta_i_inverse(0.5 * degrees[1], 0.5 * degrees[0], tail);
    let quantile = degrees[1] * (1.0 - complement) / (degrees[0] * complement);
    ((1.0 - 1.0 / n + tau * quantile / n).sqrt() - 1.0).max(0.0)
}

/// The half-chains by the normal scores of their ranks: of the draws, and of their distances from the median. None if a
/// distance is NaN.
fn rank_normalized_halves(draws: ArrayView2<'_, f64>) -> Option<[Array2<f64>; 2]> {
    let (draws, mut normal) = (RankedDraws::new(draws), NormalScores::default());
    Some([draws.scores(&mut normal), draws.folded_scores(&mut normal)?])
}

/// Split R̂ of the draws themselves, without ranks.
///
/// Sensitive to heavy tails, where the variances in its definition do not exist; prefer [`rhat`].
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// Treated as by [`rhat`]; also NaN for an infinite draw.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::diagnostics::split_rhat;
///
/// // Both chains rise: their halves have means 1.5 and 3.5 and variance 1/2 each.
/// let draws = array![[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]];
/// let expected = ((0.5 * 0.5 + 4.0 / 3.0) / 0.5_f64).sqrt();
/// assert!((split_rhat(draws.view()) - expected).abs() < 1e-14);
/// ```
///
/// # Reference
/// Gelman et al. (2013), *Bayesian Data Analysis*, section 11.4.
pub fn split_rhat(draws: ArrayView2<'_, f64>) -> f64 {
    if can_be_diagnosed(draws) { gelman_rubin(&split(draws)) } else { f64::NAN }
}

/// R̂ of chains as they are: √(((n − 1)/n W + B/n) / W).
fn gelman_rubin(chains: &Array2<f64>) -> f64 {
    let draws = chains.ncols() as f64;
    let means = rows(chains).map(mean).collect::<Vec<_>>();
    let variances = rows(chains).map(variance).collect::<Vec<_>>();
    let within = mean(&variances);
    let between = draws * variance(&means);
    ((between / within + draws - 1.0) / draws).sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{rhat, rhat_noise, split_rhat};
    use crate::draws::tests::scores;

    /// Chains of an autoregression xₜ = ρ xₜ₋₁ + ε, which begin in its stationary distribution.
    fn autoregression(chains: usize, draws: usize, correlation: f64, seed: u64) -> Array2<f64> {
        let noise = scores(chains * draws, seed);
        let mut values = Array2::from_shape_vec((chains, draws), noise).unwrap();
        for mut chain in values.rows_mut() {
            for draw in 1..draws {
                chain[draw] = correlation * chain[draw - 1] + (1.0 - correlation * correlation).sqrt() * chain[draw];
            }
        }
        values
    }

    /// Converged chains exceed the noise at the rate that was asked for: 2,000 sets of four chains each, at 5%. The
    /// largest count that is let pass is exceeded by a rate of 5% in one of 10,000 seeds (binomial, 141 of 2,000); of
    /// the correlated chains, whose autocorrelation time is estimated, the rate may be half as large again (201).
    #[test]
    fn converged_chains_exceed_the_noise_as_often_as_was_asked_for() {
        for (correlation, draws, most) in [(0.0, 100, 141), (-0.4, 100, 201), (0.7, 200, 201)] {
            let exceeds = |seed: &u64| {
                let chains = autoregression(4, draws, correlation, *seed);
                rhat(chains.view()) - 1.0 > rhat_noise(chains.view(), 0.05)
            };
            let alarms = (0..2_000).filter(exceeds).count();
            // And the noise is no larger than it must be: a rate of at least 1%.
            assert!((20..=most).contains(&alarms), "{alarms} of 2,000 at a correlation of {correlation}");
        }
    }

    #[test]
    fn chains_that_disagree_do_not_excuse_themselves() {
        for apart in [1.0, 10.0, 1e6] {
            let mut chains = autoregression(4, 250, 0.3, 1);
            chains.row_mut(3).mapv_inplace(|draw| draw + apart);
            let (r_hat, noise) = (rhat(chains.view()), rhat_noise(chains.view(), 1e-4));
            assert!(r_hat - 1.01 > noise, "{apart}: {r_hat}, noise {noise}");
        }
    }

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
