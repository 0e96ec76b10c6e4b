//! The states and what comes, given the observations.

use std::ops::Range;

use super::kalman::{Belief, Pass, product, symmetric};
use super::{LinearGaussianStateSpaceModel, NAME};
use crate::distribution::Distribution;
use crate::distribution::time_series::{check_length, stack_steps};
use crate::random::Rng;
use crate::{Error, Result, Shape, Tensor, check};

/// The states of a [`LinearGaussianStateSpaceModel`], each given the observations up to its step.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, LinearGaussianStateSpaceModel};
///
/// // A level that walks at random. Before each observation its variance is 1, as that of the observation.
/// let model = LinearGaussianStateSpaceModel::new(2, [[1.0]], [[0.5]], [[1.0]], [[1.0]], [0.0], [[1.0]])?;
/// let observations = Tensor::from([[3.0], [6.0]]);
/// let filtered = model.filter(&observations)?;
/// assert_eq!(filtered.predicted_means.to_vec(), [0.0, 1.5]);
/// assert_eq!(filtered.means.to_vec(), [1.5, 3.75]);
/// assert_eq!(filtered.predicted_covariances.to_vec(), [1.0, 1.0]);
/// assert_eq!(filtered.covariances.to_vec(), [0.5, 0.5]);
/// let log_prob = model.log_prob(&observations)?;
/// assert!((filtered.log_likelihoods.sum() - log_prob).abs().item() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Filtered {
    /// Log density of each observation given those before, of shape `.. ++ batch ++ [num_steps]`; their sum is the log density
    /// of all.
    pub log_likelihoods: Tensor,
    /// Mean of each state given the observations up to its own, `.. ++ batch ++ [num_steps, n]`.
    pub means: Tensor,
    /// Covariance of each state given the observations up to its own, batch ++ `[num_steps, n, n]`: it does not depend on what
    /// was observed.
    pub covariances: Tensor,
    /// Mean of each state given the observations before its own, `.. ++ batch ++ [num_steps, n]`.
    pub predicted_means: Tensor,
    /// Covariance of each state given the observations before its own, batch ++ `[num_steps, n, n]`.
    pub predicted_covariances: Tensor,
}

/// The states of a [`LinearGaussianStateSpaceModel`], each given all observations.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::LinearGaussianStateSpaceModel;
///
/// let model = LinearGaussianStateSpaceModel::new(2, [[1.0]], [[0.5]], [[1.0]], [[1.0]], [0.0], [[1.0]])?;
/// let observations = Tensor::from([[3.0], [6.0]]);
/// let (filtered, smoothed) = (model.filter(&observations)?, model.smoother(&observations)?);
/// // The second observation moves the first state; there is none after the last one.
/// assert_eq!((filtered.means.to_vec(), smoothed.means.to_vec()), (vec![1.5, 3.75], vec![2.625, 3.75]));
/// assert_eq!(smoothed.covariances.to_vec(), [0.375, 0.5]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Smoothed {
    /// Mean of each state, `.. ++ batch ++ [num_steps, n]`.
    pub means: Tensor,
    /// Covariance of each state, batch ++ `[num_steps, n, n]`: it does not depend on what was observed.
    pub covariances: Tensor,
}

impl LinearGaussianStateSpaceModel {
    /// The distribution of each state given the observations up to its step, by Kalman's filter.
    ///
    /// # Errors
    /// Observations of another shape than the event.
    pub fn filter(&self, observations: &Tensor) -> Result<Filtered> {
        let (observations, shape) = self.prepared(observations)?;
        let pass = self.filter_pass(&observations, &self.initial_mean)?;
        let log_likelihoods = pass.predictions.log_likelihoods()?;
        let order: Vec<usize> = (1..log_likelihoods.rank()).chain([0]).collect();
        let steps = Shape::from(self.num_steps);
        let filtered = || pass.steps.iter().map(|step| &step.filtered);
        let predicted = || pass.steps.iter().map(|step| &step.predicted);
        Ok(Filtered {
            log_likelihoods: log_likelihoods.try_permute(&order)?.try_reshape(shape.concat(&steps))?,
            means: self.means(filtered().map(|belief| &belief.mean), &observations, &shape)?,
            covariances: self.covariances(filtered().map(|belief| &belief.covariance))?,
            predicted_means: self.means(predicted().map(|belief| &belief.mean), &observations, &shape)?,
            predicted_covariances: self.covariances(predicted().map(|belief| &belief.covariance))?,
        })
    }

    /// The distribution of each state given all observations.
    ///
    /// # Errors
    /// Observations of another shape than the event.
    pub fn smoother(&self, observations: &Tensor) -> Result<Smoothed> {
        let (observations, shape) = self.prepared(observations)?;
        let pass = self.filter_pass(&observations, &self.initial_mean)?;
        let beliefs = self.smoothed(&pass, true)?;
        Ok(Smoothed {
            means: self.means(beliefs.iter().map(|belief| &belief.mean), &observations, &shape)?,
            covariances: self.covariances(beliefs.iter().map(|belief| &belief.covariance))?,
        })
    }

    /// The distribution of the next observations, given those up to now; of batch shape `.. ++ batch`.
    ///
    /// Where matrices are [time-varying](Self::time_varying), those of the next steps are not known: make a model of all steps,
    /// and take what is [`remaining`](Self::remaining).
    ///
    /// # Errors
    /// Observations of another shape than the event; no step; time-varying matrices, an offset.
    pub fn forecast(&self, observations: &Tensor, steps: usize) -> Result<Self> {
        check_length("forecast", "steps", steps)?;
        if !self.is_homogeneous() {
            return Err(Error::InvalidArgument {
                operation: "forecast",
                argument: "self",
                expected: "a model whose matrices are the same in all steps".to_owned(),
                got: format!(
                    "{}\nhelp: make a model of all steps, and call `remaining` with the first observations",
                    if self.observation_offset.is_some() { "an offset of each step" } else { "time-varying matrices" }
                ),
            });
        }
        let (observations, shape) = self.prepared(observations)?;
        let pass = self.filter_pass(&observations, &self.initial_mean)?;
        let (initial_mean, initial_covariance) = self.next_state(&pass, self.num_steps - 1, &observations, &shape)?;
        Self { num_steps: steps, initial_mean, initial_covariance, mask: None, ..self.clone() }.with_shapes()
    }

    /// The distribution of the observations of the remaining steps, given those of the first ones, which may be any number less
    /// than all; of batch shape `.. ++ batch`.
    ///
    /// # Errors
    /// Observations of another size than the model's, of no step or of all of them.
    pub fn remaining(&self, observations: &Tensor) -> Result<Self> {
        let shape = observations.shape();
        let first = match shape.dims() {
            &[.., first, size] if size == self.observation_size && (1..self.num_steps).contains(&first) => first,
            _ => {
                let (size, last) = (self.observation_size, self.num_steps - 1);
                let expected = format!("observations of size {size} of 1 to {last} steps in the last two axes");
                return Err(Error::InvalidShape { operation: "remaining", expected, got: shape });
            }
        };
        let seen = self.steps(0..first)?;
        let (observations, shape) = seen.prepared(observations)?;
        let pass = seen.filter_pass(&observations, &self.initial_mean)?;
        let (initial_mean, initial_covariance) = self.next_state(&pass, first - 1, &observations, &shape)?;
        Self { initial_mean, initial_covariance, ..self.steps(first..self.num_steps)? }.with_shapes()
    }

    /// The model of some of the steps, with the first state's mean and covariance of the first step of all.
    pub(super) fn steps(&self, range: Range<usize>) -> Result<Self> {
        let transitions = range.start.min(self.num_steps.saturating_sub(2))..(range.end - 1).max(1);
        let mask = self.mask.as_ref().map(|mask| mask.slice(-1, range.clone()));
        let offset = self.observation_offset.as_ref().map(|offset| offset.slice(-2, range.clone()));
        let model = Self {
            num_steps: range.len(),
            transition_matrix: self.transition_matrix.steps(transitions.clone()),
            transition_covariance: self.transition_covariance.steps(transitions),
            observation_matrix: self.observation_matrix.steps(range.clone()),
            observation_covariance: self.observation_covariance.steps(range),
            ..self.clone()
        };
        let model = model.with_shapes()?;
        let model = match offset {
            Some(offset) => model.with_observation_offset(offset)?,
            None => model,
        };
        match mask {
            Some(mask) => model.with_mask(mask),
            None => Ok(model),
        }
    }

    /// Mean and covariance of the state after a step, given the observations up to it.
    fn next_state(&self, pass: &Pass, step: usize, observations: &Tensor, shape: &Shape) -> Result<(Tensor, Tensor)> {
        let Belief { mean, covariance } = &pass.steps[step].filtered;
        let mean = product(&self.transition_matrix.at(step), mean)?.try_squeeze(-1)?;
        // It has all axes of the batch only if some matrix that it depends on has them.
        let mean = mean.try_broadcast_to(self.outer_shape(observations)?.concat(&Shape::from(self.state_size)))?;
        let mean = mean.try_reshape(shape.concat(&Shape::from(self.state_size)))?;
        Ok((mean, self.predicted_covariance(covariance, step)?))
    }

    /// Joint draws of all states given the observations, of shape sample shape ++ `.. ++ batch ++ [num_steps, n]`.
    ///
    /// States and observations are drawn from the model, and the states moved by what smoothing makes of the difference of the
    /// observations (Durbin and Koopman 2002, "A simple and efficient simulation smoother for state space time series analysis").
    /// Gradients flow through the draws.
    ///
    /// # Errors
    /// Observations of another shape than the event; parameters outside their domain.
    pub fn sample_posterior(
        &self,
        rng: &mut Rng,
        observations: &Tensor,
        sample_shape: impl Into<Shape>,
    ) -> Result<Tensor> {
        let sample_shape = sample_shape.into();
        let (observations, shape) = self.prepared(observations)?;
        let outer = shape.split_event(self.batch_shape.rank()).0;
        let several = Shape::from([sample_shape.size(), outer.size()]);
        let (states, drawn) = self.draw(rng, &Shape::from(several.size()))?;
        // Of each draw the differences from each of the sequences.
        let split = |tensor: &Tensor| {
            let shape = tensor.shape();
            tensor.try_reshape(several.concat(&Shape::from(&shape[1..])))
        };
        let difference = observations.try_sub(split(&drawn)?)?;
        let flat = Shape::from(several.size()).concat(&self.batch_shape).concat(&self.event_shape());
        let difference = difference.try_reshape(flat)?;
        let difference = match self.element_mask() {
            Some(counts) => Tensor::try_select(counts, difference, 0.0)?,
            None => difference,
        };
        let pass = self.filter_pass(&difference, &Tensor::zeros(self.state_size))?;
        let beliefs = self.smoothed(&pass, false)?;
        let outer_flat = flat.split_event(2).0;
        let moves = self.means(beliefs.iter().map(|belief| &belief.mean), &difference, &outer_flat)?;
        let events = Shape::from([self.num_steps, self.state_size]);
        states.try_add(moves)?.try_reshape(sample_shape.concat(&shape).concat(&events))
    }

    /// Goes back through the filter's steps, with r and N such that the smoothed mean is m + P r and the covariance P − P N P.
    fn smoothed(&self, pass: &Pass, with_covariances: bool) -> Result<Vec<Belief>> {
        let size = self.state_size;
        let (mut r, mut n) = (Tensor::zeros([size, 1]), Tensor::zeros([size, size]));
        let mut beliefs = Vec::with_capacity(self.num_steps);
        for (place, step) in pass.steps.iter().enumerate().rev() {
            if place + 1 < self.num_steps {
                let transition = self.transition_matrix.at(place);
                let transposed = transition.try_transpose()?;
                r = product(&transposed, &r)?;
                if with_covariances {
                    n = product(&transposed, &product(&n, &transition)?)?;
                }
            }
            let Belief { mean, covariance } = &step.filtered;
            let mean = mean.try_add(product(covariance, &r)?)?;
            let covariance = match with_covariances {
                true => covariance.try_sub(product(covariance, &product(&n, covariance)?)?)?,
                false => covariance.clone(),
            };
            beliefs.push(Belief { mean, covariance });
            for update in step.updates.iter().rev() {
                let column = update.row.try_transpose()?;
                let kept = Tensor::eye(size).try_sub(product(&update.gain, &update.row)?)?;
                let kept_transposed = kept.try_transpose()?;
                let moved = product(&kept_transposed, &r)?;
                r = column.try_mul(&update.scaled_innovation)?.try_add(moved)?;
                if with_covariances {
                    let moved = product(&kept_transposed, &product(&n, &kept)?)?;
                    n = product(&column, &update.row)?.try_mul(&update.precision)?.try_add(moved)?;
                }
            }
        }
        beliefs.reverse();
        Ok(beliefs)
    }

    /// The axes of prepared observations before the event, with those of the batch.
    fn outer_shape(&self, observations: &Tensor) -> Result<Shape> {
        check::broadcast(NAME, &observations.shape().split_event(2).0, &self.batch_shape)
    }

    /// Means of all steps, for each sequence.
    fn means<'a>(
        &self,
        means: impl Iterator<Item = &'a Tensor>,
        observations: &Tensor,
        shape: &Shape,
    ) -> Result<Tensor> {
        let outer = self.outer_shape(observations)?.concat(&Shape::from(self.state_size));
        let means = means.map(|mean| mean.try_squeeze(-1)?.try_broadcast_to(outer)).collect::<Result<Vec<_>>>()?;
        stack_steps(&means, 1)?.try_reshape(shape.concat(&Shape::from([self.num_steps, self.state_size])))
    }

    /// Covariances of all steps.
    fn covariances<'a>(&self, covariances: impl Iterator<Item = &'a Tensor>) -> Result<Tensor> {
        let shape = self.batch_shape.concat(&Shape::from([self.state_size, self.state_size]));
        let of_batch = |covariance: &Tensor| {
            // A mask has been padded to the axes of the observations.
            let (_, own) = covariance.shape().split_event(covariance.rank().min(shape.rank()));
            symmetric(covariance)?.try_reshape(own)?.try_broadcast_to(shape)
        };
        let covariances = covariances.map(of_batch);
        stack_steps(&covariances.collect::<Result<Vec<_>>>()?, 2)
    }
}
