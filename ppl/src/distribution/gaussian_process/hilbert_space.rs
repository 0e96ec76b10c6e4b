//! Gaussian processes by a basis of sines: the Hilbert space approximation.

use std::f64::consts::PI;

use super::kernel::{SpectralDensity, points};
use crate::{Error, IntoTensor, Result, Shape, Tensor};

/// Hilbert space approximation of a Gaussian process with a stationary kernel, by the eigenfunctions of the Laplacian on a
/// box around the points.
///
/// ```text
/// f(x) ≈ Σ_j φ_j(x) √S(ω_j) β_j,   β_j ~ N(0, 1)
///
/// φ_j(x) = Π_d L_d^(−½) sin(ω_jd (x_d − c_d + L_d)),   ω_jd = π j_d / (2 L_d),   j_d = 1, …, m_d
/// ```
///
/// S is the spectral density of the kernel, c the middle of the points, and L = boundary factor · half of their range. The
/// basis φ does not depend on the kernel's parameters: a density in a model is O(n m), where that of the process is O(n³).
///
/// # Parameters
/// | parameter         | domain            | shape                                              |
/// |-------------------|-------------------|----------------------------------------------------|
/// | `index_points`    | real, constant    | `[n]` on a line, or rows `[n, d]`                  |
/// | `basis_sizes`     | positive integers | `[d]`: the numbers m_d of functions along each axis |
/// | `boundary_factor` | at least 1        | scalar                                             |
///
/// # Choice of the basis
/// With the length scale ℓ in units of half of the range of the points, Riutort-Mayol et al. 2023 recommend
///
/// | kernel                     | boundary factor c   | m on each axis  |
/// |----------------------------|---------------------|-----------------|
/// | [`ExponentiatedQuadratic`] | max(1.2, 3.2 ℓ)     | 1.75 c / ℓ      |
/// | [`MaternFiveHalves`]       | max(1.2, 4.1 ℓ)     | 2.65 c / ℓ      |
/// | [`MaternThreeHalves`]      | max(1.2, 4.5 ℓ)     | 3.42 c / ℓ      |
///
/// Near the boundary the approximation is poor, and outside of it meaningless: points of predictions are an error there.
///
/// [`ExponentiatedQuadratic`]: super::kernel::ExponentiatedQuadratic
/// [`MaternFiveHalves`]: super::kernel::MaternFiveHalves
/// [`MaternThreeHalves`]: super::kernel::MaternThreeHalves
///
/// # Reference
/// Solin and Särkkä 2020, "Hilbert space methods for reduced-rank Gaussian process regression"; Riutort-Mayol,
/// Bürkner, Andersen, Solin and Vehtari 2023, "Practical Hilbert space approximate Bayesian Gaussian processes for
/// probabilistic programming"; PyMC, `gp.HSGP`.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::distribution::HilbertSpaceGaussianProcess;
/// use ppl::distribution::kernel::MaternFiveHalves;
///
/// #[model]
/// fn smooth(basis: &HilbertSpaceGaussianProcess, y: &Tensor) {
///     let kernel = MaternFiveHalves::new(1.0, sample!("length_scale", LogNormal::new(-1.0, 0.5)))?;
///     let beta = sample!("beta", Normal::new(Tensor::zeros(basis.size()), 1.0).to_event(1));
///     let f = basis.phi().matmul(beta * basis.sqrt_spd(&kernel)?);
///     observe!("y", Normal::new(f, 0.1).to_event(1), y);
/// }
///
/// let x = Tensor::linspace(0.0, 1.0, 50);
/// let basis = HilbertSpaceGaussianProcess::new(&x, &[20], 1.5)?;
/// assert_eq!(basis.phi().shape().dims(), [50, 20]);
/// let trace = smooth(&basis, &x.sin()).trace(0)?;
/// assert!(trace.log_density()?.item().is_finite());
///
/// // The same functions at other points.
/// assert_eq!(basis.phi_at([0.2, 0.4])?.shape().dims(), [2, 20]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HilbertSpaceGaussianProcess {
    phi: Tensor,
    /// The middle of the points.
    centre: Vec<f64>,
    /// Half of the length of the box.
    boundary: Vec<f64>,
    /// The frequencies ω_j: `[m, d]`.
    frequencies: Tensor,
}

impl HilbertSpaceGaussianProcess {
    const NAME: &'static str = "HilbertSpaceGaussianProcess";

    /// The basis for these points: `basis_sizes` functions along each axis, on a box that is wider than the points by the
    /// factor `boundary_factor`.
    ///
    /// # Errors
    /// Points that are not finite, or have a batch; points that are all the same along an axis; sizes that are 0, or not one
    /// for each axis; a boundary factor below 1; points that are being differentiated, for which
    /// [`with_boundary`](Self::with_boundary) is.
    pub fn new(index_points: impl IntoTensor, basis_sizes: &[usize], boundary_factor: f64) -> Result<Self> {
        let index_points = index_points.into_tensor();
        super::arguments::check_points(Self::NAME, "index_points", &index_points)?;
        let rows = rows(&index_points)?;
        if index_points.is_tracked() {
            return Err(Error::Unsupported {
                what: "a box around points that are being differentiated".to_owned(),
                hint: "fix it by `HilbertSpaceGaussianProcess::with_boundary`".to_owned(),
            });
        }
        if !(boundary_factor >= 1.0 && boundary_factor.is_finite()) {
            return Err(invalid("boundary_factor", "at least 1 and finite", boundary_factor.to_string()));
        }
        let dimension = rows.shape()[1];
        let ends = |axis: usize| {
            let coordinates = rows.index(1, axis).to_vec();
            let fold = |by: fn(f64, f64) -> f64, start| coordinates.iter().copied().fold(start, by);
            (fold(f64::min, f64::INFINITY), fold(f64::max, f64::NEG_INFINITY))
        };
        let ends: Vec<(f64, f64)> = (0..dimension).map(ends).collect();
        if let Some(axis) = ends.iter().position(|(low, high)| low == high) {
            let got = format!("{} in all of coordinate {axis}", ends[axis].0);
            return Err(invalid("index_points", "points that differ along each axis", got));
        }
        let centre = ends.iter().map(|(low, high)| 0.5 * low + 0.5 * high).collect();
        let boundary = ends.iter().map(|(low, high)| boundary_factor * 0.5 * (high - low)).collect();
        Self::build(centre, boundary, basis_sizes, &index_points)
    }

    /// The basis for these points on the box with this centre and these half lengths.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); points outside of the box.
    pub fn with_boundary(
        index_points: impl IntoTensor,
        basis_sizes: &[usize],
        centre: &[f64],
        boundary: &[f64],
    ) -> Result<Self> {
        if let Some(wrong) = boundary.iter().find(|&&length| !(length > 0.0 && length.is_finite())) {
            return Err(invalid("boundary", "positive and finite", wrong.to_string()));
        }
        Self::build(centre.to_vec(), boundary.to_vec(), basis_sizes, &index_points.into_tensor())
    }

    fn build(centre: Vec<f64>, boundary: Vec<f64>, basis_sizes: &[usize], index_points: &Tensor) -> Result<Self> {
        let dimension = rows(index_points)?.shape()[1];
        for (name, given) in
            [("basis_sizes", basis_sizes.len()), ("centre", centre.len()), ("boundary", boundary.len())]
        {
            if given != dimension {
                return Err(invalid(name, &format!("one for each of {dimension} dimensions"), given.to_string()));
            }
        }
        if basis_sizes.contains(&0) {
            return Err(invalid("basis_sizes", "positive", "0".to_owned()));
        }
        // All combinations of j_d, the last axis fastest.
        let shape = Shape::try_new(basis_sizes)
            .ok_or_else(|| invalid("basis_sizes", "those of at most 6 dimensions", dimension.to_string()))?;
        let frequency = |offset: usize| {
            let indices = shape.unravel_index(offset).into_iter().zip(&boundary);
            indices.map(|(index, length)| 0.5 * PI * (index + 1) as f64 / length).collect::<Vec<f64>>()
        };
        let frequencies: Vec<f64> = (0..shape.size()).flat_map(frequency).collect();
        let frequencies = Tensor::from_parts(frequencies, Shape::from([shape.size(), dimension]));
        let basis = Self { phi: Tensor::scalar(0.0), centre, boundary, frequencies };
        let phi = basis.phi_at(index_points)?;
        Ok(Self { phi, ..basis })
    }

    /// The number of functions: the product of the sizes along each axis.
    #[must_use]
    pub fn size(&self) -> usize {
        self.frequencies.shape()[0]
    }

    /// The functions φ at the points: `[n, m]`.
    #[must_use]
    pub fn phi(&self) -> &Tensor {
        &self.phi
    }

    /// The functions φ at other points of the box: `[n, m]`.
    ///
    /// # Errors
    /// Points of another dimension, or outside of the box.
    pub fn phi_at(&self, index_points: impl IntoTensor) -> Result<Tensor> {
        let rows = rows(&index_points.into_tensor())?;
        let (count, dimension) = (rows.shape()[0], self.boundary.len());
        if rows.shape()[1] != dimension {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: format!("points of {dimension} dimensions"),
                got: rows.shape(),
            });
        }
        let shifts = self.centre.iter().zip(&self.boundary).map(|(centre, length)| length - centre);
        let shifted = rows.try_add(Tensor::from(shifts.collect::<Vec<f64>>()))?;
        let lengths = Tensor::from(&self.boundary);
        // Up to the rounding of the shift.
        let is_inside = (&shifted - &lengths).abs().less_equal(&lengths * (1.0 + 1e-12));
        if !rows.is_tracked() && !is_inside.is_known_to_be_all(1.0) {
            let place = is_inside.to_vec().iter().position(|&inside| inside == 0.0).unwrap_or(0);
            let (row, axis) = (place / dimension, place % dimension);
            let (centre, length) = (self.centre[axis], self.boundary[axis]);
            let got = format!("{} at {:?}", rows.to_vec()[place], [row, axis]);
            let expected = format!("between {} and {}, the boundary", centre - length, centre + length);
            return Err(invalid("index_points", &expected, got));
        }
        let angles = shifted.try_reshape([count, 1, dimension])?.try_mul(&self.frequencies)?;
        let volume: f64 = self.boundary.iter().product();
        let sines = angles.sin();
        let product = if dimension == 1 { sines.try_squeeze(-1)? } else { sines.try_prod_axis(-1)? };
        Ok(product * volume.sqrt().recip())
    }

    /// Square roots of the spectral density of a kernel at the frequencies of the basis: batch ++ `[m]`.
    ///
    /// # Errors
    /// A kernel of another dimension.
    pub fn sqrt_spd(&self, kernel: &impl SpectralDensity) -> Result<Tensor> {
        Ok(kernel.spectral_density(&self.frequencies)?.sqrt())
    }

    /// The frequencies ω of the functions: `[m, d]`. The eigenvalues of the Laplacian are the sums of their squares.
    #[must_use]
    pub fn frequencies(&self) -> &Tensor {
        &self.frequencies
    }

    /// Half of the length of the box along each axis.
    #[must_use]
    pub fn boundary(&self) -> &[f64] {
        &self.boundary
    }

    /// The middle of the box.
    #[must_use]
    pub fn centre(&self) -> &[f64] {
        &self.centre
    }
}

/// Points as rows, without a batch.
fn rows(x: &Tensor) -> Result<Tensor> {
    let rows = points(HilbertSpaceGaussianProcess::NAME, x)?;
    if rows.rank() == 2 {
        return Ok(rows);
    }
    Err(Error::InvalidShape {
        operation: HilbertSpaceGaussianProcess::NAME,
        expected: "points without a batch".to_owned(),
        got: x.shape(),
    })
}

fn invalid(argument: &'static str, expected: &str, got: String) -> Error {
    let expected = expected.to_owned();
    Error::InvalidArgument { operation: HilbertSpaceGaussianProcess::NAME, argument, expected, got }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::gaussian_process::kernel::{
        ExponentiatedQuadratic, MaternFiveHalves, MaternOneHalf, MaternThreeHalves,
    };
    use crate::program::tests::assert_program_is_tape;

    /// φ S φᵀ, the covariance of the approximation.
    fn covariance(basis: &HilbertSpaceGaussianProcess, kernel: &impl SpectralDensity) -> Tensor {
        let scaled = basis.phi() * basis.sqrt_spd(kernel).unwrap();
        scaled.matmul(scaled.transpose())
    }

    fn error(basis: &HilbertSpaceGaussianProcess, x: &Tensor, kernel: &impl SpectralDensity) -> f64 {
        (covariance(basis, kernel) - kernel.covariance(x).unwrap()).abs().max().item()
    }

    /// The error is at most that of the truncated spectrum, Σ_{j > m} S(ω_j) / L, and that of the boundary, which is the
    /// kernel at twice the distance from it.
    #[test]
    fn a_basis_gives_the_covariance_of_the_process_up_to_what_it_leaves_out() {
        fn check(kernel: &impl SpectralDensity, size: usize, factor: f64) {
            let x = Tensor::linspace(-1.0, 3.0, 15);
            let basis = HilbertSpaceGaussianProcess::new(&x, &[size], factor).unwrap();
            let length = basis.boundary()[0];
            let left_out = (Tensor::arange(100 * size) + (size + 1) as f64) * (0.5 * PI / length);
            let truncated = kernel.spectral_density(&left_out.unsqueeze(-1)).unwrap().sum().item() / length;
            let mirrored = Tensor::from([2.0 * (length - 2.0)]);
            let boundary = kernel.matrix(&Tensor::from([0.0]), &mirrored).unwrap().item();
            // The sum leaves out a hundredth, if the spectrum falls as slowly as ω⁻².
            let (got, bound) = (error(&basis, &x, kernel), 1.02 * truncated + 2.0 * boundary + 1e-13);
            assert!(got < bound, "{}: {got:e}, {bound:e}", kernel.name());
        }
        check(&ExponentiatedQuadratic::new(1.3, 0.6).unwrap(), 60, 3.0);
        check(&ExponentiatedQuadratic::new(1.3, 0.6).unwrap(), 20, 2.0);
        check(&MaternFiveHalves::new(1.3, 0.6).unwrap(), 200, 6.0);
        check(&MaternThreeHalves::new(1.3, 0.6).unwrap(), 200, 6.0);
        check(&MaternOneHalf::new(1.3, 0.6).unwrap(), 200, 3.0);
    }

    #[test]
    fn a_fine_basis_in_the_plane_gives_the_covariance_of_the_process() {
        let corners = Tensor::from([[0.0, 0.0], [1.0, 0.3], [0.2, -0.6], [0.8, 0.4]]);
        let basis = HilbertSpaceGaussianProcess::new(&corners, &[48, 40], 8.0).unwrap();
        // What is left out of the spectrum, and the kernel at twice the distance from the boundary, are e⁻³⁷ or less.
        assert!(error(&basis, &corners, &ExponentiatedQuadratic::ard(1.3, [0.5, 0.8]).unwrap()) < 1e-12);
        assert!(error(&basis, &corners, &ExponentiatedQuadratic::new(1.3, 0.6).unwrap()) < 1e-12);
    }

    #[test]
    fn functions_are_orthonormal_on_the_box() {
        let basis = HilbertSpaceGaussianProcess::with_boundary([0.5], &[6], &[1.0], &[2.0]).unwrap();
        // Of trigonometric polynomials the trapezoidal rule is exact; the functions are 0 at the ends.
        let nodes = Tensor::linspace(-1.0, 3.0, 201);
        let phi = basis.phi_at(&nodes).unwrap();
        let products = phi.transpose().matmul(&phi) * (4.0 / 200.0);
        assert!((products - Tensor::eye(6)).abs().max() < 1e-12);
        assert!((basis.frequencies().get(2).item() - 3.0 * PI / 4.0).abs() < 1e-15);
        assert_eq!((basis.centre(), basis.boundary(), basis.size()), (&[1.0][..], &[2.0][..], 6));
    }

    #[test]
    fn predictions_use_the_box_of_the_data() {
        let x = Tensor::from([[0.0, 5.0], [2.0, 6.0], [1.0, 7.0]]);
        let basis = HilbertSpaceGaussianProcess::new(&x, &[3, 2], 1.5).unwrap();
        assert_eq!((basis.centre(), basis.boundary()), (&[1.0, 6.0][..], &[1.5, 1.5][..]));
        assert_eq!(basis.phi_at(&x).unwrap(), *basis.phi());
        assert_eq!(basis.phi().shape().dims(), [3, 6]);
        let error = basis.phi_at([[0.0, 5.0], [0.0, 8.0]]).unwrap_err().to_string();
        let text =
            "HilbertSpaceGaussianProcess: `index_points` must be between 4.5 and 7.5, the boundary, got 8 at [1, 1]";
        assert_eq!(error, text);
        assert!(basis.phi_at([0.0, 1.0]).is_err());
    }

    #[test]
    fn a_regression_is_recorded() {
        let x = Tensor::linspace(0.0, 1.0, 7);
        let basis = HilbertSpaceGaussianProcess::new(&x, &[5], 1.5).unwrap();
        let inputs = [Tensor::from(1.2), Tensor::from(0.4), Tensor::from([0.3, -0.2, 0.5, 0.1, -0.9])];
        assert_program_is_tape("HilbertSpaceGaussianProcess", &inputs, |p| {
            let kernel = MaternFiveHalves::new(&p[0], &p[1])?;
            let f = basis.phi().try_matmul(p[2].try_mul(basis.sqrt_spd(&kernel)?)?)?;
            Ok((f - &x).square().sum())
        });
        // Points that move, in a box that stays.
        assert_program_is_tape("points", &[Tensor::from([0.3, 0.7])], |p| {
            assert!(HilbertSpaceGaussianProcess::new(&p[0], &[5], 1.5).is_err());
            let basis = HilbertSpaceGaussianProcess::with_boundary(&p[0], &[3, 2], &[0.5], &[1.0]);
            assert!(basis.is_err());
            let basis = HilbertSpaceGaussianProcess::with_boundary(&p[0], &[3], &[0.5], &[1.0])?;
            Ok(basis.phi().square().sum())
        });
        let batch = MaternFiveHalves::new([1.0, 2.0], [0.3, 0.4]).unwrap();
        assert_eq!(basis.sqrt_spd(&batch).unwrap().shape().dims(), [2, 5]);
    }

    #[test]
    fn wrong_arguments_are_named() {
        let text = |basis: Result<HilbertSpaceGaussianProcess>| basis.unwrap_err().to_string();
        let new = |x: [f64; 2], sizes: &[usize], factor| HilbertSpaceGaussianProcess::new(x, sizes, factor);
        let of = "HilbertSpaceGaussianProcess";
        assert_eq!(
            text(new([0.0, 1.0], &[5], 0.9)),
            format!("{of}: `boundary_factor` must be at least 1 and finite, got 0.9")
        );
        assert_eq!(text(new([0.0, 1.0], &[0], 1.5)), format!("{of}: `basis_sizes` must be positive, got 0"));
        assert_eq!(
            text(new([0.0, 1.0], &[5, 5], 1.5)),
            format!("{of}: `basis_sizes` must be one for each of 1 dimensions, got 2")
        );
        assert_eq!(
            text(new([1.0, 1.0], &[5], 1.5)),
            format!("{of}: `index_points` must be points that differ along each axis, got 1 in all of coordinate 0")
        );
        assert!(new([1.0, f64::NAN], &[5], 1.5).is_err());
        assert!(HilbertSpaceGaussianProcess::new(Tensor::zeros([2, 3, 1]), &[5], 1.5).is_err());
        let box_of = HilbertSpaceGaussianProcess::with_boundary([0.5], &[6], &[1.0], &[-2.0]);
        assert_eq!(text(box_of), format!("{of}: `boundary` must be positive and finite, got -2"));
    }
}
