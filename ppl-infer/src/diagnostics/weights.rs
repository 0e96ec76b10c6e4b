//! Importance weights, given by their unnormalised logarithms.

use ppl::special::softmax;

/// Weights that sum to 1 from unnormalised log weights.
///
/// # Degenerate input
/// All NaN if no weight is positive, if one is infinite, or if one is NaN.
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::normalized_weights;
///
/// assert_eq!(normalized_weights(&[-1e4, -1e4, f64::NEG_INFINITY]), [0.5, 0.5, 0.0]);
/// ```
pub fn normalized_weights(log_weights: &[f64]) -> Vec<f64> {
    let mut weights = log_weights.to_vec();
    softmax(&mut weights);
    weights
}

/// Effective sample size of importance weights: (Σ w)² / Σ w².
///
/// Between 1, one draw has all the weight, and the number of draws, all weights are equal. It says nothing of regions
/// that the proposal never visited; see [`pareto_smooth`](super::pareto_smooth).
///
/// # Degenerate input
/// NaN if no weight is positive, if one is infinite, or if one is NaN.
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::weights_ess;
///
/// assert_eq!(weights_ess(&[-7.0, -7.0, f64::NEG_INFINITY]), 2.0);
/// assert!(weights_ess(&[]).is_nan());
/// ```
///
/// # Reference
/// Kong (1992), "A note on importance sampling using standardized weights".
pub fn weights_ess(log_weights: &[f64]) -> f64 {
    let squares: f64 = normalized_weights(log_weights).iter().map(|weight| weight * weight).sum();
    if log_weights.is_empty() { f64::NAN } else { 1.0 / squares }
}

#[cfg(test)]
mod tests {
    use super::{normalized_weights, weights_ess};

    #[test]
    fn effective_sample_size_of_known_weights() {
        // Weights 1, 2, 3: 36 / 14.
        let log_weights = [1.0_f64, 2.0, 3.0].map(f64::ln);
        assert!((weights_ess(&log_weights) - 36.0 / 14.0).abs() < 1e-14);
        assert!((weights_ess(&log_weights.map(|weight| weight - 5000.0)) - 36.0 / 14.0).abs() < 1e-10);
    }

    #[test]
    fn degenerate_weights_are_nan() {
        for log_weights in [vec![f64::NEG_INFINITY; 2], vec![0.0, f64::NAN], vec![0.0, f64::INFINITY]] {
            assert!(weights_ess(&log_weights).is_nan());
            assert!(normalized_weights(&log_weights).iter().any(|weight| weight.is_nan()));
        }
    }
}
