//! Projected normal distribution.

use super::sine_marginal::hypotenuse;
use super::sphere;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Distribution, Mode};
use crate::random::Rng;
use crate::special::{GAUSS_LEGENDRE, HALF_LN_2PI};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Projected normal distribution of unit vectors: the direction of a normal vector.
///
#[doc = include_str!("../../../doc/distribution/ProjectedNormal.svg")]
///
/// ```text
/// log p(x) = −½ |m|² − (d/2) ln(2π) + ln ∫₀^∞ r^(d − 1) exp(−½ r² + r m·x) dr,   m = concentration
/// ```
///
/// with respect to the surface of the sphere in dimension d. X = Z / |Z| of a normal vector Z with mean m and covariance I.
///
/// # Parameters
/// | parameter       | domain | shape          | meaning                                                           |
/// |-----------------|--------|----------------|-------------------------------------------------------------------|
/// | `concentration` | real   | batch ++ `[d]` | mean of the normal vector, d ≥ 2: the larger, the more concentrated are the directions; 0 is the [uniform](super::SphericalUniform) distribution |
///
/// # Shapes
/// batch = all but the last axis of `concentration`, event = `[d]`
///
/// # Support
/// The vectors of length 1: [`Constraint::UnitVector`](crate::Constraint::UnitVector).
///
/// # Moments
/// ```text
/// mode = m / |m|, NaN if m = 0
/// ```
/// Mean, covariance and entropy are not implemented.
///
/// # Numerics
/// The integral is taken relative to the peak of its integrand, and |m|² less (m·x)² from the part of m that is orthogonal to x:
/// nothing cancels or overflows at large concentrations or where the density is small. On each side of the peak 32 points of the
/// Gauss–Legendre rule go to where the integrand has fallen by 1e-16. The closed forms in dimensions 2 and 3 would cancel
/// where m·x is negative.
///
/// # Draws
/// Directions of normal vectors, differentiable by the concentration.
///
/// # Reference
/// Hernandez-Stumpfhauser, Breidt and van der Woerd, "The general projected normal distribution of arbitrary dimension",
/// Bayesian Analysis 12 (2017); NumPyro, `ProjectedNormal`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, ProjectedNormal};
///
/// let uniform = ProjectedNormal::new([0.0, 0.0, 0.0])?;
/// let density = uniform.log_prob(&Tensor::from([0.0, 0.6, 0.8]))?.exp().item();
/// assert!((density - 0.25 / std::f64::consts::PI).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProjectedNormal {
    concentration: Tensor,
    batch_shape: Shape,
    event_shape: Shape,
}

impl ProjectedNormal {
    const NAME: &'static str = "ProjectedNormal";

    /// The distribution of the direction of a normal vector with this mean.
    ///
    /// # Errors
    /// A concentration that is not finite, or not a vector of two entries or more.
    pub fn new(concentration: impl IntoTensor) -> Result<Self> {
        let concentration = concentration.into_tensor();
        let shape = concentration.shape();
        if shape.last().is_none_or(|&size| size < 2) {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "at least two entries of `concentration` along the last axis".to_owned(),
                got: shape,
            });
        }
        let (batch_shape, event_shape) = shape.split_event(1);
        let distribution = Self { concentration, batch_shape, event_shape };
        check::constants(Self::NAME, &[distribution.parameter()])?;
        Ok(distribution)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("concentration", &self.concentration, Constraint::Real)
    }

    /// Mean of the normal vector.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }
}

/// By how much the logarithm of the integrand has fallen where the integration ends.
const FALL: f64 = 38.0;

/// ln ∫₀^∞ rⁿ exp(−½ (r − t)²) dr, for n ≥ 1.
fn log_radial_integral(n: f64, t: &Tensor) -> Result<Tensor> {
    let known = t.detach();
    let root = hypotenuse(&Tensor::scalar(2.0 * n.sqrt()), &known)?;
    let is_positive = known.greater(0.0);
    let peak = Tensor::select(&is_positive, (&root + &known) * 0.5, 2.0 * n / (&root - &known));
    let mut sum = Tensor::scalar(0.0);
    for side in [-1.0, 1.0] {
        let reach = reach(n, &peak, side)?;
        let nodes: Vec<f64> = GAUSS_LEGENDRE.iter().map(|&(node, _)| node * side).collect();
        let weights: Vec<f64> = GAUSS_LEGENDRE.iter().map(|&(_, weight)| weight).collect();
        let step = reach.unsqueeze(-1) * Tensor::from(nodes);
        let relative = &step / peak.unsqueeze(-1);
        // The radii do not move; at the peak n / r = r − t.
        let moved = &step * (t - &known).unsqueeze(-1);
        let exponent = moved - step.square() * 0.5 - (&relative - relative.log1p()) * n;
        sum += reach * (exponent.exp() * Tensor::from(weights)).sum_axis(-1);
    }
    let beyond = n / &peak - (t - known);
    Ok(sum.ln() + peak.ln() * n - beyond.square() * 0.5)
}

/// The distance from the peak at which the integrand ends or has fallen far enough.
fn reach(n: f64, peak: &Tensor, side: f64) -> Result<Tensor> {
    // Bounds from above: the fall is at least that of each of its terms, of which the second is below y²/2 only above the peak.
    let bound = if side < 0.0 {
        let root_of_curvature = hypotenuse(&Tensor::scalar(1.0), &(n.sqrt() / peak))?;
        (2.0 * FALL).sqrt() / root_of_curvature
    } else {
        let mut relative = FALL / n + (2.0 * FALL / n).sqrt();
        for _ in 0..20 {
            relative -= (relative - relative.ln_1p() - FALL / n) * (1.0 + relative) / relative;
        }
        (peak * relative).minimum((2.0 * FALL).sqrt())
    };
    // Newton's method comes from above, because the fall is convex.
    let mut reach = bound.minimum(peak * if side < 0.0 { 1.0 } else { f64::INFINITY });
    for _ in 0..4 {
        let relative = &reach / peak * side;
        let is_end = relative.less_equal(-1.0);
        let relative = Tensor::select(&is_end, -0.5, relative);
        let fall = reach.square() * 0.5 + (&relative - relative.log1p()) * n;
        let slope = &reach + &relative / (&relative + 1.0) * (n * side) / peak;
        reach = Tensor::select(is_end, &reach, &reach - (fall - FALL) / slope);
    }
    Ok(reach)
}

/// The direction of vectors, of which the squares may overflow or underflow; of 0 it is NaN.
fn direction(vector: &Tensor) -> Result<Tensor> {
    let largest = vector.detach().abs().try_max_axis(-1)?.unsqueeze(-1);
    let scaled = vector.try_div(largest)?;
    let length = scaled.square().try_sum_axis(-1)?.sqrt().unsqueeze(-1);
    Ok(scaled / length)
}

impl Distribution for ProjectedNormal {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        Constraint::UnitVector
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &[self.parameter()])?;
        let shape = sample_shape.concat(&self.batch_shape).concat(&self.event_shape);
        let vector = standard_normal(rng, shape).try_add(&self.concentration)?;
        direction(&vector)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let dimension = self.event_shape.size();
        let pole = || Ok(sphere::pole(dimension));
        let is_inside = |value: &Tensor| Constraint::UnitVector.contains(value);
        vector::on_support(self, value, is_inside, pole, |value| {
            let along = value.try_mul(&self.concentration)?.try_sum_axis(-1)?;
            let across = self.concentration.try_sub(along.unsqueeze(-1).try_mul(value)?)?.square().try_sum_axis(-1)?;
            let shape = along.shape();
            // As vectors, because a tensor of six axes has no room for another.
            let radial = log_radial_integral(dimension as f64 - 1.0, &along.try_reshape(shape.size())?)?;
            radial.try_reshape(shape)?.try_sub(across * 0.5 + HALF_LN_2PI * dimension as f64)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for ProjectedNormal {
    fn mode(&self) -> Result<Tensor> {
        let is_zero = self.concentration.detach().abs().try_max_axis(-1)?.unsqueeze(-1).equal(0.0);
        let concentration = Tensor::try_select(&is_zero, 1.0, &self.concentration)?;
        Tensor::try_select(is_zero, f64::NAN, direction(&concentration)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::special::ndtr;

    fn family() -> Family<ProjectedNormal> {
        Family::of("ProjectedNormal", |p| ProjectedNormal::new(p.get("concentration")))
            .nan_at("concentration", &["mode"], "without a concentration all directions are modes")
            .at(parameters! { concentration: [0.6, 0.2, -0.8] })
            .at(parameters! { concentration: [0.9, -1.2, -0.6] })
            .at(parameters! { concentration: [-0.8, 1.6] })
            .at(parameters! { concentration: [0.5, -0.5, 0.5, 3.5, 1.0] })
            .without_value_gradient("an entry of a unit vector does not move on its own")
            .without_far_cases("the tables are of single numbers; the tests below go far out")
            .rejects(
                parameters! { concentration: [0.6, f64::NAN, 0.0] },
                "ProjectedNormal: `concentration` must be real, got NaN at [1]",
            )
            .draws([
                0.7963666425466125,
                -0.20868831547471794,
                0.5676701133786776,
                -0.3161000912665215,
                -0.0047308269169534295,
                -0.9487140515339585,
                -0.4048676908724022,
                0.8998356569551584,
                -0.16241287929141354,
            ])
    }

    conformance::distribution!(family() => multivariate, mode, reparameterized_by_common_numbers);

    #[test]
    fn densities_in_closed_form() {
        let (tau, density) =
            (2.0 * std::f64::consts::PI, |t: f64| (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt());
        for t in [-3.0_f64, -0.7, 0.0, 0.4, 2.0, 9.0] {
            let ratio = ndtr(t) / density(t);
            // ∫ r exp and ∫ r² exp, of which the closed form cancels where t is negative.
            for (dimension, integral) in [(2, 1.0 + t * ratio), (3, t + (1.0 + t * t) * ratio)] {
                let mean = sphere::pole(dimension) * t.abs();
                let x = sphere::pole(dimension) * t.signum();
                let got = ProjectedNormal::new(mean).unwrap().log_prob(&x).unwrap().item();
                let want = integral.ln() - 0.5 * t * t - 0.5 * dimension as f64 * tau.ln();
                let error = 1e-14 * (1.0 + ratio * t * t / integral + want.abs());
                assert!((got - want).abs() < error, "dimension {dimension}, {t}: {got}, {want}");
            }
        }
    }

    #[test]
    fn values_of_high_precision() {
        // By mpmath with 50 digits: the dimension, m·x where m and x are parallel, and the log density.
        let table: [(usize, f64, f64); 15] = [
            (2, -40.0, -809.2175068898247),
            (2, -10000.0, -50000020.25855784),
            (2, 300.0, 4.784843941451529),
            (2, 100000000.0, 17.501742210747693),
            (3, -25.0, -324.229827667012),
            (3, 1000000.0, 25.7931440495202),
            (6, -8.0, -45.498748631013875),
            (6, -0.1, -3.671815179758349),
            (6, 12.0, 7.897656064020614),
            (30, -5.0, -27.059907677754047),
            (30, 4.0, 25.503673406712792),
            (30, -60.0, -1879.2695067405023),
            (200, -20.0, -160.70521637801224),
            (200, 3.0, 284.16818703494005),
            (200, 50.0, 602.9520607506097),
        ];
        for (dimension, t, want) in table {
            let mean = sphere::pole(dimension) * f64::abs(t);
            let x = sphere::pole(dimension) * t.signum();
            let got = ProjectedNormal::new(mean).unwrap().log_prob(&x).unwrap().item();
            assert!((got - want).abs() < 1e-13 * want.abs() + 1e-13, "dimension {dimension}, {t}: {got}, {want}");
        }
    }
}
