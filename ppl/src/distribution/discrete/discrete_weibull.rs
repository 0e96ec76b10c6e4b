//! Discrete Weibull distribution.

use rand_distr::{Distribution as _, Exp1};

use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

const NAME: &str = "DiscreteWeibull";

/// Discrete Weibull distribution: lifetimes that are counted in whole periods, the integer part of a
/// [`Weibull`](crate::distribution::Weibull) variable.
///
#[doc = include_str!("../../../doc/distribution/DiscreteWeibull.svg")]
///
/// ```text
/// p(k) = q^(k^concentration) − q^((k + 1)^concentration),   k ∈ {0, 1, 2, …}
/// ```
///
/// At a concentration of 1 it is the [`Geometric`](super::Geometric) distribution with the success probability 1 − q.
///
/// # Parameters
/// | parameter       | domain                        | meaning                                         | shape |
/// |-----------------|-------------------------------|-------------------------------------------------|-------|
/// | `q`             | between 0 and 1, both excluded | probability of surviving the first period      | batch |
/// | `concentration` | positive                      | concentration, or shape; below 1 the hazard falls | batch |
///
/// # Shapes
/// batch = broadcast(q, concentration), event = `[]`.
///
/// # Support
/// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
///
/// # Moments
/// Mean and variance are series without a closed form and are not implemented, nor are mode and entropy. The median is
/// ⌈(ln 2 / r)^(1 / concentration)⌉ − 1 with r = −ln q.
///
/// # Numerics
/// With the cumulative hazards h(k) = r k^concentration the log mass is −h(k) + ln(1 − exp(h(k) − h(k + 1))), and the
/// difference of neighbouring hazards an expm1: nothing cancels at large counts. Tails are expm1 and exp of h(k + 1).
///
/// # Draws
/// By inversion: integer parts of powers of exponential noise, at most the largest number. They have no gradient.
///
/// # Reference
/// Nakagawa and Osaki, "The discrete Weibull distribution", IEEE Transactions on Reliability 24 (1975); PyMC,
/// `pymc.DiscreteWeibull`, which calls the concentration beta.
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, DiscreteWeibull, Distribution};
///
/// let months = DiscreteWeibull::new(0.9, 2.0)?;
/// assert!((months.prob(&0.0.into())?.item() - 0.1).abs() < 1e-15);
/// // Three survived: 0.9⁹
/// assert!((months.survival(&2.0.into())?.item() - 0.9_f64.powi(9)).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiscreteWeibull {
    q: Tensor,
    concentration: Tensor,
    batch_shape: Shape,
}

impl DiscreteWeibull {
    /// A discrete Weibull distribution with this probability of surviving the first period.
    ///
    /// # Errors
    /// `q` not between 0 and 1, or one of them; a concentration that is not positive and finite; shapes that do not broadcast.
    pub fn new(q: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (q, concentration) = (q.into_tensor(), concentration.into_tensor());
        let batch_shape = check::broadcast_all(NAME, &[&q, &concentration])?;
        let distribution = Self { q, concentration, batch_shape };
        check::constants(NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 3] {
        [
            ("q", &self.q, Constraint::Positive),
            ("q", &self.q, Constraint::LessThan(Tensor::scalar(1.0))),
            ("concentration", &self.concentration, Constraint::Positive),
        ]
    }

    /// The probability of surviving the first period.
    #[must_use]
    pub fn q(&self) -> &Tensor {
        &self.q
    }

    /// Concentration, or shape.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }

    /// −ln q and the concentration, with NaN for those that are being differentiated and outside of their domains.
    fn rate_and_concentration(&self) -> (Tensor, Tensor) {
        let [(_, q, positive), (_, _, below_one), (_, concentration, domain)] = self.parameters();
        let q = check::or_nan(&check::or_nan(q, &positive), &below_one);
        let concentration = check::or_nan(concentration, &domain);
        // 1 to any power is 1, also to NaN.
        let rate = if concentration.is_tracked() {
            Tensor::select(concentration.detach().greater(0.0), -q.ln(), f64::NAN)
        } else {
            -q.ln()
        };
        (rate, concentration)
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::counted(self, value, function, |count| {
            let (rate, concentration) = self.rate_and_concentration();
            let hazard = (count + 1.0).try_pow(concentration)?.try_mul(rate)?;
            Ok(match function {
                Function::Lower => -(-hazard).expm1(),
                Function::LogLower => (-hazard).log1mexp(),
                Function::Upper => (-hazard).exp(),
                _ => -hazard,
            })
        })
    }
}

impl Distribution for DiscreteWeibull {
    fn name(&self) -> &'static str {
        NAME
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
        check::all(NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        let parameters = [&-self.q.detach().ln(), &self.concentration];
        elementwise::draw(rng, shape, parameters, |rng, [rate, concentration]| {
            let hazard: f64 = Exp1.sample(rng);
            (hazard / rate).powf(concentration.recip()).floor().min(f64::MAX)
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |count| {
            let (rate, concentration) = self.rate_and_concentration();
            let is_zero = count.equal(0.0);
            let positive = Tensor::select(&is_zero, 1.0, count);
            let hazard = positive.try_pow(&concentration)?.try_mul(&rate)?;
            let growth = positive.recip().log1p().try_mul(concentration)?.expm1().try_mul(&hazard)?;
            // Above, the complement is 1, and its derivative 0.
            let growth = Tensor::try_select(&is_zero, rate, growth)?.minimum(1e4);
            (-growth).log1mexp().try_sub(Tensor::try_select(is_zero, 0.0, hazard)?)
        })
    }
}

impl Cdf for DiscreteWeibull {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(
            self,
            "quantiles",
            [probability, &self.q, &self.concentration],
            |[p, q, concentration]| {
                let cdf = |count: f64| -((count + 1.0).powf(concentration) * q.ln()).exp_m1();
                scalar::quantile(p, |p| scalar::count_quantile(p, f64::INFINITY, cdf))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Geometric;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<DiscreteWeibull> {
        Family::of("DiscreteWeibull", |p| DiscreteWeibull::new(p.get("q"), p.get("concentration")))
            .without_golden_cases("those of tests/golden/far are in the middle too")
            .at(parameters! { q: 0.7, concentration: 1.3 })
            .at(parameters! { q: 0.85, concentration: 1.8 })
            .at(parameters! { q: 0.4, concentration: 0.6 })
            .rejects(parameters! { q: 0.0, concentration: 1.0 }, "DiscreteWeibull: `q` must be positive, got 0")
            .rejects(parameters! { q: 1.0, concentration: 1.0 }, "DiscreteWeibull: `q` must be less than 1, got 1")
            .rejects(
                parameters! { q: 0.5, concentration: -1.0 },
                "DiscreteWeibull: `concentration` must be positive, got -1",
            )
            .draws([0.0, 1.0, 4.0])
    }

    conformance::distribution!(family() => univariate, cdf);

    #[test]
    fn without_ageing_it_is_geometric() {
        let (weibull, geometric) = (DiscreteWeibull::new(0.8, 1.0).unwrap(), Geometric::new(0.2).unwrap());
        for k in [0.0, 1.0, 7.0, 300.0] {
            let k = Tensor::from(k);
            let difference = weibull.log_prob(&k).unwrap() - geometric.log_prob(&k).unwrap();
            assert!(difference.abs().item() < 1e-13, "{k}: {difference}");
        }
    }
}
