//! Poisson distribution with log-normal rate, by quadrature.

use super::categorical::draw_category;
use super::poisson::{self, Poisson, PoissonSampler, check_drawable};
use crate::distribution::density::gauss_hermite::nodes_and_log_weights;
use crate::distribution::density::{scalar, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Nodes unless another number is asked for.
const DEFAULT_SIZE: usize = 20;

/// Poisson distribution whose rate is log-normal, by Gauss–Hermite quadrature: counts with more variance than the Poisson
/// distribution has.
///
#[doc = include_str!("../../../doc/distribution/PoissonLogNormalQuadratureCompound.svg")]
///
/// ```text
/// p(k) = Σᵢ wᵢ Poisson(k; exp(loc + scale zᵢ)) ≈ ∫ Poisson(k; λ) LogNormal(λ; loc, scale) dλ,   k ∈ {0, 1, 2, …}
/// ```
///
/// with zᵢ the nodes of the quadrature and wᵢ their weights.
///
/// # Parameters
/// | parameter | domain   | shape | meaning                                         |
/// |-----------|----------|-------|-------------------------------------------------|
/// | `loc`     | real     | batch | mean of the logarithm of the rate               |
/// | `scale`   | positive | batch | standard deviation of the logarithm of the rate |
///
/// [`new`](Self::new) has 20 nodes, [`with_quadrature_size`](Self::with_quadrature_size) any number.
///
/// # Shapes
/// batch = broadcast(loc, scale), event = `[]`.
///
/// # Support
/// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
///
/// # Moments
/// ```text
/// mean     = Σᵢ wᵢ λᵢ,   λᵢ = exp(loc + scale zᵢ)
/// variance = mean + Σᵢ wᵢ (λᵢ − mean)²
/// ```
/// These are the moments of the mixture, near e^(loc + ½ scale²) and mean + (e^(scale²) − 1) mean². The median is a
/// quantile, by search. Mode and entropy have no closed form and are not implemented.
///
/// # Numerics
/// It is a mixture of finitely many Poisson distributions: density, distribution function, moments and draws are those of the
/// mixture, which is near to the compound distribution where it has enough nodes.
///
/// # Reference
/// Bulmer, "On fitting the Poisson lognormal distribution to species-abundance data", Biometrics 30 (1974); Golub and
/// Welsch, "Calculation of Gauss quadrature rules" (1969).
///
/// # Example
/// ```
/// use ppl::distribution::{Moments, PoissonLogNormalQuadratureCompound};
///
/// let species = PoissonLogNormalQuadratureCompound::new(1.0, 0.5)?;
/// // The mean of the log-normal rate.
/// assert!((species.mean().item() - (1.0_f64 + 0.125).exp()).abs() < 1e-13);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PoissonLogNormalQuadratureCompound {
    loc: Tensor,
    scale: Tensor,
    nodes: Tensor,
    log_weights: Tensor,
    batch_shape: Shape,
}

impl PoissonLogNormalQuadratureCompound {
    const NAME: &'static str = "PoissonLogNormalQuadratureCompound";

    /// The distribution with these parameters of the log-normal rate, by 20 nodes.
    ///
    /// # Errors
    /// `loc` not finite; `scale` not positive and finite; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        Self::with_quadrature_size(loc, scale, DEFAULT_SIZE)
    }

    /// The same by another number of nodes.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); no node, or more than 1000.
    pub fn with_quadrature_size(loc: impl IntoTensor, scale: impl IntoTensor, size: usize) -> Result<Self> {
        if !(1..=1000).contains(&size) {
            return Err(Error::InvalidArgument {
                operation: Self::NAME,
                argument: "size",
                expected: "from 1 to 1000 nodes".to_owned(),
                got: size.to_string(),
            });
        }
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let batch_shape = check::broadcast_all(Self::NAME, &[&loc, &scale])?;
        let (nodes, log_weights) = nodes_and_log_weights(size);
        let distribution = Self { loc, scale, nodes: nodes.into(), log_weights: log_weights.into(), batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("loc", &self.loc, Constraint::Real), ("scale", &self.scale, Constraint::Positive)]
    }

    /// The mean of the logarithm of the rate.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The standard deviation of the logarithm of the rate.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// The logarithms of the rates of the mixture, along a new last axis.
    fn log_rates(&self) -> Result<Tensor> {
        let scale = check::or_nan(&self.scale, &Constraint::Positive);
        scale.unsqueeze(-1).try_mul(&self.nodes)?.try_add(self.loc.unsqueeze(-1))
    }

    /// The Poisson distributions of the mixture.
    fn components(&self) -> Result<Poisson> {
        Poisson::from_log_rate(self.log_rates()?)
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::counted(self, value, function, |count| {
            let (components, count) = (self.components()?, vector::over_events(count, 1)?);
            let weighted = |tail: Tensor| tail.try_mul(self.log_weights.exp())?.try_sum_axis(-1);
            let log_weighted =
                |log_tail: Tensor| log_tail.maximum(f64::MIN).try_add(&self.log_weights)?.try_logsumexp_axis(-1);
            match function {
                Function::Lower => weighted(components.cdf(&count)?),
                Function::Upper => weighted(components.survival(&count)?),
                Function::LogLower => log_weighted(components.log_cdf(&count)?),
                _ => log_weighted(components.log_survival(&count)?),
            }
        })
    }

    /// The rates, and their mean.
    fn rates(&self) -> (Tensor, Tensor) {
        let rates = (self.scale.unsqueeze(-1) * &self.nodes + self.loc.unsqueeze(-1)).exp();
        let mean = (&rates * self.log_weights.exp()).sum_axis(-1);
        (rates, mean)
    }
}

impl Distribution for PoissonLogNormalQuadratureCompound {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::NonNegativeInteger
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        let component = draw_category(rng, shape, &self.log_weights.exp())?;
        let chosen = vector::over_events(&component, 1)?.try_equal(Tensor::arange(self.nodes.size()))?;
        let log_rate = Tensor::try_select(chosen, self.log_rates()?.detach(), 0.0)?.try_sum_axis(-1)?;
        let rate = log_rate.exp();
        check_drawable(Self::NAME, "loc", &rate)?;
        elementwise::draw_by::<PoissonSampler, 1>(rng, shape, [&rate])
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |count| {
            let log_masses = self.components()?.log_prob(&vector::over_events(count, 1)?)?;
            log_masses.try_add(&self.log_weights)?.try_logsumexp_axis(-1)
        })
    }
}

impl Cdf for PoissonLogNormalQuadratureCompound {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let (nodes, log_weights) = (self.nodes.to_vec(), self.log_weights.to_vec());
        scalar::step_function(self, "quantiles", [probability, &self.loc, &self.scale], |[p, loc, scale]| {
            let cdf = |count: f64| -> f64 {
                let components = nodes.iter().zip(&log_weights);
                components.map(|(z, log_weight)| log_weight.exp() * poisson::cdf(count, (loc + scale * z).exp())).sum()
            };
            scalar::quantile(p, |p| scalar::count_quantile(p, f64::INFINITY, cdf))
        })
    }
}

impl Moments for PoissonLogNormalQuadratureCompound {
    fn mean(&self) -> Tensor {
        self.rates().1
    }

    fn variance(&self) -> Tensor {
        let (rates, mean) = self.rates();
        // From a mean that is ∞, all of them are far.
        let is_infinite = mean.detach().equal(f64::INFINITY).unsqueeze(-1);
        let deviations = Tensor::select(is_infinite, f64::INFINITY, rates - mean.unsqueeze(-1));
        let spread = (deviations.square() * self.log_weights.exp()).sum_axis(-1);
        mean + spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, integral, parameters};
    use crate::special;

    fn family() -> Family<PoissonLogNormalQuadratureCompound> {
        Family::new("PoissonLogNormalQuadratureCompound", |p| {
            PoissonLogNormalQuadratureCompound::new(p.get("loc"), p.get("scale"))
        })
        .without_golden_cases("the table has none; the test below integrates")
        .without_far_cases("a sum of Poisson densities, which have far cases")
        .at(parameters! { loc: 0.8, scale: 0.5 })
        .at(parameters! { loc: -0.7, scale: 0.9 })
        .rejects(
            parameters! { loc: f64::NAN, scale: 1.0 },
            "PoissonLogNormalQuadratureCompound: `loc` must be real, got NaN",
        )
        .rejects(
            parameters! { loc: 0.0, scale: -2.0 },
            "PoissonLogNormalQuadratureCompound: `scale` must be positive, got -2",
        )
        .draws([0.0, 1.0, 0.0])
    }

    conformance::distribution!(family() => univariate, cdf, moments);

    #[test]
    fn many_nodes_integrate() {
        let (loc, scale) = (0.8, 0.5);
        let compound = PoissonLogNormalQuadratureCompound::with_quadrature_size(loc, scale, 60).unwrap();
        for count in [0.0, 1.0, 3.0, 12.0] {
            let density = |z: f64| {
                let log_rate = loc + scale * z;
                let log_mass = count * log_rate - log_rate.exp() - special::lgamma(count + 1.0);
                (log_mass - 0.5 * z * z - special::HALF_LN_2PI).exp()
            };
            let want = integral(density, (f64::NEG_INFINITY, f64::INFINITY), 0.0, 1.0);
            let got = compound.prob(&count.into()).unwrap().item();
            assert!((got / want - 1.0).abs() < 1e-12, "{count}: {got} {want}");
        }
        assert!(PoissonLogNormalQuadratureCompound::with_quadrature_size(0.0, 1.0, 0).is_err());
    }
}
