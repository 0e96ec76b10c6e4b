//! Kumaraswamy distribution.

use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::removable::TiltedUniform;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Kumaraswamy distribution on the unit interval: like the beta distribution, with a distribution function in closed
    /// form.
    ///
    #[doc = include_str!("../../../doc/distribution/Kumaraswamy.svg")]
    ///
    /// ```text
    /// log p(x) = ln a + ln b + (a − 1) ln x + (b − 1) ln(1 − xᵃ),   a = concentration1, b = concentration0, 0 ≤ x ≤ 1
    /// ```
    ///
    /// At 0 and 1 the density has its limit, which is 0, finite or ∞.
    #[parameters]
    /// # Support
    /// The numbers between 0 and 1: [`Constraint::UnitInterval`](crate::Constraint::UnitInterval).
    ///
    /// # Moments
    /// ```text
    /// mean     = m(1),   m(k) = b B(1 + k / a, b)
    /// variance = m(2) − m(1)²
    /// mode     = ((a − 1) / (a b − 1))^(1 / a) if a ≥ 1 and b ≥ 1
    /// median   = (1 − 2^(−1 / b))^(1 / a)
    /// entropy  = (1 − 1 / b) + (1 − 1 / a) (ψ(b + 1) + γ) − ln(a b)
    /// ```
    /// The mode is 0 for a < 1 ≤ b, 1 for b < 1 ≤ a, and NaN where no point is the only one: for a, b < 1 and
    /// a = b = 1.
    ///
    /// # Numerics
    /// Powers xᵃ and their complements are taken as logarithms, by log1mexp, so that both ends keep their digits. The
    /// variance is an expm1 of the difference of log moments, and a series of cumulants of ln X beyond a concentration1
    /// of 100, where that difference cancels.
    ///
    /// # Draws
    /// Inversion of the distribution function. A draw that would round to 0 or 1 is the nearest number inside.
    ///
    /// # Reference
    /// Jones, "Kumaraswamy's distribution: a beta-type distribution with some tractability advantages", Statistical
    /// Methodology 6 (2009).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Kumaraswamy};
    ///
    /// let share = Kumaraswamy::new(2.0, 3.0)?;
    /// assert!((share.cdf(&0.5.into())?.item() - (1.0 - 0.75_f64.powi(3))).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Kumaraswamy {
        /// Concentration at 1 (a).
        concentration1: Positive,
        /// Concentration at 0 (b).
        concentration0: Positive,
    }

    pub fn new(concentration1: impl IntoTensor, concentration0: impl IntoTensor) -> Result<Self>;
}

impl Kumaraswamy {
    /// −ln P(X > x) = −b ln(1 − xᵃ).
    fn cumulative_hazard(&self, value: &Tensor) -> Result<Tensor> {
        let Self { concentration1: a, concentration0: b, .. } = self.checked();
        value.ln().try_mul(a)?.log1mexp().try_mul(-b)
    }
}

impl Distribution for Kumaraswamy {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.batch_shape)).maximum(f64::MIN_POSITIVE);
        let log = (-noise).try_div(&self.concentration0)?.log1mexp().try_div(&self.concentration1)?;
        Ok(log.exp().clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.5, |value| {
            let Self { concentration1: a, concentration0: b, .. } = self.checked();
            let log_scale = b.try_mul(a.ln())?.try_add(b.ln())?;
            let powers = |ln: &Tensor| {
                // ln(1 − xᵃ), less ln a: their derivatives by a small a would cancel.
                let minus_ln = -ln;
                let integral = TiltedUniform::new(&minus_ln.try_mul(&a)?).log_integral();
                let log_complement = integral.try_add(minus_ln.ln())?;
                (&a - 1.0).try_mul(ln)?.try_add(log_complement.try_mul(&b - 1.0)?)?.try_add(&log_scale)
            };
            if value.is_known_to_lie_in(&Constraint::UnitInterval) {
                return powers(&value.ln());
            }
            let constant = value.detach();
            let is_inside = constant.greater(0.0) * constant.less(1.0);
            if is_inside.is_known_to_be_all(1.0) {
                return powers(&value.ln());
            }
            let inside = powers(&Tensor::select(&is_inside, value, 0.5).ln())?;
            // 0 · ln 0 is 0.
            let at_end = (&a - 1.0).try_xlogy(&constant)?.try_add((&b - 1.0).try_xlog1py(-constant)?)?;
            Tensor::try_select(is_inside, inside, at_end.try_add(a.ln().try_add(b.ln())?)?)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Kumaraswamy {
    tails_by_cumulative_hazard!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration1: a, concentration0: b, .. } = self.checked();
        let log_survival = (-scalar::probability(probability)).log1p();
        Ok(log_survival.try_div(b)?.log1mexp().try_div(a)?.exp())
    }
}

impl Mode for Kumaraswamy {
    fn mode(&self) -> Result<Tensor> {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let [rises_to_0, rises_to_1] = [a.less(1.0), b.less(1.0)];
        let is_inside = (1.0 - &rises_to_0).try_mul(1.0 - &rises_to_1)?;
        // Each is fed a harmless argument where it is not chosen. 0 / 0 is that of the uniform distribution.
        let a = Tensor::try_select(&is_inside, a, 2.0)?;
        let inside = (&a - 1.0).try_div(a.try_mul(Tensor::try_select(&is_inside, b, 2.0)?)? - 1.0)?;
        let at_end = Tensor::try_select(&rises_to_1, Tensor::select(&rises_to_0, f64::NAN, 1.0), 0.0)?;
        Tensor::try_select(is_inside, inside.try_pow(a.recip())?, at_end)
    }
}

/// From this concentration at 1 on, the variance is that of −ln(Xᵃ) / a and its higher cumulants.
const LARGE: f64 = 100.0;

impl Kumaraswamy {
    /// ln E[Xⁿ].
    fn log_moment(&self, order: f64) -> Tensor {
        let (a, b) = (&self.concentration1, &self.concentration0);
        b.ln() + ((order / a).minimum(f64::MAX) + 1.0).lbeta(b)
    }
}

impl Moments for Kumaraswamy {
    fn mean(&self) -> Tensor {
        self.log_moment(1.0).exp()
    }

    fn variance(&self) -> Tensor {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let by_moments = self.log_moment(2.0) - self.log_moment(1.0) * 2.0;
        // The same as a series in 1/a of the cumulants ψ⁽ⁿ⁻¹⁾(1) − ψ⁽ⁿ⁻¹⁾(1 + b) of ln(Xᵃ), where the difference cancels.
        let is_large = a.detach().greater(LARGE);
        let ratio = Tensor::select(&is_large, a, LARGE).recip();
        let (one, more) = (Tensor::scalar(1.0), b + 1.0);
        let (mut series, mut power, mut factorial) = (Tensor::scalar(0.0), ratio.clone(), 1.0);
        for order in 2..10_u32 {
            power *= &ratio;
            factorial *= f64::from(order);
            let cumulant = one.polygamma(order - 1) - more.polygamma(order - 1);
            series += cumulant * &power * ((f64::from(1 << order) - 2.0) / factorial);
        }
        // The second moment less the square of the mean, of which the ratio may overflow.
        let log_ratio = Tensor::select(is_large, series, by_moments);
        (self.log_moment(1.0) * 2.0 + &log_ratio).exp() * -(-log_ratio).expm1()
    }
}

impl Entropy for Kumaraswamy {
    fn entropy(&self) -> Tensor {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let harmonic = (b + 1.0).digamma() + EULER_GAMMA;
        (1.0 - b.recip()) + (1.0 - a.recip()) * harmonic - a.ln() - b.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Kumaraswamy> {
        Family::new("Kumaraswamy", |p| Kumaraswamy::new(p.get("concentration1"), p.get("concentration0")))
            .nan_at("far", &["mode"], "the density has no highest point, or more than one, there")
            .at(parameters! { concentration1: 2.5, concentration0: 1.7 })
            .at(parameters! { concentration1: 0.6, concentration0: 0.8 })
            .at(parameters! { concentration1: 300.0, concentration0: 20.0 })
            .rejects(
                parameters! { concentration1: -1.5, concentration0: 1.0 },
                "Kumaraswamy: `concentration1` must be positive, got -1.5",
            )
            .rejects(
                parameters! { concentration1: 1.0, concentration0: 0.0 },
                "Kumaraswamy: `concentration0` must be positive, got 0",
            )
            .draws([0.44124006956293643, 0.5475025346974282, 0.8930548237847252])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn variances_of_large_concentrations() {
        let variance = |a: f64| Kumaraswamy::new(a, 3.0).unwrap().variance().item();
        // On both sides of the change of method, and far beyond, where a² times it is ψ'(1) − ψ'(4) = 1 + 1/4 + 1/9.
        let (below, above) = (variance(LARGE), variance(LARGE * (1.0 + 1e-13)));
        assert!((below / above - 1.0).abs() < 1e-11, "{below}, {above}");
        assert!((variance(1e9) * 1e18 / (1.0 + 0.25 + 1.0 / 9.0) - 1.0).abs() < 1e-8);
    }

    #[test]
    fn modes_at_the_ends() {
        let mode = |a: f64, b: f64| Kumaraswamy::new(a, b).unwrap().mode().unwrap().item();
        assert_eq!([mode(1.0, 2.0), mode(0.5, 1.0), mode(0.5, 3.0)], [0.0; 3]);
        assert_eq!([mode(2.0, 1.0), mode(1.0, 0.5), mode(3.0, 0.5)], [1.0; 3]);
        assert!(mode(0.5, 0.5).is_nan() && mode(1.0, 1.0).is_nan());
    }
}
