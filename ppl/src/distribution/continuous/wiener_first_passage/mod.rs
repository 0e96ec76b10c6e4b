//! First passage of a Wiener process with drift: the drift-diffusion model.

mod exit;
mod moments;
mod series;

use std::f64::consts::LN_2;

use crate::distribution::density::removable::expm1_ratio;
use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// First passage of a Wiener process with drift between two boundaries: response time and choice of the drift-diffusion model.
///
#[doc = include_str!("../../../../doc/distribution/WienerFirstPassage.svg")]
///
/// Evidence is gathered from `relative_start · boundary_separation` on, until it reaches `boundary_separation` (the upper
/// boundary) or 0 (the lower one). The event is a *signed response time*, which is positive where the upper boundary was reached
/// and negative where the lower one was: time · choice, with the choice coded as 1 and −1.
///
/// ```text
/// log p(x) = ln g(t / a², w) − 2 ln a + v a w − ½ v² t,    t = |x| − non_decision_time > 0
///
/// g(u, w) = (2π u³)^(−½) Σ_k (w + 2k) exp(−(w + 2k)² / (2u)) = π Σ_k k sin(k π w) exp(−½ k² π² u)
/// ```
///
/// with a = `boundary_separation`, and the distance to the boundary that was reached and the drift towards it,
///
/// ```text
/// w = 1 − relative_start, v = drift     where x > 0
/// w = relative_start,     v = −drift    where x < 0
/// ```
///
/// The density at a positive time is that of Stan's `wiener(alpha, tau, beta, delta)`, which is the density of the time at the
/// upper boundary: it integrates to [`upper_probability`](Self::upper_probability), and not to 1. Where Stan's models take
/// `1 − beta` and `−delta` for responses at the lower boundary, negate the time here.
///
/// # Parameters
/// | parameter             | domain                         | meaning                                                 | shape |
/// |-----------------------|--------------------------------|---------------------------------------------------------|-------|
/// | `boundary_separation` | positive                       | distance of the boundaries (α)                          | batch |
/// | `non_decision_time`   | not negative                   | time before the process starts and after it ends (τ)    | batch |
/// | `relative_start`      | between 0 and 1, both excluded | start over the distance of the boundaries, a bias (β)   | batch |
/// | `drift`               | real                           | drift towards the upper boundary (δ)                    | batch |
///
/// The diffusion coefficient is 1.
///
/// # Shapes
/// batch = broadcast(boundary_separation, non_decision_time, relative_start, drift), event = `[]`.
///
/// The density is 0 between −`non_decision_time` and `non_decision_time`.
///
/// # Support
/// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean     = P (τ + m(1 − β)) − (1 − P) (τ + m(β)),   P = upper_probability, β = relative_start, τ = non_decision_time
/// variance = P s(1 − β) + (1 − P) s(β) + P (1 − P) (2τ + m(1 − β) + m(β))²
/// m(w)     = a² (coth V − ε coth εV) / V,             V = a · drift, ε = 1 − w
/// s(w)     = −a² / V · dm / dV
/// ```
/// These are those of the signed time; m and s are mean and variance of the time to a boundary at the distance w, given
/// that it is reached, without the non-decision time. The median is a quantile. Mode and entropy have no closed form
/// and are not implemented.
///
/// # Numerics
/// Of both series that which converges faster is summed, as many terms as reach the last digit of a double. The terms of the
/// first are paired such that none cancels, wherever the process starts.
///
/// The distribution function of the time, given the boundary, is a series from the relative time 0.4 on, and an
/// inversion of Laplace's transform along a straight line before, through the saddle point of the smaller tail: both
/// tails have their digits as far out as their logarithms do not overflow. Quantiles are found by Newton's method.
///
/// # Draws
/// Exact, by the exits from a sequence of symmetric intervals. They have no derivatives.
///
/// # Reference
/// Navarro and Fuss, "Fast and accurate calculations for first-passage times in Wiener diffusion models", Journal of Mathematical
/// Psychology 53 (2009); Gondan, Blurton and Kesselmeier, the same journal 60 (2014); Blurton, Kesselmeier and Gondan, the same
/// journal 56 (2012), for the distribution function; Grasman, Wagenmakers and van der Maas, the same journal 53 (2009), for the
/// moments; Stan Functions Reference, "Wiener First Passage Time Distribution".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, WienerFirstPassage};
///
/// let (time, choice) = (Tensor::from([0.51, 0.73, 1.2]), Tensor::from([1.0, -1.0, 1.0]));
/// let responses = WienerFirstPassage::new(1.5, 0.2, 0.5, 0.8)?;
/// let log_prob = responses.log_prob(&(&time * &choice))?;
/// // A response at the lower boundary is one at the upper boundary of the mirrored process.
/// let mirrored = WienerFirstPassage::new(1.5, 0.2, 0.5, -0.8)?;
/// assert_eq!(mirrored.log_prob(&0.73.into())?, log_prob.get(1));
/// assert!((responses.upper_probability().item() - 1.0 / (1.0 + (-1.2_f64).exp())).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WienerFirstPassage {
    boundary_separation: Tensor,
    non_decision_time: Tensor,
    relative_start: Tensor,
    drift: Tensor,
    batch_shape: Shape,
}

impl WienerFirstPassage {
    const NAME: &'static str = "WienerFirstPassage";

    /// The first passage between boundaries of this distance, with this non-decision time, relative start and drift: Stan's
    /// α, τ, β, δ.
    ///
    /// # Errors
    /// `boundary_separation` not positive and finite; `non_decision_time` negative or not finite; `relative_start` not between 0
    /// and 1, or one of them; `drift` not finite; shapes that do not broadcast.
    pub fn new(
        boundary_separation: impl IntoTensor,
        non_decision_time: impl IntoTensor,
        relative_start: impl IntoTensor,
        drift: impl IntoTensor,
    ) -> Result<Self> {
        let (boundary_separation, non_decision_time) =
            (boundary_separation.into_tensor(), non_decision_time.into_tensor());
        let (relative_start, drift) = (relative_start.into_tensor(), drift.into_tensor());
        let all = [&boundary_separation, &non_decision_time, &relative_start, &drift];
        let batch_shape = check::broadcast_all(Self::NAME, &all)?;
        let distribution = Self { boundary_separation, non_decision_time, relative_start, drift, batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 5] {
        [
            ("boundary_separation", &self.boundary_separation, Constraint::Positive),
            ("non_decision_time", &self.non_decision_time, Constraint::NonNegative),
            ("relative_start", &self.relative_start, Constraint::GreaterThan(0.0.into())),
            ("relative_start", &self.relative_start, Constraint::LessThan(1.0.into())),
            ("drift", &self.drift, Constraint::Real),
        ]
    }

    /// Distance of the boundaries.
    #[must_use]
    pub fn boundary_separation(&self) -> &Tensor {
        &self.boundary_separation
    }

    /// Time before the process starts and after it ends.
    #[must_use]
    pub fn non_decision_time(&self) -> &Tensor {
        &self.non_decision_time
    }

    /// Start over the distance of the boundaries.
    #[must_use]
    pub fn relative_start(&self) -> &Tensor {
        &self.relative_start
    }

    /// Drift towards the upper boundary.
    #[must_use]
    pub fn drift(&self) -> &Tensor {
        &self.drift
    }

    /// Probability that the upper boundary is reached: that of a positive event.
    ///
    /// ```text
    /// (1 − exp(−2 drift · relative_start · boundary_separation)) / (1 − exp(−2 drift · boundary_separation))
    /// ```
    #[must_use]
    pub fn upper_probability(&self) -> Tensor {
        let (factor, log_decay) = self.boundary_probability(true);
        (factor * log_decay.exp()).broadcast_to(self.batch_shape)
    }

    /// The probability of the upper or the lower boundary, as a factor and the logarithm of another one.
    fn boundary_probability(&self, is_upper: bool) -> (Tensor, Tensor) {
        let start = if is_upper { self.relative_start.clone() } else { 1.0 - &self.relative_start };
        let distance = if is_upper { 1.0 - &self.relative_start } else { self.relative_start.clone() };
        let drift =
            if is_upper { &self.drift * &self.boundary_separation } else { -&self.drift * &self.boundary_separation };
        // Of the process that moves towards the other boundary the exponentials decay after a factor has been taken out.
        let is_away = drift.detach().less(0.0);
        let magnitude = drift.abs() * -2.0;
        let log_decay = Tensor::select(is_away, &magnitude * distance, 0.0);
        let ratio = expm1_ratio(&(&magnitude * &start)) / expm1_ratio(&magnitude);
        (start * ratio, log_decay)
    }

    fn log_boundary_probability(&self, is_upper: bool) -> Tensor {
        let (factor, log_decay) = self.boundary_probability(is_upper);
        factor.ln() + log_decay
    }

    /// The function of the time in units of a², given the boundary.
    fn conditional(&self, function: Function, is_upper: &Tensor, argument: &Tensor) -> Result<Tensor> {
        let start = &self.relative_start;
        // That of the distance from the upper boundary.
        let logit = (1.0 - start).ln() - start.ln();
        let logit = Tensor::try_select(is_upper, &logit, -&logit)?;
        let drift = self.drift.try_mul(&self.boundary_separation)?;
        Cumulative::new(Standard::FirstPassage, function).try_of(&[&logit, &drift, argument])
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, function.beyond(), |value| {
            let is_upper = &value.detach().greater(0.0);
            let separation = check::or_nan(&self.boundary_separation, &Constraint::Positive);
            let delay = check::or_nan(&self.non_decision_time, &Constraint::NonNegative);
            let time = value.abs().try_sub(&delay)?.try_div(&separation)?.try_div(&separation)?;
            // Between the smallest times of both boundaries the function is flat.
            let is_flat = &time.detach().less_equal(0.0);
            let time = &Tensor::select(is_flat, 1.0, &time);
            let (upper, lower) = (self.log_boundary_probability(true), self.log_boundary_probability(false));
            let own = &Tensor::try_select(is_upper, &upper, &lower)?;
            let other = &Tensor::try_select(is_upper, lower, upper)?;
            // ln P(|X| > |x|) on this side, and the rest.
            let outer = own.try_add(self.conditional(Function::LogUpper, is_upper, time)?)?;
            let inner = own.try_add(self.conditional(Function::LogLower, is_upper, time)?)?.try_logaddexp(other)?;
            let is_small = outer.detach().less(-LN_2);
            let rest = Tensor::select(&is_small, &outer, -LN_2).log1mexp();
            let inner = Tensor::try_select(is_small, rest, inner)?;
            let outer = Tensor::try_select(is_flat, own, outer)?;
            let inner = Tensor::try_select(is_flat, other, inner)?;
            Ok(match function {
                Function::Lower => Tensor::try_select(is_upper, inner, outer)?.exp(),
                Function::LogLower => Tensor::try_select(is_upper, inner, outer)?,
                Function::Upper => Tensor::try_select(is_upper, outer, inner)?.exp(),
                _ => Tensor::try_select(is_upper, outer, inner)?,
            })
        })
    }

    /// The value with this probability below it, or beyond it.
    fn quantile(&self, probability: &Tensor, of_lower: bool) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        let probability = scalar::probability(probability);
        let (own, other) =
            (self.log_boundary_probability(!of_lower).exp(), self.log_boundary_probability(of_lower).exp());
        let is_own = probability.detach().try_less(own.detach())?;
        let part = Tensor::select(&is_own, &probability, 1.0 - &probability);
        let share = part.try_div(Tensor::try_select(&is_own, own, other)?)?.minimum(1.0);
        let is_upper = if of_lower { 1.0 - is_own } else { is_own };
        let time = self.conditional(Function::UpperQuantile, &is_upper, &share)?;
        let time = time.try_mul(self.boundary_separation.square())?.try_add(&self.non_decision_time)?;
        (is_upper * 2.0 - 1.0).try_mul(time)?.try_broadcast_to(shape)
    }
}

impl Distribution for WienerFirstPassage {
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
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let [separation, delay, start, drift] =
            [&self.boundary_separation, &self.non_decision_time, &self.relative_start, &self.drift].map(Tensor::detach);
        let drift = drift.try_mul(&separation)?.clamp(f64::MIN, f64::MAX);
        let exit = elementwise::draw(rng, sample_shape.concat(&self.batch_shape), [&start, &drift], exit::draw_exit)?;
        let time = exit.abs().try_mul(&separation)?.try_mul(&separation)?;
        // A time that is lost in rounding leads to the next number.
        let least = &delay + (&delay * f64::EPSILON).maximum(f64::MIN_POSITIVE);
        time.try_add(&delay)?.try_maximum(&least)?.minimum(f64::MAX).try_mul(exit.sign())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| {
            let is_upper = value.detach().greater(0.0);
            let separation = check::or_nan(&self.boundary_separation, &Constraint::Positive);
            let delay = check::or_nan(&self.non_decision_time, &Constraint::NonNegative);
            let time = value.abs().try_sub(&delay)?;
            let is_decided = time.detach().greater(0.0);
            let scale = separation.square().detach();
            let time = Tensor::try_select(&is_decided, time, scale)?;
            let start = &self.relative_start;
            let distance = Tensor::try_select(&is_upper, 1.0 - start, start)?;
            let rest = Tensor::try_select(&is_upper, start, 1.0 - start)?;
            let drift = Tensor::try_select(is_upper, &self.drift, -&self.drift)?;

            let relative_time = time.try_div(&separation)?.try_div(&separation)?.maximum(f64::MIN_POSITIVE);
            let is_short = relative_time.detach().less(series::SHORT);
            let length = distance.try_mul(&separation)?;
            // The square of what the drift leaves of the distance, in which neither exponent cancels the other.
            let missing = length.try_sub(drift.try_mul(&time)?)?;
            let short = {
                let u = Tensor::select(&is_short, &relative_time, 0.5 * series::SHORT);
                let series = series::log_short(&u, &distance, &rest)?;
                let gaussian = missing.square().try_div(&time)? * 0.5 + HALF_LN_2PI;
                series.try_sub(u.ln() * 1.5)?.try_sub(gaussian)?
            };
            let long = {
                let u = Tensor::select(&is_short, 1.0, relative_time);
                let tilt = length.try_sub(drift.try_mul(&time)? * 0.5)?.try_mul(&drift)?;
                series::log_long(&u, &distance, &rest)?.try_add(tilt)?
            };
            let log_prob = Tensor::try_select(is_short, short, long)?.try_sub(separation.ln() * 2.0)?;
            Tensor::try_select(is_decided, log_prob, f64::NEG_INFINITY)
        })
    }
}

impl Cdf for WienerFirstPassage {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(probability, true)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(probability, false)
    }
}

impl Moments for WienerFirstPassage {
    fn mean(&self) -> Tensor {
        let [upper, lower] = self.times();
        (upper.probability * upper.mean - lower.probability * lower.mean).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        let [upper, lower] = self.times();
        let within = &upper.probability * upper.variance + &lower.probability * lower.variance;
        // The rarer one first, as the square may overflow.
        let distance = upper.mean + lower.mean;
        let between = (upper.probability * &distance) * (lower.probability * distance);
        (within + between).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<WienerFirstPassage> {
        WienerFirstPassage::new(
            p.get("boundary_separation"),
            p.get("non_decision_time"),
            p.get("relative_start"),
            p.get("drift"),
        )
    }

    fn family() -> Family<WienerFirstPassage> {
        let at = |boundary_separation: f64, non_decision_time: f64, relative_start: f64, drift: f64| {
            parameters! {
                boundary_separation: boundary_separation, non_decision_time: non_decision_time,
                relative_start: relative_start, drift: drift
            }
        };
        Family::of("WienerFirstPassage", build)
            .without_golden_cases("those of tests/golden/far are in the middle too")
            .at(at(1.7, 0.2, 0.4, 0.6))
            // The probability of the lower boundary, where quantiles jump, is not next to those that are tested.
            .at(at(1.3, 0.3, 0.5, 0.9))
            .at(at(1.2, 0.05, 0.6, -1.1))
            .with_corner_at_zero()
            .rejects(at(0.0, 0.2, 0.5, 1.0), "WienerFirstPassage: `boundary_separation` must be positive, got 0")
            .rejects(at(1.0, -0.2, 0.5, 1.0), "WienerFirstPassage: `non_decision_time` must be non-negative, got -0.2")
            .rejects(at(1.0, 0.2, 0.0, 1.0), "WienerFirstPassage: `relative_start` must be greater than 0, got 0")
            .rejects(at(1.0, 0.2, 1.0, 1.0), "WienerFirstPassage: `relative_start` must be less than 1, got 1")
            .rejects(at(1.0, 0.2, 0.5, f64::NAN), "WienerFirstPassage: `drift` must be real, got NaN")
            .draws([0.9475514239865808, 0.6669054539415686, -1.5722136803544782])
    }

    conformance::distribution!(family() => univariate, multivariate, cdf, moments);

    /// Choices by their probability, also where it is 0 up to rounding.
    #[test]
    fn choices_have_the_probability_of_the_boundary() {
        const DRAWS: usize = 40_000;
        for (start, drift) in [(0.5, 0.0), (0.2, 0.4), (0.8, -1.3), (0.9, -9.0)] {
            let passage = WienerFirstPassage::new(1.4, 0.3, start, drift).unwrap();
            let draws = passage.sample(&mut Key::new(0).rng("choice", 0), &Shape::from(DRAWS)).unwrap();
            let got = draws.greater(0.0).mean().item();
            let want = passage.upper_probability().item();
            // False alarm rate 6e-7 each.
            let error = 5.0 * (want * (1.0 - want) / DRAWS as f64).sqrt();
            assert!((got - want).abs() <= error + 1e-12, "start {start}, drift {drift}: {got}, {want}");
        }
        let at = |start: f64, drift: f64| {
            WienerFirstPassage::new(1.0, 0.0, start, drift).unwrap().upper_probability().item()
        };
        assert_eq!((at(0.3, 0.0), at(0.3, 1e6), at(0.3, -1e6)), (0.3, 1.0, 0.0));
        assert!((at(0.5, -100.0).ln() + 100.0).abs() < 1e-12);
    }
}
