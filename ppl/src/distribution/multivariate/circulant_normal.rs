//! Normal distribution of vectors with a circulant covariance.

use super::multivariate_normal::batch_of_vectors;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::fourier::{Transform, Waves};
use crate::tensor::{or_panic, record};
use crate::violation::Brief;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Normal distribution of real vectors whose covariance is that of points on a circle: a stationary process with a
/// period.
///
#[doc = include_str!("../../../doc/distribution/CirculantNormal.svg")]
///
/// ```text
/// log p(x) = −½ Σ_k y_k² / s_k − ½ Σ_k ln s_k − ½ n ln(2π),   y = F (x − loc),   covariance_ij = c_|i − j|
/// ```
///
/// with the orthonormal basis of cosines and sines that are the rows of F, in which the covariance is diagonal, and its
/// spectrum s, which is the Fourier transform of c.
///
/// # Parameters
/// | parameter          | domain                                                            | shape                   |
/// |--------------------|-------------------------------------------------------------------|-------------------------|
/// | `loc`              | real: the mean                                                    | batch ++ `[n]`          |
/// | `covariance_row`   | c: the first row of the covariance, c_j = c_(n − j)               | batch ++ `[n]`          |
/// | `covariance_rfft`  | positive: the spectrum at the frequencies 0, …, ⌊n / 2⌋           | batch ++ `[⌊n / 2⌋ + 1]` |
///
/// One of the last two is given: [`new`](Self::new) takes the row, [`from_covariance_rfft`](Self::from_covariance_rfft)
/// the spectrum.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n]`. A scalar `loc` is the same for all entries.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean          = mode = loc
/// variance      = c_0
/// covariance_ij = c_|i − j|
/// entropy       = ½ Σ_k ln s_k + ½ n ln(2πe)
/// ```
///
/// # Numerics
/// Neither a matrix is factored nor one inverted: densities and draws are fast Fourier transforms, of n log n operations.
/// Of a row that is being differentiated only the first ⌊n / 2⌋ + 1 entries are read, and where its spectrum is not positive
/// the density is NaN.
///
/// # Draws
/// loc + Fᵀ s^½ ε, with standard normal ε.
///
/// # Reference
/// NumPyro, `numpyro.distributions.CirculantNormal`; Rue and Held (2005), "Gaussian Markov Random Fields", section 2.6.
///
/// # Example
/// ```
/// use ppl::distribution::{CirculantNormal, Covariance};
/// use ppl::Tensor;
///
/// let ring = CirculantNormal::new(0.0, [2.0, 1.0, 1.0])?;
/// let expected = Tensor::from([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]]);
/// assert!((ring.covariance() - expected).abs().max() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CirculantNormal {
    loc: Tensor,
    given: Given,
    /// The spectrum at each frequency.
    rfft: Tensor,
    /// F.
    basis: Transform,
    batch_shape: Shape,
    size: usize,
}

/// The covariance, as it was given.
#[derive(Clone, Debug)]
enum Given {
    Row(Tensor),
    Rfft(Tensor),
}

/// The frequencies of vectors of n entries, but for conjugates.
fn frequencies(size: usize) -> usize {
    size / 2 + 1
}

/// The frequency of each function of the basis.
fn frequency_of_each(size: usize) -> Vec<usize> {
    (0..size).map(|row| row.div_ceil(2)).collect()
}

/// The Fourier transform of a symmetric row, of which the first entries are read: its coefficients in the basis are those
/// of the cosines, of length 1.
fn spectrum_of_row(row: &Tensor, basis: &Transform) -> Result<Tensor> {
    let size = basis.size();
    let mirrored: Vec<usize> = (0..size).map(|entry| entry.min(size - entry)).collect();
    let cosines: Vec<usize> = (0..frequencies(size)).map(|frequency| (2 * frequency).saturating_sub(1)).collect();
    let is_single = |frequency: usize| frequency == 0 || 2 * frequency == size;
    let length = |frequency: usize| (size as f64 / if is_single(frequency) { 1.0 } else { 2.0 }).sqrt();
    let lengths: Vec<f64> = (0..frequencies(size)).map(length).collect();
    basis.of(&row.try_take(-1, &mirrored)?)?.try_take(-1, &cosines)?.try_mul(Tensor::from(lengths))
}

impl CirculantNormal {
    const NAME: &'static str = "CirculantNormal";

    /// A normal distribution with this mean and first row of the covariance.
    ///
    /// # Errors
    /// `loc` not finite; a row that is not symmetric, or of a matrix that is not positive definite; shapes that do not
    /// fit.
    pub fn new(loc: impl IntoTensor, covariance_row: impl IntoTensor) -> Result<Self> {
        let row = covariance_row.into_tensor();
        let Some(&size) = row.shape().last().filter(|&&size| size > 0) else {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "the first row of a covariance along the last axis".to_owned(),
                got: row.shape(),
            });
        };
        let basis = Transform::new(Waves::Fourier, size);
        let rfft = spectrum_of_row(&row, &basis)?;
        Self::build(loc.into_tensor(), Given::Row(row), rfft, basis)
    }

    /// A normal distribution of `size` entries with this mean and this Fourier transform of the first row of the
    /// covariance.
    ///
    /// # Errors
    /// `loc` not finite; a spectrum that is not positive and finite; shapes that do not fit.
    pub fn from_covariance_rfft(loc: impl IntoTensor, covariance_rfft: impl IntoTensor, size: usize) -> Result<Self> {
        let rfft = covariance_rfft.into_tensor();
        if size == 0 || rfft.shape().last() != Some(&frequencies(size)) {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: format!("a spectrum of {} frequencies along the last axis", frequencies(size)),
                got: rfft.shape(),
            });
        }
        Self::build(loc.into_tensor(), Given::Rfft(rfft.clone()), rfft, Transform::new(Waves::Fourier, size))
    }

    fn build(loc: Tensor, given: Given, rfft: Tensor, basis: Transform) -> Result<Self> {
        let size = basis.size();
        let batch = batch_of_vectors(Self::NAME, &loc, size)?;
        let batch_shape = check::broadcast(Self::NAME, &batch, &rfft.shape().split_event(1).0)?;
        check::constants(Self::NAME, &[("loc", &loc, Constraint::Real)])?;
        let normal = Self { loc, given, rfft, basis, batch_shape, size };
        if !normal.rfft.is_tracked() {
            normal.check_covariance()?;
        }
        Ok(normal)
    }

    /// Checks what was given of the covariance.
    fn check_covariance(&self) -> Result<()> {
        let row = match &self.given {
            Given::Rfft(rfft) => return check::all(Self::NAME, &[("covariance_rfft", rfft, Constraint::Positive)]),
            Given::Row(row) => row,
        };
        if self.rfft.is_recorded() {
            return record::note_violations(|| (1.0 - self.rfft.detach().greater(0.0)).try_sum());
        }
        let error = |got: String| Error::InvalidParameter {
            distribution: Self::NAME,
            parameter: "covariance_row",
            expected: "the first row of a positive definite circulant matrix".to_owned(),
            got: format!("{}, {got}", Brief(row)),
        };
        let (elements, count) = (row.elements(), frequencies(self.size));
        for entries in elements.chunks_exact(self.size) {
            let asymmetric = (1..self.size).find(|&position| {
                let distance = (entries[position] - entries[self.size - position]).abs();
                distance > 1e-8 || distance.is_nan()
            });
            if let Some(position) = asymmetric {
                let opposite = self.size - position;
                let (entry, other) = (entries[position], entries[opposite]);
                return Err(error(format!("with {entry} at [{position}] and {other} at [{opposite}]")));
            }
        }
        let spectrum = self.rfft.elements();
        match spectrum.iter().position(|&power| !(power > 0.0 && power.is_finite())) {
            Some(place) => Err(error(format!("whose spectrum is {} at frequency {}", spectrum[place], place % count))),
            None => Ok(()),
        }
    }

    /// The mean, as it was given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The spectrum s of the covariance at the frequencies 0, …, ⌊n / 2⌋.
    #[must_use]
    pub fn covariance_rfft(&self) -> &Tensor {
        &self.rfft
    }

    /// The variance of each coordinate in the basis; NaN where it is not positive.
    fn spectrum(&self) -> Result<Tensor> {
        check::or_nan(&self.rfft, &Constraint::Positive).try_take(-1, &frequency_of_each(self.size))
    }

    fn full_shape(&self) -> Shape {
        self.batch_shape.concat(&Shape::from(self.size))
    }

    /// (x − loc)ᵀ covariance⁻¹ (x − loc).
    fn squared_distance(&self, value: &Tensor) -> Result<Tensor> {
        let coordinates = self.basis.of(&value.try_sub(&self.loc)?)?;
        coordinates.square().try_div(self.spectrum()?)?.try_sum_axis(-1)
    }

    /// ½ ln |covariance|.
    fn log_scale(&self) -> Result<Tensor> {
        Ok(self.spectrum()?.ln().sum_axis(-1) * 0.5)
    }
}

impl Distribution for CirculantNormal {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let (name, covariance) = match &self.given {
            Given::Row(row) => ("covariance_row", row),
            Given::Rfft(rfft) => ("covariance_rfft", rfft),
        };
        vec![("loc", self.loc.clone()), (name, covariance.clone())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.size)
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &[("loc", &self.loc, Constraint::Real)])?;
        self.check_covariance()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.full_shape()));
        let coordinates = noise.try_mul(self.spectrum()?.sqrt())?;
        self.basis.inverse().of(&coordinates)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mean = || Ok(self.loc.clone());
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, mean, |value| {
            let distance = self.squared_distance(value)?;
            (-self.log_scale()?).try_sub(distance * 0.5 + self.size as f64 * HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for CirculantNormal {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

impl Moments for CirculantNormal {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.full_shape())
    }

    fn variance(&self) -> Tensor {
        let spectrum = self.rfft.take(-1, &frequency_of_each(self.size));
        spectrum.mean_axis(-1).unsqueeze(-1).broadcast_to(self.full_shape())
    }
}

impl Covariance for CirculantNormal {
    fn covariance(&self) -> Tensor {
        // Fᵀ s F of the first unit vector is the first row, along which all others are moved.
        let size = self.size;
        let first = self.basis.of(&(0..size).map(|entry| f64::from(u8::from(entry == 0))).collect::<Vec<_>>().into());
        let of_first = or_panic(first) * self.rfft.take(-1, &frequency_of_each(size));
        let row = or_panic(self.basis.inverse().of(&of_first));
        // The same on both sides of the diagonal.
        let distance = |place: usize| (place / size).abs_diff(place % size);
        let entries: Vec<usize> = (0..size * size).map(|place| distance(place).min(size - distance(place))).collect();
        let square = Shape::from([size, size]);
        let matrix = row.take(-1, &entries).reshape(self.rfft.shape().split_event(1).0.concat(&square));
        matrix.broadcast_to(self.batch_shape.concat(&square))
    }
}

impl Entropy for CirculantNormal {
    fn entropy(&self) -> Tensor {
        let log_scale = self.rfft.take(-1, &frequency_of_each(self.size)).ln().sum_axis(-1) * 0.5;
        (log_scale + self.size as f64 * (0.5 + HALF_LN_2PI)).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for CirculantNormal {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.size != other.size {
            return Err(Error::ShapeMismatch {
                operation: Self::NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        check::broadcast(Self::NAME, &self.batch_shape, &other.batch_shape)?;
        // With the ratio r of the spectra, of each coordinate: ½ (r − 1 − ln r).
        let of_spectra = self.spectrum()?.try_div(other.spectrum()?)?.ln().expm1x().sum_axis(-1);
        Ok(of_spectra.try_add(other.squared_distance(&self.mean())?)? * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::MultivariateNormal;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    /// The last entry is that of the second, so that entries can move on their own.
    fn build(p: &Parameters) -> Result<CirculantNormal> {
        if p.has("covariance_rfft") {
            return CirculantNormal::from_covariance_rfft(p.get("loc"), p.get("covariance_rfft"), 3);
        }
        let row = p.get("covariance_row");
        CirculantNormal::new(p.get("loc"), Tensor::concat(&[row.slice(-1, 0..3), row.slice(-1, 1..2)], -1))
    }

    fn family() -> Family<CirculantNormal> {
        Family::new("CirculantNormal", build)
            .without_golden_cases("no library but NumPyro has it; the test below compares with a dense covariance")
            .without_far_cases("it is a multivariate normal distribution")
            .at(parameters! { loc: [0.3, -1.0, 0.5, 0.0], covariance_row: [1.5, 0.4, 0.2, 0.4] })
            .at(parameters! { loc: [0.2, -0.8, 0.4, 0.1], covariance_row: [0.7, 0.1, 0.1, 0.1] })
            .rejects(
                parameters! { loc: f64::NAN, covariance_row: [1.5, 0.4, 0.2, 0.4] },
                "CirculantNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, covariance_row: [2.0, 1.75, 1.0, 1.75] },
                "CirculantNormal: `covariance_row` must be the first row of a positive definite circulant matrix, got [2, 1.75, 1, 1.75], whose spectrum is -0.5 at frequency 2",
            )
            .draws([-0.6411048654093658, -1.5087882843061564, 0.04346746167455012, 1.2220654742193522, 0.3790269218761558, -0.8051462786275254, 1.7695320902596732, -2.2001258974737317, 0.29111204484237896, -0.061447866626238135, 1.1261979707359027, -0.14909089801762457])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    mod rfft {
        use super::*;

        fn family() -> Family<CirculantNormal> {
            Family::new("CirculantNormal", build)
                .without_golden_cases("as above")
                .without_far_cases("as above")
                .at(parameters! { loc: [0.3, -1.0, 0.5], covariance_rfft: [2.5, 0.9] })
                .at(parameters! { loc: [0.2, -0.8, 0.4], covariance_rfft: [1.5, 0.6] })
                .rejects(
                    parameters! { loc: f64::NAN, covariance_rfft: [2.5, 0.9] },
                    "CirculantNormal: `loc` must be real, got NaN",
                )
                .rejects(
                    parameters! { loc: 0.0, covariance_rfft: [2.5, -0.9] },
                    "CirculantNormal: `covariance_rfft` must be positive, got -0.9 at [1]",
                )
                .draws([
                    -0.13033879319923786,
                    -1.8012459582732738,
                    1.1389114209636384,
                    -0.8764754733075577,
                    -1.4399035615628424,
                    -0.9304637373270717,
                    0.3133056392702084,
                    -3.3389093817172593,
                    -1.2420668870488547,
                ])
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
        );
    }

    #[test]
    fn is_the_normal_distribution_of_its_covariance_matrix() {
        let long = |size: usize| (0..size).map(|j| 0.6_f64.powi(j.min(size - j) as i32)).collect::<Vec<_>>();
        let short = [vec![1.3], vec![1.3, 0.4], vec![1.3, 0.4, 0.4], vec![2.0, 0.9, 0.3, 0.3, 0.9]];
        // The last two by fast transforms.
        for row in short.into_iter().chain([long(66), long(67)]) {
            let size = row.len();
            let matrix: Vec<f64> = (0..size * size).map(|at| row[(at / size + size - at % size) % size]).collect();
            let matrix = Tensor::new(matrix, [size, size]).unwrap();
            let circulant = CirculantNormal::new(0.1, Tensor::from(&row)).unwrap();
            let dense = MultivariateNormal::new(0.1, &matrix).unwrap();
            let value = Tensor::linspace(-1.0, 2.0, 2 * size).reshape([2, size]);
            let difference = circulant.log_prob(&value).unwrap() - dense.log_prob(&value).unwrap();
            assert!(difference.abs().max() < 1e-13 * size as f64, "{row:?}: {difference}");
            assert!((circulant.covariance() - matrix).abs().max() < 1e-14, "{row:?}");
        }
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let error = CirculantNormal::new(0.0, [1.0, 0.5, 0.2]).unwrap_err().to_string();
        assert!(error.ends_with("got [1, 0.5, 0.2], with 0.5 at [1] and 0.2 at [2]"), "{error}");
        assert!(CirculantNormal::new(0.0, 1.0).is_err());
        assert!(CirculantNormal::new([0.0; 2], [1.0, 0.1, 0.1]).is_err());
        assert!(CirculantNormal::from_covariance_rfft(0.0, [1.0, 0.5], 4).is_err());
    }
}
