//! Distribution functions and expectations of finitely many points, as sums of their masses.

use super::{scalar, vector};
use crate::distribution::Distribution;
use crate::tensor::cumulative::Function;
use crate::{Result, Tensor};

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
