//! Pareto smoothed importance sampling.

use ppl::special::logsumexp;

use super::{moments::mean, weights::normalized_weights};

/// Fewest weights in the tail to which a distribution is fitted.
const FEWEST_TAIL_WEIGHTS: usize = 5;

/// Log weights after Pareto smoothing, and the shape of their tail.
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::{ParetoSmoothed, pareto_k_threshold, pareto_smooth};
///
/// // Weights with a Pareto tail of shape 0.4, but that the largest one is ten times as large as it should be.
/// let mut log_weights: Vec<f64> = (1..=2000).map(|index| -0.4 * (f64::from(index) / 2001.0).ln()).collect();
/// log_weights[0] += 10_f64.ln();
/// let ParetoSmoothed { log_weights: smoothed, pareto_k } = pareto_smooth(&log_weights, 1.0);
///
/// // It is still the largest one, but no outlier any more.
/// assert!(smoothed[0] > smoothed[1] && smoothed[0] - smoothed[1] < 0.5 * (log_weights[0] - log_weights[1]));
/// assert!((smoothed.iter().map(|weight| weight.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
/// assert!(pareto_k < pareto_k_threshold(2000));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParetoSmoothed {
    /// Smoothed log weights in the order given, normalised: Σ exp = 1.
    pub log_weights: Vec<f64>,
    /// Shape k̂ of the generalised Pareto distribution fitted to the largest weights: 1/k̂ is the number of their
    /// finite moments. Estimates are reliable below [`pareto_k_threshold`].
    pub pareto_k: f64,
}

/// Largest k̂ at which importance sampling with this many draws is reliable: min(1 − 1/log₁₀ S, 0.7).
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::pareto_k_threshold;
///
/// assert_eq!(pareto_k_threshold(100), 0.5);
/// assert_eq!(pareto_k_threshold(4000), 0.7);
/// ```
///
/// # Reference
/// Vehtari, Simpson, Gelman, Yao and Gabry (2024), "Pareto smoothed importance sampling", section 3.2.4.
pub fn pareto_k_threshold(draws: usize) -> f64 {
    (1.0 - 1.0 / (draws as f64).log10()).min(0.7)
}

/// Whether importance sampling with that many draws and this k̂ is unreliable: it is above [`pareto_k_threshold`] or NaN.
/// Draws of which fewer than five are in the tail have no k̂.
pub(crate) fn is_unreliable(pareto_k: f64, draws: usize) -> bool {
    let is_reliable = pareto_k <= pareto_k_threshold(draws);
    tail_length(draws, 1.0) >= FEWEST_TAIL_WEIGHTS && !is_reliable
}

/// Replaces the largest importance weights by the expected order statistics of a generalised Pareto distribution fitted
/// to them.
///
/// ```text
/// tail = the ⌈min(S/5, 3 √(S / r_eff))⌉ largest of S weights
/// ```
///
/// `relative_efficiency` is r_eff = ESS / S of the draws, 1 for independent ones. Smoothed weights are at most the
/// largest raw one.
///
/// # Degenerate input
/// With fewer than five weights in the tail there is no fit: the weights are only normalised and
/// k̂ is +∞. Weights of which more than the tail are equal to the largest have no tail, and k̂ is −∞. If no weight is
/// positive, or one is infinite or NaN, everything is NaN.
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::{pareto_k_threshold, pareto_smooth};
///
/// // Weights u^(−0.4) with u uniform: a Pareto tail of shape 0.4.
/// let log_weights: Vec<f64> = (1..=2000).map(|index| -0.4 * (f64::from(index) / 2001.0).ln()).collect();
/// let smoothed = pareto_smooth(&log_weights, 1.0);
/// assert!((smoothed.pareto_k - 0.4).abs() < 0.1);
/// assert!(smoothed.pareto_k < pareto_k_threshold(2000));
/// ```
///
/// # Reference
/// Vehtari et al. (2024); Zhang and Stephens (2009), "A new and efficient estimation method for the
/// generalized Pareto distribution".
pub fn pareto_smooth(log_weights: &[f64], relative_efficiency: f64) -> ParetoSmoothed {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() || log_weights.iter().any(|weight| weight.is_nan()) {
        return ParetoSmoothed { log_weights: vec![f64::NAN; log_weights.len()], pareto_k: f64::NAN };
    }
    let mut log_weights: Vec<f64> = log_weights.iter().map(|weight| weight - largest).collect();
    let pareto_k = smooth_tail(&mut log_weights, relative_efficiency);
    let total = logsumexp(&log_weights);
    for weight in &mut log_weights {
        *weight -= total;
    }
    ParetoSmoothed { log_weights, pareto_k }
}

/// Smooths the tail of log weights whose largest is 0, in place, and returns k̂.
fn smooth_tail(log_weights: &mut [f64], relative_efficiency: f64) -> f64 {
    if log_weights.iter().all(|&weight| weight == 0.0) {
        return f64::NEG_INFINITY;
    }
    let tail_length = tail_length(log_weights.len(), relative_efficiency);
    let mut order: Vec<usize> = (0..log_weights.len()).collect();
    order.sort_by(|&a, &b| log_weights[a].total_cmp(&log_weights[b]));
    let Some(cutoff_index) = log_weights.len().checked_sub(tail_length + 1) else { return f64::INFINITY };

    if log_weights[order[cutoff_index]] == 0.0 {
        return f64::NEG_INFINITY;
    }
    // The tail is what is strictly larger than the cutoff, and large enough to be represented.
    let cutoff = log_weights[order[cutoff_index]].max(f64::MIN_POSITIVE.ln());
    let tail: Vec<usize> = order.into_iter().filter(|&index| log_weights[index] > cutoff).collect();
    if tail.len() < FEWEST_TAIL_WEIGHTS {
        return f64::INFINITY;
    }
    let excesses: Vec<f64> = tail.iter().map(|&index| log_weights[index].exp() - cutoff.exp()).collect();
    let GeneralizedPareto { shape, scale } = GeneralizedPareto::fit(&excesses);
    if shape.is_finite() && scale > 0.0 {
        for (rank, &index) in tail.iter().enumerate() {
            let probability = (rank as f64 + 0.5) / tail.len() as f64;
            let excess = GeneralizedPareto { shape, scale }.quantile(probability);
            log_weights[index] = (excess + cutoff.exp()).ln().min(0.0);
        }
    }
    shape
}

/// Number of the largest of `count` weights to which a distribution is fitted.
fn tail_length(count: usize, relative_efficiency: f64) -> usize {
    let count = count as f64;
    (count / 5.0).min(3.0 * (count / relative_efficiency).sqrt()).ceil() as usize
}

/// Shape k̂ of the weighted mean of a quantity x, the largest of those of the weights w and of both tails of w (x − x̄).
///
/// It is above [`pareto_k_threshold`] where the mean cannot be trusted: the weights are too uneven, or x is large where
/// the weights are, so that w x has no finite variance even though w has.
///
/// # Degenerate input
/// NaN for slices of different length, and as [`pareto_smooth`]; values of weight zero do not
/// count.
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::pareto_k_of_mean;
///
/// // Draws u^(−1.5), u uniform, have no mean, however even their weights are; those of u^(−0.2) have a variance.
/// let draws = |power: f64| -> Vec<f64> { (1..=2000).map(|i| (f64::from(i) / 2001.0).powf(power)).collect() };
/// assert!(pareto_k_of_mean(&draws(-1.5), &[0.0; 2000]) > 1.0);
/// assert!(pareto_k_of_mean(&draws(-0.2), &[0.0; 2000]) < 0.5);
/// ```
///
/// # Reference
/// Vehtari et al. (2024), section 2.4; `E_loo` of the R package loo, which does not centre x.
pub fn pareto_k_of_mean(values: &[f64], log_weights: &[f64]) -> f64 {
    if values.len() != log_weights.len() {
        return f64::NAN;
    }
    let weights = normalized_weights(log_weights);
    let pairs = || weights.iter().zip(values).filter(|(weight, _)| **weight > 0.0);
    // From one of the values, so that equal ones are exactly at their centre.
    let first = pairs().map(|(_, value)| *value).next().unwrap_or(0.0);
    let centre = first + pairs().map(|(weight, value)| weight * (value - first)).sum::<f64>();
    let mut products: Vec<f64> = pairs().map(|(weight, value)| weight * (value - centre)).collect();
    products.resize(values.len(), 0.0);
    let own = pareto_smooth(log_weights, 1.0).pareto_k;
    let upper = upper_tail_shape(products.clone());
    products.iter_mut().for_each(|product| *product = -*product);
    let shapes = [own, upper, upper_tail_shape(products)];
    if shapes.iter().any(|shape| shape.is_nan()) { f64::NAN } else { shapes.into_iter().fold(own, f64::max) }
}

/// Shape k̂ of the upper tail of numbers; −∞ if they have none, since more than the tail are equal to the largest.
fn upper_tail_shape(mut values: Vec<f64>) -> f64 {
    if values.iter().any(|value| !value.is_finite()) {
        return f64::NAN;
    }
    values.sort_unstable_by(f64::total_cmp);
    let Some(cutoff_index) = values.len().checked_sub(tail_length(values.len(), 1.0) + 1) else { return f64::INFINITY };
    let cutoff = values[cutoff_index];
    let excesses: Vec<f64> = values[cutoff_index..].iter().map(|value| value - cutoff).filter(|by| *by > 0.0).collect();
    match excesses.len() {
        0 => f64::NEG_INFINITY,
        few if few < FEWEST_TAIL_WEIGHTS => f64::INFINITY,
        _ => GeneralizedPareto::fit(&excesses).shape,
    }
}

/// Generalised Pareto distribution of excesses over a threshold: P(X > x) = (1 + shape x / scale)^(−1/shape).
#[derive(Clone, Copy)]
struct GeneralizedPareto {
    shape: f64,
    scale: f64,
}

impl GeneralizedPareto {
    /// Fits ascending positive excesses: the posterior mean over a grid of Zhang and Stephens, with the shape shrunk
    /// towards ½ by a prior worth ten observations.
    fn fit(excesses: &[f64]) -> Self {
        const PRIOR_SCALE: f64 = 3.0;
        const PRIOR_SHAPE: f64 = 0.5;
        const PRIOR_COUNT: f64 = 10.0;
        let count = excesses.len() as f64;
        let first_quartile = excesses[(count / 4.0 + 0.5) as usize - 1];
        let largest = excesses[excesses.len() - 1];
        // At a given theta = −shape / scale the likelihood is maximal at this shape.
        let negative_shape =
            |theta: f64| mean(&excesses.iter().map(|excess| (-theta * excess).ln_1p()).collect::<Vec<_>>());

        let grid_size = 30.0 + count.sqrt().floor();
        let grid: Vec<f64> = (1..=grid_size as usize)
            .map(|j| 1.0 - (grid_size / (j as f64 - 0.5)).sqrt())
            .map(|point| point / (PRIOR_SCALE * first_quartile) + 1.0 / largest)
            .collect();
        let profile: Vec<f64> = grid
            .iter()
            .map(|&theta| {
                let shape = negative_shape(theta);
                count * ((-theta / shape).ln() - shape - 1.0)
            })
            .collect();
        let total = logsumexp(&profile);
        let theta: f64 =
            grid.iter().zip(&profile).map(|(point, log_density)| point * (log_density - total).exp()).sum();

        let shape = negative_shape(theta);
        Self { shape: (count * shape + PRIOR_COUNT * PRIOR_SHAPE) / (count + PRIOR_COUNT), scale: -shape / theta }
    }

    /// The excess that is exceeded with probability 1 − `probability`.
    fn quantile(self, probability: f64) -> f64 {
        let log_tail = (-probability).ln_1p();
        if self.shape.abs() < f64::EPSILON {
            -self.scale * log_tail
        } else {
            self.scale * (-self.shape * log_tail).exp_m1() / self.shape
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GeneralizedPareto, pareto_k_of_mean, pareto_k_threshold, pareto_smooth};
    use ppl::special::logsumexp;

    #[test]
    fn equal_weights_have_no_tail() {
        let smoothed = pareto_smooth(&[-3.0; 100], 1.0);
        assert_eq!(smoothed.pareto_k, f64::NEG_INFINITY);
        assert!(smoothed.log_weights.iter().all(|weight| (weight + 100.0_f64.ln()).abs() < 1e-14));
    }

    /// The weights of an observation that a draw either explains or not.
    #[test]
    fn weights_of_two_values_have_no_tail() {
        let mut log_weights = vec![0.0; 500];
        log_weights[200..].fill(f64::NEG_INFINITY);
        assert_eq!(pareto_smooth(&log_weights, 1.0).pareto_k, f64::NEG_INFINITY);
        // Few draws that explain it are a tail of equal weights.
        log_weights[3..].fill(f64::NEG_INFINITY);
        assert_eq!(pareto_smooth(&log_weights, 1.0).pareto_k, f64::INFINITY);
    }

    #[test]
    fn the_shape_of_a_mean_is_that_of_the_product() {
        let uniform = |index: u32| (f64::from(index) * 0.618_033_988_749_895).fract();
        // Weights u^(−0.3) and values v^(−0.3), with v = u: the product has the shape 0.6, neither factor more than 0.3.
        let log_weights: Vec<f64> = (1..=20_000).map(|index| -0.3 * uniform(index).ln()).collect();
        let values: Vec<f64> = log_weights.iter().map(|weight| weight.exp()).collect();
        let own = pareto_smooth(&log_weights, 1.0).pareto_k;
        assert!((own - 0.3).abs() < 0.05, "{own}");
        for sign in [1.0, -1.0] {
            let values: Vec<f64> = values.iter().map(|value| 100.0 + sign * value).collect();
            let k = pareto_k_of_mean(&values, &log_weights);
            assert!((k - 0.6).abs() < 0.05, "{k}");
        }
        assert_eq!(pareto_k_of_mean(&vec![7.0; 20_000], &log_weights), own);
        assert!(pareto_k_of_mean(&[1.0], &[0.0, 0.0]).is_nan());
        assert!(pareto_k_of_mean(&[1.0, f64::NAN], &[0.0, 0.0]).is_nan());
    }

    #[test]
    fn too_few_weights_are_only_normalised() {
        let smoothed = pareto_smooth(&[0.0, 1.0, 2.0], 1.0);
        assert_eq!(smoothed.pareto_k, f64::INFINITY);
        assert!((smoothed.log_weights[2] - smoothed.log_weights[0] - 2.0).abs() < 1e-15);
        assert!(logsumexp(&smoothed.log_weights).abs() < 1e-15);
        assert_eq!(pareto_smooth(&[4.0], 1.0).log_weights, [0.0]);
    }

    #[test]
    fn impossible_draws_keep_weight_zero() {
        let mut log_weights: Vec<f64> = (0..200).map(|index| f64::from(index * 7 % 200) / 50.0).collect();
        log_weights[17] = f64::NEG_INFINITY;
        let smoothed = pareto_smooth(&log_weights, 1.0);
        assert_eq!(smoothed.log_weights[17], f64::NEG_INFINITY);
        assert!(smoothed.pareto_k.is_finite());
    }

    #[test]
    fn degenerate_weights_are_nan() {
        for log_weights in [vec![], vec![f64::NEG_INFINITY; 9], vec![0.0, f64::NAN], vec![0.0, f64::INFINITY]] {
            let smoothed = pareto_smooth(&log_weights, 1.0);
            assert!(smoothed.pareto_k.is_nan());
            assert!(smoothed.log_weights.iter().all(|weight| weight.is_nan()));
        }
    }

    #[test]
    fn quantiles_of_the_exponential_limit() {
        let nearly = GeneralizedPareto { shape: 1e-9, scale: 2.0 };
        let exponential = GeneralizedPareto { shape: 0.0, scale: 2.0 };
        assert!((exponential.quantile(0.5) - 2.0 * 2.0_f64.ln()).abs() < 1e-15);
        assert!((nearly.quantile(0.9) - exponential.quantile(0.9)).abs() < 1e-7);
    }

    #[test]
    fn threshold_of_few_draws() {
        assert!(pareto_k_threshold(10) <= 0.0);
        assert_eq!(pareto_k_threshold(1_000_000), 0.7);
    }
}
