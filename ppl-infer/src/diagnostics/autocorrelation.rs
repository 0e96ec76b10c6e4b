//! Autocovariance and autocorrelation by fast Fourier transform.

use ndarray::{ArrayView2, Axis};
use rustfft::{FftPlanner, num_complex::Complex};

use super::moments::mean;

/// Autocovariance of a sequence at lags 0, 1, …, n − 1, with divisor n.
///
/// ```text
/// γ(t) = 1/n Σ_i (x_i − x̄)(x_{i+t} − x̄)
/// ```
///
/// The divisor is n at every lag (not n − t): the estimate is biased, and its variance at long lags is small.
///
/// # Shapes
/// One value a lag, as many as there are draws; empty for an empty sequence.
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::autocovariance;
///
/// let lags = autocovariance(&[1.0, 2.0, 3.0, 4.0]);
/// assert!((lags[0] - 1.25).abs() < 1e-14);
/// assert!((lags[1] - 0.3125).abs() < 1e-14);
/// ```
pub fn autocovariance(draws: &[f64]) -> Vec<f64> {
    let view = ArrayView2::from_shape((1, draws.len()), draws).expect("one row of the slice's length");
    mean_autocovariance(view)
}

/// Autocorrelation of a sequence at lags 0, 1, …, n − 1: its [`autocovariance`] divided by the value at lag 0.
///
/// # Degenerate input
/// NaN for a constant sequence and for draws that are not finite.
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::autocorrelation;
///
/// let alternating = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
/// let lags = autocorrelation(&alternating);
/// assert_eq!(lags[0], 1.0);
/// assert!((lags[1] + 5.0 / 6.0).abs() < 1e-14);
/// ```
pub fn autocorrelation(draws: &[f64]) -> Vec<f64> {
    let mut lags = autocovariance(draws);
    let variance = lags.first().copied().unwrap_or(f64::NAN);
    for lag in &mut lags {
        *lag /= variance;
    }
    lags
}

/// Mean over the chains (rows) of their autocovariances, each about its own mean.
///
/// By linearity the power spectra are averaged before the one inverse transform, and two real chains share a complex
/// transform: of z = x + iy, |Z(ω)|² + |Z(−ω)|² = 2(|X(ω)|² + |Y(ω)|²).
pub(super) fn mean_autocovariance(chains: ArrayView2<'_, f64>) -> Vec<f64> {
    let (chain_count, draw_count) = chains.dim();
    if draw_count == 0 || chain_count == 0 {
        return Vec::new();
    }
    // Twice the length: zeros keep the end of a chain from being correlated with its start.
    let length = (2 * draw_count).next_power_of_two();
    let mut planner = FftPlanner::new();
    let forward = planner.plan_fft_forward(length);
    let mut scratch = vec![Complex::default(); forward.get_inplace_scratch_len()];

    let mut power = vec![Complex::default(); length];
    let mut buffer = vec![Complex::default(); length];
    for pair in chains.axis_chunks_iter(Axis(0), 2) {
        buffer.fill(Complex::default());
        for (row, chain) in pair.axis_iter(Axis(0)).enumerate() {
            let centre = mean(chain);
            for (slot, draw) in buffer.iter_mut().zip(chain) {
                let part = if row == 0 { &mut slot.re } else { &mut slot.im };
                *part = draw - centre;
            }
        }
        forward.process_with_scratch(&mut buffer, &mut scratch);
        for (frequency, total) in power.iter_mut().enumerate() {
            let mirrored = (length - frequency) % length;
            total.re += 0.5 * (buffer[frequency].norm_sqr() + buffer[mirrored].norm_sqr());
        }
    }

    // The spectrum is even, so the forward transform is its own inverse up to the factor `length`.
    forward.process_with_scratch(&mut power, &mut scratch);
    let scale = 1.0 / (length as f64 * draw_count as f64 * chain_count as f64);
    power[..draw_count].iter().map(|value| value.re * scale).collect()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use ndarray::{Array2, Axis};

    use super::{autocorrelation, autocovariance, mean_autocovariance};

    /// The definition, term by term.
    fn by_definition(draws: &[f64]) -> Vec<f64> {
        let centre = draws.iter().sum::<f64>() / draws.len() as f64;
        (0..draws.len())
            .map(|lag| {
                let pairs = draws.iter().zip(&draws[lag..]);
                pairs.map(|(now, later)| (now - centre) * (later - centre)).sum::<f64>() / draws.len() as f64
            })
            .collect()
    }

    #[test]
    fn agrees_with_the_definition() {
        let draws: Vec<f64> = (0..37).map(|index| f64::from(index).sin() + 0.1 * f64::from(index)).collect();
        for (fast, slow) in autocovariance(&draws).iter().zip(by_definition(&draws)) {
            assert_relative_eq!(*fast, slow, epsilon = 1e-13);
        }
    }

    #[test]
    fn mean_over_an_odd_number_of_chains() {
        let chains = Array2::from_shape_fn((3, 10), |(chain, draw)| ((chain * 5 + draw * draw) % 7) as f64);
        let each: Vec<_> = chains.axis_iter(Axis(0)).map(|chain| by_definition(&chain.to_vec())).collect();
        for (lag, fast) in mean_autocovariance(chains.view()).into_iter().enumerate() {
            assert_relative_eq!(fast, each.iter().map(|chain| chain[lag]).sum::<f64>() / 3.0, epsilon = 1e-13);
        }
    }

    #[test]
    fn empty_and_constant() {
        assert!(autocovariance(&[]).is_empty());
        assert!(autocorrelation(&[]).is_empty());
        assert_eq!(autocovariance(&[3.0]), [0.0]);
        assert!(autocorrelation(&[3.0, 3.0]).iter().all(|lag| lag.is_nan()));
    }
}
