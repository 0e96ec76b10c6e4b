//! Geometric distribution.

use rand_distr::{Distribution as _, Exp1};

use crate::distribution::density::odds::Odds;
use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Geometric distribution: the number of failures before the first success in independent trials.
///
#[doc = include_str!("../../../doc/distribution/Geometric.svg")]
///
/// ```text
/// log p(k) = k ln(1 − probs) + ln(probs),   k ∈ {0, 1, 2, …}
/// ```
///
/// # Parameters
/// | parameter | domain                        | meaning                  | shape |
/// |-----------|-------------------------------|--------------------------|-------|
/// | `probs`   | between 0 (excluded) and 1    | probability of a success | batch |
/// | `logits`  | real or ∞                     | ln(probs / (1 − probs))  | batch |
///
/// One of the two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`.
///
/// # Shapes
/// batch = probs, event = `[]`.
///
/// # Support
/// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
///
/// # Moments
/// ```text
/// mean     = (1 − probs) / probs
/// variance = (1 − probs) / probs²
/// mode     = 0
/// median   = ⌈−ln 2 / ln(1 − probs)⌉ − 1
/// entropy  = (−probs · ln(probs) − (1 − probs) ln(1 − probs)) / probs
/// ```
///
/// # Numerics
/// Tails are expm1 and exp of the cumulative hazard (k + 1) · r with r = −ln(1 − probs), which is a log1p or a softplus
/// and keeps its digits at small probabilities. Draws are the integer parts of exponential noise divided by r, at most
/// the largest number, and have no gradient.
///
/// # Reference
/// Johnson, Kemp and Kotz, "Univariate Discrete Distributions" (2005), section 5.2. Some texts count the
/// success too.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Geometric, Moments};
///
/// let failures = Geometric::new(0.25)?;
/// assert_eq!(failures.mean(), 3.0);
/// assert_eq!(failures.log_prob(&0.0.into())?, 0.25_f64.ln());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Geometric {
    odds: Odds,
}

impl Geometric {
    /// A geometric distribution with this probability of a success.
    ///
    /// # Errors
    /// `probs` not between 0 and 1, or 0.
    pub fn new(probs: impl IntoTensor) -> Result<Self> {
        Self::build(Odds::Probs(probs.into_tensor()))
    }

    /// A geometric distribution with these log odds of a success.
    ///
    /// # Errors
    /// `logits` that are NaN or −∞.
    pub fn from_logits(logits: impl IntoTensor) -> Result<Self> {
        Self::build(Odds::Logits(logits.into_tensor()))
    }

    fn build(odds: Odds) -> Result<Self> {
        let geometric = Self { odds };
        check::constants("Geometric", &geometric.parameters())?;
        Ok(geometric)
    }

    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        let mut parameters = vec![self.odds.parameter()];
        // A success must be possible.
        parameters.push(match &self.odds {
            Odds::Probs(probs) => ("probs", probs, Constraint::Positive),
            Odds::Logits(logits) => ("logits", logits, Constraint::GreaterThan(f64::NEG_INFINITY.into())),
        });
        parameters
    }

    /// The probability of a success.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.odds.probs()
    }

    /// The log odds of a success.
    #[must_use]
    pub fn logits(&self) -> Tensor {
        self.odds.logits()
    }

    /// −ln(1 − p): the rate of the exponential variable of which this is the integer part.
    fn rate(&self) -> Tensor {
        match &self.odds {
            Odds::Probs(probs) => -(-probs).log1p(),
            Odds::Logits(logits) => logits.softplus(),
        }
    }

    /// A function of the cumulative hazard (k + 1) · rate at a count; `below` where there is none yet.
    fn counted(&self, value: &Tensor, below: f64, function: impl Fn(&Tensor) -> Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        let is_below = value.less(0.0);
        let count = Tensor::select(&is_below, 0.0, value).floor();
        Tensor::try_select(is_below, below, function(&(count + 1.0).try_mul(self.rate())?))
    }
}

impl Distribution for Geometric {
    fn name(&self) -> &'static str {
        "Geometric"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.odds.tensor().shape()
    }

    fn support(&self) -> Constraint {
        Constraint::NonNegativeInteger
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Geometric", &self.parameters())?;
        elementwise::draw(rng, sample_shape.concat(&self.batch_shape()), [&self.rate()], |rng, [rate]| {
            let waiting: f64 = Exp1.sample(rng);
            (waiting / rate).floor().min(f64::MAX)
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |failures| self.odds.log_likelihood(&Tensor::scalar(1.0), failures))
    }
}

impl Cdf for Geometric {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.counted(value, 0.0, |hazard| -(-hazard).expm1())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(self, "quantiles", [probability, &self.rate()], |[p, rate]| {
            let last = if rate == f64::INFINITY { 0.0 } else { f64::INFINITY };
            scalar::quantile(p, |p| scalar::count_quantile(p, last, |k| cdf(k, rate)))
        })
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.counted(value, f64::NEG_INFINITY, |hazard| (-hazard).log1mexp())
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.counted(value, 1.0, |hazard| (-hazard).exp())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.counted(value, 0.0, |hazard| -hazard)
    }
}

impl Mode for Geometric {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::zeros(self.batch_shape()))
    }
}

impl Moments for Geometric {
    fn mean(&self) -> Tensor {
        self.odds.complement() / self.probs()
    }

    fn variance(&self) -> Tensor {
        self.odds.complement() / self.probs().square()
    }
}

impl Entropy for Geometric {
    fn entropy(&self) -> Tensor {
        let Odds::Logits(logits) = &self.odds else { return self.odds.entropy() / self.probs() };
        // −ln p, and (1 − p) times −ln(1 − p) / p, which is 1 where p underflows, and 0 where 1 − p does.
        let bounded = logits.clamp(-700.0, 700.0);
        (-logits).softplus() + (-logits).sigmoid() * (bounded.softplus() / bounded.sigmoid())
    }
}

impl KlDivergence<Self> for Geometric {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // As many trials as it takes on average.
        self.odds.kl_divergence(&other.odds)?.try_div(self.probs())
    }
}

/// P(K ≤ k) = 1 − (1 − p)ᵏ⁺¹.
fn cdf(k: f64, rate: f64) -> f64 {
    if k < 0.0 { 0.0 } else { -(-(k.floor() + 1.0) * rate).exp_m1() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<Geometric> {
        if p.has("logits") { Geometric::from_logits(p.get("logits")) } else { Geometric::new(p.get("probs")) }
    }

    fn family() -> Family<Geometric> {
        Family::new("Geometric", build)
            .at(parameters! { probs: 0.3 })
            .at(parameters! { probs: 0.05 })
            .rejects(parameters! { probs: 1.5 }, "Geometric: `probs` must be between 0 and 1, got 1.5")
            .rejects(parameters! { probs: 0.0 }, "Geometric: `probs` must be positive, got 0")
            .draws([0.0, 1.0, 6.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl);

    mod logits {
        use super::*;

        fn family() -> Family<Geometric> {
            Family::new("Geometric", build)
                .at(parameters! { logits: 0.7 })
                .at(parameters! { logits: -2.0 })
                .rejects(parameters! { logits: f64::NAN }, "Geometric: `logits` must be real, got NaN")
                .draws([0.0, 0.0, 2.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl);
    }
}
