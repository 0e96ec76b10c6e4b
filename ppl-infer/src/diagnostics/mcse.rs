//! Monte Carlo standard errors.

use ndarray::ArrayView2;
use ppl::special::beta_i_inverse;

use super::{
    chains::{can_be_diagnosed, contiguous},
    ess::{ess_mean, ess_quantile, squared_deviations},
    moments::{mean, sd},
    quantile::sorted,
};

/// Monte Carlo standard error of the mean: sd / √ESS, with [`ess_mean`].
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// 0 for a constant; NaN for draws that are not finite or fewer than four draws a chain.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::{ess_mean, mcse_mean};
///
/// let draws = Array2::from_shape_fn((2, 250), |(chain, draw)| ((draw + chain) % 2) as f64);
/// let sd = (0.25_f64 * 500.0 / 499.0).sqrt();
/// assert!((mcse_mean(draws.view()) - sd / ess_mean(draws.view()).sqrt()).abs() < 1e-15);
/// ```
pub fn mcse_mean(draws: ArrayView2<'_, f64>) -> f64 {
    sd(contiguous(draws).as_slice().expect("draws are contiguous")) / ess_mean(draws).sqrt()
}

/// Monte Carlo standard error of the standard deviation, by the delta method.
///
/// ```text
/// mcse = √( Var[(x − x̄)²] / ESS / (4 E[(x − x̄)²]) )
/// ```
///
/// with the effective sample size of the squared deviations; no normal distribution is assumed.
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// NaN for a constant, for draws that are not finite, and for fewer than four draws a chain.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::mcse_sd;
///
/// // The squared deviations of a fair coin are constant: its standard deviation has no error.
/// let draws = Array2::from_shape_fn((2, 250), |(chain, draw)| ((draw + chain) % 2) as f64);
/// assert_eq!(mcse_sd(draws.view()), 0.0);
/// ```
pub fn mcse_sd(draws: ArrayView2<'_, f64>) -> f64 {
    let squares = squared_deviations(&contiguous(draws));
    error_of_sd(squares.as_slice().expect("a map keeps the layout"), ess_mean(squares.view()))
}

/// Monte Carlo standard error of the standard deviation by the squared deviations and their effective sample size.
pub(super) fn error_of_sd(squares: &[f64], ess: f64) -> f64 {
    let second = mean(squares);
    let fourth = mean(&squares.iter().map(|square| square * square).collect::<Vec<_>>());
    ((fourth - second * second) / ess / second / 4.0).sqrt()
}

/// Monte Carlo standard error of a quantile: half the distance between the order statistics one standard error below
/// and above it.
///
/// The number of effective draws at or below the quantile is binomial, so the order statistics are found by the
/// quantiles of Beta(ESS p + 1, ESS (1 − p) + 1) at Φ(−1) and Φ(1), with ESS from [`ess_quantile`].
///
/// # Shapes
/// `draws` is chain × draw.
///
/// # Degenerate input
/// 0 for a constant; NaN for a NaN draw, fewer than four draws a chain, or a `probability` outside
/// [0, 1].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::diagnostics::mcse_quantile;
///
/// let draws = Array2::from_shape_fn((4, 250), |(chain, draw)| ((draw * 61 + chain * 17) % 101) as f64);
/// let error = mcse_quantile(draws.view(), 0.5);
/// assert!((0.5..3.0).contains(&error), "{error}");
/// ```
///
/// # Reference
/// Vehtari et al. (2021), section 4.4.
pub fn mcse_quantile(draws: ArrayView2<'_, f64>, probability: f64) -> f64 {
    if !can_be_diagnosed(draws) || !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    let ess = ess_quantile(draws, probability);
    let values = sorted(draws.iter().copied());
    let last = values.len() as f64 - 1.0;
    // Φ(±1) to the seven digits that ArviZ and posterior use: the order statistics found must be the same.
    let [low, high] = [0.158_655_3, 0.841_344_7]
        .map(|level| beta_i_inverse(ess * probability + 1.0, ess * (1.0 - probability) + 1.0, level))
        .map(|fraction| fraction * values.len() as f64 - 1.0);
    (values[high.min(last).ceil() as usize] - values[low.max(0.0).floor() as usize]) / 2.0
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{mcse_mean, mcse_quantile, mcse_sd};

    #[test]
    fn constant() {
        let constant = Array2::from_elem((4, 20), 1.5);
        assert_eq!(mcse_mean(constant.view()), 0.0);
        assert!(mcse_sd(constant.view()).is_nan());
        assert_eq!(mcse_quantile(constant.view(), 0.3), 0.0);
    }

    #[test]
    fn nan_short_and_empty_are_nan() {
        for draws in
            [array![[1.0, f64::NAN, 3.0, 4.0]], array![[1.0, 2.0, 3.0]], Array2::zeros((0, 0)), Array2::zeros((2, 0))]
        {
            let view = draws.view();
            for mcse in [mcse_mean(view), mcse_sd(view), mcse_quantile(view, 0.5)] {
                assert!(mcse.is_nan());
            }
        }
    }

    #[test]
    fn quantiles_at_the_ends() {
        let draws = Array2::from_shape_fn((4, 25), |(chain, draw)| ((draw * 7 + chain) % 25) as f64);
        assert!(mcse_quantile(draws.view(), 0.0) >= 0.0);
        assert!(mcse_quantile(draws.view(), 1.0) >= 0.0);
        assert!(mcse_quantile(draws.view(), -0.1).is_nan());
    }
}
