//! Distributions of sequences. The first axis of an event is the time.

mod auto_regressive;
mod euler_maruyama;
mod gaussian_random_walk;
mod gaussian_state_space;
mod hidden_markov_model;
mod state_space;

pub use self::auto_regressive::AutoRegressive;
pub use self::euler_maruyama::EulerMaruyama;
pub use self::gaussian_random_walk::GaussianRandomWalk;
pub use self::gaussian_state_space::GaussianStateSpace;
pub use self::hidden_markov_model::HiddenMarkovModel;
pub use self::state_space::{Filtered, LinearGaussianStateSpaceModel, Smoothed};

use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// Moves the time axis, which has `inner` axes behind it, to the front, and pads the batch to at least `batch_rank` axes.
///
/// A step is then an index of the first axis, and tensors with batch axes broadcast against it.
fn time_first(tensor: &Tensor, inner: usize, batch_rank: usize) -> Result<Tensor> {
    let batch = tensor.rank() - inner - 1;
    let missing = batch_rank.saturating_sub(batch);
    let padded = Shape::from(vec![1; missing]).concat(&tensor.shape());
    let time = batch + missing;
    let order: Vec<usize> = std::iter::once(time).chain(0..time).chain(time + 1..time + 1 + inner).collect();
    tensor.try_reshape(padded)?.try_permute(&order)
}

/// Moves the time axis from the front to where it stands in a sequence whose steps have `inner` axes.
fn time_last(tensor: &Tensor, inner: usize) -> Result<Tensor> {
    let rank = tensor.rank();
    let order: Vec<usize> = (1..rank - inner).chain([0]).chain(rank - inner..rank).collect();
    tensor.try_permute(&order)
}

/// Stacks the steps of a sequence along a time axis in front of their last `inner` axes.
fn stack_steps(steps: &[Tensor], inner: usize) -> Result<Tensor> {
    Tensor::try_stack(steps, -1 - inner as isize)
}

/// Refuses sequences without a step.
fn check_length(operation: &'static str, argument: &'static str, steps: usize) -> Result<()> {
    if steps > 0 {
        return Ok(());
    }
    Err(Error::InvalidArgument { operation, argument, expected: "at least 1".to_owned(), got: "0".to_owned() })
}

/// A mask of the steps of a sequence, in the last axis.
fn mask_of_steps(operation: &'static str, mask: Tensor, num_steps: usize) -> Result<Tensor> {
    check::parameter(operation, "mask", &mask, &Constraint::Boolean)?;
    if mask.shape().last() != Some(&num_steps) {
        let expected = format!("a mask of {num_steps} steps along the last axis");
        return Err(Error::InvalidShape { operation, expected, got: mask.shape() });
    }
    // Which steps count is data.
    Ok(mask.detach())
}

/// Values with a single axis before the batch, so that few axes are left to states, and the shape of their axes before the
/// event.
fn flattened(
    operation: &'static str,
    value: Tensor,
    event_rank: usize,
    batch_shape: &Shape,
) -> Result<(Tensor, Shape)> {
    let (outer, event) = value.shape().split_event(event_rank);
    let shape = check::broadcast(operation, &outer, batch_shape)?;
    if outer.rank() <= batch_shape.rank() {
        return Ok((value, shape));
    }
    let (sample, own) = outer.split_event(batch_shape.rank());
    Ok((value.try_reshape(Shape::from(sample.size()).concat(&own).concat(&event))?, shape))
}
