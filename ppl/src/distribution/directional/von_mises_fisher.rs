//! Von Mises–Fisher distribution.

use super::SphericalUniform;
use super::sphere::{self, Directed};
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Von Mises–Fisher distribution of unit vectors.
///
#[doc = include_str!("../../../doc/distribution/VonMisesFisher.svg")]
///
/// ```text
/// log p(x) = κ m·x + v ln κ − (d/2) ln(2π) − ln I_v(κ),   v = d/2 − 1,   m = mean_direction,   κ = concentration
/// ```
///
/// with respect to the surface of the sphere in dimension d, with I the modified Bessel function of the first kind. On the circle
/// it is the [`VonMises`](super::VonMises) distribution.
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
/// mean       = A m,   A = I_{v+1}(κ) / I_v(κ)
/// covariance = (A / κ) (I − m mᵀ) + (1 − A² − (d − 1) A / κ) m mᵀ
/// mode       = m if κ > 0, NaN otherwise
/// entropy    = (d/2) ln(2π) + ln I_v(κ) − v ln κ − κ A
/// ```
/// The variance is the diagonal of the covariance. At κ = 0 they are those of [`SphericalUniform`].
///
/// # Numerics
/// m·x − 1 is taken from the distance of both vectors, and the normalising constant relative to its limit at 0: nothing
/// cancels at large concentrations, in any dimension. The variance along the mean direction is a difference of terms
/// larger by the concentration.
///
/// # Draws
/// Wood's rejection of the angle from the mean direction, whose gradient by the concentration is implicit (Figurnov et al. 2018),
/// a uniform tangent, and a Householder reflection that takes a pole to the mean direction.
///
/// # Reference
/// Mardia and Jupp, "Directional Statistics" (2000), section 9.3.2; Wood, "Simulation of the von Mises Fisher
/// distribution", Communications in Statistics 23 (1994).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, Moments, VonMisesFisher};
///
/// let heading = VonMisesFisher::new([0.0, 0.6, 0.8], 5.0)?;
/// // In dimension 3 the mean has the length coth κ − 1/κ.
/// let length = 5_f64.tanh().recip() - 0.2;
/// assert!((heading.mean() - Tensor::from([0.0, 0.6, 0.8]) * length).abs().max().item() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VonMisesFisher(Directed);

impl VonMisesFisher {
    const NAME: &'static str = "VonMisesFisher";

    /// A von Mises–Fisher distribution about this direction.
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

    /// The order v of the Bessel function.
    fn order(&self) -> f64 {
        0.5 * self.0.dimension() as f64 - 1.0
    }

    /// 1 less the mean of the cosine.
    fn mean_versine(&self) -> Tensor {
        self.0.concentration.bessel_ratio_complement(self.order())
    }

    /// −ln p at the mode.
    pub(super) fn log_normalizer(&self, concentration: &Tensor) -> Tensor {
        concentration.log_bessel_ie(self.order()) + sphere::log_surface(self.0.dimension())
    }

    /// The variances of an element of the vector across the mean direction and along it.
    fn variances(&self) -> (Tensor, Tensor) {
        let order = self.order();
        let concentration = &self.0.concentration;
        // The ratio of the Bessel functions over the concentration, which is 1 / d at 0.
        let log_ratio = concentration.log_bessel_ie(order + 1.0) - concentration.log_bessel_ie(order);
        let across = log_ratio.exp() / (2.0 * order + 2.0);
        let versine = self.mean_versine();
        let along = &versine * (2.0 - &versine) - &across * (2.0 * order + 1.0);
        (across, along)
    }
}

impl Distribution for VonMisesFisher {
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
        let shape = sample_shape.concat(&self.0.batch_shape);
        let angle = sphere::draw_polar_angle(rng, shape, &self.0.concentration, self.0.dimension())?;
        self.0.at_angles(rng, &angle.cos(), &angle.sin())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.0.on_sphere(self, value, |value| {
            let (mean_direction, concentration) = self.0.checked();
            let below_peak = sphere::versine(value, &mean_direction)?.try_mul(&concentration)?;
            (-below_peak).try_sub(self.log_normalizer(&concentration))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for VonMisesFisher {
    fn mode(&self) -> Result<Tensor> {
        let is_unique = self.0.concentration.greater(0.0).unsqueeze(-1);
        let mode = Tensor::try_select(is_unique, &self.0.mean_direction, f64::NAN)?;
        mode.try_broadcast_to(self.0.batch_shape.concat(&self.0.event_shape))
    }
}

impl Moments for VonMisesFisher {
    fn mean(&self) -> Tensor {
        self.0.mean(&(1.0 - self.mean_versine()))
    }

    fn variance(&self) -> Tensor {
        let (across, along) = self.variances();
        self.0.variance(&across, &along)
    }
}

impl Covariance for VonMisesFisher {
    fn covariance(&self) -> Tensor {
        let (across, along) = self.variances();
        self.0.covariance(&across, &along)
    }
}

impl Entropy for VonMisesFisher {
    fn entropy(&self) -> Tensor {
        let concentration = &self.0.concentration;
        let entropy = self.log_normalizer(concentration) + concentration * self.mean_versine();
        entropy.broadcast_to(self.0.batch_shape)
    }
}

impl VonMisesFisher {
    /// E −ln p(X) of vectors with this mean of the cosine, from a direction, of any distribution about that.
    pub(super) fn cross_entropy(&self, mean_direction: &Tensor, mean_versine: &Tensor) -> Result<Tensor> {
        let concentration = &self.0.concentration;
        let apart = sphere::versine(mean_direction, &self.0.mean_direction)?;
        let versine = (1.0 - mean_versine).try_mul(apart)?.try_add(mean_versine)?;
        versine.try_mul(concentration)?.try_add(self.log_normalizer(concentration))
    }
}

impl KlDivergence<Self> for VonMisesFisher {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.0.check_dimension(Self::NAME, &other.0.event_shape)?;
        let shape = check::broadcast(Self::NAME, &self.0.batch_shape, &other.0.batch_shape)?;
        let cross = other.cross_entropy(&self.0.mean_direction, &self.mean_versine())?;
        cross.try_sub(self.entropy())?.try_broadcast_to(shape)
    }
}

impl KlDivergence<SphericalUniform> for VonMisesFisher {
    fn kl_divergence(&self, other: &SphericalUniform) -> Result<Tensor> {
        self.0.check_dimension(Self::NAME, &other.event_shape())?;
        other.entropy().try_sub(self.entropy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::VonMises;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::random::Key;

    fn family() -> Family<VonMisesFisher> {
        Family::new("VonMisesFisher", |p| VonMisesFisher::new(p.get("mean_direction"), p.get("concentration")))
            .nan_at("concentration", &["mode"], "no event is the only one there")
            .at(parameters! { mean_direction: [0.6, 0.0, -0.8], concentration: 1.5 })
            .at(parameters! { mean_direction: [0.0, 0.6, -0.8], concentration: 2.5 })
            .at(parameters! { mean_direction: [-0.8, 0.6], concentration: 3.0 })
            .at(parameters! { mean_direction: [0.5, -0.5, 0.5, 0.5], concentration: 4.0 })
            .constant("mean_direction")
            .without_value_gradient("an entry of a unit vector does not move on its own")
            .rejects(
                parameters! { mean_direction: [0.6, 0.6, 0.0], concentration: 1.0 },
                "VonMisesFisher: `mean_direction` must be a vector of length 1, got [0.6, 0.6, 0]",
            )
            .rejects(
                parameters! { mean_direction: [0.6, 0.8, 0.0], concentration: -1.0 },
                "VonMisesFisher: `concentration` must be non-negative, got -1",
            )
            .draws([
                -0.08050522494108747,
                -0.362854261527304,
                -0.9283618333649115,
                0.8287734606870165,
                -0.04004288896680914,
                -0.5581497271378516,
                0.382184872515847,
                -0.13387920574875717,
                -0.9143364159258495,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_moments
    );

    #[test]
    fn on_the_circle_it_is_von_mises() {
        let (loc, concentration) = (0.7_f64, 30.0);
        let vector = VonMisesFisher::new([loc.cos(), loc.sin()], concentration).unwrap();
        let angle = VonMises::new(loc, concentration).unwrap();
        for x in [-3.0_f64, 0.1, 0.7, 2.0] {
            let got = vector.log_prob(&Tensor::from([x.cos(), x.sin()])).unwrap().item();
            let want = angle.log_prob(&x.into()).unwrap().item();
            assert!((got - want).abs() < 1e-13 * (1.0 + want.abs()), "{got}, {want}");
        }
        assert!((vector.entropy() - angle.entropy()).abs().item() < 1e-14);
    }

    #[test]
    fn gradient_by_the_mean_direction() {
        // Along the sphere it is κ x.
        let x = Tensor::from([0.6, 0.0, 0.8]);
        let log_prob = |m: &[Tensor]| VonMisesFisher::new(&m[0], 7.0)?.log_prob(&x);
        let (_, gradients) = crate::grad(log_prob, &[Tensor::from([0.0, 1.0, 0.0])]).unwrap();
        let got = gradients[0].to_vec();
        assert!((got[0] - 4.2).abs() < 1e-14 && (got[2] - 5.6).abs() < 1e-14, "{got:?}");
    }

    #[test]
    fn draws_turn_with_the_mean_direction() {
        // Along an arc of directions each draw moves on the sphere, as by finite differences.
        let direction = |angle: &Tensor| {
            let (sine, cosine) = (angle.sin(), angle.cos());
            Tensor::try_stack(&[&cosine * 0.6, sine, cosine * 0.8], -1)
        };
        let draw = |angle: &[Tensor]| {
            let draws = VonMisesFisher::new(direction(&angle[0])?, 2.0)?
                .sample(&mut Key::new(3).rng("x", 0), &Shape::from(4))?;
            Ok((draws.reshape(12) * Tensor::linspace(1.0, 2.0, 12)).sum())
        };
        let (_, gradients) = crate::grad(draw, &[Tensor::from(0.4)]).unwrap();
        let at = |angle: f64| draw(&[Tensor::from(angle)]).unwrap().item();
        let want = (at(0.4 + 1e-5) - at(0.4 - 1e-5)) / 2e-5;
        assert!((gradients[0].item() - want).abs() < 1e-8, "{} {want}", gradients[0]);
    }

    #[test]
    fn extreme_concentrations_and_dimensions() {
        for (dimension, concentration) in [(2, 1e15), (3, 0.0), (3, 1e100), (40, 1e-300), (400, 3.0), (400, 1e6)] {
            let vector = VonMisesFisher::new(sphere::pole(dimension), concentration).unwrap();
            let draws = vector.sample(&mut Key::new(0).rng("x", 0), &Shape::from(500)).unwrap();
            assert_eq!(Constraint::UnitVector.contains(&draws).min().item(), 1.0);
            let surprise = -vector.log_prob(&draws).unwrap();
            let (mean, entropy) = (surprise.mean().item(), vector.entropy().item());
            // The surprise has a variance of (d − 1) / 2 at most, as a chi-square: 6 standard errors.
            let error = 6.0 * (0.5 * (dimension as f64 - 1.0) / 500.0).sqrt() + 1e-12 * entropy.abs();
            assert!((mean - entropy).abs() < error, "{dimension}, {concentration}: {mean}, {entropy}");
        }
    }

    #[test]
    fn a_direction_needs_two_entries() {
        let message = VonMisesFisher::new([1.0], 1.0).unwrap_err().to_string();
        assert_eq!(
            message,
            "VonMisesFisher: expected at least two entries of `mean_direction` along the last axis, got shape [1]"
        );
    }
}
