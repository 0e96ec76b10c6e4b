//! Distribution functions and expectations of finitely many points, as sums of their masses; all points along an axis.

use super::{scalar, vector};
use crate::distribution::Distribution;
use crate::tensor::cumulative::Function;
use crate::{Error, Result, Shape, Tensor};

/// A tail: the sum of the masses of the points up to a value, or of those beyond.
///
/// `points` increase along their last axis, as do the `log_masses`; at `last` and above nothing is beyond.
pub(crate) fn tail(
    distribution: &impl Distribution,
    function: Function,
    value: &Tensor,
    points: &Tensor,
    last: &Tensor,
    log_masses: &Tensor,
) -> Result<Tensor> {
    let shape = scalar::check_shape(distribution, value)?;
    let (below, beyond) = function.beyond();
    let value = &value.detach();
    let first = points.index(-1, 0);
    let (is_below, is_beyond) = (value.try_less(&first)?, value.try_greater_equal(last)?);
    // Between its points the function is flat.
    let bound = Tensor::try_select(is_below.try_add(&is_beyond)?, &first, value)?;
    let is_number = bound.equal(&bound);
    let bound = vector::over_events(&bound, 1)?;
    let is_summed = match function {
        Function::Lower | Function::LogLower => points.try_less_equal(bound)?,
        _ => points.try_greater(bound)?,
    };
    let inside = match function {
        Function::Lower | Function::Upper => Tensor::try_select(is_summed, log_masses.exp(), 0.0)?.try_sum_axis(-1)?,
        _ => {
            // In the place of −∞, whose gradient is NaN where there is nothing else.
            let sum = Tensor::try_select(is_summed, log_masses.maximum(f64::MIN), f64::MIN)?.try_logsumexp_axis(-1)?;
            Tensor::select(sum.less(0.5 * f64::MIN), f64::NEG_INFINITY, sum)
        }
    };
    let inside = Tensor::try_select(is_number, inside, f64::NAN)?;
    let inside = Tensor::try_select(is_beyond, beyond, inside)?;
    Tensor::try_select(is_below, below, inside)?.try_broadcast_to(shape)
}

/// The mean of −s over points along the last axis of these log masses; −∞ where there are none.
pub(crate) fn expected_surprise(log_masses: &Tensor, surprise: &Tensor) -> Result<Tensor> {
    // In the place of −∞, whose product with the mass 0 is no number.
    let [log_masses, surprise] = [log_masses, surprise].map(|logarithm| logarithm.maximum(f64::MIN));
    Ok(-log_masses.exp().try_mul(surprise)?.try_sum_axis(-1)?)
}

/// The index of the quantile among the points; NaN if the probability is none.
///
/// `has_more` is 1 for the points behind which others have a mass. No quantile lies beyond the last with a mass, whatever the sum
/// is rounded to.
pub(crate) fn quantile_index(
    distribution: &impl Distribution,
    probability: &Tensor,
    log_masses: &Tensor,
    has_more: &Tensor,
) -> Result<Tensor> {
    let shape = scalar::check_shape(distribution, probability)?;
    let probability = vector::over_events(probability, 1)?;
    let is_passed = probability.try_greater(log_masses.exp().cumsum(-1))?.try_maximum(probability.equal(1.0))?;
    let index = is_passed.try_mul(has_more)?.try_sum_axis(-1)?;
    let is_one = probability.greater_equal(0.0) * probability.less_equal(1.0);
    Tensor::try_select(is_one.squeeze(-1), index, f64::NAN)?.try_broadcast_to(shape)
}

/// The largest number of values that are enumerated.
const MOST_VALUES: f64 = (1 << 24) as f64;

/// The values of `EnumerateSupport`, given for each batch member along the second axis.
///
/// # Errors
/// Members with different values.
pub(crate) fn points(distribution: &(impl Distribution + ?Sized), of_members: &Tensor) -> Result<Tensor> {
    let shape = scalar::along_new_axis(of_members.shape()[1], &distribution.batch_shape());
    let elements = of_members.detach().to_vec();
    let size = of_members.shape()[1] * distribution.event_shape().size();
    let (first, others) = elements.split_at(size.min(elements.len()));
    if size > 0 && others.chunks_exact(size).any(|other| other != first) {
        return Err(differ(distribution));
    }
    Tensor::new(first, shape.concat(&distribution.event_shape()))
}

fn differ(distribution: &(impl Distribution + ?Sized)) -> Error {
    Error::Unsupported {
        what: format!("enumerating {} with members of different supports", distribution.name()),
        hint: "give all members of the batch the same support".to_owned(),
    }
}

/// The number of values, if they can be enumerated.
pub(crate) fn count(distribution: &(impl Distribution + ?Sized), values: f64) -> Result<usize> {
    if values <= MOST_VALUES {
        return Ok(values as usize);
    }
    Err(Error::Unsupported {
        what: format!("enumerating {} with {values} values", distribution.name()),
        hint: format!("enumerate at most {MOST_VALUES} values"),
    })
}

/// All integers from one end to the other, with both, as the values of `EnumerateSupport`.
///
/// # Errors
/// Members with different ends; an infinite end, or more values than are enumerated.
pub(crate) fn integers(distribution: &(impl Distribution + ?Sized), low: &Tensor, high: &Tensor) -> Result<Tensor> {
    let [low, high] = [low, high].map(|end| end.detach().to_vec());
    let (Some(&first), Some(&last)) = (low.first(), high.first()) else {
        return Tensor::new([], Shape::from(0).concat(&distribution.batch_shape()));
    };
    if low.iter().any(|&low| low != first) || high.iter().any(|&high| high != last) {
        return Err(differ(distribution));
    }
    let size = count(distribution, last - first + 1.0)?;
    (Tensor::arange(size) + first).try_reshape(scalar::along_new_axis(size, &distribution.batch_shape()))
}
