//! Autocovariance and autocorrelation by fast Fourier transform.

use ndarray::{Array2, Axis};
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
    if draws.is_empty() {
        return Vec::new();
    }
    let chain = Array2::from_shape_vec((1, draws.len()), draws.to_vec()).expect("one row of the slice's length");
    let mut transform = Autocovariance::default();
    let at_lag = transform.mean(&chain);
    (0..draws.len()).map(at_lag).collect()
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

/// Autocovariances of chains, with what those of one length share: the plan of the Fourier transform, and its memory.
pub(super) struct Autocovariance {
    planner: FftPlanner<f64>,
    power: Vec<Complex<f64>>,
    buffer: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Default for Autocovariance {
    fn default() -> Self {
        Self { planner: FftPlanner::new(), power: Vec::new(), buffer: Vec::new(), scratch: Vec::new() }
    }
}

impl Autocovariance {
    /// Mean over the chains (rows) of their autocovariances, each about its own mean: the real parts of the first lags.
    ///
    /// By linearity the power spectra are averaged before the one inverse transform, and two real chains share a complex
    /// transform: of z = x + iy, |Z(ω)|² + |Z(−ω)|² = 2(|X(ω)|² + |Y(ω)|²).
    pub(super) fn mean(&mut self, chains: &Array2<f64>) -> impl Fn(usize) -> f64 {
        let (chain_count, draw_count) = chains.dim();
        // Twice the length: zeros keep the end of a chain from being correlated with its start.
        let length = (2 * draw_count).next_power_of_two();
        let forward = self.planner.plan_fft_forward(length);
        self.scratch.resize(forward.get_inplace_scratch_len(), Complex::default());
        self.power.clear();
        self.power.resize(length, Complex::default());
        for pair in chains.axis_chunks_iter(Axis(0), 2) {
            self.buffer.clear();
            self.buffer.resize(length, Complex::default());
            for (row, chain) in pair.outer_iter().enumerate() {
                let chain = chain.to_slice().expect("chains are contiguous");
                let centre = mean(chain);
                for (slot, draw) in self.buffer.iter_mut().zip(chain) {
                    let part = if row == 0 { &mut slot.re } else { &mut slot.im };
                    *part = draw - centre;
                }
            }
            forward.process_with_scratch(&mut self.buffer, &mut self.scratch);
            for frequency in 0..=length / 2 {
                let mirrored = (length - frequency) % length;
                self.power[frequency].re +=
                    0.5 * (self.buffer[frequency].norm_sqr() + self.buffer[mirrored].norm_sqr());
            }
        }
        for frequency in 1..length / 2 {
            self.power[length - frequency] = self.power[frequency];
        }
        // The spectrum is even, so the forward transform is its own inverse up to the factor `length`.
        forward.process_with_scratch(&mut self.power, &mut self.scratch);
        let scale = 1.0 / (length as f64 * draw_count as f64 * chain_count as f64);
        let power = &self.power;
        move |lag| power[lag].re * scale
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use ndarray::{Array2, Axis};

    use super::{Autocovariance, autocorrelation, autocovariance};

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
        let mut transform = Autocovariance::default();
        let at_lag = transform.mean(&chains);
        for lag in 0..10 {
            assert_relative_eq!(at_lag(lag), each.iter().map(|chain| chain[lag]).sum::<f64>() / 3.0, epsilon = 1e-13);
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
