//! `StateSpace`: a component in the form of the filter, and the sum of several.

use std::ops::Range;

use ppl::distribution::LinearGaussianStateSpaceModel;
use ppl::{IntoTensor, Shape, Tensor};

use super::StsError;
use crate::error::Result;

/// A linear Gaussian state space, whose observation is a component's part of the series, without noise.
///
/// ```text
/// z_0 ~ Normal(initial_mean, initial_covariance),   z_{t+1} = transition z_t + Normal(0, noise_t)
///
/// part_t = observation_t · z_t + offset_t
/// ```
///
/// # Shapes
/// With n elements of the state: `transition` batch ++ `[n, n]`, `observation` `[steps, n]`, or `[1, n]` for all times,
/// `noise` batch ++ `[steps − 1, n, n]`, or batch ++ `[1, n, n]`, `initial_mean` batch ++ `[n]`, `initial_covariance`
/// batch ++ `[n, n]`, `offset` batch ++ `[steps]`. The batch is that of the parameters.
///
/// # Errors
/// Tensors that do not fit each other are [`StsError::Shape`] in a run of the series.
///
/// # Example
/// A swing with a period of four times, whose amplitude is known: the state turns by a right angle in each.
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{Component, Parameter, ParameterValues, SeriesScale, StateSpace, StructuralTimeSeries};
///
/// #[derive(Debug)]
/// struct Swing;
///
/// impl Component for Swing {
///     fn name(&self) -> &str {
///         "swing"
///     }
///
///     fn parameters(&self, _: &SeriesScale) -> Result<Vec<Parameter>> {
///         Ok(vec![])
///     }
///
///     fn state_space(&self, _: &ParameterValues<'_>, _: &SeriesScale, _: usize) -> Result<StateSpace> {
///         let (turn, first) = ([[0.0, -1.0], [1.0, 0.0]], [[1.0, 0.0]]);
///         Ok(StateSpace::new(turn, first).initial([3.0, 0.0], [[0.0, 0.0], [0.0, 0.0]]))
///     }
/// }
///
/// let series = StructuralTimeSeries::new(&[3.0, 0.0, -3.0, 0.0, 3.0])?.with(Swing)?;
/// let trace = series.substitute("observation_noise_scale", 0.5).trace(0)?;
/// // All residuals are 0.
/// let want = Normal::new(0.0, 0.5)?.log_prob(&0.0.into())? * 5.0;
/// assert!((trace.log_likelihood()? - want).abs().item() < 1e-12);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StateSpace {
    transition: Tensor,
    observation: Tensor,
    noise: Tensor,
    initial_mean: Tensor,
    initial_covariance: Tensor,
    offset: Option<Tensor>,
}

impl StateSpace {
    /// A state that moves without noise, and is 0 at first.
    pub fn new(transition: impl IntoTensor, observation: impl IntoTensor) -> Self {
        let observation = observation.into_tensor();
        let size = observation.shape().last().copied().unwrap_or(0);
        Self {
            transition: transition.into_tensor(),
            observation,
            noise: Tensor::zeros([1, size, size]),
            initial_mean: Tensor::zeros([size]),
            initial_covariance: Tensor::zeros([size, size]),
            offset: None,
        }
    }

    /// No state that shows: the part is the offset alone.
    #[must_use]
    pub fn of_offset(offset: impl IntoTensor) -> Self {
        Self::new([[1.0]], [[0.0]]).offset(offset)
    }

    /// Covariances of what is added in each step, positive semidefinite at every value of the parameters.
    #[must_use]
    pub fn noise(mut self, covariance: impl IntoTensor) -> Self {
        self.noise = covariance.into_tensor();
        self
    }

    /// Mean and covariance of the state at the first time, the latter positive semidefinite at every value of the
    /// parameters.
    #[must_use]
    pub fn initial(mut self, mean: impl IntoTensor, covariance: impl IntoTensor) -> Self {
        self.initial_mean = mean.into_tensor();
        self.initial_covariance = covariance.into_tensor();
        self
    }

    /// What is added to the observation at each time.
    #[must_use]
    pub fn offset(mut self, offset: impl IntoTensor) -> Self {
        self.offset = Some(offset.into_tensor());
        self
    }

    fn size(&self) -> usize {
        self.observation.shape().last().copied().unwrap_or(0)
    }

    /// That the tensors fit each other, and the number of times.
    pub(super) fn check(&self, component: &str, steps: usize) -> Result<()> {
        let size = self.size();
        let transitions = steps.saturating_sub(1).max(1);
        let by_step = |steps: usize| vec![1, steps];
        for (tensor, value, lengths, event) in [
            ("observation", Some(&self.observation), by_step(steps), vec![size]),
            ("transition", Some(&self.transition), vec![], vec![size, size]),
            ("noise", Some(&self.noise), by_step(transitions), vec![size, size]),
            ("initial_mean", Some(&self.initial_mean), vec![], vec![size]),
            ("initial_covariance", Some(&self.initial_covariance), vec![], vec![size, size]),
            ("offset", self.offset.as_ref(), vec![], vec![steps]),
        ] {
            let Some(value) = value else { continue };
            let shape = value.shape();
            let own = shape.rank().checked_sub(event.len() + usize::from(!lengths.is_empty()));
            let fits = own.is_some_and(|own| {
                let (first, rest) = shape.dims()[own..].split_at(usize::from(!lengths.is_empty()));
                first.iter().all(|length| lengths.contains(length)) && rest == event && size > 0
            });
            if !fits {
                let mut expected = event.iter().map(ToString::to_string).collect::<Vec<_>>();
                if let Some(steps) = lengths.last() {
                    expected.insert(0, format!("1 or {steps}"));
                }
                let expected = format!("[{}] behind the batch", expected.join(", "));
                let (component, got) = (component.to_owned(), shape.to_string());
                return Err(StsError::Shape { component, tensor, expected, got }.into());
            }
        }
        Ok(())
    }
}

/// The sum of components' state spaces, observed with noise.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) model: LinearGaussianStateSpaceModel,
    pub(super) parts: Vec<Part>,
    /// Variance of the noise of an observation, of shape batch.
    pub(super) noise_variance: Tensor,
}

/// What a component adds to the series: some elements of the state, seen by a row for each time, and an offset.
#[derive(Debug)]
pub(super) struct Part {
    elements: Range<usize>,
    /// `[steps, n]`, or `[1, n]`.
    observation: Tensor,
    /// Batch ++ `[steps]`.
    offset: Option<Tensor>,
}

impl Sum {
    /// The sum of components, for so many times; `mask` says at which there is an observation.
    pub(super) fn new(spaces: &[StateSpace], noise_scale: &Tensor, steps: usize, mask: Option<Tensor>) -> Result<Self> {
        let all = |tensor: fn(&StateSpace) -> &Tensor| spaces.iter().map(tensor).collect::<Vec<_>>();
        let mut parts = Vec::with_capacity(spaces.len());
        let mut offsets: Option<Tensor> = None;
        let mut first = 0;
        for StateSpace { observation, offset, .. } in spaces {
            let size = observation.shape()[1];
            parts.push(Part {
                elements: first..first + size,
                observation: observation.clone(),
                offset: offset.clone(),
            });
            first += size;
            if let Some(offset) = offset {
                offsets = Some(match offsets {
                    Some(sum) => sum.try_add(offset)?,
                    None => offset.clone(),
                });
            }
        }
        let noise_variance = noise_scale.square();
        let mut model = LinearGaussianStateSpaceModel::time_varying(
            steps,
            block_diagonal(&all(|space| &space.transition))?.try_unsqueeze(-3)?,
            block_diagonal(&all(|space| &space.noise))?,
            concatenated(&all(|space| &space.observation))?.try_unsqueeze(-2)?,
            noise_variance.try_unsqueeze(-1)?.try_unsqueeze(-1)?.try_unsqueeze(-1)?,
            concatenated(&all(|space| &space.initial_mean))?,
            block_diagonal(&all(|space| &space.initial_covariance))?,
        )?
        // Squares of scales are, and components say so of theirs.
        .assume_semidefinite();
        if let Some(offset) = offsets {
            model = model.with_observation_offset(offset.try_unsqueeze(-1)?)?;
        }
        if let Some(mask) = mask {
            model = model.with_mask(mask)?;
        }
        Ok(Self { model, parts, noise_variance })
    }

    /// Means and variances of what all components add up to, from those of the states; of shape batch ++ `[steps]`.
    pub(super) fn signal(&self, means: &Tensor, covariances: &Tensor) -> Result<(Tensor, Tensor)> {
        let all = Part {
            elements: 0..self.model.state_size(),
            observation: self.model.observation_matrix().try_squeeze(-2)?,
            offset: self.model.observation_offset().map(|offset| offset.squeeze(-1)),
        };
        all.moments(means, covariances)
    }
}

impl Part {
    /// Means and variances of the part, from those of the states; of shape batch ++ `[steps]`.
    pub(super) fn moments(&self, means: &Tensor, covariances: &Tensor) -> Result<(Tensor, Tensor)> {
        let own = |tensor: &Tensor, axis: isize| tensor.try_slice(axis, self.elements.clone());
        let mean = own(means, -1)?.try_mul(&self.observation)?.try_sum_axis(-1)?;
        let mean = match &self.offset {
            Some(offset) => mean.try_add(offset)?,
            None => mean,
        };
        let rows = own(&own(covariances, -1)?, -2)?.try_mul(self.observation.try_unsqueeze(-2)?)?.try_sum_axis(-1)?;
        let variance = rows.try_mul(&self.observation)?.try_sum_axis(-1)?;
        // Differences of covariances are 0 but for rounding where a state is known.
        Ok((mean, variance.maximum(0.0)))
    }
}

/// The shape to which all of these broadcast, without their last axes.
fn batch_of(tensors: &[&Tensor], event_rank: usize) -> Result<Shape> {
    let mut batch = Shape::SCALAR;
    for tensor in tensors {
        let own = tensor.shape().split_event(event_rank).0;
        batch = batch.broadcast(&own).ok_or_else(|| ppl::Error::ShapeMismatch {
            operation: "StructuralTimeSeries",
            relation: "broadcast",
            left: batch,
            right: own,
        })?;
    }
    Ok(batch)
}

/// Vectors one after the other, along the last axis.
fn concatenated(vectors: &[&Tensor]) -> Result<Tensor> {
    let batch = batch_of(vectors, 1)?;
    let own = |vector: &&Tensor| vector.try_broadcast_to(batch.concat(&vector.shape().split_event(1).1));
    let all = vectors.iter().map(own).collect::<ppl::Result<Vec<_>>>()?;
    Ok(Tensor::try_concat(&all, -1)?)
}

/// Square matrices along a diagonal, in the last two axes.
fn block_diagonal(matrices: &[&Tensor]) -> Result<Tensor> {
    if let [single] = matrices {
        return Ok((*single).clone());
    }
    let batch = batch_of(matrices, 2)?;
    let sizes: Vec<usize> = matrices.iter().map(|matrix| matrix.shape()[matrix.rank() - 1]).collect();
    let total: usize = sizes.iter().sum();
    let mut strips = Vec::new();
    let mut before = 0;
    for (matrix, &size) in matrices.iter().zip(&sizes) {
        let zeros = |columns: usize| Tensor::zeros(batch.concat(&Shape::from([size, columns])));
        let own = matrix.try_broadcast_to(batch.concat(&Shape::from([size, size])))?;
        let after = total - before - size;
        let pieces = [(before, zeros(before)), (size, own), (after, zeros(after))];
        let pieces: Vec<Tensor> =
            pieces.into_iter().filter(|(columns, _)| *columns > 0).map(|(_, piece)| piece).collect();
        strips.push(Tensor::try_concat(&pieces, -1)?);
        before += size;
    }
    Ok(Tensor::try_concat(&strips, -2)?)
}

/// The squares of scales as a diagonal matrix, batch ++ `[n, n]`.
pub(super) fn diagonal_of_squares(scales: &[&Tensor]) -> Result<Tensor> {
    let squares: Vec<Tensor> = scales.iter().map(|scale| scale.square()).collect();
    let column = Tensor::try_stack(&squares, -1)?.try_unsqueeze(-1)?;
    Ok(Tensor::try_select(Tensor::eye(scales.len()), column, 0.0)?)
}
