//! Sine model of two dependent angles.

use std::f64::consts::PI;

use rand::RngExt;

use super::von_mises::wrapped;
use super::{sine_marginal, sphere};
use crate::distribution::density::vector;
use crate::distribution::sampling::{elementwise, noise};
use crate::distribution::{Distribution, Mode};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Bivariate von Mises distribution of two dependent angles in radians, the sine model.
///
#[doc = include_str!("../../../doc/distribution/SineBivariateVonMises.svg")]
///
/// ```text
/// log p(φ, ψ) = κ₁ cos(φ − phi_loc) + κ₂ cos(ψ − psi_loc) + ρ sin(φ − phi_loc) sin(ψ − psi_loc) − ln C
/// C = 4π² Σᵢ binom(2i, i) (ρ² / (4 κ₁ κ₂))ⁱ Iᵢ(κ₁) Iᵢ(κ₂)
/// ```
///
/// with the concentrations κ₁ and κ₂, the correlation ρ, and I the modified Bessel functions of the first kind. The
/// density is periodic.
///
/// # Parameters
/// | parameter           | domain   | shape | meaning                                                 |
/// |---------------------|----------|-------|---------------------------------------------------------|
/// | `phi_loc`           | real     | batch | mean direction of the first angle                       |
/// | `psi_loc`           | real     | batch | mean direction of the second angle                      |
/// | `phi_concentration` | positive | batch | concentration of the first angle                        |
/// | `psi_concentration` | positive | batch | concentration of the second angle                       |
/// | `correlation`       | real     | batch | ρ; the angles are independent at 0                      |
///
/// # Shapes
/// batch = broadcast(all parameters), event = `[2]`; both angles lie between −π and π.
///
/// # Support
/// The pairs of numbers from −π to π: [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// ```text
/// mode = (phi_loc, psi_loc) if ρ² ≤ κ₁ κ₂, NaN otherwise
/// ```
/// Elsewhere there are two modes. Moments and entropy are not implemented.
///
/// # Numerics
/// The series of C is slow where the concentrations are large. The marginal density of the first angle, in which the second is
/// integrated out by I₀, is integrated instead, from its peak by 32 points of the Gauss–Legendre rule on each side: that
/// holds at all concentrations, with one mode or two.
///
/// # Draws
/// Rejection of the first angle from a step function over a bound of its marginal density, which is exact; then the second
/// angle, which is a von Mises one. They have no gradient.
///
/// # Reference
/// Singh, Hnizdo and Demchuk, "Probabilistic model for two dependent circular variables", Biometrika 89 (2002); NumPyro,
/// `SineBivariateVonMises`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, SineBivariateVonMises, VonMises};
///
/// let torsion = SineBivariateVonMises::new(0.0, 1.0, 2.0, 3.0, 0.0)?;
/// let [phi, psi] = [VonMises::new(0.0, 2.0)?, VonMises::new(1.0, 3.0)?];
/// let want = phi.log_prob(&0.5.into())? + psi.log_prob(&(-2.0).into())?;
/// assert!((torsion.log_prob(&Tensor::from([0.5, -2.0]))? - want).abs().item() < 1e-13);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SineBivariateVonMises {
    phi_loc: Tensor,
    psi_loc: Tensor,
    phi_concentration: Tensor,
    psi_concentration: Tensor,
    correlation: Tensor,
    batch_shape: Shape,
}

impl SineBivariateVonMises {
    const NAME: &'static str = "SineBivariateVonMises";

    /// The sine model with these mean directions, concentrations and correlation.
    ///
    /// # Errors
    /// A constant parameter outside of its domain, or infinite; shapes that do not broadcast.
    pub fn new(
        phi_loc: impl IntoTensor,
        psi_loc: impl IntoTensor,
        phi_concentration: impl IntoTensor,
        psi_concentration: impl IntoTensor,
        correlation: impl IntoTensor,
    ) -> Result<Self> {
        let [phi_loc, psi_loc] = [phi_loc.into_tensor(), psi_loc.into_tensor()];
        let [phi_concentration, psi_concentration] = [phi_concentration.into_tensor(), psi_concentration.into_tensor()];
        let correlation = correlation.into_tensor();
        let all = [&phi_loc, &psi_loc, &phi_concentration, &psi_concentration, &correlation];
        let batch_shape = check::broadcast_all(Self::NAME, &all)?;
        let distribution = Self { phi_loc, psi_loc, phi_concentration, psi_concentration, correlation, batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    /// The sine model whose correlation is `weighted_correlation` · √(κ₁ κ₂): with one mode for weights from −1 to 1.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::SineBivariateVonMises;
    ///
    /// let torsion = SineBivariateVonMises::with_weighted_correlation(0.0, 0.0, 2.0, 8.0, 0.5)?;
    /// assert!((torsion.correlation().item() - 2.0).abs() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn with_weighted_correlation(
        phi_loc: impl IntoTensor,
        psi_loc: impl IntoTensor,
        phi_concentration: impl IntoTensor,
        psi_concentration: impl IntoTensor,
        weighted_correlation: impl IntoTensor,
    ) -> Result<Self> {
        let [phi_concentration, psi_concentration] = [phi_concentration.into_tensor(), psi_concentration.into_tensor()];
        let scale = phi_concentration.sqrt().try_mul(psi_concentration.sqrt())?;
        let correlation = scale.try_mul(weighted_correlation)?;
        Self::new(phi_loc, psi_loc, phi_concentration, psi_concentration, correlation)
    }

    /// Mean direction of the first angle.
    #[must_use]
    pub fn phi_loc(&self) -> &Tensor {
        &self.phi_loc
    }

    /// Mean direction of the second angle.
    #[must_use]
    pub fn psi_loc(&self) -> &Tensor {
        &self.psi_loc
    }

    /// Concentration of the first angle.
    #[must_use]
    pub fn phi_concentration(&self) -> &Tensor {
        &self.phi_concentration
    }

    /// Concentration of the second angle.
    #[must_use]
    pub fn psi_concentration(&self) -> &Tensor {
        &self.psi_concentration
    }

    /// Correlation.
    #[must_use]
    pub fn correlation(&self) -> &Tensor {
        &self.correlation
    }

    fn parameters(&self) -> [check::Parameter<'_>; 5] {
        [
            ("phi_loc", &self.phi_loc, Constraint::Real),
            ("psi_loc", &self.psi_loc, Constraint::Real),
            ("phi_concentration", &self.phi_concentration, Constraint::Positive),
            ("psi_concentration", &self.psi_concentration, Constraint::Positive),
            ("correlation", &self.correlation, Constraint::Real),
        ]
    }
}

impl Distribution for SineBivariateVonMises {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(2)
    }

    fn support(&self) -> Constraint {
        let circle = Constraint::Interval { lower: Tensor::scalar(-PI), upper: Tensor::scalar(PI) };
        Constraint::Independent(Box::new(circle), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        let [phi_concentration, psi_concentration, correlation] =
            [&self.phi_concentration, &self.psi_concentration, &self.correlation].map(Tensor::detach);
        let mut sign = || {
            noise::draw(rng, shape, |rng, numbers| {
                noise::each(rng, numbers, |rng| if rng.random::<bool>() { 1.0 } else { -1.0 });
            })
        };
        let signs = [sign(), sign()];
        let rows = [&phi_concentration, &psi_concentration, &correlation]
            .map(|each| each.try_broadcast_to(self.batch_shape).map(|each| each.unsqueeze(-1)));
        let [first, second, third] = rows;
        let rows = Tensor::try_concat(&[first?, second?, third?], -1)?;
        let phi = elementwise::draw_by_rows(rng, shape, &rows, sine_marginal::draw)?.try_mul(&signs[0])?;
        // Given the first angle, the second is a von Mises one.
        let slope = phi.sin().try_mul(&correlation)?;
        let conditional = sine_marginal::hypotenuse(&psi_concentration, &slope)?;
        let centre = slope.try_div(&psi_concentration)?.atan();
        let psi = sphere::draw_polar_angle(rng, shape, &conditional, 2)?.try_mul(&signs[1])?.try_add(centre)?;
        let [phi, psi] = [phi.try_add(self.phi_loc.detach())?, psi.try_add(self.psi_loc.detach())?];
        Tensor::try_stack(&[wrapped(&phi), wrapped(&psi)], -1)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let support = self.support();
        let is_inside = |value: &Tensor| support.contains(value);
        vector::on_support(
            self,
            value,
            is_inside,
            || Ok(Tensor::zeros(2)),
            |value| {
                let [_, _, phi_concentration, psi_concentration, correlation] =
                    self.parameters().map(|(_, value, domain)| check::or_nan(value, &domain));
                let phi = value.index(-1, 0).try_sub(&self.phi_loc)?;
                let psi = value.index(-1, 1).try_sub(&self.psi_loc)?;
                let below = |angle: &Tensor, concentration: &Tensor| {
                    ((angle * 0.5).sin().square() * -2.0).try_mul(concentration)
                };
                let product = phi.sin().try_mul(psi.sin())?.try_mul(&correlation)?;
                let exponent =
                    below(&phi, &phi_concentration)?.try_add(below(&psi, &psi_concentration)?)?.try_add(product)?;
                exponent.try_sub(sine_marginal::log_integral(&phi_concentration, &psi_concentration, &correlation)?)
            },
        )
    }
}

impl Mode for SineBivariateVonMises {
    /// The mean directions where ρ² ≤ κ₁ κ₂; NaN where there are two modes.
    fn mode(&self) -> Result<Tensor> {
        let weight = self.correlation.try_div(self.phi_concentration.sqrt())?.try_div(self.psi_concentration.sqrt())?;
        let is_unique = weight.detach().abs().less_equal(1.0).unsqueeze(-1);
        let angles = [&self.phi_loc, &self.psi_loc].map(|loc| wrapped(loc).try_broadcast_to(self.batch_shape));
        let [phi, psi] = angles;
        Tensor::try_select(is_unique, Tensor::try_stack(&[phi?, psi?], -1)?, f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::special::log_bessel_ie;

    fn family() -> Family<SineBivariateVonMises> {
        Family::of("SineBivariateVonMises", |p| {
            SineBivariateVonMises::new(
                p.get("phi_loc"),
                p.get("psi_loc"),
                p.get("phi_concentration"),
                p.get("psi_concentration"),
                p.get("correlation"),
            )
        })
        .nan_at("phi_concentration", &["mode"], "below the square of the correlation over the other concentration there are two modes")
        .nan_at("psi_concentration", &["mode"], "below the square of the correlation over the other concentration there are two modes")
        .nan_at("correlation", &["mode"], "of a correlation above the geometric mean of the concentrations there are two modes")
        .at(parameters! { phi_loc: 0.3, psi_loc: -2.0, phi_concentration: 1.7, psi_concentration: 1.2, correlation: 0.8 })
        .at(parameters! { phi_loc: 0.1, psi_loc: -1.5, phi_concentration: 2.5, psi_concentration: 3.0, correlation: -1.1 })
        .at(parameters! { phi_loc: 1.0, psi_loc: 3.0, phi_concentration: 0.8, psi_concentration: 1.1, correlation: 4.0 })
        .without_far_cases("the tables are of single numbers; the tests below go far out")
        .rejects(
            parameters! { phi_loc: f64::NAN, psi_loc: 0.0, phi_concentration: 1.0, psi_concentration: 1.0, correlation: 0.0 },
            "SineBivariateVonMises: `phi_loc` must be real, got NaN",
        )
        .rejects(
            parameters! { phi_loc: 0.0, psi_loc: f64::NAN, phi_concentration: 1.0, psi_concentration: 1.0, correlation: 0.0 },
            "SineBivariateVonMises: `psi_loc` must be real, got NaN",
        )
        .rejects(
            parameters! { phi_loc: 0.0, psi_loc: 0.0, phi_concentration: -1.0, psi_concentration: 1.0, correlation: 0.0 },
            "SineBivariateVonMises: `phi_concentration` must be positive, got -1",
        )
        .rejects(
            parameters! { phi_loc: 0.0, psi_loc: 0.0, phi_concentration: 1.0, psi_concentration: 0.0, correlation: 0.0 },
            "SineBivariateVonMises: `psi_concentration` must be positive, got 0",
        )
        .rejects(
            parameters! { phi_loc: 0.0, psi_loc: 0.0, phi_concentration: 1.0, psi_concentration: 1.0, correlation: f64::NAN },
            "SineBivariateVonMises: `correlation` must be real, got NaN",
        )
        .draws([0.1251732004790629, 2.5874481769820967, -0.06768281738012144, -2.0034340834258058, 0.765679727032134, -1.3250438220678318])
    }

    conformance::distribution!(family() => multivariate, mode);

    #[test]
    fn the_normalizing_constant_is_that_of_the_series() {
        // The i-th term is (2i)! / i!⁴ (ρ/4)²ⁱ times two Bessel functions that are 1 at 0.
        for (first, second, correlation) in [
            (1.0, 2.0, 0.0),
            (1.5, 0.7, 1.0),
            (0.5, 0.25, 6.0),
            (20.0, 30.0, 22.0),
            (300.0, 5.0, -30.0),
            (40.0, 50.0, 90.0),
        ] {
            let lgamma = crate::special::lgamma;
            let terms = (0..400).map(|i| {
                let i = f64::from(i);
                let power = if i == 0.0 { 0.0 } else { 2.0 * i * f64::ln(f64::abs(correlation) / 4.0) };
                let bessel = log_bessel_ie(i, first) + log_bessel_ie(i, second);
                lgamma(2.0 * i + 1.0) - 4.0 * lgamma(i + 1.0) + power + bessel
            });
            let want = crate::special::logsumexp(&terms.collect::<Vec<f64>>()) + 2.0 * (2.0 * PI).ln();
            let [first, second, correlation] = [first, second, correlation].map(Tensor::from);
            let got = sine_marginal::log_integral(&first, &second, &correlation).unwrap().item();
            assert!((got - want).abs() < 2e-13 * (1.0 + want.abs()), "{first} {second} {correlation}: {got}, {want}");
        }
    }

    #[test]
    fn at_large_concentrations_it_is_normal() {
        // With the precision matrix [[κ₁, −ρ], [−ρ, κ₂]].
        let (first, second, correlation) = (4e12_f64, 1e12_f64, 1e12_f64);
        let torsion = SineBivariateVonMises::new(0.0, 0.0, first, second, correlation).unwrap();
        let (x, y) = (3e-7, -5e-7);
        let quadratic = first * x * x + second * y * y - 2.0 * correlation * x * y;
        let want = 0.5 * (first * second - correlation * correlation).ln() - (2.0 * PI).ln() - 0.5 * quadratic;
        let got = torsion.log_prob(&Tensor::from([x, y])).unwrap().item();
        assert!((got - want).abs() < 1e-10, "{got}, {want}");
    }

    #[test]
    fn at_large_correlations_each_peak_is_normal() {
        // Two peaks of the same mass: −ln of the density has its Hessian matrix there.
        let (first, second, correlation) = (3e10_f64, 2e10_f64, 6e10_f64);
        let radius = correlation * second.hypot(correlation) / correlation.hypot(first);
        let cosine = first * radius / correlation / correlation;
        let sine = (1.0 - cosine * cosine).sqrt();
        let (other_cosine, other_sine) = (second / radius, correlation * sine / radius);
        let common = correlation * sine * other_sine;
        let off_diagonal = correlation * cosine * other_cosine;
        let determinant = (first * cosine + common) * (second * other_cosine + common) - off_diagonal * off_diagonal;
        let height = first * (cosine - 1.0) + second * (other_cosine - 1.0) + common;
        let want = height + (4.0 * PI).ln() - 0.5 * determinant.ln();
        let [first, second, correlation] = [first, second, correlation].map(Tensor::from);
        let got = sine_marginal::log_integral(&first, &second, &correlation).unwrap().item();
        assert!((got - want).abs() < 1e-14 * height.abs(), "{got}, {want}");
    }

    #[test]
    fn moments_of_draws_are_derivatives_of_the_constant() {
        // E cos(φ − phi_loc) − 1 is the derivative of the constant by κ₁, and so on.
        for [first, second, correlation] in
            [[2.0, 1.0, 1.2], [0.5, 0.7, 9.0], [300.0, 200.0, 240.0], [1e4, 1e4, -1.5e4]]
        {
            let inputs = [first, second, correlation].map(Tensor::from);
            let (_, slopes) = crate::grad(|p| sine_marginal::log_integral(&p[0], &p[1], &p[2]), &inputs).unwrap();
            let torsion = SineBivariateVonMises::new(0.4, -0.3, first, second, correlation).unwrap();
            let mut rng = crate::random::Key::new(7).rng("x", 0);
            let draws = torsion.sample(&mut rng, &Shape::from(20_000)).unwrap();
            let (phi, psi) = (draws.index(-1, 0) - 0.4, draws.index(-1, 1) + 0.3);
            let statistics = [phi.cos() - 1.0, psi.cos() - 1.0, phi.sin() * psi.sin()];
            for (statistic, slope) in statistics.iter().zip(&slopes) {
                // 5 standard errors: false alarm rate 6e-7.
                let mean = statistic.mean().item();
                let error = ((statistic - mean).square().mean().item() / 20_000.0).sqrt();
                let right = (mean - slope.item()).abs() < 5.0 * error;
                assert!(right, "{first} {second} {correlation}: {mean} ± {error}, {slope}");
            }
        }
    }
}
