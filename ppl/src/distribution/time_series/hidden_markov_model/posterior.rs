//! The hidden states, given the observations.

use super::{HiddenMarkovModel, NAME, picked};
use crate::distribution::density::scalar;
use crate::distribution::discrete::draw_category;
use crate::distribution::{Categorical, Distribution};
use crate::random::Rng;
use crate::{Error, Result, Shape, Tensor, check};

impl<Observation: Distribution + ?Sized> HiddenMarkovModel<Observation> {
    /// The distribution of each state given all observations, of batch shape `.. ++ batch ++ [T]`: smoothing, by the forward
    /// and backward algorithms.
    ///
    /// # Errors
    /// Observations of another shape than the event, or that no sequence of states allows.
    pub fn posterior_marginals(&self, observations: &Tensor) -> Result<Categorical> {
        let (observations, shape) = self.prepared(observations)?;
        let emissions = self.emissions(&observations)?;
        let forward = self.possible(self.forward(&emissions)?)?;
        let steps = forward.iter().zip(self.backward(&emissions)?);
        let logits = steps.map(|(forward, backward)| forward.try_add(backward)).collect::<Result<Vec<_>>>()?;
        let events = Shape::from([self.num_steps, self.num_states]);
        Categorical::from_logits(Tensor::try_stack(&logits, -2)?.try_reshape(shape.concat(&events))?)
    }

    /// The most probable sequence of states given the observations, of shape `.. ++ batch ++ [T]`: the posterior's mode, by
    /// the algorithm of Viterbi. Of several such the first by their last, then last but one state, and so on.
    ///
    /// # Errors
    /// Observations of another shape than the event, or that no sequence of states allows; the derivative of the states,
    /// which jump.
    pub fn viterbi(&self, observations: &Tensor) -> Result<Tensor> {
        let (observations, shape) = self.prepared(observations)?;
        let emissions = self.emissions(&observations)?;
        scalar::refuse_derivative(
            self,
            "most probable states",
            &[&emissions, &self.initial.given, &self.transition.given],
        )?;
        let transitions = self.by_step(&self.transition.states.log_probs());
        let mut best = self.initial.states.log_probs().try_add(emissions.index(0, 0))?;
        let mut sources = Vec::with_capacity(self.num_steps);
        for step in 1..self.num_steps {
            let paths = best.try_unsqueeze(-1)?.try_add(self.matrix(&transitions, step))?;
            sources.push(paths.try_argmax_axis(-2)?);
            best = paths.try_max_axis(-2)?.try_add(emissions.index(0, step))?;
        }
        let best = self.possible(vec![best])?;
        let mut state = best[0].try_argmax_axis(-1)?;
        let mut states = vec![state.clone()];
        for sources in sources.iter().rev() {
            state = picked(&sources.try_broadcast_to(state.shape().concat(&Shape::from(self.num_states)))?, &state, 0)?;
            states.push(state.clone());
        }
        states.reverse();
        Tensor::try_stack(&states, -1)?.try_reshape(shape.concat(&Shape::from(self.num_steps)))
    }

    /// Joint draws of the states given the observations, of shape sample shape ++ `.. ++ batch ++ [T]`: the forward algorithm,
    /// and draws backwards.
    ///
    /// # Errors
    /// Observations of another shape than the event, or that no sequence of states allows; parameters outside their domain.
    pub fn sample_posterior(
        &self,
        rng: &mut Rng,
        observations: &Tensor,
        sample_shape: impl Into<Shape>,
    ) -> Result<Tensor> {
        check::all(NAME, &self.parameters())?;
        let sample_shape = sample_shape.into();
        let (observations, shape) = self.prepared(observations)?;
        let forward = self.possible(self.forward(&self.emissions(&observations)?)?)?;
        let transitions = self.by_step(&self.transition.states.log_probs());
        let flat = Shape::from(sample_shape.size());
        let (mut state, mut states): (Option<Tensor>, Vec<Tensor>) = (None, Vec::new());
        for (step, forward) in forward.iter().enumerate().rev() {
            let outer = flat.concat(&forward.shape().split_event(1).0);
            let before = match state {
                None => draw_category(rng, outer, &forward.softmax(-1))?,
                Some(after) => {
                    // The state before each state, of which the path takes one.
                    let matrix = self.matrix(&transitions, step + 1).try_transpose()?;
                    let probs = forward.try_unsqueeze(-2)?.try_add(matrix)?.try_softmax(-1)?;
                    let each = draw_category(rng, outer.concat(&Shape::from(self.num_states)), &probs)?;
                    picked(&each, &after, 0)?
                }
            };
            states.push(before.clone());
            state = Some(before);
        }
        states.reverse();
        let events = Shape::from(self.num_steps);
        Tensor::try_stack(&states, -1)?.try_reshape(sample_shape.concat(&shape).concat(&events))
    }

    /// Log densities of the observations after each step given the state there, of shape `.. ++ batch ++ [K]`.
    fn backward(&self, emissions: &Tensor) -> Result<Vec<Tensor>> {
        let transitions = self.by_step(&self.transition.states.log_probs());
        let mut backward = Tensor::zeros(self.num_states);
        let mut steps = vec![backward.clone()];
        for step in (1..self.num_steps).rev() {
            let after = backward.try_add(emissions.index(0, step))?.try_unsqueeze(-2)?;
            backward = self.matrix(&transitions, step).try_add(after)?.try_logsumexp_axis(-1)?;
            steps.push(backward.clone());
        }
        steps.reverse();
        Ok(steps)
    }

    /// The same, if the last of them has a possible state in each sequence.
    fn possible(&self, steps: Vec<Tensor>) -> Result<Vec<Tensor>> {
        let last = steps[steps.len() - 1].try_max_axis(-1)?.detach();
        let is_possible = last.greater(f64::NEG_INFINITY);
        if is_possible.is_recorded() || is_possible.is_known_to_be_all(1.0) {
            return Ok(steps);
        }
        Err(Error::InvalidArgument {
            operation: NAME,
            argument: "observations",
            expected: "possible in some sequence of states".to_owned(),
            got: "observations of probability 0".to_owned(),
        })
    }
}
