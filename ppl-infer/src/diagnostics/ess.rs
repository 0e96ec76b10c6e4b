//! Effective sample size of Markov chains.

use ndarray::{Array2, ArrayView2};

use super::{
    autocorrelation::Autocovariance,
    chains::{can_be_diagnosed, contiguous, rows, split},
    moments::{mean, variance},
    quantile::{quantile_of_sorted, sorted},
    rank::{NormalScores, RankedDraws},
};

/// Range below which draws count as constant; NumPy's `finfo(float).resolution`, which ArviZ uses.
const CONSTANT_RANGE: f64 = 1e-15;

/// Effective sample size in the bulk: of the rank-normalised draws.
///
/// ```text
/// ESS = M N / τ̂,   τ̂ = −1 + 2 Σ_k (ρ̂_{2k} + ρ̂_{2k+1})
/// ```
///
/// with the autocorrelations ρ̂ over all half-chains truncated by Geyer's initial positive and monotone sequences. It
/// tells how far estimates of location can be trusted; 100 for each chain is a usual minimum. It exceeds the number of
/// draws where they are negatively correlated, at most by the factor log₁₀(M N).
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// The number of draws for a constant; NaN for a NaN draw or fewer than four draws a chain; see
/// the [module](super).
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::ess_bulk;
///
/// // Each value is repeated ten times in succession.
/// let draws = Array2::from_shape_fn((4, 1000), |(chain, draw)| ((draw / 10 * 61 + chain * 17) % 101) as f64);
/// let ess = ess_bulk(draws.view());
/// assert!((300.0..600.0).contains(&ess), "{ess}");
/// ```
///
/// # Reference
/// Vehtari et al. (2021), section 4; Geyer (1992), "Practical Markov chain Monte Carlo".
pub fn ess_bulk(draws: ArrayView2<'_, f64>) -> f64 {
    if !can_be_diagnosed(draws) {
        return f64::NAN;
    }
    let scores = RankedDraws::new(draws).scores(&mut NormalScores::default());
    effective_sample_size(&scores, &mut Autocovariance::default())
}

/// Effective sample size in the tails: the smaller of [`ess_quantile`] at 5% and at 95%.
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// Treated as by [`ess_bulk`].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::{ess_quantile, ess_tail};
///
/// let draws = Array2::from_shape_fn((2, 500), |(chain, draw)| ((draw * 61 + chain * 17) % 101) as f64);
/// let expected = ess_quantile(draws.view(), 0.05).min(ess_quantile(draws.view(), 0.95));
/// assert_eq!(ess_tail(draws.view()), expected);
/// ```
///
/// # Reference
/// Vehtari et al. (2021), section 4.
pub fn ess_tail(draws: ArrayView2<'_, f64>) -> f64 {
    if !can_be_diagnosed(draws) {
        return f64::NAN;
    }
    tail_ess(&RankedDraws::new(draws), &mut Autocovariance::default())
}

/// [`ess_tail`] of draws that are sorted.
pub(super) fn tail_ess(draws: &RankedDraws, autocovariance: &mut Autocovariance) -> f64 {
    let bounds = [0.05, 0.95].map(|probability| quantile_of_sorted(draws.sorted(), probability));
    let [low, high] = bounds.map(|bound| ess_below(draws.halves(), bound, autocovariance));
    low.min(high)
}

/// Effective sample size for the mean: of the draws themselves.
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// Treated as by [`ess_bulk`]; also NaN for an infinite draw.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::ess_mean;
///
/// assert_eq!(ess_mean(Array2::zeros((4, 250)).view()), 1000.0);
/// ```
pub fn ess_mean(draws: ArrayView2<'_, f64>) -> f64 {
    if can_be_diagnosed(draws) {
        effective_sample_size(&split(draws), &mut Autocovariance::default())
    } else {
        f64::NAN
    }
}

/// Effective sample size for the standard deviation: of the squared deviations from the mean.
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// Treated as by [`ess_bulk`]; also NaN for an infinite draw.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::ess_sd;
///
/// assert_eq!(ess_sd(Array2::zeros((4, 250)).view()), 1000.0);
/// ```
pub fn ess_sd(draws: ArrayView2<'_, f64>) -> f64 {
    if !can_be_diagnosed(draws) {
        return f64::NAN;
    }
    ess_mean(squared_deviations(&contiguous(draws)).view())
}

/// Effective sample size for a quantile: of the indicator that a draw is at or below it.
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// Treated as by [`ess_bulk`]; also NaN for a `probability` outside [0, 1].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::ess_quantile;
///
/// let draws = Array2::from_shape_fn((4, 250), |(chain, draw)| ((draw * 61 + chain * 17) % 101) as f64);
/// assert!(ess_quantile(draws.view(), 0.5) > 500.0);
/// assert!(ess_quantile(draws.view(), 1.5).is_nan());
/// ```
pub fn ess_quantile(draws: ArrayView2<'_, f64>, probability: f64) -> f64 {
    if !can_be_diagnosed(draws) || !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    let bound = quantile_of_sorted(&sorted(draws.iter().copied()), probability);
    ess_below(&split(draws), bound, &mut Autocovariance::default())
}

/// Effective sample size of the indicator that a draw of half-chains is at or below `bound`.
fn ess_below(halves: &Array2<f64>, bound: f64, autocovariance: &mut Autocovariance) -> f64 {
    effective_sample_size(&halves.mapv(|draw| f64::from(u8::from(draw <= bound))), autocovariance)
}

/// (x − x̄)² of each draw, about the mean of all chains.
pub(super) fn squared_deviations(draws: &Array2<f64>) -> Array2<f64> {
    let centre = mean(draws.as_slice().expect("draws are contiguous"));
    draws.mapv(|draw| (draw - centre).powi(2))
}

/// Effective sample size of chains as they are, which have at least two draws each and no NaN.
pub(super) fn effective_sample_size(chains: &Array2<f64>, autocovariance: &mut Autocovariance) -> f64 {
    let count = chains.len() as f64;
    let (lowest, highest) =
        chains.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), draw| (low.min(*draw), high.max(*draw)));
    if highest - lowest < CONSTANT_RANGE {
        return count;
    }
    let tau = autocorrelation_time(chains, variance_of_means(chains), autocovariance);
    // Negatively correlated draws can bring τ̂ to 0 or below it; the bound is that of Vehtari et al. (2021).
    // A comparison and not `max`, which would hide a NaN.
    let shortest = 1.0 / count.log10();
    count / if tau < shortest { shortest } else { tau }
}

/// Variance of the chains' means; 0 for a single chain.
fn variance_of_means(chains: &Array2<f64>) -> f64 {
    let means: Vec<f64> = rows(chains).map(mean).collect();
    if means.len() > 1 { variance(&means) } else { 0.0 }
}

/// Integrated autocorrelation time τ̂ of chains that have converged, whether these have or not: their means are taken to
/// vary by as much as the correlation within the chains makes them vary.
pub(super) fn autocorrelation_time_within(chains: &Array2<f64>) -> f64 {
    let draws = chains.ncols() as f64;
    let mut autocovariance = Autocovariance::default();
    let first = autocorrelation_time(chains, 0.0, &mut autocovariance);
    // Each chain's own mean is subtracted, which makes the correlations too small, by the variance of that mean.
    let within = mean(&rows(chains).map(variance).collect::<Vec<_>>());
    autocorrelation_time(chains, within * first.max(0.0) / draws, &mut autocovariance)
}

/// Integrated autocorrelation time τ̂ by Geyer's initial positive, then monotone, sequence, where the means of the chains
/// have the variance `between`.
fn autocorrelation_time(chains: &Array2<f64>, between: f64, autocovariance: &mut Autocovariance) -> f64 {
    let draws = chains.ncols();
    let autocovariance = autocovariance.mean(chains);
    let within = autocovariance(0) * draws as f64 / (draws as f64 - 1.0);
    let pooled = autocovariance(0) + between;
    let correlation = |lag: usize| 1.0 - (within - autocovariance(lag)) / pooled;

    // Sums of pairs ρ̂_{2k} + ρ̂_{2k+1}, up to and with the first that is not positive, or to the last lags.
    let mut even = 1.0;
    let mut sum = even + correlation(1);
    let mut sums = vec![sum];
    while sum > 0.0 && 2 * sums.len() + 2 < draws {
        even = correlation(2 * sums.len());
        sum = even + correlation(2 * sums.len() + 1);
        sums.push(sum);
    }
    // The last pair gives only its even member, and that only if it, or the pair, is positive: the improved estimate
    // for antithetic chains.
    sums.pop();
    let last = if sum >= 0.0 { even } else { even.max(0.0) };

    let mut smallest = f64::INFINITY;
    let monotone: f64 = sums
        .iter()
        .map(|&pair| {
            smallest = smallest.min(pair);
            smallest
        })
        .sum();
    // A NaN pair (infinite draws) ends the loop above and must not be lost in `max`.
    if sum.is_nan() { f64::NAN } else { -1.0 + 2.0 * monotone + last }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{ess_bulk, ess_mean, ess_quantile, ess_sd, ess_tail};

    #[test]
    fn a_constant_has_one_effective_draw_a_draw() {
        let constant = Array2::from_elem((3, 11), 2.5);
        // The middle draw of an odd chain is dropped.
        for ess in
            [ess_bulk(constant.view()), ess_tail(constant.view()), ess_mean(constant.view()), ess_sd(constant.view())]
        {
            assert_eq!(ess, 30.0);
        }
    }

    #[test]
    fn nan_short_and_empty_are_nan() {
        for draws in
            [array![[1.0, f64::NAN, 3.0, 4.0]], array![[1.0, 2.0, 3.0]], Array2::zeros((0, 8)), Array2::zeros((2, 0))]
        {
            let view = draws.view();
            for ess in [ess_bulk(view), ess_tail(view), ess_mean(view), ess_sd(view), ess_quantile(view, 0.5)] {
                assert!(ess.is_nan());
            }
        }
    }

    #[test]
    fn infinite_draws_keep_ranks_and_lose_moments() {
        let mut draws = Array2::from_shape_fn((2, 50), |(chain, draw)| ((draw * 7 + chain * 3) % 50) as f64);
        let bulk = ess_bulk(draws.view());
        draws.mapv_inplace(|draw| if draw == 49.0 { f64::INFINITY } else { draw });
        assert_eq!(ess_bulk(draws.view()), bulk);
        assert!(ess_tail(draws.view()).is_finite());
        assert!(ess_mean(draws.view()).is_nan());
        assert!(ess_sd(draws.view()).is_nan());
    }
}
