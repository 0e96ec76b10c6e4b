//! Quantiles by inversion of a distribution function that has no inverse in closed form.

use std::f64::consts::LN_2;

use crate::distribution::Cdf;
use crate::distribution::density::scalar;
use crate::tensor::record;
use crate::{Constraint, Result, Shape, Tensor, check};

/// Iterations of a program, which cannot look whether they have converged: as many bisections reach the last digit.
const RECORDED_ITERATIONS: usize = 64;
/// Iterations of which the last digits of a hard case may need more than half.
const ITERATIONS: usize = 200;
/// Steps of a coordinate that are smaller, relatively, change no digit.
const PRECISION: f64 = 1e-15;
/// Beyond this coordinate all numbers overflow or underflow.
const LARGEST_COORDINATE: f64 = 745.0;
/// All counts are below 2 to this power.
const LARGEST_POWER: f64 = 1023.0;
/// Bisections of the powers, and of the counts between two powers.
const BISECTIONS: (usize, usize) = (10, 53);

/// The quantiles at these probabilities, by Newton's method in a bracket, on the logarithm of the smaller tail.
///
/// `centre` and `width` say where most of the mass is: a point inside the support and a length. The result has the
/// derivatives of the quantile, of first and second order: the last two steps are Newton steps of tensors.
///
/// # Reference
/// Press et al., "Numerical Recipes" (2007), section 9.4, for the safeguarded iteration.
pub(crate) fn by_inversion<D: Cdf + ?Sized>(
    distribution: &D,
    probability: &Tensor,
    centre: &Tensor,
    width: &Tensor,
) -> Result<Tensor> {
    by_inversion_of(distribution, probability, centre, width, |value| log_tails(distribution, value))
}

/// The same, of a distribution whose log tails are computed together.
pub(crate) fn by_inversion_of<D: Cdf + ?Sized>(
    distribution: &D,
    probability: &Tensor,
    centre: &Tensor,
    width: &Tensor,
    log_tails: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>,
) -> Result<Tensor> {
    let tails = Tails::of_probability(distribution, probability)?;
    tails.at_ends(distribution, tails.solved(distribution, centre, width, log_tails)?)
}

fn log_tails<D: Cdf + ?Sized>(distribution: &D, value: &Tensor) -> Result<(Tensor, Tensor)> {
    Ok((distribution.log_cdf(value)?, distribution.log_survival(value)?))
}

/// The values beyond which these probabilities lie, as [`by_inversion`].
pub(crate) fn by_inversion_of_survival<D: Cdf + ?Sized>(
    distribution: &D,
    probability: &Tensor,
    centre: &Tensor,
    width: &Tensor,
) -> Result<Tensor> {
    let tails = Tails::of_survival(distribution, probability)?;
    let solved = tails.solved(distribution, centre, width, |value| log_tails(distribution, value))?;
    tails.at_ends(distribution, solved)
}

/// The default of [`Cdf::inverse_survival`].
#[track_caller]
pub(crate) fn inverse_survival<D: Cdf + ?Sized>(distribution: &D, probability: &Tensor) -> Result<Tensor> {
    let support = distribution.support();
    if !support.is_discrete() {
        let [quarter, median, three_quarters] =
            [0.25, 0.5, 0.75].map(|probability| distribution.icdf(&Tensor::scalar(probability)));
        let (centre, width) = (median?, three_quarters?.try_sub(quarter?)?);
        return by_inversion_of_survival(distribution, probability, &centre, &width);
    }
    // What is tracked is refused, and what is recorded is read.
    scalar::refuse_derivative(distribution, "quantiles", &[probability])?;
    let (low, high) = ends(&support);
    if low.elements().iter().any(|low| low.is_infinite()) {
        return distribution.icdf(&(1.0 - probability));
    }
    let known = probability.detach();
    let shape = check::broadcast(distribution.name(), &known.shape(), &distribution.batch_shape())?;
    let quantiles =
        of_counts(shape, &low, &high, |count| distribution.survival(count)?.detach().try_less_equal(&known))?;
    let quantiles = Tensor::try_select(known.equal(0.0), high, quantiles)?;
    counts_at_probabilities(distribution, &known, &quantiles)
}

/// The quantiles of a distribution of counts from a finite one on, by search.
#[track_caller]
pub(crate) fn of_all_counts<D: Cdf + ?Sized>(distribution: &D, probability: &Tensor) -> Result<Tensor> {
    // What is tracked is refused, and what is recorded is read.
    scalar::refuse_derivative(distribution, "quantiles", &[probability])?;
    let (low, high) = ends(&distribution.support());
    let known = probability.detach();
    let shape = scalar::check_shape(distribution, &known)?;
    let quantiles = of_counts(shape, &low, &high, |count| distribution.cdf(count)?.detach().try_greater_equal(&known))?;
    let quantiles = Tensor::try_select(known.equal(1.0), high, quantiles)?;
    counts_at_probabilities(distribution, &known, &quantiles)
}

/// Counts where a probability is one, and NaN elsewhere.
fn counts_at_probabilities<D: Cdf + ?Sized>(distribution: &D, probability: &Tensor, counts: &Tensor) -> Result<Tensor> {
    let is_number = probability.greater_equal(0.0) * probability.less_equal(1.0);
    let counts = Tensor::try_select(is_number, counts, f64::NAN)?;
    scalar::step_function(distribution, "quantiles", [&counts], |[count]| count)
}

/// The quantiles at these probabilities, with their derivatives, of which a guess has four digits in the tail's probability;
/// by the logarithms of both tails.
pub(crate) fn polished<D: Cdf + ?Sized>(
    distribution: &D,
    probability: &Tensor,
    guess: &Tensor,
    log_tails: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>,
) -> Result<Tensor> {
    let tails = Tails::of_probability(distribution, probability)?;
    tails.at_ends(distribution, tails.polished(distribution, guess, log_tails)?)
}

/// A quantile that is known as a number, with its derivatives of first and second order: two Newton steps of tensors.
///
/// Where the probability is 0 or 1 the quantile must be the end of the support.
pub(crate) fn with_derivatives<D: Cdf>(distribution: &D, probability: &Tensor, quantile: &Tensor) -> Result<Tensor> {
    let tails = Tails::of_probability(distribution, probability)?;
    let inner = tails.polished(distribution, quantile, |value| log_tails(distribution, value))?;
    Tensor::try_select(&tails.is_inner, inner, quantile.detach())
}

/// Quantiles that are searched: by the logarithm of the smaller of both tails.
struct Tails {
    shape: Shape,
    /// The probability of the lower tail; where it is 0 or 1 or none, the search is for the median.
    is_inner: Tensor,
    is_at_low: Tensor,
    is_at_high: Tensor,
    is_lower: Tensor,
    /// Its logarithm.
    log_tail: Tensor,
}

impl Tails {
    fn of_probability<D: Cdf + ?Sized>(distribution: &D, probability: &Tensor) -> Result<Self> {
        Self::new(distribution, probability, true)
    }

    fn of_survival<D: Cdf + ?Sized>(distribution: &D, probability: &Tensor) -> Result<Self> {
        Self::new(distribution, probability, false)
    }

    fn new<D: Cdf + ?Sized>(distribution: &D, probability: &Tensor, of_lower: bool) -> Result<Self> {
        let shape = check::broadcast(distribution.name(), &probability.shape(), &distribution.batch_shape())?;
        let probability = &scalar::probability(probability);
        let known = probability.detach();
        let [is_zero, is_one] = [known.equal(0.0), known.equal(1.0)];
        let is_inner = known.greater(0.0) * known.less(1.0);
        let searched = Tensor::select(&is_inner, probability, 0.5);
        let is_small = searched.detach().less_equal(0.5);
        let log_tail = Tensor::select(&is_small, searched.ln(), (-searched).log1p());
        let (is_lower, is_at_low, is_at_high) =
            if of_lower { (is_small, is_zero, is_one) } else { (1.0 - is_small, is_one, is_zero) };
        Ok(Self { shape, is_inner, is_at_low, is_at_high, is_lower, log_tail })
    }

    /// ln F(x) = ln p in the lower half, −ln(1 − F(x)) = −ln(1 − p) in the upper, which increase in x: the left side less
    /// the right one, and its derivative by x.
    fn equation<D: Cdf + ?Sized>(
        &self,
        distribution: &D,
        x: &Tensor,
        log_tails: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>,
    ) -> Result<(Tensor, Tensor)> {
        let log_density = distribution.log_prob(x)?;
        let (lower, upper) = log_tails(x)?;
        let residual = Tensor::select(&self.is_lower, &lower - &self.log_tail, &self.log_tail - &upper);
        let slope = (log_density - Tensor::select(&self.is_lower, lower, upper)).exp();
        Ok((residual, slope))
    }

    fn solved<D: Cdf + ?Sized>(
        &self,
        distribution: &D,
        centre: &Tensor,
        width: &Tensor,
        log_tails: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>,
    ) -> Result<Tensor> {
        let (low, high) = ends(&distribution.support());
        let (low, high, centre) = (low.detach(), high.detach(), centre.detach());
        // A width below the last digit of the centre would move nothing.
        let width = width.detach().try_maximum((centre.abs() * f64::EPSILON).maximum(f64::MIN_POSITIVE))?;
        let coordinate = Coordinate { low: &low, high: &high, centre: &centre, width: &width };
        let mut t = Tensor::zeros(self.shape);
        let mut below = Tensor::full(self.shape, -LARGEST_COORDINATE);
        let mut above = Tensor::full(self.shape, LARGEST_COORDINATE);
        let mut last_step = &above - &below;
        let is_recorded = record::is_open();
        for _ in 0..if is_recorded { RECORDED_ITERATIONS } else { ITERATIONS } {
            let (x, slope) = coordinate.at(&t)?;
            let (residual, by_x) = self.equation(distribution, &x, &log_tails)?;
            let (residual, by_t) = (residual.detach(), (by_x * slope).detach());
            let is_beyond = residual.greater(0.0);
            above = Tensor::select(&is_beyond, &t, &above);
            below = Tensor::select(&is_beyond, &below, &t);
            let newton = &t - &residual / &by_t;
            // A step that leaves the bracket, or is larger than half of the last one, is a bisection instead.
            let is_good =
                newton.greater(&below) * newton.less(&above) * (&newton - &t).abs().less(last_step.abs() * 0.5);
            let next = Tensor::select(is_good, newton, (&below + &above) * 0.5);
            // An element that has converged waits for the others: its digits do not depend on them.
            let has_converged = (last_step.abs() / (t.abs() + 1.0)).less(PRECISION);
            let next = Tensor::select(has_converged, &t, next);
            last_step = &next - &t;
            t = Tensor::select(residual.equal(0.0), &t, next);
            if !is_recorded && (t.size() == 0 || (last_step.abs() / (t.abs() + 1.0)).max().item() < PRECISION) {
                break;
            }
        }
        self.polished(distribution, &coordinate.at(&t)?.0, log_tails)
    }

    /// Two Newton steps of tensors, through which the derivatives come.
    fn polished<D: Cdf + ?Sized>(
        &self,
        distribution: &D,
        guess: &Tensor,
        log_tails: impl Fn(&Tensor) -> Result<(Tensor, Tensor)>,
    ) -> Result<Tensor> {
        let mut quantile = guess.detach();
        for _ in 0..2 {
            let (residual, slope) = self.equation(distribution, &quantile, &log_tails)?;
            let step = residual / slope;
            // Where the density underflows there is no derivative, and no digit to gain.
            let is_step = step.detach().abs().less(f64::INFINITY);
            quantile = &quantile - Tensor::select(is_step, step, 0.0);
        }
        Ok(quantile)
    }

    /// The quantile, or an end of the support at 0 and 1, and NaN at what is no probability.
    fn at_ends<D: Cdf + ?Sized>(&self, distribution: &D, quantile: Tensor) -> Result<Tensor> {
        let (low, high) = ends(&distribution.support());
        let at_ends = Tensor::try_select(&self.is_at_low, low, Tensor::try_select(&self.is_at_high, high, f64::NAN)?)?;
        Tensor::try_select(&self.is_inner, quantile, at_ends)?.try_broadcast_to(self.shape)
    }
}

/// The smallest counts at which a distribution function reaches these probabilities, between finite counts `low` and `high`.
///
/// The function has reached them at `high`, which is the quantile at 1, and nowhere below `low`.
pub(crate) fn of_counts_between<D: Cdf>(
    distribution: &D,
    probability: &Tensor,
    low: &Tensor,
    high: &Tensor,
) -> Result<Tensor> {
    let probability = scalar::probability(probability).detach();
    let shape = scalar::check_shape(distribution, &probability)?;
    let is_searched = probability.less(1.0);
    let [from, to] = [low, high].map(|end| Tensor::try_select(&is_searched, end, 0.0));
    let count =
        of_counts(shape, &from?, &to?, |count| distribution.cdf(count)?.detach().try_greater_equal(&probability))?;
    let count = Tensor::try_select(is_searched, count, high)?;
    Tensor::try_select(probability.equal(&probability), count, f64::NAN)?.try_broadcast_to(shape)
}

/// The smallest counts that reach a probability, by a function that says which do: those from some count on.
///
/// `low` is the smallest count and finite, `high` the largest, which may be ∞. There is no derivative.
pub(crate) fn of_counts(
    shape: Shape,
    low: &Tensor,
    high: &Tensor,
    reaches: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    if shape.size() == 0 {
        return Ok(Tensor::zeros(shape));
    }
    let [low, high] = [low, high].map(Tensor::detach);
    let reaches = |count: &Tensor| reaches(count)?.try_mul(count.try_greater_equal(&low)?);
    // The first of low + 2ʲ − 1 that reaches it, j by bisection.
    let at_power = |power: &Tensor| low.try_add((power * LN_2).exp().round() - 1.0)?.try_minimum(&high);
    let (mut below, mut reached) = (Tensor::full(shape, -1.0), Tensor::full(shape, LARGEST_POWER));
    for _ in 0..BISECTIONS.0 {
        let middle = ((&below + &reached) * 0.5).floor();
        let is_reached = reaches(&at_power(&middle)?)? * middle.greater_equal(0.0);
        reached = Tensor::select(&is_reached, &middle, &reached);
        below = Tensor::select(&is_reached, &below, &middle);
    }
    // Then the counts between it and the one before. Where they are neighbours, a step changes nothing.
    let first = reached.equal(0.0);
    let mut reached = at_power(&reached)?;
    let mut below = Tensor::try_select(first, low.try_sub(1.0)?, at_power(&below.maximum(0.0))?)?;
    let is_recorded = record::is_open();
    for _ in 0..BISECTIONS.1 {
        if !is_recorded && (&reached - &below).max().item() <= 1.0 {
            break;
        }
        let middle = ((&below + &reached) * 0.5).floor();
        let is_reached = reaches(&middle)?;
        reached = Tensor::select(&is_reached, &middle, &reached);
        below = Tensor::select(&is_reached, &below, &middle);
    }
    reached.try_broadcast_to(shape)
}

/// The support as an image of the real line, which has room for all magnitudes.
struct Coordinate<'a> {
    low: &'a Tensor,
    high: &'a Tensor,
    centre: &'a Tensor,
    width: &'a Tensor,
}

impl Coordinate<'_> {
    /// The value at a coordinate, and its derivative.
    fn at(&self, t: &Tensor) -> Result<(Tensor, Tensor)> {
        let is_finite = |end: &Tensor| end.abs().less(f64::INFINITY);
        let (has_low, has_high) = (is_finite(self.low), is_finite(self.high));
        let (low, high) = (Tensor::select(&has_low, self.low, 0.0), Tensor::select(&has_high, self.high, 0.0));
        let (up, down) = (t.exp(), (-t).exp());
        // From the lower end, from the upper end, between both, or anywhere.
        let from_low = ((self.centre - &low).maximum(f64::MIN_POSITIVE), up.clone());
        let from_high = ((&high - self.centre).maximum(f64::MIN_POSITIVE), down.clone());
        let width = &high - &low;
        let both = &width * t.sigmoid();
        let bounded = (&low + &both, both * (-t).sigmoid());
        let anywhere = ((&up - &down) * 0.5 * self.width + self.centre, (up + down) * 0.5 * self.width);
        let choose = |of_both: Tensor, of_low: Tensor, of_high: Tensor, of_none: Tensor| -> Result<Tensor> {
            let with_low = Tensor::try_select(&has_high, of_both, of_low)?;
            let without_low = Tensor::try_select(&has_high, of_high, of_none)?;
            Tensor::try_select(&has_low, with_low, without_low)
        };
        let low_part = &from_low.0 * &from_low.1;
        let high_part = &from_high.0 * &from_high.1;
        let value = choose(bounded.0, &low + &low_part, &high - &high_part, anywhere.0)?;
        let slope = choose(bounded.1, low_part, high_part, anywhere.1)?;
        Ok((value, slope))
    }
}

/// The ends of the support of numbers, and of counts.
pub(crate) fn ends(support: &Constraint) -> (Tensor, Tensor) {
    let infinite = |sign: f64| Tensor::scalar(sign * f64::INFINITY);
    match support {
        Constraint::Positive | Constraint::NonNegative | Constraint::NonNegativeInteger => {
            (Tensor::scalar(0.0), infinite(1.0))
        }
        Constraint::UnitInterval | Constraint::Boolean => (Tensor::scalar(0.0), Tensor::scalar(1.0)),
        Constraint::Interval { lower, upper } | Constraint::IntegerInterval { lower, upper } => {
            (lower.clone(), upper.clone())
        }
        Constraint::GreaterThan(low) => (low.clone(), infinite(1.0)),
        Constraint::LessThan(high) => (infinite(-1.0), high.clone()),
        _ => (infinite(-1.0), infinite(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Beta, Gamma, Gumbel, Normal, Uniform};
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    /// Against quantiles in closed form or by another algorithm; the derivatives against theirs.
    #[track_caller]
    fn check<D: Cdf>(build: impl Fn(&[Tensor]) -> Result<D>, parameters: &[f64], probabilities: &[f64]) {
        let mut inputs: Vec<Tensor> = parameters.iter().map(|&parameter| parameter.into()).collect();
        inputs.push(Tensor::from(probabilities));
        let centre = build(&inputs).unwrap().median().unwrap() * 1.25 + 0.1;
        let got = |inputs: &[Tensor]| {
            let quantiles =
                by_inversion(&build(inputs)?, &inputs[parameters.len()], &centre.abs(), &Tensor::scalar(0.7))?;
            Ok((quantiles * Tensor::linspace(1.0, 2.0, probabilities.len())).sum())
        };
        let want = |inputs: &[Tensor]| {
            let quantiles = build(inputs)?.icdf(&inputs[parameters.len()])?;
            Ok((quantiles * Tensor::linspace(1.0, 2.0, probabilities.len())).sum())
        };
        let (got_value, got_gradient) = grad(got, &inputs).unwrap();
        let (want_value, want_gradient) = grad(want, &inputs).unwrap();
        assert!((got_value / want_value - 1.0).abs() < 1e-12, "{got_value}, {want_value}");
        for (got, want) in got_gradient.iter().zip(&want_gradient) {
            assert!(((got - want) / (want.abs() + 1e-10)).abs().max() < 1e-8, "{got}, {want}");
        }
        assert_program_is_tape("quantile", &inputs, got);
    }

    #[test]
    fn quantiles_of_all_kinds_of_supports() {
        let probabilities = [1e-12, 0.001, 0.3, 0.5, 0.75, 0.9999];
        check(|p| Normal::new(&p[0], &p[1]), &[0.2, 3.0], &probabilities);
        check(|p| Gumbel::new(&p[0], &p[1]), &[-2.0, 0.5], &probabilities);
        check(|p| Gamma::new(&p[0], &p[1]), &[2.5, 0.01], &probabilities);
        check(|p| Uniform::new(&p[0], &p[1]), &[-2.0, 3.0], &probabilities);
        check(|p| Beta::new(&p[0], &p[1]), &[0.5, 3.0], &probabilities);
    }

    #[test]
    fn ends_and_what_is_no_probability() {
        let gamma = Gamma::new(2.0, 1.0).unwrap();
        let at = |probability: f64| by_inversion(&gamma, &probability.into(), &2.0.into(), &1.0.into()).unwrap().item();
        assert_eq!((at(0.0), at(1.0)), (0.0, f64::INFINITY));
        assert!(at(1.5).is_nan() && at(f64::NAN).is_nan());
    }
}
