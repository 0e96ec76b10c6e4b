//! Pareto smoothed importance sampling.

use super::{moments::mean, weights::log_sum_exp};

/// Fewest weights in the tail to which a distribution is fitted.
const FEWEST_TAIL_WEIGHTS: usize = 5;

/// Log weights after Pareto smoothing, and the shape of their tail.
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
/// **Example**
/// ```
/// use ppl_infer::diagnostics::pareto_k_threshold;
///
/// assert_eq!(pareto_k_threshold(100), 0.5);
/// assert_eq!(pareto_k_threshold(4000), 0.7);
/// ```
/// **Reference** Vehtari, Simpson, Gelman, Yao and Gabry (2024), "Pareto smoothed importance sampling", section 3.2.4.
pub fn pareto_k_threshold(draws: usize) -> f64 {
    (1.0 - 1.0 / (draws as f64).log10()).min(0.7)
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
/// **Degenerate input** With fewer than five weights in the tail there is no fit: the weights are only normalised and
/// k̂ is +∞. Weights that are all equal have no tail, and k̂ is −∞. If no weight is positive, or one is infinite or
/// NaN, everything is NaN.
/// **Example**
/// ```
/// use ppl_infer::diagnostics::{pareto_k_threshold, pareto_smooth};
///
/// // Weights u^(−0.4) with u uniform: a Pareto tail of shape 0.4.
/// let log_weights: Vec<f64> = (1..=2000).map(|index| -0.4 * (f64::from(index) / 2001.0).ln()).collect();
/// let smoothed = pareto_smooth(&log_weights, 1.0);
/// assert!((smoothed.pareto_k - 0.4).abs() < 0.1);
/// assert!(smoothed.pareto_k < pareto_k_threshold(2000));
/// ```
/// **Reference** Vehtari et al. (2024); Zhang and Stephens (2009), "A new and efficient estimation method for the
/// generalized Pareto distribution".
pub fn pareto_smooth(log_weights: &[f64], relative_efficiency: f64) -> ParetoSmoothed {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() || log_weights.iter().any(|weight| weight.is_nan()) {
        return ParetoSmoothed { log_weights: vec![f64::NAN; log_weights.len()], pareto_k: f64::NAN };
    }
    let mut log_weights: Vec<f64> = log_weights.iter().map(|weight| weight - largest).collect();
    let pareto_k = smooth_tail(&mut log_weights, relative_efficiency);
    let total = log_sum_exp(&log_weights);
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
    let count = log_weights.len() as f64;
    let tail_length = (count / 5.0).min(3.0 * (count / relative_efficiency).sqrt()).ceil() as usize;
    let mut order: Vec<usize> = (0..log_weights.len()).collect();
    order.sort_by(|&a, &b| log_weights[a].total_cmp(&log_weights[b]));
    let Some(cutoff_index) = log_weights.len().checked_sub(tail_length + 1) else { return f64::INFINITY };

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
        let total = log_sum_exp(&profile);
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
    use super::{GeneralizedPareto, pareto_k_threshold, pareto_smooth};
    use crate::diagnostics::log_sum_exp;

    #[test]
    fn equal_weights_have_no_tail() {
        let smoothed = pareto_smooth(&[-3.0; 100], 1.0);
        assert_eq!(smoothed.pareto_k, f64::NEG_INFINITY);
        assert!(smoothed.log_weights.iter().all(|weight| (weight + 100.0_f64.ln()).abs() < 1e-14));
    }

    #[test]
    fn too_few_weights_are_only_normalised() {
        let smoothed = pareto_smooth(&[0.0, 1.0, 2.0], 1.0);
        assert_eq!(smoothed.pareto_k, f64::INFINITY);
        assert!((smoothed.log_weights[2] - smoothed.log_weights[0] - 2.0).abs() < 1e-15);
        assert!(log_sum_exp(&smoothed.log_weights).abs() < 1e-15);
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
