//! Relaxed Bernoulli distribution.

use crate::distribution::density::odds::Odds;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Relaxed Bernoulli distribution (binary Concrete): a number between 0 and 1 that is near one of them at low temperatures,
/// and whose draws have gradients.
///
#[doc = include_str!("../../../doc/distribution/RelaxedBernoulli.svg")]
///
/// ```text
/// x = σ((logits + ε) / temperature),   ε standard logistic
/// log p(x) = ln(temperature) − z − 2 ln(1 + e⁻ᶻ) − ln(x (1 − x)),   z = temperature · ln(x / (1 − x)) − logits
/// ```
///
/// # Parameters
/// | parameter     | domain                     | shape | meaning                                        |
/// |---------------|----------------------------|-------|------------------------------------------------|
/// | `temperature` | positive                   | batch | how far the values are from 0 and 1            |
/// | `probs`       | between 0 and 1 (excluded) | batch | probability that the value is above ½          |
/// | `logits`      | real                       | batch | ln(probs / (1 − probs))                        |
///
/// One of the last two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`.
///
/// # Shapes
/// batch = broadcast(temperature, probs), event = `[]`.
///
/// # Support
/// The numbers between 0 and 1: [`Constraint::UnitInterval`](crate::Constraint::UnitInterval).
///
/// # Moments
/// ```text
/// median = σ(logits / temperature)
/// ```
/// Mean, variance, mode and entropy have no closed form and are not implemented. P(X > ½) = probs at all temperatures.
///
/// # Numerics
/// z is made of ln x and ln(1 − x); the density is that of |z|, in which nothing overflows, and tails are sigmoid(±z).
/// At 0 and 1 the density has its limit, which is 0, finite or ∞.
///
/// # Draws
/// Reparameterised. One that rounds to 0 or 1 is the number next to it.
///
/// # Reference
/// Maddison, Mnih and Teh, "The Concrete distribution", ICLR 2017.
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, RelaxedBernoulli};
///
/// let gate = RelaxedBernoulli::new(0.5, 0.25)?;
/// // Three of four draws are below ½.
/// assert!((gate.cdf(&0.5.into())?.item() - 0.75).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RelaxedBernoulli {
    temperature: Tensor,
    odds: Odds,
    batch_shape: Shape,
}

impl RelaxedBernoulli {
    const NAME: &'static str = "RelaxedBernoulli";

    /// A relaxed Bernoulli distribution of this temperature and probability.
    ///
    /// # Errors
    /// `temperature` not positive and finite; `probs` not between 0 and 1, or one of them; shapes that do not broadcast.
    pub fn new(temperature: impl IntoTensor, probs: impl IntoTensor) -> Result<Self> {
        Self::build(temperature.into_tensor(), Odds::Probs(probs.into_tensor()))
    }

    /// A relaxed Bernoulli distribution of this temperature and log odds.
    ///
    /// # Errors
    /// `temperature` not positive and finite; `logits` not finite; shapes that do not broadcast.
    pub fn from_logits(temperature: impl IntoTensor, logits: impl IntoTensor) -> Result<Self> {
        Self::build(temperature.into_tensor(), Odds::Logits(logits.into_tensor()))
    }

    fn build(temperature: Tensor, odds: Odds) -> Result<Self> {
        let batch_shape = check::broadcast_all(Self::NAME, &[&temperature, odds.tensor()])?;
        let distribution = Self { temperature, odds, batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        let mut parameters = vec![("temperature", &self.temperature, Constraint::Positive)];
        match &self.odds {
            Odds::Probs(probs) => parameters.extend([
                ("probs", probs, Constraint::GreaterThan(0.0.into())),
                ("probs", probs, Constraint::LessThan(1.0.into())),
            ]),
            Odds::Logits(logits) => parameters.push(("logits", logits, Constraint::Real)),
        }
        parameters
    }

    /// The temperature.
    #[must_use]
    pub fn temperature(&self) -> &Tensor {
        &self.temperature
    }

    /// The probability that the value is above ½.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.odds.probs()
    }

    /// The log odds of a value above ½.
    #[must_use]
    pub fn logits(&self) -> Tensor {
        self.odds.logits()
    }

    fn checked_temperature(&self) -> Tensor {
        check::or_nan(&self.temperature, &Constraint::Positive)
    }

    /// The standard logistic variable of a value between 0 and 1.
    fn standardized(&self, ln: &Tensor, ln_complement: &Tensor) -> Result<Tensor> {
        ln.try_sub(ln_complement)?.try_mul(self.checked_temperature())?.try_sub(self.logits())
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        let (below, beyond) = function.beyond();
        let (is_below, is_beyond) = (value.less_equal(0.0), value.greater_equal(1.0));
        let inner = Tensor::select(&is_below + &is_beyond, 0.5, value);
        let z = self.standardized(&inner.ln(), &(1.0 - &inner).ln())?;
        let inside = match function {
            Function::Lower => z.sigmoid(),
            Function::LogLower => z.log_sigmoid(),
            Function::Upper => (-z).sigmoid(),
            _ => (-z).log_sigmoid(),
        };
        let inside = Tensor::try_select(is_beyond, beyond, inside)?;
        Tensor::try_select(is_below, below, inside)?.try_broadcast_to(shape)
    }
}

impl Distribution for RelaxedBernoulli {
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
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let uniform = standard_uniform(rng, sample_shape.concat(&self.batch_shape)).maximum(f64::MIN_POSITIVE);
        let noise = uniform.ln() - (-uniform).log1p();
        let value = noise.try_add(self.logits())?.try_div(&self.temperature)?.sigmoid();
        Ok(value.clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.5, |value| {
            let inside = |value: &Tensor| {
                let (ln, ln_complement) = (value.ln(), (1.0 - value).ln());
                let z = self.standardized(&ln, &ln_complement)?;
                // The density of the logistic variable is that of its modulus.
                let log_density = (-(-z.abs()).softplus()).try_mul(2.0)?.try_sub(z.abs())?;
                log_density.try_add(self.checked_temperature().ln())?.try_sub(ln.try_add(ln_complement)?)
            };
            if value.is_tracked() || !value.elements().iter().any(|&element| element == 0.0 || element == 1.0) {
                return inside(value);
            }
            let (is_low, is_high) = (value.equal(0.0), value.equal(1.0));
            let is_end = &is_low + &is_high;
            let at_one = Tensor::try_select(is_low, -self.logits(), self.logits())?;
            let at_end = scalar::limit_of_power(&self.checked_temperature(), at_one)?;
            Tensor::try_select(&is_end, at_end, inside(&Tensor::select(&is_end, 0.5, value))?)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for RelaxedBernoulli {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let noise = p.ln() - (-p).log1p();
        let logit = noise.try_add(self.logits())?.try_div(self.checked_temperature())?;
        (1.0 + (-logit).exp()).recip().try_broadcast_to(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<RelaxedBernoulli> {
        if p.has("logits") {
            RelaxedBernoulli::from_logits(p.get("temperature"), p.get("logits"))
        } else {
            RelaxedBernoulli::new(p.get("temperature"), p.get("probs"))
        }
    }

    fn family() -> Family<RelaxedBernoulli> {
        Family::new("RelaxedBernoulli", build)
            .at(parameters! { temperature: 0.8, logits: 0.5 })
            .at(parameters! { temperature: 1.6, logits: -0.7 })
            .rejects(
                parameters! { temperature: 0.0, logits: 0.5 },
                "RelaxedBernoulli: `temperature` must be positive, got 0",
            )
            .rejects(
                parameters! { temperature: 1.0, logits: f64::NAN },
                "RelaxedBernoulli: `logits` must be real, got NaN",
            )
            .draws([0.49437807803368244, 0.49881017988172294, 0.8726723594250374])
    }

    conformance::distribution!(family() => univariate, cdf, reparameterized);

    mod probs {
        use super::*;

        fn family() -> Family<RelaxedBernoulli> {
            Family::new("RelaxedBernoulli", build)
                .at(parameters! { temperature: 0.8, probs: 0.4 })
                .at(parameters! { temperature: 1.6, probs: 0.7 })
                .rejects(
                    parameters! { temperature: -1.0, probs: 0.5 },
                    "RelaxedBernoulli: `temperature` must be positive, got -1",
                )
                .rejects(
                    parameters! { temperature: 1.0, probs: 1.0 },
                    "RelaxedBernoulli: `probs` must be less than 1, got 1",
                )
                .draws([0.23970089847462558, 0.24294686703216573, 0.6884676583513613])
        }

        conformance::distribution!(family() => univariate, cdf, reparameterized);
    }
}
