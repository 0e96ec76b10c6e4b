//! Gaussian copula.

use std::sync::Arc;

use super::factored::{Factored, Given};
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Distribution of vectors with given marginals, which are correlated as the entries of a normal vector are.
///
#[doc = include_str!("../../../doc/distribution/GaussianCopula.svg")]
///
/// ```text
/// log p(x) = Σ_i log f_i(x_i) − ½ (|L⁻¹ z|² − |z|²) − Σ_i ln L_ii,   z_i = Φ⁻¹(F_i(x_i)),   correlation_matrix = L Lᵀ
/// ```
///
/// with the densities f and distribution functions F of the marginals.
///
/// # Parameters
/// | parameter              | domain                                              | shape                         |
/// |------------------------|-----------------------------------------------------|-------------------------------|
/// | `marginal`             | a continuous distribution of numbers                | batch shape batch ++ `[n]`, or a scalar |
/// | `correlation_matrix`   | a correlation matrix                                | batch ++ `[n, n]`             |
/// | `correlation_cholesky` | a Cholesky factor of a correlation matrix: L        | batch ++ `[n, n]`             |
///
/// One of the last two is given: [`new`](Self::new) takes the matrix,
/// [`from_correlation_cholesky`](Self::from_correlation_cholesky) its factor.
///
/// # Shapes
/// batch = those of the marginals without their last axis and of the matrix, broadcast; event = `[n]`. A marginal
/// without a batch is the same for all entries.
///
/// # Support
/// The vectors whose entries are in the support of the marginal.
///
/// # Moments
/// ```text
/// mean     = means of the marginals
/// variance = variances of the marginals
/// entropy  = Σ_i entropy of marginal i + ½ ln |correlation_matrix|
/// ```
/// They exist where those of the marginal do. Covariance and mode have no closed form and are not implemented.
///
/// # Numerics
/// z is computed from the nearer tail of F, and is bounded where that underflows, at |z| near 37.
///
/// # Draws
/// Quantiles F⁻¹(Φ(L ε)), with standard normal ε.
///
/// # Reference
/// NumPyro, `numpyro.distributions.GaussianCopula`; Nelsen (2006), "An Introduction to Copulas".
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Exponential, GaussianCopula, Moments};
/// use ppl::Tensor;
///
/// let lifetimes = GaussianCopula::new(Exponential::new([1.0, 0.5])?, [[1.0, 0.7], [0.7, 1.0]])?;
/// assert_eq!(lifetimes.event_shape().dims(), [2]);
/// assert_eq!(lifetimes.mean().to_vec(), [1.0, 2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct GaussianCopula<D: ?Sized = dyn Cdf> {
    marginal: Arc<D>,
    correlation: Factored,
    batch_shape: Shape,
}

impl<D: ?Sized> Clone for GaussianCopula<D> {
    fn clone(&self) -> Self {
        Self {
            marginal: Arc::clone(&self.marginal),
            correlation: self.correlation.clone(),
            batch_shape: self.batch_shape,
        }
    }
}

const NAME: &str = "GaussianCopula";

impl<D: Cdf> GaussianCopula<D> {
    /// The distribution with these marginals and this correlation matrix of their normal scores.
    ///
    /// # Errors
    /// Marginals that are discrete, or of vectors; a matrix that is not a correlation matrix; shapes that do not fit.
    pub fn new(marginal: D, correlation_matrix: impl IntoTensor) -> Result<Self> {
        let matrix = correlation_matrix.into_tensor();
        Self::build(Arc::new(marginal), Factored::new(NAME, "correlation_matrix", matrix, Given::Correlation)?)
    }

    /// The distribution with these marginals and this Cholesky factor of the correlation matrix of their normal scores.
    ///
    /// # Errors
    /// Marginals that are discrete, or of vectors; a matrix that is not the factor of a correlation matrix; shapes that
    /// do not fit.
    pub fn from_correlation_cholesky(marginal: D, correlation_cholesky: impl IntoTensor) -> Result<Self> {
        let factor = correlation_cholesky.into_tensor();
        Self::build(Arc::new(marginal), Factored::new(NAME, "correlation_cholesky", factor, Given::CorrelationFactor)?)
    }
}

impl<D: Cdf + ?Sized> GaussianCopula<D> {
    fn build(marginal: Arc<D>, correlation: Factored) -> Result<Self> {
        if marginal.support().is_discrete() || marginal.event_shape().rank() > 0 {
            return Err(Error::InvalidArgument {
                operation: NAME,
                argument: "marginal",
                expected: "a continuous distribution of numbers".to_owned(),
                got: marginal.name().to_owned(),
            });
        }
        let batch = marginal.batch_shape();
        let batch = match batch.last() {
            None => batch,
            Some(&entries) if entries == correlation.size() => batch.split_event(1).0,
            Some(_) => {
                return Err(Error::ShapeMismatch {
                    operation: NAME,
                    relation: "fit as a vector of marginals and a matrix of one size",
                    left: batch,
                    right: correlation.factor().shape(),
                });
            }
        };
        let batch_shape = check::broadcast(NAME, &batch, &correlation.batch_shape())?;
        Ok(Self { marginal, correlation, batch_shape })
    }

    /// The marginals.
    #[must_use]
    pub fn marginal(&self) -> &Arc<D> {
        &self.marginal
    }

    /// The lower Cholesky factor of the correlation matrix.
    #[must_use]
    pub fn correlation_cholesky(&self) -> &Tensor {
        self.correlation.factor()
    }

    fn full_shape(&self) -> Shape {
        self.batch_shape.concat(&Distribution::event_shape(self))
    }

    /// Φ⁻¹(F(x)).
    fn normal_scores(&self, value: &Tensor) -> Result<Tensor> {
        let (below, above) = (self.marginal.cdf(value)?, self.marginal.survival(value)?);
        let is_low = below.detach().less(0.5);
        // Each is fed a harmless argument where it is not chosen.
        let tail = |chosen: Tensor| chosen.maximum(f64::MIN_POSITIVE).ndtri();
        let low = tail(Tensor::try_select(&is_low, below, 0.25)?);
        let high = tail(Tensor::try_select(&is_low, 0.25, above)?);
        Tensor::try_select(is_low, low, -high)
    }
}

impl<D: Cdf + ?Sized> Distribution for GaussianCopula<D> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = self.marginal.parameter_values();
        values.push(check::value(&self.correlation.parameter()));
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.correlation.size())
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(self.marginal.support()), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.correlation.check_before_draw()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.full_shape()));
        let scores = super::rows_times(&noise, &self.correlation_cholesky().transpose())?;
        self.marginal.icdf(&scores.ndtr())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let median = || Ok(self.marginal.median()?.detach());
        let is_inside = |value: &Tensor| self.support().contains(value) * vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, median, |value| {
            let marginals = self.marginal.log_prob(value)?.try_sum_axis(-1)?;
            let z = self.normal_scores(value)?;
            let whitened = self.correlation.divide(&z.unsqueeze(-1))?.squeeze(-1);
            let excess = (whitened.square().sum_axis(-1)).try_sub(z.square().sum_axis(-1))?;
            marginals.try_sub(excess.try_add(self.correlation.log_determinant())? * 0.5)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl<D: Cdf + Moments + ?Sized> Moments for GaussianCopula<D> {
    fn mean(&self) -> Tensor {
        self.marginal.mean().broadcast_to(self.full_shape())
    }

    fn variance(&self) -> Tensor {
        self.marginal.variance().broadcast_to(self.full_shape())
    }
}

impl<D: Cdf + Entropy + ?Sized> Entropy for GaussianCopula<D> {
    /// That of independent entries, less their mutual information −½ ln |correlation_matrix|.
    fn entropy(&self) -> Tensor {
        let event = Distribution::event_shape(self);
        let marginals = self.marginal.entropy();
        let marginals = match marginals.rank() {
            0 => marginals.broadcast_to(event),
            _ => marginals,
        };
        (marginals.sum_axis(-1) + self.correlation.log_determinant() * 0.5).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{Logistic, MultivariateNormal, Normal, Poisson};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<GaussianCopula<Logistic>> {
        let marginal = Logistic::new([0.3, -1.0], [1.2, 0.5])?;
        if p.has("correlation_cholesky") {
            // Rows of length 1 whatever the entry below the diagonal, so that it can move on its own.
            let below = p.get("correlation_cholesky").index(-2, 1).index(-1, 0);
            let one = Tensor::ones(below.shape());
            let first = Tensor::stack(&[one.clone(), one * 0.0], -1);
            let second = Tensor::stack(&[below.clone(), (1.0 - below.square()).abs().sqrt()], -1);
            return GaussianCopula::from_correlation_cholesky(marginal, Tensor::stack(&[first, second], -2));
        }
        let below = p.get("correlation_matrix").tril(-1);
        GaussianCopula::new(marginal, &below + below.transpose() + Tensor::eye(2))
    }

    fn described(family: Family<GaussianCopula<Logistic>>) -> Family<GaussianCopula<Logistic>> {
        family
            .without_golden_cases("no library but NumPyro has it; the test below compares with a normal distribution")
            .without_far_cases("its tails are those of the marginals")
    }

    fn family() -> Family<GaussianCopula<Logistic>> {
        described(Family::new("GaussianCopula", build))
            .at(parameters! { correlation_matrix: [[1.0, 0.5], [0.5, 1.0]] })
            .at(parameters! { correlation_matrix: [[1.0, 0.3], [0.3, 1.0]] })
            .rejects(
                parameters! { correlation_matrix: [[1.0, 2.0], [2.0, 1.0]] },
                "GaussianCopula: `correlation_matrix` must be a correlation matrix, got a 2 x 2 matrix whose leading minor of order 2 is not positive (pivot -3)",
            )
            .draws([-0.11529940731511068, -1.2958090688655872, 2.4630778585258515, -1.343346112213927, -0.09845484112671726, -1.6079227173633335])
    }

    conformance::distribution!(family() => multivariate, moments, entropy, reparameterized_by_common_numbers);

    mod cholesky {
        use super::*;

        fn family() -> Family<GaussianCopula<Logistic>> {
            described(Family::new("GaussianCopula", build))
                .at(parameters! { correlation_cholesky: [[1.0, 0.0], [0.6, 0.8]] })
                .at(parameters! { correlation_cholesky: [[1.0, 0.0], [0.28, 0.96]] })
                .rejects(
                    parameters! { correlation_cholesky: [[1.0, 0.0], [2.0, 1.0]] },
                    "GaussianCopula: `correlation_cholesky` must be a Cholesky factor of a correlation matrix, got a 2 x 2 matrix whose row 1 has length 2.6457513110645907",
                )
                .draws([-0.11529940731511068, -1.297271601292637, 2.4630778585258515, -1.1968058355361373, -0.09845484112671726, -1.5839779782406005])
        }

        conformance::distribution!(family() => multivariate, moments, entropy, reparameterized_by_common_numbers);
    }

    #[test]
    fn normal_marginals_make_a_normal_distribution() {
        let (loc, scale) = (Tensor::from([0.5, -1.0]), Tensor::from([2.0, 0.5]));
        let correlation = Tensor::from([[1.0, -0.6], [-0.6, 1.0]]);
        let copula = GaussianCopula::new(Normal::new(&loc, &scale).unwrap(), &correlation).unwrap();
        let covariance = correlation * scale.unsqueeze(-1) * &scale;
        let normal = MultivariateNormal::new(loc, covariance).unwrap();
        // Far out in both tails too.
        let value = Tensor::from([[0.3, -0.7], [40.0, 8.0], [-60.0, -14.0]]);
        let (got, want) = (copula.log_prob(&value).unwrap(), normal.log_prob(&value).unwrap());
        assert!(((&got - &want) / &want).abs().max() < 1e-12, "{got} {want}");
        assert!((copula.entropy() - normal.entropy()).abs().item() < 1e-14);
        let seed = || Key::new(1).rng("x", 0);
        let draws = |d: &dyn Distribution| d.sample(&mut seed(), &Shape::from(10)).unwrap();
        assert!((draws(&copula) - draws(&normal)).abs().max() < 1e-13);
    }

    #[test]
    fn one_marginal_for_all_entries() {
        let copula = GaussianCopula::new(Normal::new(0.0, 1.0).unwrap(), Tensor::eye(3)).unwrap();
        assert_eq!((copula.mean().shape().dims(), copula.entropy().shape().rank()), (&[3][..], 0));
        assert!((copula.entropy().item() - 3.0 * 1.418_938_533_204_672_7).abs() < 1e-14);
    }

    #[test]
    fn marginals_that_do_not_fit() {
        let error = GaussianCopula::new(Poisson::new([1.0, 2.0]).unwrap(), Tensor::eye(2)).unwrap_err().to_string();
        assert_eq!(error, "GaussianCopula: `marginal` must be a continuous distribution of numbers, got Poisson");
        assert!(GaussianCopula::new(Normal::new([0.0; 3], 1.0).unwrap(), Tensor::eye(2)).is_err());
        let error = GaussianCopula::new(Normal::new(0.0, 1.0).unwrap(), Tensor::eye(2) * 2.0).unwrap_err().to_string();
        assert!(error.ends_with("got a 2 x 2 matrix with 2 at [0, 0], on the diagonal"), "{error}");
    }
}
