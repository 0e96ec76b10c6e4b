//! Lewandowski–Kurowicka–Joe distribution of correlation matrices.

use super::LKJCholesky;
use crate::bijector::{Bijector, CorrelationOuterProduct};
use crate::distribution::density::vector;
use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Lewandowski–Kurowicka–Joe (LKJ) distribution of correlation matrices.
///
#[doc = include_str!("../../../doc/distribution/LKJ.svg")]
///
/// ```text
/// log p(R) = (η − 1) ln det R − ln Z,   η = concentration
/// ```
///
/// with respect to the entries below the diagonal, and the Z of [`LKJCholesky`]. At η = 1 it is uniform over the
/// correlation matrices; above, the identity is its mode. Each correlation alone is 2 Beta(b, b) − 1 with
/// b = η + ½ n − 1.
///
/// # Parameters
/// | parameter       | domain            | shape |
/// |-----------------|-------------------|-------|
/// | `dimension`     | n = 1, 2, …       |       |
/// | `concentration` | positive: η       | batch |
///
/// # Shapes
/// batch = that of `concentration`, event = `[n, n]`.
///
/// # Support
/// The correlation matrices: [`Constraint::CorrelationMatrix`](crate::Constraint::CorrelationMatrix).
///
/// # Moments
/// ```text
/// mean        = the identity
/// variance_ij = 1 / (2 η + n − 1) if i ≠ j, 0 otherwise
/// mode        = the identity if η > 1 or n = 1, NaN otherwise
/// entropy     = ln Z − (η − 1) Σ_i [ψ(η + ½ (n − i)) − ψ(η + ½ (n − 1))],   i = 2, …, n
/// ```
///
/// # Numerics
/// The determinant is that of a Cholesky factor, which a matrix that is nearly singular does not have. Draws of low
/// concentrations in high dimensions are nearly singular: sites are better the factors of [`LKJCholesky`].
///
/// # Draws
/// Products L Lᵀ of draws of [`LKJCholesky`], reparameterised as those are.
///
/// # Reference
/// Lewandowski, Kurowicka and Joe (2009), "Generating random correlation matrices based on vines and extended onion
/// method"; Stan Functions Reference, "LKJ correlation distribution".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, LKJ, Moments};
///
/// let correlations = LKJ::new(2, 1.0)?;
/// let density = correlations.log_prob(&Tensor::from([[1.0, 0.3], [0.3, 1.0]]))?.exp().item();
/// assert!((density - 0.5).abs() < 1e-15); // uniform on [−1, 1]
/// assert_eq!(correlations.mean(), Tensor::eye(2));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LKJ {
    factor: LKJCholesky,
}

/// The diagonal entry of a factor of which the square is lost in the rounding of the matrix.
const LEAST_DIAGONAL: f64 = 1.0 / (1 << 22) as f64;

/// The weight of the identity in the draw of a matrix that would be singular: some roundings.
const LEAST_EIGENVALUE: f64 = 64.0 * f64::EPSILON;

impl LKJ {
    /// The LKJ distribution of correlation matrices with this many rows.
    ///
    /// # Errors
    /// A dimension of 0; a concentration that is not positive and finite.
    pub fn new(dimension: usize, concentration: impl IntoTensor) -> Result<Self> {
        Ok(Self { factor: LKJCholesky::of("LKJ", dimension, concentration.into_tensor())? })
    }

    /// Number of rows.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.factor.dimension()
    }

    /// The concentration η.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        self.factor.concentration()
    }
}

impl Distribution for LKJ {
    fn name(&self) -> &'static str {
        "LKJ"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.factor.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.factor.batch_shape()
    }

    fn event_shape(&self) -> Shape {
        self.factor.event_shape()
    }

    fn support(&self) -> Constraint {
        Constraint::CorrelationMatrix
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("LKJ", &[self.factor.parameter()])?;
        let factor = self.factor.sample(rng, sample_shape)?;
        let matrix = CorrelationOuterProduct.forward(&factor)?;
        // The product of a factor with so small an entry is singular, up to rounding.
        let is_singular = factor.detach().diagonal().try_min_axis(-1)?.less(LEAST_DIAGONAL);
        if is_singular.is_known_to_be_all(0.0) {
            return Ok(matrix);
        }
        let weight = vector::over_events(&(is_singular * LEAST_EIGENVALUE), 2)?;
        (1.0 - &weight).try_mul(matrix)?.try_add(weight.try_mul(Tensor::eye(self.dimension()))?)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let identity = || Ok(Tensor::eye(self.dimension()));
        let is_inside = |value: &Tensor| Constraint::CorrelationMatrix.contains(value);
        vector::on_support(self, value, is_inside, identity, |value| {
            let log_determinant = value.try_cholesky()?.diagonal().ln().sum_axis(-1) * 2.0;
            let power = self.factor.checked_concentration() - 1.0;
            power.try_mul(log_determinant)?.try_sub(self.factor.log_normalizer())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for LKJ {
    fn mode(&self) -> Result<Tensor> {
        self.factor.identity_if_unique()
    }
}

impl Moments for LKJ {
    fn mean(&self) -> Tensor {
        Tensor::eye(self.dimension()).broadcast_to(self.batch_shape().concat(&self.event_shape()))
    }

    /// 1 / (2 η + n − 1) off the diagonal.
    fn variance(&self) -> Tensor {
        let of_each = (self.concentration() * 2.0 + (self.dimension() - 1) as f64).recip();
        (1.0 - Tensor::eye(self.dimension())) * of_each.unsqueeze(-1).unsqueeze(-1)
    }
}

impl Entropy for LKJ {
    fn entropy(&self) -> Tensor {
        self.factor.log_normalizer() - (self.concentration() - 1.0) * self.factor.mean_log_determinant()
    }
}

impl KlDivergence<Self> for LKJ {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.factor.divergence(&other.factor, "LKJ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<LKJ> {
        let dimension = if p.has("dimension") { p.get("dimension").item() as usize } else { 3 };
        LKJ::new(dimension, p.get("concentration"))
    }

    fn family() -> Family<LKJ> {
        Family::new("LKJ", build)
            .without_value_gradient("entries of a symmetric matrix do not move on their own; the test below moves two")
            .nan_at("concentration", &["mode"], "no event is the only one there")
            .nan_at("far", &["mode"], "no event is the only one there")
            .at(parameters! { concentration: 1.5 })
            .at(parameters! { concentration: 4.0 })
            .at(parameters! { concentration: 0.7 })
            .rejects(parameters! { concentration: -1.0 }, "LKJ: `concentration` must be positive, got -1")
            .draws([
                1.0,
                0.6428892843949524,
                0.42471027672069117,
                0.6428892843949524,
                1.0,
                0.3509543403128129,
                0.42471027672069117,
                0.3509543403128129,
                1.0,
                1.0,
                0.5288443051866543,
                -0.5483443312861762,
                0.5288443051866543,
                1.0,
                -0.16150453032054488,
                -0.5483443312861762,
                -0.16150453032054488,
                1.0,
                1.0,
                -0.21561708682409483,
                0.7908888346541876,
                -0.21561708682409483,
                1.0,
                0.032805345796555446,
                0.7908888346541876,
                0.032805345796555446,
                1.0,
            ])
    }

    conformance::distribution!(family() => multivariate, mode, moments, entropy, kl, reparameterized_by_moments);

    /// d (η − 1) ln(1 − r²) / dr, of the lower triangle, which is the one that is read.
    #[test]
    fn gradient_by_the_value() {
        let correlations = LKJ::new(2, 3.0).unwrap();
        let density = |x: &[Tensor]| correlations.log_prob(&x[0]);
        let (_, gradients) = crate::grad(density, &[Tensor::from([[1.0, 0.6], [0.6, 1.0]])]).unwrap();
        let along = gradients[0].to_vec()[1] + gradients[0].to_vec()[2];
        assert!((along + 2.0 * 2.0 * 0.6 / 0.64).abs() < 1e-13, "{along}");
    }

    /// The density of the unconstrained vector integrates to 1, of the matrix and of its factor: densities and Jacobians fit.
    /// The trapezoidal rule with steps of ¼ is exact to 1e-10 for powers of sech, as are ends at 4.75 for η = 3.
    #[test]
    fn unconstrained_densities_integrate_to_one() {
        let grid: Vec<f64> = (-19..=19).map(|step| 0.25 * f64::from(step)).collect();
        let cube = |entries: usize| -> Vec<f64> {
            let count = grid.len().pow(entries as u32);
            (0..count)
                .flat_map(|at| (0..entries).map(move |axis| (at, axis)))
                .map(|(at, axis)| grid[at / grid.len().pow(axis as u32) % grid.len()])
                .collect()
        };
        for (size, entries) in [(2, 1), (3, 3)] {
            let points = cube(entries);
            let u = Tensor::new(points.clone(), [points.len() / entries, entries]).unwrap();
            let distributions: [Box<dyn Distribution>; 2] =
                [Box::new(LKJ::new(size, 3.0).unwrap()), Box::new(LKJCholesky::new(size, 3.0).unwrap())];
            for distribution in distributions {
                let bijector = crate::bijector::biject_to(&distribution.support()).unwrap();
                let (value, log_det) = bijector.forward_and_log_det(&u).unwrap();
                let density = (distribution.log_prob(&value).unwrap() + log_det).exp();
                let total = density.sum().item() * 0.25_f64.powi(entries as i32);
                assert!((total - 1.0).abs() < 1e-9, "{} of {size} rows: {total}", distribution.name());
            }
        }
    }

    #[test]
    fn fifty_rows() {
        for concentration in [1.0, 50.0] {
            let correlations = LKJ::new(50, concentration).unwrap();
            let draws = correlations.sample(&mut Key::new(0).rng("x", 0), &Shape::from(5)).unwrap();
            let log_prob = correlations.log_prob(&draws).unwrap();
            assert!(log_prob.to_vec().iter().all(|each| each.is_finite()), "{log_prob}");
        }
    }

    #[test]
    fn one_row_is_certain() {
        let correlations = LKJ::new(1, 0.5).unwrap();
        assert_eq!(correlations.log_prob(&Tensor::ones([1, 1])).unwrap(), 0.0);
        assert_eq!((correlations.mean(), correlations.variance()), (Tensor::ones([1, 1]), Tensor::zeros([1, 1])));
        assert_eq!(correlations.mode().unwrap(), Tensor::ones([1, 1]));
    }
}
