//! Periodic Gaussian processes by a Fourier series.

use std::f64::consts::TAU;

use super::kernel::{Periodic, points, spread};
use crate::{Error, IntoTensor, Result, Shape, Tensor};

/// Nodes of the quadrature of the Fourier coefficients, at least.
const NODES: usize = 512;

/// Gaussian process with a [`Periodic`] kernel on a line, by its Fourier series.
///
/// ```text
/// f(x) ≈ Σ_j φ_j(x) √S_j β_j,   β_j ~ N(0, 1)
///
/// φ = 1, cos(ωx), …, cos((m − 1) ωx), sin(ωx), …, sin((m − 1) ωx),   ω = 2π / period
///
/// S_0 = A² e^(−a) I_0(a),   S_j = 2 A² e^(−a) I_j(a),   a = 1 / ℓ²
/// ```
///
/// with modified Bessel functions I_j. The series of the kernel is exact but for the terms from m on.
///
/// # Parameters
/// | parameter      | domain           | shape             |
/// |----------------|------------------|-------------------|
/// | `kernel`       |                  | batch             |
/// | `index_points` | real             | `[n]` or `[n, 1]` |
/// | `basis_size`   | positive integer | m                 |
///
/// # Numerics
/// The coefficients are the cosine transform of the kernel over a period at 512 points or 4 m, which is exact to rounding for
/// length scales above 0.02. Those below 1e-16 of the variance are 0. They are differentiable in the kernel's parameters, and
/// the functions in its period.
///
/// # Reference
/// Solin and Särkkä 2014, "Explicit link between periodic covariance functions and state space models"; PyMC,
/// `gp.HSGPPeriodic`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::PeriodicGaussianProcess;
/// use ppl::distribution::kernel::{Kernel, Periodic};
///
/// let kernel = Periodic::new(2.0, 0.8, 12.0)?;
/// let months = Tensor::arange(12);
/// let basis = PeriodicGaussianProcess::new(&kernel, &months, 15)?;
/// assert_eq!(basis.phi().shape().dims(), [12, 29]);
///
/// // β ~ N(0, I) gives the covariance of the kernel.
/// let scaled = basis.phi() * basis.sqrt_spd();
/// let error = scaled.matmul(scaled.transpose()) - kernel.covariance(&months)?;
/// assert!(error.abs().max() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PeriodicGaussianProcess {
    phi: Tensor,
    sqrt_spd: Tensor,
}

impl PeriodicGaussianProcess {
    const NAME: &'static str = "PeriodicGaussianProcess";

    /// The series of a kernel at these points: `basis_size` cosines, of which the first is constant, and sines but for one.
    ///
    /// # Errors
    /// Points that are not on a line or not finite; a size of 0.
    pub fn new(kernel: &Periodic, index_points: impl IntoTensor, basis_size: usize) -> Result<Self> {
        let index_points = index_points.into_tensor();
        super::arguments::check_points(Self::NAME, "index_points", &index_points)?;
        let rows = points(Self::NAME, &index_points)?;
        if rows.shape()[rows.rank() - 1] != 1 {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "points on a line".to_owned(),
                got: index_points.shape(),
            });
        }
        if basis_size == 0 {
            return Err(Error::InvalidArgument {
                operation: Self::NAME,
                argument: "basis_size",
                expected: "positive".to_owned(),
                got: "0".to_owned(),
            });
        }
        let kernel = kernel.checked();
        let harmonics = Tensor::arange(basis_size);
        let angles = (rows * TAU).try_div(spread(kernel.period(), 2)?)?.try_mul(&harmonics)?;
        let phi = both(&angles.cos(), &angles.sin())?;
        let spd = coefficients(&kernel, basis_size)?;
        Ok(Self { phi, sqrt_spd: both(&spd.sqrt(), &spd.sqrt())? })
    }

    /// The functions φ at the points: batch ++ `[n, 2m − 1]`.
    #[must_use]
    pub fn phi(&self) -> &Tensor {
        &self.phi
    }

    /// Square roots of the Fourier coefficients of the kernel: batch ++ `[2m − 1]`.
    #[must_use]
    pub fn sqrt_spd(&self) -> &Tensor {
        &self.sqrt_spd
    }

    /// The number of functions, 2m − 1.
    #[must_use]
    pub fn size(&self) -> usize {
        self.phi.shape()[self.phi.rank() - 1]
    }
}

/// Values for the cosines followed by those for the sines, without the first sine, which is 0.
fn both(cosines: &Tensor, sines: &Tensor) -> Result<Tensor> {
    Tensor::try_concat(&[cosines.clone(), sines.try_slice(-1, 1..)?], -1)
}

/// The Fourier coefficients of the kernel as a function of the distance: batch ++ `[m]`.
fn coefficients(kernel: &Periodic, size: usize) -> Result<Tensor> {
    let nodes = NODES.max(4 * size);
    let angle = |node: usize| TAU * node as f64 / nodes as f64;
    // cos θ − 1, without cancellation.
    let exponents: Vec<f64> = (0..nodes).map(|node| -2.0 * (0.5 * angle(node)).sin().powi(2)).collect();
    let weight = |place: usize| {
        let (harmonic, node) = (place % size, place / size);
        let scale = if harmonic == 0 { 1.0 } else { 2.0 };
        // Of the remainder, so that the angle keeps its digits.
        scale / nodes as f64 * angle(harmonic * node % nodes).cos()
    };
    let weights = Tensor::from_parts((0..nodes * size).map(weight).collect(), Shape::from([nodes, size]));
    let correlation = Tensor::from(exponents).try_div(spread(&kernel.length_scale().square(), 1)?)?.exp();
    let spd = correlation.try_matmul(weights)?;
    let spd = Tensor::try_select(spd.greater(1e-16), &spd, 0.0)?;
    spd.try_mul(spread(&kernel.amplitude().square(), 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::gaussian_process::kernel::Kernel;
    use crate::program::tests::assert_program_is_tape;
    use crate::special::bessel_ive;

    #[test]
    fn coefficients_are_bessel_functions() {
        for length_scale in [0.03, 0.4, 1.0, 7.0] {
            let kernel = Periodic::new(2.0, length_scale, 3.0).unwrap();
            let spd = coefficients(&kernel, 30).unwrap().to_vec();
            let a = (length_scale * length_scale).recip();
            for (harmonic, got) in spd.into_iter().enumerate() {
                let want = 4.0 * if harmonic == 0 { 1.0 } else { 2.0 } * bessel_ive(harmonic as f64, a);
                // What is below 1e-16 of the variance is 0.
                assert!((got - want).abs() < 1e-14, "ℓ = {length_scale}, {harmonic}: {got:e}, {want:e}");
            }
        }
    }

    #[test]
    fn the_series_has_the_covariance_of_the_kernel() {
        let x = Tensor::linspace(-3.0, 40.0, 21);
        for (length_scale, size) in [(0.3, 40), (1.0, 15), (5.0, 6)] {
            let kernel = Periodic::new(1.5, length_scale, 7.0).unwrap();
            let basis = PeriodicGaussianProcess::new(&kernel, &x, size).unwrap();
            assert_eq!(basis.size(), 2 * size - 1);
            let scaled = basis.phi() * basis.sqrt_spd();
            let error = scaled.matmul(scaled.transpose()) - kernel.covariance(&x).unwrap();
            // Of angles up to 40 · 2π / 7 · 40.
            assert!(error.abs().max() < 1e-11, "ℓ = {length_scale}: {}", error.abs().max());
        }
    }

    #[test]
    fn a_regression_is_recorded() {
        let x = Tensor::linspace(0.0, 5.0, 7);
        let beta = Tensor::linspace(-1.0, 1.0, 9);
        let inputs = [Tensor::from(1.2), Tensor::from(0.7), Tensor::from(2.5)];
        assert_program_is_tape("PeriodicGaussianProcess", &inputs, |p| {
            let basis = PeriodicGaussianProcess::new(&Periodic::new(&p[0], &p[1], &p[2])?, &x, 5)?;
            Ok((basis.phi().try_matmul(&beta * basis.sqrt_spd())? - &x).square().sum())
        });
        let batch = Periodic::new([1.0, 2.0], 0.5, 2.0).unwrap();
        let basis = PeriodicGaussianProcess::new(&batch, &x, 5).unwrap();
        assert_eq!(basis.sqrt_spd().shape().dims(), [2, 9]);
    }

    #[test]
    fn wrong_arguments_are_named() {
        let kernel = Periodic::new(1.0, 1.0, 1.0).unwrap();
        let text = |basis: Result<PeriodicGaussianProcess>| basis.unwrap_err().to_string();
        assert_eq!(
            text(PeriodicGaussianProcess::new(&kernel, [0.0, 1.0], 0)),
            "PeriodicGaussianProcess: `basis_size` must be positive, got 0"
        );
        assert_eq!(
            text(PeriodicGaussianProcess::new(&kernel, [[0.0, 1.0]], 3)),
            "PeriodicGaussianProcess: expected points on a line, got shape [1, 2]"
        );
        assert!(PeriodicGaussianProcess::new(&kernel, [0.0, f64::NAN], 3).is_err());
    }
}
