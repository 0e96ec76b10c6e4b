//! Continuous Bernoulli distribution.

use crate::distribution::density::odds::Odds;
use crate::distribution::density::removable::TiltedUniform;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Continuous Bernoulli distribution on the unit interval: the uniform distribution, tilted exponentially.
///
#[doc = include_str!("../../../doc/distribution/ContinuousBernoulli.svg")]
///
/// ```text
/// log p(x) = x ln(probs) + (1 − x) ln(1 − probs) + ln C = l x − ln((eˡ − 1) / l),   l = ln(probs / (1 − probs)), 0 ≤ x ≤ 1
/// ```
///
/// # Parameters
/// | parameter | domain                         | meaning                                           | shape |
/// |-----------|--------------------------------|---------------------------------------------------|-------|
/// | `probs`   | between 0 and 1, both excluded | parameter λ, which is not the mean                | batch |
/// | `logits`  | real                           | log odds ln(probs / (1 − probs)), the tilt        | batch |
///
/// One of the two is given: `probs` to [`new`](Self::new), `logits` to [`from_logits`](Self::from_logits).
///
/// # Shapes
/// batch = shape of the parameter, event = `[]`.
///
/// # Support
/// The numbers between 0 and 1: [`Constraint::UnitInterval`](crate::Constraint::UnitInterval).
///
/// # Moments
/// ```text
/// mean     = 1 / (1 − e⁻ˡ) − 1 / l
/// variance = 1 / l² − 1 / (4 sinh²(½ l))
/// mode     = 1 if l > 0, 0 if l < 0
/// median   = ln((1 + eˡ) / 2) / l
/// entropy  = ln((eˡ − 1) / l) − l · mean
/// ```
/// At l = 0 it is the uniform distribution: mean = median = ½, variance = 1/12, entropy = 0, and the mode is NaN.
///
/// # Numerics
/// All functions are those of an exponential distribution cut to the unit interval, seen from the end where its density is
/// largest. Near log odds of 0, where the formulas are 0 / 0, they are power series.
///
/// # Reference
/// Loaiza-Ganem and Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational autoencoders", NeurIPS
/// 2019.
///
/// # Example
/// ```
/// use ppl::distribution::{ContinuousBernoulli, Distribution, Moments};
///
/// let uniform = ContinuousBernoulli::new(0.5)?;
/// assert_eq!(uniform.log_prob(&0.3.into())?, 0.0);
/// let pixel = ContinuousBernoulli::new(0.9)?;
/// assert!((pixel.mean().item() - 0.669_880_386_686_581_3).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ContinuousBernoulli {
    odds: Odds,
}

impl ContinuousBernoulli {
    const NAME: &'static str = "ContinuousBernoulli";

    /// The distribution with this parameter of the Bernoulli distribution.
    ///
    /// # Errors
    /// `probs` not between 0 and 1, or one of them.
    pub fn new(probs: impl IntoTensor) -> Result<Self> {
        Self::build(Odds::Probs(probs.into_tensor()))
    }

    /// The distribution with these log odds.
    ///
    /// # Errors
    /// `logits` not finite.
    pub fn from_logits(logits: impl IntoTensor) -> Result<Self> {
        Self::build(Odds::Logits(logits.into_tensor()))
    }

    fn build(odds: Odds) -> Result<Self> {
        let distribution = Self { odds };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    /// The ends of the unit interval are no parameters.
    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        match &self.odds {
            Odds::Probs(probs) => vec![
                ("probs", probs, Constraint::GreaterThan(0.0.into())),
                ("probs", probs, Constraint::LessThan(1.0.into())),
            ],
            Odds::Logits(logits) => vec![("logits", logits, Constraint::Real)],
        }
    }

    /// The parameter λ.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.odds.probs()
    }

    /// The log odds of λ.
    #[must_use]
    pub fn logits(&self) -> Tensor {
        self.odds.logits()
    }

    /// The mean of −log p(X) of a variable with this mean.
    pub(crate) fn cross_entropy(&self, mean: &Tensor) -> Result<Tensor> {
        let tilt = self.tilt();
        tilt.distance(mean)?.try_mul(&tilt.magnitude)?.try_add(tilt.uniform.log_integral())
    }

    fn tilt(&self) -> Tilt {
        let logits = self.odds.logits();
        let is_rising = logits.detach().greater(0.0);
        // As the absolute value, but with a derivative at 0.
        let magnitude = Tensor::select(&is_rising, &logits, -&logits);
        Tilt { uniform: TiltedUniform::new(&magnitude), is_rising, magnitude }
    }

    /// The logarithms of one tail, that on the side of 1 if `is_upper`, and of the other one; and whether it is the smaller.
    fn log_tails(&self, value: &Tensor, is_upper: bool) -> Result<(Tensor, Tensor, Tensor)> {
        let [own, other] = [is_upper, !is_upper].map(|is_upper| self.log_product(value, is_upper));
        let (own, other) = (own?, other?);
        let is_small = own.detach().less(other.detach());
        Ok((own, other, is_small))
    }

    /// One tail, from the smaller of both: of one that is nearly 1 no derivative would be left.
    fn tail(&self, value: &Tensor, is_upper: bool) -> Result<Tensor> {
        let (own, other, is_small) = self.log_tails(value, is_upper)?;
        Ok(Tensor::select(is_small, own.exp(), 1.0 - other.exp()))
    }

    /// Its logarithm.
    fn log_tail(&self, value: &Tensor, is_upper: bool) -> Result<Tensor> {
        let (own, other, is_small) = self.log_tails(value, is_upper)?;
        Ok(Tensor::select(&is_small, own, (-Tensor::select(&is_small, f64::NEG_INFINITY, other).exp()).log1p()))
    }

    /// The logarithm of one tail as a product: that on the side of 1 if `is_upper`.
    fn log_product(&self, value: &Tensor, is_upper: bool) -> Result<Tensor> {
        let Tilt { uniform, is_rising, magnitude } = self.tilt();
        let (own, other) = if is_upper { (1.0 - value, value.clone()) } else { (value.clone(), 1.0 - value) };
        // ∫₀ᵘ e⁻ᵐˣ dx / ∫₀¹ e⁻ᵐˣ dx, from the end where the density is largest; e^(−m (1 − u)) times that from the other.
        let part = TiltedUniform::new(&own.try_mul(&magnitude)?).log_integral();
        let share = part.try_add(own.ln())?.try_sub(uniform.log_integral())?;
        let is_far = if is_upper { 1.0 - is_rising } else { is_rising };
        let fall = Tensor::try_select(is_far, other.try_mul(magnitude)?, 0.0)?;
        share.try_sub(fall)
    }
}

/// The log odds as a sign and a magnitude.
struct Tilt {
    /// The uniform distribution tilted by the magnitude, whose density falls.
    uniform: TiltedUniform,
    /// Whether this density rises instead.
    is_rising: Tensor,
    magnitude: Tensor,
}

impl Tilt {
    /// The distance from the end where the density is largest.
    fn distance(&self, value: &Tensor) -> Result<Tensor> {
        Tensor::try_select(&self.is_rising, 1.0 - value, value)
    }
}

impl Distribution for ContinuousBernoulli {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.odds.tensor().shape()
    }

    fn support(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        self.icdf(&standard_uniform(rng, sample_shape.concat(&self.batch_shape())))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.5, |value| {
            let tilt = self.tilt();
            (-tilt.distance(value)?.try_mul(&tilt.magnitude)?).try_sub(tilt.uniform.log_integral())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for ContinuousBernoulli {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| self.tail(value, false))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        /// From these log odds on, eˡ is so much larger than 1 that their difference is it.
        const LARGE: f64 = 40.0;
        scalar::check_shape(self, probability)?;
        let probability = scalar::probability(probability);
        // ln(1 + p (eˡ − 1)) / l, as a number.
        let (p, logits) = (probability.detach(), self.odds.logits().detach());
        let is_large = logits.greater(LARGE);
        let moderate = {
            let logits = logits.minimum(LARGE);
            p.try_mul(logits.expm1())?.log1p()
        };
        let large = p.ln().try_add(&logits)?.softplus();
        let is_zero = logits.equal(0.0);
        let ratio = Tensor::try_select(is_large, large, moderate)?.try_div(Tensor::select(&is_zero, 1.0, &logits))?;
        let quantile = Tensor::try_select(is_zero, &p, ratio)?.clamp(0.0, 1.0);
        let quantile = Tensor::try_select(p.equal(1.0), 1.0, quantile)?;
        quantile::with_derivatives(self, &probability, &quantile)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| self.log_tail(value, false))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| self.tail(value, true))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| self.log_tail(value, true))
    }
}

impl Mode for ContinuousBernoulli {
    /// An end; NaN for the uniform distribution.
    fn mode(&self) -> Result<Tensor> {
        let logits = self.odds.logits();
        let mode = Tensor::select(logits.greater(0.0), 1.0, 0.0);
        Ok(Tensor::select(logits.equal(0.0), f64::NAN, mode))
    }
}

impl Moments for ContinuousBernoulli {
    fn mean(&self) -> Tensor {
        let tilt = self.tilt();
        let mean = tilt.uniform.mean();
        Tensor::select(&tilt.is_rising, 1.0 - &mean, &mean)
    }

    fn variance(&self) -> Tensor {
        self.tilt().uniform.variance()
    }
}

impl Entropy for ContinuousBernoulli {
    fn entropy(&self) -> Tensor {
        self.tilt().uniform.entropy()
    }
}

impl KlDivergence<Self> for ContinuousBernoulli {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        other.cross_entropy(&self.mean())?.try_sub(self.entropy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<ContinuousBernoulli> {
        if p.has("logits") {
            ContinuousBernoulli::from_logits(p.get("logits"))
        } else {
            ContinuousBernoulli::new(p.get("probs"))
        }
    }

    fn family() -> Family<ContinuousBernoulli> {
        Family::new("ContinuousBernoulli", build)
            .nan_at("far", &["mode"], "the density has no highest point, or more than one, there")
            .at(parameters! { probs: 0.2 })
            .at(parameters! { probs: 0.9 })
            .at(parameters! { probs: 0.5 + 1e-7 })
            .rejects(parameters! { probs: 0.0 }, "ContinuousBernoulli: `probs` must be greater than 0, got 0")
            .rejects(parameters! { probs: 1.5 }, "ContinuousBernoulli: `probs` must be less than 1, got 1.5")
            .draws([0.23695718828345272, 0.23945929464694518, 0.5826265193182912])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    mod from_logits {
        use super::*;

        fn family() -> Family<ContinuousBernoulli> {
            Family::new("ContinuousBernoulli", build)
                .at(parameters! { logits: -1.5 })
                .at(parameters! { logits: 30.0 })
                .at(parameters! { logits: 0.0 })
                .rejects(parameters! { logits: f64::NAN }, "ContinuousBernoulli: `logits` must be real, got NaN")
                .draws([0.2283482026032319, 0.23077754159911593, 0.5688239103259299])
        }

        conformance::distribution!(family() => univariate, cdf, moments, entropy, kl, reparameterized);
    }

    #[test]
    fn quantiles_at_extreme_log_odds() {
        // The exponential distribution, seen from either end.
        let steep = ContinuousBernoulli::from_logits([-1e6, 1e6]).unwrap();
        let median = steep.median().unwrap().to_vec();
        assert!((median[0] / (1e-6 * std::f64::consts::LN_2) - 1.0).abs() < 1e-14, "{median:?}");
        assert!((median[1] - (1.0 - 1e-6 * std::f64::consts::LN_2)).abs() < 1e-15, "{median:?}");
    }
}
