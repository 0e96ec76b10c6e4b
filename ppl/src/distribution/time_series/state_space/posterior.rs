//! The states and what comes, given the observations.

use super::kalman::{Belief, Pass, product, symmetric};
use super::{LinearGaussianStateSpaceModel, NAME};
use crate::distribution::Distribution;
use crate::distribution::time_series::{check_length, stack_steps};
use crate::random::Rng;
use crate::{Result, Shape, Tensor};

/// The states of a [`LinearGaussianStateSpaceModel`], each given the observations up to its step.
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
    /// # Errors
    /// Observations of another shape than the event; no step.
    pub fn forecast(&self, observations: &Tensor, steps: usize) -> Result<Self> {
        check_length("forecast", "steps", steps)?;
        let (observations, shape) = self.prepared(observations)?;
        let pass = self.filter_pass(&observations, &self.initial_mean)?;
        let Belief { mean, covariance } = &pass.steps[self.num_steps - 1].filtered;
        let mean = product(&self.transition_matrix, mean)?.try_squeeze(-1)?;
        let mean = mean.try_reshape(shape.concat(&Shape::from(self.state_size)))?;
        let initial_covariance = self.predicted_covariance(covariance)?;
        Self {
            num_steps: steps,
            initial_mean: mean,
            initial_covariance,
            mask: None,
            is_semidefinite: self.is_semidefinite,
            ..self.clone()
        }
        .with_shapes()
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
        let transposed = self.transition_matrix.try_transpose()?;
        let (mut r, mut n) = (Tensor::zeros([size, 1]), Tensor::zeros([size, size]));
        let mut beliefs = Vec::with_capacity(self.num_steps);
        for (place, step) in pass.steps.iter().enumerate().rev() {
            if place + 1 < self.num_steps {
                r = product(&transposed, &r)?;
                if with_covariances {
                    n = product(&transposed, &product(&n, &self.transition_matrix)?)?;
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

    /// Means of all steps, for each sequence.
    fn means<'a>(
        &self,
        means: impl Iterator<Item = &'a Tensor>,
        observations: &Tensor,
        shape: &Shape,
    ) -> Result<Tensor> {
        let outer = observations.shape().split_event(2).0;
        let outer = crate::check::broadcast(NAME, &outer, &self.batch_shape)?.concat(&Shape::from(self.state_size));
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
