//! Spectral densities of stationary kernels.

use super::Kernel;
use super::distance::LengthScale;
use crate::{Error, Result, Tensor, special};

/// Stationary kernels whose spectral density is known.
///
/// ```text
/// k(x, x′) = (2π)^(−d) ∫ S(ω) cos(ω · (x − x′)) dω
/// ```
///
/// # Reference
/// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", section 4.2.1.
///
/// # Example
/// The variance of a process is the integral of its spectrum:
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::kernel::{ExponentiatedQuadratic, MaternFiveHalves, SpectralDensity};
///
/// fn variance(kernel: &impl SpectralDensity) -> ppl::Result<f64> {
///     let frequencies = Tensor::linspace(-100.0, 100.0, 4001).unsqueeze(-1);
///     Ok(kernel.spectral_density(&frequencies)?.sum().item() * 0.05 / std::f64::consts::TAU)
/// }
///
/// assert!((variance(&ExponentiatedQuadratic::new(2.0, 0.5)?)? - 4.0).abs() < 1e-12);
/// // That of a rougher process falls slowly: 3e-7 lies beyond 100.
/// assert!((variance(&MaternFiveHalves::new(2.0, 0.5)?)? - 4.0).abs() < 1e-6);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait SpectralDensity: Kernel {
    /// S at frequencies, which are rows `[m, d]`: batch ++ `[m]`.
    ///
    /// # Errors
    /// Frequencies of another dimension than the kernel's.
    fn spectral_density(&self, frequencies: &Tensor) -> Result<Tensor>;
}

/// Σ_d (ℓ_d ω_d)² of shape batch ++ `[m]`, and Π_d ℓ_d of shape batch.
pub(super) fn scaled_frequencies(
    user: &'static str,
    length_scale: &LengthScale,
    frequencies: &Tensor,
) -> Result<(Tensor, Tensor)> {
    if frequencies.rank() != 2 {
        return Err(Error::InvalidShape {
            operation: user,
            expected: "frequencies as a matrix with a row for each".to_owned(),
            got: frequencies.shape(),
        });
    }
    length_scale.check_points(user, frequencies)?;
    let squares = length_scale.times(frequencies)?.square().try_sum_axis(-1)?;
    Ok((squares, length_scale.volume(frequencies.shape()[1])?))
}

/// Spectral density of a Matérn kernel of smoothness ν:
///
/// ```text
/// A² 2^d π^(d/2) Γ(ν + d/2) (2ν)^ν / Γ(ν) · Π ℓ_d · (2ν + Σ ℓ_d² ω_d²)^(−ν − d/2)
/// ```
pub(super) fn matern(
    user: &'static str,
    smoothness: f64,
    (amplitude, length_scale): (&Tensor, &LengthScale),
    frequencies: &Tensor,
) -> Result<Tensor> {
    let (squares, volume) = scaled_frequencies(user, length_scale, frequencies)?;
    let dimension = frequencies.shape()[1] as f64;
    let power = smoothness + 0.5 * dimension;
    // Relative to 2ν, of which the power −d/2 is left.
    let log_factor = special::lgamma(power) - special::lgamma(smoothness)
        + 0.5 * dimension * (2.0 * std::f64::consts::PI / smoothness).ln();
    let density = ((squares * (0.5 / smoothness)).log1p() * -power + log_factor).exp();
    density.try_mul(super::spread(&volume.try_mul(amplitude.square())?, 1)?)
}
