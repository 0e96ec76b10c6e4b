//! States and observations before anything is observed.

use super::HiddenMarkovModel;
use crate::distribution::{Distribution, Moments};
use crate::{Shape, Tensor};

impl<Observation: Distribution + ?Sized> HiddenMarkovModel<Observation> {
    /// Probability of each state at each step, before anything is observed, of shape batch ++ `[T, K]`.
    #[must_use]
    pub fn prior_marginals(&self) -> Tensor {
        let probs = self.initial_probs();
        let transitions = self.by_step(&self.transition_probs());
        let mut marginals = probs.broadcast_to(self.batch_shape.concat(&Shape::from(self.num_states)));
        let mut steps = vec![marginals.clone()];
        for step in 1..self.num_steps {
            marginals = marginals.unsqueeze(-2).matmul(self.matrix(&transitions, step)).squeeze(-2);
            steps.push(marginals.clone());
        }
        Tensor::stack(&steps, -2)
    }
}

impl<Observation: Moments + ?Sized> HiddenMarkovModel<Observation> {
    /// The mean over the states of an array with axes of the steps and of the states.
    fn mixed(&self, of_state: &Tensor) -> Tensor {
        let rank = self.observation_rank();
        let axis = -1 - rank as isize;
        let probs = self.prior_marginals();
        let probs = probs.reshape(probs.shape().concat(&Shape::from(vec![1; rank])));
        (probs * of_state).sum_axis(axis)
    }

    /// The means in each state, with an axis of size 1 for the steps.
    fn means_by_state(&self) -> Tensor {
        self.observation.mean().unsqueeze(-2 - self.observation_rank() as isize)
    }
}

impl<Observation: Moments + ?Sized> Moments for HiddenMarkovModel<Observation> {
    fn mean(&self) -> Tensor {
        self.mixed(&self.means_by_state())
    }

    fn variance(&self) -> Tensor {
        let rank = self.observation_rank() as isize;
        let shift = self.means_by_state() - self.mean().unsqueeze(-1 - rank);
        self.mixed(&(self.observation.variance().unsqueeze(-2 - rank) + shift.square()))
    }
}
