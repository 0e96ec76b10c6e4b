//! `Truncated`: a distribution that is cut to an interval.

use std::sync::Arc;

use super::bounds::{Bounds, IntoBounds};
use crate::distribution::density::{interval, quantile, scalar, vector};
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Mode};
use crate::random::Rng;
use crate::tensor::record;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// Logarithm of the smallest probability that quantiles of the base are asked for: below it numbers lose digits.
const SMALLEST_LOG: f64 = -690.0;
/// Logarithm of the part of a tail over which the density is constant to four digits.
const NEAR: f64 = -9.2;

/// The distribution of X given low ≤ X ≤ high, where X has the base distribution.
///
#[doc = include_str!("../../../doc/distribution/Truncated.svg")]
///
/// ```text
/// log p(x) = the base's log p(x) − ln P(low ≤ X ≤ high)   where low ≤ x ≤ high, else −∞
/// ```
///
/// Made by [`truncated`](crate::distribution::DistributionExt::truncated).
///
/// # Parameters
/// | parameter | domain           | shape                     | meaning                                |
/// |-----------|------------------|---------------------------|----------------------------------------|
/// | `low`     | real or −∞       | broadcasts with the batch | lower end; absent in `..high`          |
/// | `high`    | greater than low | broadcasts with the batch | upper end, real or ∞; absent in `low..` |
///
/// An end may be latent. Of counts, `low..=high` holds `high` and `low..high` does not, as everywhere in Rust.
///
/// # Shapes
/// batch = the base's and the ends', broadcast; event = `[]`.
///
/// # Support
/// The values of the base from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval) or, of a
/// discrete base, [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// ```text
/// mode = mode of the base, or the end that is nearest to it
/// ```
/// of a base with a single peak. Mean, variance and entropy have no form that holds for all bases;
/// [`TruncatedNormal`](crate::distribution::TruncatedNormal) and
/// [`TruncatedCauchy`](crate::distribution::TruncatedCauchy) have them. The median is a quantile.
///
/// # Numerics
/// ln P(low ≤ X ≤ high) is a difference in the smaller tail that holds the interval, on the logarithmic scale: far out
/// it has the digits that the base's `log_cdf` and `log_survival` have. Over a narrow interval the density is
/// integrated instead. A batch member whose interval has no probability has log density NaN.
///
/// # Draws
/// Inversion of the distribution function; of a continuous base they are differentiable in its parameters and the ends.
///
/// # Reference
/// Stan Reference Manual, "Truncated distributions".
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, DistributionExt, StudentT};
///
/// let scale = StudentT::new(3.0, 0.0, 10.0).truncated(0.0..)?;
/// let whole = StudentT::new(3.0, 0.0, 10.0)?.log_prob(&5.0.into())?;
/// assert!((scale.log_prob(&5.0.into())? - whole - 2_f64.ln()).abs().item() < 1e-15);
/// assert_eq!(scale.log_prob(&(-5.0).into())?, f64::NEG_INFINITY);
/// assert_eq!(scale.icdf(&0.0.into())?, 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Truncated<D> {
    name: &'static str,
    base: Arc<D>,
    /// As they were given.
    bounds: Bounds,
    /// The part of the base's support between them.
    low: Tensor,
    high: Tensor,
    log_mass: Tensor,
    is_discrete: bool,
    batch_shape: Shape,
}

impl<D: Cdf> Truncated<D> {
    /// The distribution cut to an interval, as `0.0..`, `..high` or `low..=high`.
    ///
    /// # Errors
    /// An end that is no number; `high` not greater than `low` (of counts: less than `low`); an interval outside of the
    /// base's support; counts without a smallest one and without `low`; shapes that do not broadcast.
    pub fn new(base: Arc<D>, range: impl IntoBounds) -> Result<Self> {
        Self::named("Truncated", base, range)
    }

    /// The distribution that has this name in messages.
    pub(super) fn named(name: &'static str, base: Arc<D>, range: impl IntoBounds) -> Result<Self> {
        let given = range.into_bounds();
        let support = base.support();
        let is_discrete = support.is_discrete();
        let bounds = if is_discrete { given.clone().of_counts() } else { given };
        let batch_shape = check::broadcast(name, &base.batch_shape(), &bounds.shape(name)?)?;
        let (first, last) = quantile::ends(&support);
        let is_known = !bounds.is_tracked() && !first.is_tracked() && !last.is_tracked();
        if is_known {
            bounds.check(name, (&first, &last), is_discrete)?;
        }
        let low = inner(&bounds.low, &first, Tensor::try_maximum)?;
        let high = inner(&bounds.high, &last, Tensor::try_minimum)?;
        if is_discrete && low.elements().contains(&f64::NEG_INFINITY) {
            return Err(Error::Unsupported {
                what: format!("truncating {}, which has no smallest count, without a lower end", base.name()),
                hint: "give a lower end: `low..=high`".to_owned(),
            });
        }
        let log_mass = interval::log_probability(&*base, bounds.low.as_ref(), bounds.high.as_ref())?;
        let is_possible = log_mass.detach().greater(f64::NEG_INFINITY);
        let log_mass = if is_possible.is_known_to_be_all(1.0) {
            log_mass
        } else {
            Tensor::select(is_possible, log_mass, f64::NAN)
        };
        Ok(Self { name, base, bounds, low, high, log_mass, is_discrete, batch_shape })
    }

    /// The distribution that is cut.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// ln P(low ≤ X ≤ high) of the base.
    #[must_use]
    pub fn log_mass(&self) -> &Tensor {
        &self.log_mass
    }

    /// Checks the ends before a draw, those that are being differentiated too.
    fn check_ends(&self) -> Result<()> {
        let (first, last) = quantile::ends(&self.base.support());
        if self.bounds.is_recorded() || first.is_recorded() || last.is_recorded() {
            // A program draws again with other ends.
            let [low, high] = [&self.low, &self.high].map(Tensor::detach);
            return record::note_violations(|| {
                let is_wrong = if self.is_discrete { low.try_greater(high)? } else { low.try_greater_equal(high)? };
                is_wrong.try_sum()
            });
        }
        self.bounds.check(self.name, (&first, &last), self.is_discrete)
    }

    /// The value between the ends; where it is not, an end, and whether it is below and beyond.
    fn between(&self, value: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
        scalar::check_shape(self, value)?;
        let [known, low, high] = [value, &self.low, &self.high].map(Tensor::detach);
        let is_below = known.try_less(low)?;
        let is_beyond = known.try_greater(high)?;
        let is_outside = is_below.try_maximum(&is_beyond)?;
        if is_outside.is_known_to_be_all(0.0) {
            return Ok((value.clone(), is_below, is_beyond));
        }
        Ok((Tensor::try_select(is_outside, vector::point_inside(self)?, value)?, is_below, is_beyond))
    }

    /// ln P(low ≤ X ≤ value) and ln P(value < X ≤ high) of the base, of a value between the ends.
    fn log_parts(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let (low, high) = (self.bounds.low.as_ref(), self.bounds.high.as_ref());
        let value = if self.is_discrete { value.floor() } else { value.clone() };
        let next = if self.is_discrete { &value + 1.0 } else { value.clone() };
        let lower = interval::log_probability(&*self.base, low, Some(&value))?;
        let upper = interval::log_probability(&*self.base, Some(&next), high)?;
        Ok((lower.try_sub(&self.log_mass)?, upper.try_sub(&self.log_mass)?))
    }

    /// The logarithms of both tails.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let (inside, is_below, is_beyond) = self.between(value)?;
        let (lower, upper) = self.log_parts(&inside)?;
        let tail = |of: &Tensor, other: &Tensor, at_zero: &Tensor, at_one: &Tensor| {
            let tail = interval::log_of_complement(of.minimum(0.0), other)?;
            let tail = Tensor::try_select(at_zero, f64::NEG_INFINITY, tail)?;
            Tensor::try_select(at_one, 0.0, tail)
        };
        Ok((tail(&lower, &upper, &is_below, &is_beyond)?, tail(&upper, &lower, &is_beyond, &is_below)?))
    }

    /// A quantile from one of the base, of which four digits of the tail's probability are right.
    fn guess(&self, probability: &Tensor) -> Result<Tensor> {
        let probability = probability.detach();
        let [low, high, log_mass] = [&self.low, &self.high, &self.log_mass].map(Tensor::detach);
        let inside = vector::point_inside(self)?;
        let [low, high] = [(low, Some(&self.low), None), (high, None, Some(&self.high))].map(|(end, from, to)| {
            let is_finite = end.abs().less(f64::INFINITY);
            let at = Tensor::try_select(&is_finite, &end, &inside)?;
            let log_density = self.base.log_prob(&at)?.detach();
            let lower = interval::log_probability(&*self.base, None, from.or(to))?.detach();
            let upper = interval::log_probability(&*self.base, from.or(to), None)?.detach();
            Ok::<Cut, Error>(Cut { end, is_finite, log_density, lower, upper })
        });
        let (low, high) = (low?, high?);
        // Of the interval, below the quantile and above it; of the base, with what lies beyond the ends.
        let [below, above] = [probability.ln().try_add(&log_mass)?, (-&probability).log1p().try_add(&log_mass)?];
        let (lower, upper) = (low.lower.try_logaddexp(&below)?, high.upper.try_logaddexp(&above)?);
        let is_lower = lower.try_less_equal(&upper)?;
        let of_lower = self.base.icdf(&Tensor::try_select(&is_lower, lower.exp(), 0.5)?)?.detach();
        let of_upper = self.base.inverse_survival(&Tensor::try_select(&is_lower, 0.5, upper.exp())?)?.detach();
        let guess = Tensor::try_select(&is_lower, of_lower, of_upper)?;

        // Where the probability underflows the tail is nearly exponential from the end on.
        let is_far = Tensor::try_select(&is_lower, &lower, &upper)?.less(SMALLEST_LOG);
        let far = if is_far.is_known_to_be_all(0.0) {
            None
        } else {
            let from_low =
                low.end.try_add(low.upper.try_sub(&upper)?.try_mul(low.upper.try_sub(&low.log_density)?.exp())?)?;
            let from_high =
                high.end.try_sub(high.lower.try_sub(&lower)?.try_mul(high.lower.try_sub(&high.log_density)?.exp())?)?;
            let is_known = Tensor::try_select(&is_lower, &high.is_finite, &low.is_finite)? * is_far;
            let from = Tensor::try_select(&is_lower, from_high, from_low)?;
            Some((Tensor::try_select(&is_known, from, &inside)?, is_known))
        };
        let guess = match far {
            None => guess,
            Some((mut far, is_known)) => {
                for _ in 0..3 {
                    let log_density = self.base.log_prob(&far)?.detach();
                    let [to, from] = [self.base.log_cdf(&far)?.detach(), self.base.log_survival(&far)?.detach()];
                    let step = Tensor::try_select(
                        &is_lower,
                        to.try_sub(&lower)?.try_mul(to.try_sub(&log_density)?.exp())?,
                        upper.try_sub(&from)?.try_mul(from.try_sub(&log_density)?.exp())?,
                    )?;
                    let is_step = step.abs().less(f64::INFINITY);
                    far = far.try_sub(Tensor::select(is_step, step, 0.0))?;
                }
                Tensor::try_select(is_known, far, guess)?
            }
        };
        let guess = guess.try_maximum(&low.end)?.try_minimum(&high.end)?;
        // Next to an end the distance from it has more digits, by the density there.
        let guess = low.or_near(guess, &below, 1.0)?;
        high.or_near(guess, &above, -1.0)
    }

    fn continuous_quantile(&self, probability: &Tensor) -> Result<Tensor> {
        let guess = self.guess(probability)?;
        quantile::polished(self, probability, &guess, |value| self.log_tails(value))
    }

    /// The smallest counts that reach these probabilities, in the base's smaller tail.
    fn count_quantile(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        let probability = probability.detach();
        let log_mass = self.log_mass.detach();
        let [before, beyond] = [&self.low - 1.0, self.high.clone()].map(|end| end.detach());
        let below = self.base.log_cdf(&before)?.detach();
        let above = self.base.log_survival(&beyond)?.detach();
        let lower = below.try_logaddexp(probability.ln().try_add(&log_mass)?)?;
        let upper = above.try_logaddexp((-&probability).log1p().try_add(&log_mass)?)?;
        let is_lower = lower.try_less_equal(&upper)?;
        let count = quantile::of_counts(shape, &self.low, &self.high, |count| {
            let in_lower = self.base.log_cdf(count)?.detach().try_greater_equal(&lower)?;
            let in_upper = self.base.log_survival(count)?.detach().try_less_equal(&upper)?;
            Tensor::try_select(&is_lower, in_lower, in_upper)
        })?;
        let is_number = probability.greater_equal(0.0) * probability.less_equal(1.0);
        let count = Tensor::try_select(probability.equal(1.0), self.high.detach(), count)?;
        Tensor::try_select(is_number, count, f64::NAN)?.try_broadcast_to(shape)
    }
}

/// An end, and the base there.
struct Cut {
    end: Tensor,
    is_finite: Tensor,
    log_density: Tensor,
    /// Logarithms of the tails below the end and above it.
    lower: Tensor,
    upper: Tensor,
}

impl Cut {
    /// The guess, or the value that has so little probability between the end and itself that the density is constant.
    fn or_near(&self, guess: Tensor, log_between: &Tensor, direction: f64) -> Result<Tensor> {
        let log_distance = log_between.try_sub(&self.log_density)?;
        let is_near = log_between.try_sub(self.lower.try_minimum(&self.upper)?)?.less(NEAR);
        // The density has a limit at the end.
        let is_known = self.log_density.abs().less(f64::INFINITY).try_mul(&self.is_finite)?.try_mul(is_near)?;
        let near = self.end.try_add(log_distance.exp() * direction)?;
        Tensor::try_select(is_known, near, guess)
    }
}

/// An end within the support, which itself ends at `limit`.
fn inner(end: &Option<Tensor>, limit: &Tensor, nearer: fn(&Tensor, Tensor) -> Result<Tensor>) -> Result<Tensor> {
    match end {
        None => Ok(limit.clone()),
        Some(end) if !limit.is_tracked() && limit.elements().iter().all(|limit| limit.is_infinite()) => Ok(end.clone()),
        Some(end) => nearer(end, limit.clone()),
    }
}

impl<D> Clone for Truncated<D> {
    fn clone(&self) -> Self {
        Self {
            base: self.base.clone(),
            bounds: self.bounds.clone(),
            low: self.low.clone(),
            high: self.high.clone(),
            log_mass: self.log_mass.clone(),
            ..*self
        }
    }
}

impl<D: Cdf> Distribution for Truncated<D> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = self.base.parameter_values();
        values.extend(self.bounds.values());
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        let (lower, upper) = (self.low.clone(), self.high.clone());
        match self.is_discrete {
            true => Constraint::IntegerInterval { lower, upper },
            false => Constraint::Interval { lower, upper },
        }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        // Of no draws: the base checks its parameters.
        self.base.sample(rng, &Shape::from(0))?;
        self.check_ends()?;
        let noise = standard_uniform(rng, sample_shape.concat(&self.batch_shape));
        if self.is_discrete {
            return self.count_quantile(&noise);
        }
        // A draw at an infinite end is none.
        let draws = self.continuous_quantile(&noise.maximum(0.25 * f64::EPSILON))?;
        // Only rounding leads beyond an end, and is not differentiated.
        draws.try_maximum(self.low.detach())?.try_minimum(self.high.detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let formula = |value: &Tensor| self.base.log_prob(value)?.try_sub(&self.log_mass);
        let are_ends_known = !self.low.is_tracked() && !self.high.is_tracked();
        if value.is_tracked() || are_ends_known {
            return scalar::on_support(self, value, vector::point_inside(self)?, formula);
        }
        // A value that is known stays so for the base, which may ask whether it is an end of its support.
        let shape = scalar::check_shape(self, value)?;
        let is_finite = value.abs().less(f64::INFINITY);
        let inside = self.support().contains(value).detach() * &is_finite;
        let known = Tensor::try_select(is_finite, value, vector::point_inside(&*self.base)?)?;
        Tensor::try_select(inside, formula(&known)?, f64::NEG_INFINITY)?.try_broadcast_to(shape)
    }

    fn is_reparameterized(&self) -> bool {
        !self.is_discrete
    }
}

impl<D: Cdf> Cdf for Truncated<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_cdf(value)?.exp())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        if !self.is_discrete {
            return self.continuous_quantile(&scalar::probability(probability));
        }
        let parameters: Vec<Tensor> = self.parameter_values().into_iter().map(|(_, value)| value).collect();
        let operands: Vec<&Tensor> = parameters.iter().chain([probability]).collect();
        scalar::refuse_derivative(self, "quantiles", &operands)?;
        let quantile = self.count_quantile(probability)?;
        // At a jump, rounding may have led to the count beyond.
        let before = (&quantile - 1.0).try_maximum(&self.low)?;
        let reaches = |count: &Tensor| self.cdf(count)?.try_greater_equal(probability);
        let quantile = Tensor::try_select(reaches(&before)?, before, &quantile + (1.0 - reaches(&quantile)?))?;
        let quantile = quantile.try_minimum(&self.high)?;
        scalar::step_function(self, "quantiles", [&quantile], |[count]| count)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_tails(value)?.0)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_survival(value)?.exp())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_tails(value)?.1)
    }
}

/// That of a base whose density rises up to its mode and falls beyond; NaN where the base has none.
impl<D: Cdf + Mode> Mode for Truncated<D> {
    fn mode(&self) -> Result<Tensor> {
        let mode = self.base.mode()?;
        mode.try_maximum(&self.low)?.try_minimum(&self.high)?.try_broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests;
