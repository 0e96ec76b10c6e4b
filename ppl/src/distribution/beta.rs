//! Beta distribution.

use rand_distr::Distribution as _;

use super::{Cdf, Distribution, Entropy, KlDivergence, Moments, Reparameterized, check, implicit, scalar};
use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor, special};

/// Beta distribution on the unit interval.
///
/// ```text
/// log p(x) = (a − 1) ln x + (b − 1) ln(1 − x) − ln B(a, b),   a = concentration1, b = concentration0, 0 ≤ x ≤ 1
/// ```
///
/// | parameter        | domain   | meaning                            | shape |
/// |------------------|----------|------------------------------------|-------|
/// | `concentration1` | positive | a (α): prior successes, towards 1  | batch |
/// | `concentration0` | positive | b (β): prior failures, towards 0   | batch |
///
/// **Shapes** batch = broadcast(concentration1, concentration0), event = `[]`.
///
/// At 0 and 1 the density has its limit, which is 0, finite or ∞.
///
/// **Draws** are those of Cheng (1978); their gradient by both parameters is the implicit one (Figurnov et al. 2018).
/// A draw that would round to 0 or 1 is the nearest number inside.
///
/// **Reference** Stan Functions Reference, "Beta distribution".
///
/// ```
/// use ppl::distribution::{Beta, Distribution, Moments};
///
/// let bias = Beta::new(3.0, 1.0)?;
/// assert_eq!(bias.mean(), 0.75);
/// assert!((bias.log_prob(&1.0.into())?.item() - 3_f64.ln()).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Beta {
    concentration1: Tensor,
    concentration0: Tensor,
    batch_shape: Shape,
}

impl Beta {
    /// A beta distribution with concentrations `concentration1` (α) at 1 and `concentration0` (β) at 0.
    ///
    /// # Errors
    /// A parameter that is not positive and finite; shapes that do not broadcast.
    pub fn new(concentration1: impl Into<Tensor>, concentration0: impl Into<Tensor>) -> Result<Self> {
        let (concentration1, concentration0) = (concentration1.into(), concentration0.into());
        let batch_shape = check::broadcast("Beta", &[&concentration1, &concentration0])?;
        let beta = Self { concentration1, concentration0, batch_shape };
        check::constants("Beta", &beta.parameters())?;
        Ok(beta)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [
            ("concentration1", &self.concentration1, Constraint::Positive),
            ("concentration0", &self.concentration0, Constraint::Positive),
        ]
    }

    /// The concentration at 1 (α).
    #[must_use]
    pub fn concentration1(&self) -> &Tensor {
        &self.concentration1
    }

    /// The concentration at 0 (β).
    #[must_use]
    pub fn concentration0(&self) -> &Tensor {
        &self.concentration0
    }

    /// α + β.
    fn total(&self) -> Tensor {
        &self.concentration1 + &self.concentration0
    }

    /// The means of ln X and ln(1 − X).
    fn mean_logarithms(&self) -> (Tensor, Tensor) {
        let total = self.total().digamma();
        (self.concentration1.digamma() - &total, self.concentration0.digamma() - total)
    }
}

impl Distribution for Beta {
    fn name(&self) -> &'static str {
        "Beta"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Beta", &self.parameters())?;
        let (a, b) = (&self.concentration1, &self.concentration0);
        let draws = scalar::draw(rng, sample_shape.concat(&self.batch_shape), [a, b], |rng, [a, b]| {
            let inside = |draw: f64| draw.clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON);
            rand_distr::Beta::new(a, b).map_or(f64::NAN, |beta| inside(beta.sample(rng)))
        })?;
        let mut result = draws.clone();
        if scalar::needs_gradient(a) {
            let by_a = scalar::map("Beta", [&draws, a, b], |[x, a, b]| implicit::beta_by_concentration1(x, a, b))?;
            result = implicit::attach(&result, a, &by_a)?;
        }
        if scalar::needs_gradient(b) {
            let by_b = scalar::map("Beta", [&draws, a, b], |[x, a, b]| implicit::beta_by_concentration0(x, a, b))?;
            result = implicit::attach(&result, b, &by_b)?;
        }
        Ok(result)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.5, |value| {
            let [a, b] = [&self.concentration1, &self.concentration0].map(|c| check::or_nan(c, &Constraint::Positive));
            let powers = (&a - 1.0).try_xlogy(value)?.try_add((&b - 1.0).try_xlog1py(-value)?)?;
            powers.try_sub(a.lbeta(b))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Reparameterized for Beta {}

impl Cdf for Beta {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::map("Beta", [value, &self.concentration1, &self.concentration0], |[x, a, b]| {
            if x <= 0.0 {
                0.0
            } else if x >= 1.0 {
                1.0
            } else {
                special::beta_i(a, b, x)
            }
        })
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::map("Beta", [probability, &self.concentration1, &self.concentration0], |[p, a, b]| {
            scalar::quantile(p, |p| special::beta_i_inverse(a, b, p))
        })
    }
}

impl Moments for Beta {
    fn mean(&self) -> Tensor {
        &self.concentration1 / self.total()
    }

    fn variance(&self) -> Tensor {
        let total = self.total();
        (&self.concentration1 / &total) * (&self.concentration0 / &total) / (total + 1.0)
    }
}

impl Entropy for Beta {
    fn entropy(&self) -> Tensor {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let (mean_ln, mean_ln_complement) = self.mean_logarithms();
        a.lbeta(b) - (a - 1.0) * mean_ln - (b - 1.0) * mean_ln_complement
    }
}

impl KlDivergence<Self> for Beta {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let (mean_ln, mean_ln_complement) = self.mean_logarithms();
        let powers = a
            .try_sub(&other.concentration1)?
            .try_mul(mean_ln)?
            .try_add(b.try_sub(&other.concentration0)?.try_mul(mean_ln_complement)?)?;
        powers.try_add(other.concentration1.lbeta(&other.concentration0).try_sub(a.lbeta(b))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Beta> {
        Family::new("Beta", |p| Beta::new(p.get("concentration1"), p.get("concentration0")))
            .at(parameters! { concentration1: 2.5, concentration0: 1.7 })
            .at(parameters! { concentration1: 0.6, concentration0: 0.8 })
            .at(parameters! { concentration1: 300.0, concentration0: 20.0 })
            .rejects(
                parameters! { concentration1: -1.5, concentration0: 1.0 },
                "Beta: `concentration1` must be positive, got -1.5",
            )
            .rejects(
                parameters! { concentration1: 1.0, concentration0: 0.0 },
                "Beta: `concentration0` must be positive, got 0",
            )
            .draws([0.6805220348528949, 0.4114161713070422, 0.6325345328140741])
    }

    conformance::distribution!(family() => univariate, cdf, moments, entropy, kl, reparameterized);

    #[test]
    fn limits_at_the_ends() {
        let at_zero = |a: f64, b: f64| Beta::new(a, b).unwrap().log_prob(&Tensor::from(0.0)).unwrap().item();
        assert_eq!(at_zero(0.5, 1.0), f64::INFINITY);
        assert!((at_zero(1.0, 3.0) - 3_f64.ln()).abs() < 1e-15);
        assert_eq!(at_zero(2.0, 0.5), f64::NEG_INFINITY);
    }
}
