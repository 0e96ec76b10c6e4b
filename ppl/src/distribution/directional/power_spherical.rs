//! Power spherical distribution.

use std::f64::consts::LN_2;

use super::sphere::{self, Directed};
use super::{SphericalUniform, VonMisesFisher};
use crate::distribution::{Beta, Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::{LN_PI, lgamma};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Power spherical distribution of unit vectors: much like [`VonMisesFisher`], with draws and a normalising constant in
/// closed form.
///
#[doc = include_str!("../../../doc/distribution/PowerSpherical.svg")]
///
/// ```text
/// log p(x) = κ ln(½ (1 + m·x)) − (d − 1) ln 2 − b ln π − ln Γ(b + κ) + ln Γ(2b + κ),   b = ½ (d − 1),   m = mean_direction,   κ = concentration
/// ```
///
/// with respect to the surface of the sphere in dimension d.
///
/// # Parameters
/// | parameter        | domain       | shape          | meaning                                      |
/// |------------------|--------------|----------------|----------------------------------------------|
/// | `mean_direction` | unit vector  | batch ++ `[d]` | direction of the mean, and the mode; d ≥ 2   |
/// | `concentration`  | non-negative | batch          | 0 is the [uniform](super::SphericalUniform) distribution |
///
/// # Shapes
/// batch = broadcast(all but the last axis of `mean_direction`, `concentration`), event = `[d]`
///
/// # Support
/// The vectors of length 1: [`Constraint::UnitVector`](crate::Constraint::UnitVector).
///
/// # Moments
/// ```text
/// mean       = A m,   A = κ / (κ + d − 1)
/// covariance = s (I − m mᵀ) + v m mᵀ
///              v = 4 b (b + κ) / ((2b + κ)² (2b + κ + 1)),   s = (1 − A² − v) / (d − 1)
/// mode       = m if κ > 0, NaN otherwise
/// entropy    = (d − 1) ln 2 + b ln π + ln Γ(b + κ) − ln Γ(2b + κ) − κ (ψ(b + κ) − ψ(2b + κ))
/// ```
/// The variance is the diagonal of the covariance.
///
/// # Numerics
/// 1 + m·x is taken from the distance of x and −m, and keeps its digits where the density is small; the ratio of gamma
/// functions is a beta function, which does not cancel at large concentrations.
///
/// # Draws
/// ½ (1 − m·x) is a [`Beta`]`(b, b + κ)` draw, with its gradient; a uniform tangent and a Householder reflection make a
/// vector of it.
///
/// # Reference
/// De Cao and Aziz, "The power spherical distribution" (2020).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, Moments, PowerSpherical};
///
/// let heading = PowerSpherical::new([0.0, 0.0, 1.0], 2.0)?;
/// assert!((heading.mean() - Tensor::from([0.0, 0.0, 0.5])).abs().max().item() < 1e-15); // κ / (κ + d − 1)
/// let density = heading.log_prob(&Tensor::from([0.0, 0.0, 1.0]))?.exp().item();
/// assert!((density - 0.75 / std::f64::consts::PI).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PowerSpherical(Directed);

impl PowerSpherical {
    const NAME: &'static str = "PowerSpherical";

    /// A power spherical distribution about this direction.
    ///
    /// # Errors
    /// A mean direction that is not a unit vector of two entries or more; a concentration that is negative or infinite; shapes
    /// that do not broadcast.
    pub fn new(mean_direction: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        Directed::new(Self::NAME, mean_direction.into_tensor(), concentration.into_tensor()).map(Self)
    }

    /// Mean direction.
    #[must_use]
    pub fn mean_direction(&self) -> &Tensor {
        &self.0.mean_direction
    }

    /// Concentration.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.0.concentration
    }

    /// b, half of the dimension of the sphere.
    fn half(&self) -> f64 {
        0.5 * (self.0.dimension() as f64 - 1.0)
    }

    /// −ln p at the mode.
    fn log_normalizer(&self, concentration: &Tensor) -> Tensor {
        let half = self.half();
        // ln Γ(b + κ) − ln Γ(2b + κ) = ln B(b, b + κ) − ln Γ(b).
        (concentration + half).lbeta(half) + (2.0 * half * LN_2 + half * LN_PI - lgamma(half))
    }

    /// 1 less the mean of the cosine.
    fn mean_versine(&self) -> Tensor {
        2.0 * self.half() / (&self.0.concentration + 2.0 * self.half())
    }

    /// The variances of an element of the vector across the mean direction and along it.
    fn variances(&self) -> (Tensor, Tensor) {
        let half = self.half();
        let (concentration, versine) = (&self.0.concentration, self.mean_versine());
        // Those of the beta distribution, on [−1, 1].
        let along = (concentration + half) / (concentration + 2.0 * half) * &versine * 2.0
            / (concentration + (2.0 * half + 1.0));
        // The squares sum to 1; E 1 − cos² = versine (2 − versine) − along.
        let across = (&versine * (2.0 - &versine) - &along) / (2.0 * half);
        (across, along)
    }
}

impl Distribution for PowerSpherical {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.0.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.0.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.0.event_shape
    }

    fn support(&self) -> Constraint {
        Constraint::UnitVector
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.0.parameters())?;
        let half = self.half();
        let concentration = self.0.concentration.try_broadcast_to(self.0.batch_shape)?;
        let share = Beta::new(half, concentration + half)?.sample(rng, sample_shape)?;
        let sine = (&share * (1.0 - &share)).sqrt() * 2.0;
        self.0.at_angles(rng, &(1.0 - share * 2.0), &sine)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.0.on_sphere(self, value, |value| {
            let (mean_direction, concentration) = self.0.checked();
            let share = sphere::versine(value, &-mean_direction)? * 0.5;
            concentration.try_xlogy(share)?.try_sub(self.log_normalizer(&concentration))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for PowerSpherical {
    fn mode(&self) -> Result<Tensor> {
        let is_unique = self.0.concentration.greater(0.0).unsqueeze(-1);
        let mode = Tensor::try_select(is_unique, &self.0.mean_direction, f64::NAN)?;
        mode.try_broadcast_to(self.0.batch_shape.concat(&self.0.event_shape))
    }
}

impl Moments for PowerSpherical {
    fn mean(&self) -> Tensor {
        self.0.mean(&(1.0 - self.mean_versine()))
    }

    fn variance(&self) -> Tensor {
        let (across, along) = self.variances();
        self.0.variance(&across, &along)
    }
}

impl Covariance for PowerSpherical {
    fn covariance(&self) -> Tensor {
        let (across, along) = self.variances();
        self.0.covariance(&across, &along)
    }
}

impl Entropy for PowerSpherical {
    fn entropy(&self) -> Tensor {
        let (concentration, half) = (&self.0.concentration, self.half());
        let mean_log = (concentration + half).digamma() - (concentration + 2.0 * half).digamma();
        (self.log_normalizer(concentration) - concentration * mean_log).broadcast_to(self.0.batch_shape)
    }
}

impl KlDivergence<SphericalUniform> for PowerSpherical {
    fn kl_divergence(&self, other: &SphericalUniform) -> Result<Tensor> {
        self.0.check_dimension(Self::NAME, &other.event_shape())?;
        other.entropy().try_sub(self.entropy())
    }
}

impl KlDivergence<VonMisesFisher> for PowerSpherical {
    fn kl_divergence(&self, other: &VonMisesFisher) -> Result<Tensor> {
        self.0.check_dimension(Self::NAME, &other.event_shape())?;
        let shape = check::broadcast(Self::NAME, &self.0.batch_shape, &other.batch_shape())?;
        let cross = other.cross_entropy(&self.0.mean_direction, &self.mean_versine())?;
        cross.try_sub(self.entropy())?.try_broadcast_to(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::distribution::monte_carlo_kl;
    use crate::random::Key;

    fn family() -> Family<PowerSpherical> {
        Family::new("PowerSpherical", |p| PowerSpherical::new(p.get("mean_direction"), p.get("concentration")))
            .nan_at("concentration", &["mode"], "no event is the only one there")
            .at(parameters! { mean_direction: [0.6, 0.0, -0.8], concentration: 1.5 })
            .at(parameters! { mean_direction: [0.6, 0.0, -0.8], concentration: 2.5 })
            .at(parameters! { mean_direction: [-0.8, 0.6], concentration: 3.0 })
            .at(parameters! { mean_direction: [0.5, -0.5, 0.5, 0.5], concentration: 4.0 })
            .constant("mean_direction")
            .without_value_gradient("an entry of a unit vector does not move on its own")
            .without_far_cases("the tables are of single numbers; the tests below go far out")
            .rejects(
                parameters! { mean_direction: [0.6, 0.6, 0.0], concentration: 1.0 },
                "PowerSpherical: `mean_direction` must be a vector of length 1, got [0.6, 0.6, 0]",
            )
            .rejects(
                parameters! { mean_direction: [0.6, 0.8, 0.0], concentration: -1.0 },
                "PowerSpherical: `concentration` must be non-negative, got -1",
            )
            .draws([
                0.7184655269911121,
                -0.6307690185251995,
                0.2931513803381115,
                0.1019117004533624,
                0.49333364762641657,
                -0.863849476141717,
                0.1003092342605485,
                -0.9339210451872318,
                -0.3431173835270529,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, reparameterized_by_moments
    );

    #[test]
    fn near_the_opposite_pole() {
        // ½ (1 + m·x) is ε² / 4 for x at the angle ε from −m.
        let vector = PowerSpherical::new([1.0, 0.0, 0.0], 3.0).unwrap();
        let peak = vector.log_prob(&Tensor::from([1.0, 0.0, 0.0])).unwrap().item();
        let got = vector.log_prob(&Tensor::from([-1.0, 1e-12, 0.0])).unwrap().item();
        let want = peak + 3.0 * (0.25 * 1e-24_f64).ln();
        assert!((got - want).abs() < 1e-12, "{got}, {want}");
    }

    #[test]
    fn divergences_are_means_over_draws() {
        let vector = PowerSpherical::new([0.6, 0.0, -0.8], 4.0).unwrap();
        let uniform = SphericalUniform::new(3).unwrap();
        let other = VonMisesFisher::new([0.0, 0.6, -0.8], 1.3).unwrap();
        let close = |want: Tensor, estimate: crate::distribution::Estimate| {
            // 5 standard errors: false alarm rate 6e-7.
            let (got, error) = (estimate.mean.item(), estimate.standard_error.item());
            assert!((got - want.item()).abs() < 5.0 * error, "{got} ± {error}, {want}");
        };
        close(vector.kl_divergence(&uniform).unwrap(), monte_carlo_kl(&vector, &uniform, 20_000, 1).unwrap());
        close(vector.kl_divergence(&other).unwrap(), monte_carlo_kl(&vector, &other, 20_000, 1).unwrap());
        close(other.kl_divergence(&uniform).unwrap(), monte_carlo_kl(&other, &uniform, 20_000, 1).unwrap());
    }

    #[test]
    fn extreme_concentrations_and_dimensions() {
        for (dimension, concentration) in [(2, 1e15), (3, 0.0), (3, 1e100), (40, 1e-300), (400, 3.0), (400, 1e6)] {
            let vector = PowerSpherical::new(sphere::pole(dimension), concentration).unwrap();
            let draws = vector.sample(&mut Key::new(0).rng("x", 0), &Shape::from(500)).unwrap();
            assert_eq!(Constraint::UnitVector.contains(&draws).min().item(), 1.0);
            assert!(vector.log_prob(&draws).unwrap().min().item() > f64::NEG_INFINITY);
        }
    }
}
