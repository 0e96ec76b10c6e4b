//! What distributions of single numbers share: the edge of the support, draws element by element, functions of
//! numbers that are not differentiated.

use crate::distribution::Distribution;
use crate::distribution::density::blocks::in_blocks;
use crate::distribution::density::quantile;
use crate::tensor::cumulative::Function;
use crate::{Error, IntoTensor, Result, Shape, Tensor, check};

/// The log density given by `formula` inside the support, −∞ outside.
///
/// Outside, the formula is fed `harmless` instead of the value: its result is thrown away, but a NaN in it would enter
/// the gradient as 0 · NaN.
pub(crate) fn on_support(
    distribution: &impl Distribution,
    value: &Tensor,
    harmless: impl IntoTensor,
    formula: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let harmless = harmless.into_tensor();
    in_blocks(distribution, value, |value| on_support_at_once(distribution, value, &harmless, &formula))
}

fn on_support_at_once(
    distribution: &impl Distribution,
    value: &Tensor,
    harmless: &Tensor,
    formula: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let shape = check_shape(distribution, value)?;
    let support = distribution.support();
    if value.is_known_to_lie_in(&support) {
        let log_prob = formula(value)?;
        return if log_prob.shape() == shape { Ok(log_prob) } else { log_prob.try_broadcast_to(shape) };
    }
    // Where the support ends has no derivative; the density is 0 beyond.
    let constant = value.detach();
    let inside = support.contains(&constant) * constant.abs().less(f64::INFINITY);
    let log_prob = if inside.is_known_to_be_all(1.0) {
        formula(value)?
    } else {
        let log_prob = formula(&Tensor::select(&inside, value, harmless))?;
        Tensor::select(inside, log_prob, f64::NEG_INFINITY)
    };
    if log_prob.shape() == shape { Ok(log_prob) } else { log_prob.try_broadcast_to(shape) }
}

/// Checks that a value broadcasts against the batch shape.
pub(crate) fn check_shape(distribution: &(impl Distribution + ?Sized), value: &Tensor) -> Result<Shape> {
    check::broadcast(distribution.name(), &value.shape(), &distribution.batch_shape())
}

/// A function of values above the lower end of the support; `below` up to the end, where the function is flat.
pub(crate) fn above(
    distribution: &impl Distribution,
    value: &Tensor,
    low: impl IntoTensor,
    below: f64,
    function: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    check_shape(distribution, value)?;
    let low = low.into_tensor();
    // What is no number is none of the two.
    let is_below = value.try_less_equal(&low)?;
    if is_below.is_known_to_be_all(0.0) {
        return function(value);
    }
    let inside = function(&Tensor::try_select(&is_below, &low + 1.0, value)?)?;
    Tensor::try_select(is_below, below, inside)
}

/// A function of values inside the support; `below` and `beyond` up to its ends and from there on, where the function is
/// flat.
pub(crate) fn inside(
    distribution: &impl Distribution,
    value: &Tensor,
    (below, beyond): (f64, f64),
    function: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let shape = check_shape(distribution, value)?;
    // Where the support ends has no derivative.
    let (low, high) = quantile::ends(&distribution.support());
    let (low, high) = (low.detach(), high.detach());
    // What is no number is none of the two.
    let (is_below, is_beyond) = (value.try_less_equal(&low)?, value.try_greater_equal(&high)?);
    let is_outside = is_below.try_add(&is_beyond)?;
    let inside = if is_outside.is_known_to_be_all(0.0) {
        function(value)?
    } else {
        // Between the ends, also where one of them or both are infinite.
        let from = low.try_maximum(high.minimum(1.0) - 1.0)?;
        let harmless = (high.try_minimum(&from + 1.0)?.try_add(from)?) * 0.5;
        let inside = function(&Tensor::try_select(&is_outside, harmless, value)?)?;
        Tensor::try_select(is_below, below, Tensor::try_select(is_beyond, beyond, inside)?)?
    };
    inside.try_broadcast_to(shape)
}

/// A distribution function of counts, which is flat between them; below 0 and at ∞ it is known.
pub(crate) fn counted(
    distribution: &impl Distribution,
    value: &Tensor,
    function: Function,
    at_count: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let shape = check_shape(distribution, value)?;
    let (below, beyond) = function.beyond();
    let [is_below, is_beyond] = [value.less(0.0), value.equal(f64::INFINITY)];
    let count = Tensor::select(&is_below + &is_beyond, 0.0, value).floor();
    let inside = Tensor::try_select(is_beyond, beyond, at_count(&count)?)?;
    Tensor::try_select(is_below, below, inside)?.try_broadcast_to(shape)
}

/// A probability, with NaN where it is none.
pub(crate) fn probability(probability: &Tensor) -> Tensor {
    let is_one = probability.greater_equal(0.0) * probability.less_equal(1.0);
    if is_one.is_known_to_be_all(1.0) { probability.clone() } else { Tensor::select(is_one, probability, f64::NAN) }
}

/// The logarithm of a probability, from its complement where that is smaller.
pub(crate) fn log_of_complements(probability: &Tensor, complement: &Tensor) -> Tensor {
    let is_small = probability.less(0.5);
    // Each branch is fed a harmless argument where the other one is chosen.
    let small = Tensor::select(&is_small, probability, 0.5).ln();
    let large = (-Tensor::select(&is_small, 0.5, complement)).log1p();
    Tensor::select(is_small, small, large)
}

/// The log density of values of which those that are 0 have this limit instead.
///
/// 0 is no value that such a distribution draws, nor one that a sampler moves to: only constants are asked about.
pub(crate) fn with_limit_at_zero(
    log_prob: Tensor,
    value: &Tensor,
    limit: impl FnOnce() -> Result<Tensor>,
) -> Result<Tensor> {
    if value.is_tracked() || !value.elements().contains(&0.0) {
        return Ok(log_prob);
    }
    Tensor::try_select(value.equal(0.0), limit()?, log_prob)
}

/// Half of a positive parameter. The smallest number has no half: it stays, for none is 0.
pub(crate) fn half(parameter: &Tensor) -> Tensor {
    let half = parameter * 0.5;
    let underflows = half.detach().equal(0.0);
    if underflows.is_known_to_be_all(0.0) { half } else { Tensor::select(underflows, parameter, half) }
}

/// The limit at 0 of a log density that is as x to the power of `concentration` − 1: ∞ below 1, `at_one` at 1, −∞ above.
pub(crate) fn limit_of_power(concentration: &Tensor, at_one: Tensor) -> Result<Tensor> {
    let beyond = Tensor::select(concentration.less(1.0), f64::INFINITY, f64::NEG_INFINITY);
    Tensor::try_select(concentration.equal(1.0), at_one, beyond)
}

/// Quantiles or modes of counts, element by element.
///
/// # Errors
/// While one of the tensors is being differentiated: the function jumps, and between the jumps it is flat.
#[track_caller]
pub(crate) fn step_function<const N: usize>(
    distribution: &(impl Distribution + ?Sized),
    what: &'static str,
    tensors: [&Tensor; N],
    function: impl Fn([f64; N]) -> f64,
) -> Result<Tensor> {
    refuse_derivative(distribution, what, &tensors)?;
    check_shape(distribution, tensors[0])?;
    Tensor::zip_with(tensors, function)
}

/// Refuses operands of a function of counts that are being differentiated.
#[track_caller]
pub(crate) fn refuse_derivative(
    distribution: &(impl Distribution + ?Sized),
    what: &'static str,
    tensors: &[&Tensor],
) -> Result<()> {
    // Recorded ones are refused where their numbers are read.
    if !tensors.iter().any(|tensor| tensor.is_tracked() && !tensor.is_recorded()) {
        return Ok(());
    }
    Err(Error::Unsupported {
        what: format!("the derivative of the {what} of {}, which jump from count to count", distribution.name()),
        hint: format!("detach the arguments and the parameters if the {what} are to be constants"),
    })
}

/// The quantile at a probability; NaN if it is none.
pub(crate) fn quantile(probability: f64, icdf: impl FnOnce(f64) -> f64) -> f64 {
    if (0.0..=1.0).contains(&probability) { icdf(probability) } else { f64::NAN }
}

/// The smallest of the counts 0, 1, …, `last` whose distribution function reaches a probability.
///
/// `last` may be ∞; it is the quantile at 1.
pub(crate) fn count_quantile(probability: f64, last: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    let reaches = |count: f64| cdf(count) >= probability;
    if probability == 1.0 || reaches(0.0) {
        return if probability == 1.0 { last } else { 0.0 };
    }
    let (mut below, mut reached) = (0.0, 1.0_f64.min(last));
    while reached < last && !reaches(reached) {
        below = reached;
        reached = (2.0 * reached).min(last);
    }
    while reached - below > 1.0 {
        let middle = (0.5 * (below + reached)).floor();
        // Beyond 2⁵³ there are gaps between the integers.
        if middle == below || middle == reached {
            break;
        }
        if reaches(middle) { reached = middle } else { below = middle }
    }
    reached
}

/// The shape in which `EnumerateSupport` gives `size` values: a new leftmost axis, and ones for the batch.
pub(crate) fn along_new_axis(size: usize, batch_shape: &Shape) -> Shape {
    Shape::from(size).concat(&Shape::from(vec![1; batch_shape.rank()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_counts() {
        // Uniform on 0, …, 9.
        let cdf = |count: f64| (count + 1.0) / 10.0;
        let quantile = |probability| count_quantile(probability, 9.0, cdf);
        assert_eq!([0.0, 0.05, 0.1, 0.11, 0.5, 0.95, 1.0].map(quantile), [0.0, 0.0, 0.0, 1.0, 4.0, 9.0, 9.0]);
        assert_eq!(count_quantile(0.5, 0.0, |_| 1.0), 0.0);
        assert_eq!(count_quantile(0.5, f64::INFINITY, |count| if count >= 1e15 { 0.7 } else { 0.2 }), 1e15);
    }
}
