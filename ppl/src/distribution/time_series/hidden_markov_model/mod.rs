//! Hidden Markov model.

mod moments;
mod posterior;
mod support;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::support::in_any_state;
use super::{check_length, flattened, mask_of_steps, time_first, time_last};
use crate::distribution::density::vector;
use crate::distribution::derived::sample_expanded;
use crate::distribution::discrete::draw_category;
use crate::distribution::{Categorical, Distribution, DistributionExt};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Observations by a Markov chain of hidden states, which are summed out.
///
#[doc = include_str!("../../../../doc/distribution/HiddenMarkovModel.svg")]
///
/// ```text
/// S_0 ~ Categorical(initial),   S_t ~ Categorical(transition[S_{t−1}]),   X_t ~ observation[S_t]
///
/// p(x) = Σ over all s_0, …, s_{T−1} of p(s) Π_t p(x_t | s_t)
/// ```
///
/// # Parameters
/// | parameter           | domain        | meaning                                                | shape              |
/// |---------------------|---------------|--------------------------------------------------------|--------------------|
/// | `initial_probs`     | a simplex     | probability of each first state                        | batch ++ `[K]`     |
/// | `transition_probs`  | rows are simplices | row i: probability of each state after state i    | batch ++ `[K, K]`  |
/// | `initial_logits`, `transition_logits` | real, −∞ or ∞ | logarithms of the probabilities, up to a constant (of each row) | as those |
/// | `observation`       | a distribution | that of an observation in each state, along its last batch axis | batch ++ `[K]` |
/// | `num_steps`         | at least 1    | length of the sequence, T                              |                    |
///
/// [`new`](Self::new) takes probabilities, [`from_logits`](Self::from_logits) takes logarithms.
/// [`time_varying`](Self::time_varying) and [`time_varying_from_logits`](Self::time_varying_from_logits) take a transition
/// matrix for each step, of shape batch ++ `[T − 1, K, K]`. [`with_mask`](Self::with_mask) says which observations are missing.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[T]` ++ the event of an observation.
///
/// # Support
/// The sequences whose entries are in the support of the observations in some state.
///
/// # Moments
/// ```text
/// mean_t     = Σ_k P(S_t = k) mean_k
/// variance_t = Σ_k P(S_t = k) (variance_k + (mean_k − mean_t)²)
/// ```
/// with the moments of an observation in state k, where its distribution implements them, and P(S_t = k) of
/// [`prior_marginals`](Self::prior_marginals). Mode and entropy are not implemented; the most probable path of states
/// is [`viterbi`](Self::viterbi).
///
/// # Numerics
/// The forward algorithm, on logarithms. Recorded programs run it on scaled probabilities, for one sequence of up to
/// eight states.
///
/// # Draws
/// States are drawn by inversion, then an observation in each. They have no gradient.
///
/// # Reference
/// Rabiner (1989), "A tutorial on hidden Markov models and selected applications in speech recognition"; TFP,
/// `tfd.HiddenMarkovModel`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, HiddenMarkovModel, Normal};
/// use ppl::Tensor;
///
/// // A cold and a hot day's temperature.
/// let weather = HiddenMarkovModel::new([0.8, 0.2], [[0.7, 0.3], [0.2, 0.8]], Normal::new([0.0, 15.0], [5.0, 10.0]), 7)?;
/// let temperatures = Tensor::from([-2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
/// assert!((weather.log_prob(&temperatures)?.item() + 22.357_755_642_426_4).abs() < 1e-12);
/// assert_eq!(weather.viterbi(&temperatures)?.to_vec(), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
/// let hot = weather.posterior_marginals(&temperatures)?.probs().index(-1, 1);
/// assert!(hot.get(0).item() < 0.02 && hot.get(6).item() > 0.8);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct HiddenMarkovModel<Observation: ?Sized = dyn Distribution> {
    initial: Weights,
    transition: Weights,
    /// Whether each step has a transition matrix of its own.
    is_time_varying: bool,
    observation: Arc<Observation>,
    num_steps: usize,
    num_states: usize,
    /// Of shape batch ++ `[T]`.
    mask: Option<Tensor>,
    batch_shape: Shape,
}

/// Probabilities of states, as they were given.
#[derive(Clone, Debug)]
struct Weights {
    name: &'static str,
    given: Tensor,
    domain: Constraint,
    states: Categorical,
}

impl Weights {
    fn probs(name: &'static str, probs: Tensor) -> Result<Self> {
        check::constants(NAME, &[(name, &probs, Constraint::Simplex)])?;
        let states = Categorical::new(&probs)?;
        Ok(Self { name, given: probs, domain: Constraint::Simplex, states })
    }

    fn logits(name: &'static str, logits: Tensor) -> Result<Self> {
        check::constants(NAME, &[(name, &logits, check::extended_real())])?;
        let states = Categorical::from_logits(&logits)?;
        Ok(Self { name, given: logits, domain: check::extended_real(), states })
    }

    fn parameter(&self) -> check::Parameter<'_> {
        (self.name, &self.given, self.domain.clone())
    }
}

const NAME: &str = "HiddenMarkovModel";

impl<Observation: Distribution + ?Sized> HiddenMarkovModel<Observation> {
    /// A model with these probabilities.
    ///
    /// # Errors
    /// Probabilities that are negative or do not sum to 1; no step; shapes that do not fit; those of building the
    /// distribution of observations.
    pub fn new<D>(
        initial_probs: impl IntoTensor,
        transition_probs: impl IntoTensor,
        observation: D,
        num_steps: usize,
    ) -> Result<Self>
    where
        D: DistributionExt<Base = Observation>,
    {
        check_length(NAME, "num_steps", num_steps)?;
        let initial = Weights::probs("initial_probs", initial_probs.into_tensor())?;
        let transition = Weights::probs("transition_probs", transition_probs.into_tensor())?;
        Self::build(initial, transition, observation.into_shared()?, Some(num_steps))
    }

    /// A model with probabilities proportional to the exponentials of these numbers.
    ///
    /// # Errors
    /// Logits that are NaN, all −∞, or ∞ more than once; no step; shapes that do not fit; those of building the distribution
    /// of observations.
    pub fn from_logits<D>(
        initial_logits: impl IntoTensor,
        transition_logits: impl IntoTensor,
        observation: D,
        num_steps: usize,
    ) -> Result<Self>
    where
        D: DistributionExt<Base = Observation>,
    {
        check_length(NAME, "num_steps", num_steps)?;
        let initial = Weights::logits("initial_logits", initial_logits.into_tensor())?;
        let transition = Weights::logits("transition_logits", transition_logits.into_tensor())?;
        Self::build(initial, transition, observation.into_shared()?, Some(num_steps))
    }

    /// A model with a transition matrix for each step but the first, along axis −3 of `transition_probs`.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn time_varying<D>(
        initial_probs: impl IntoTensor,
        transition_probs: impl IntoTensor,
        observation: D,
    ) -> Result<Self>
    where
        D: DistributionExt<Base = Observation>,
    {
        let initial = Weights::probs("initial_probs", initial_probs.into_tensor())?;
        let transition = Weights::probs("transition_probs", transition_probs.into_tensor())?;
        Self::build(initial, transition, observation.into_shared()?, None)
    }

    /// A model with logarithms of a transition matrix for each step but the first, along axis −3 of `transition_logits`.
    ///
    /// # Errors
    /// Those of [`from_logits`](Self::from_logits).
    pub fn time_varying_from_logits<D>(
        initial_logits: impl IntoTensor,
        transition_logits: impl IntoTensor,
        observation: D,
    ) -> Result<Self>
    where
        D: DistributionExt<Base = Observation>,
    {
        let initial = Weights::logits("initial_logits", initial_logits.into_tensor())?;
        let transition = Weights::logits("transition_logits", transition_logits.into_tensor())?;
        Self::build(initial, transition, observation.into_shared()?, None)
    }

    /// The length of the sequence is `num_steps`, or that of the transition matrices plus 1.
    fn build(
        initial: Weights,
        transition: Weights,
        observation: Arc<Observation>,
        num_steps: Option<usize>,
    ) -> Result<Self> {
        let num_states = initial.states.categories();
        let wrong = |expected: String, got: Shape| Err(Error::InvalidShape { operation: NAME, expected, got });
        let matrices = transition.given.shape();
        let matrix_rank = if num_steps.is_none() { 3 } else { 2 };
        let is_square = matrices.rank() >= matrix_rank && matrices.split_event(2).1 == Shape::from([num_states; 2]);
        if !is_square {
            let each = if num_steps.is_none() { ", one for each step," } else { "" };
            return wrong(format!("{num_states} x {num_states} transition matrices{each} in the last axes"), matrices);
        }
        let of_observation = observation.batch_shape();
        if of_observation.last() != Some(&num_states) {
            let expected = format!("a distribution of observations with {num_states} states along its last batch axis");
            return wrong(expected, of_observation);
        }
        let (outer, own) = matrices.split_event(matrix_rank);
        let batch_shape = check::broadcast(NAME, &initial.states.batch_shape(), &outer)?;
        let batch_shape = check::broadcast(NAME, &batch_shape, &of_observation.split_event(1).0)?;
        let is_time_varying = num_steps.is_none();
        let num_steps = num_steps.unwrap_or(own[0] + 1);
        Ok(Self { initial, transition, is_time_varying, observation, num_steps, num_states, mask: None, batch_shape })
    }

    /// The model in which only the observations count where the mask is 1; the others are missing and may be anything.
    ///
    /// The mask is `[T]`, or has batch axes before it.
    ///
    /// # Errors
    /// A mask with other values than 0 and 1, or of another length; shapes that do not broadcast.
    pub fn with_mask(self, mask: impl IntoTensor) -> Result<Self> {
        let mask = mask_of_steps(NAME, mask.into_tensor(), self.num_steps)?;
        let batch_shape = check::broadcast(NAME, &self.batch_shape, &mask.shape().split_event(1).0)?;
        Ok(Self { mask: Some(mask), batch_shape, ..self })
    }

    /// Probability of each first state, along the last axis.
    #[must_use]
    pub fn initial_probs(&self) -> Tensor {
        self.initial.states.probs()
    }

    /// Probability of each state (in the last axis) after each state (in the axis before).
    #[must_use]
    pub fn transition_probs(&self) -> Tensor {
        self.transition.states.probs()
    }

    /// Distribution of an observation in each state.
    #[must_use]
    pub fn observation(&self) -> &Arc<Observation> {
        &self.observation
    }

    /// Number of hidden states, K.
    #[must_use]
    pub fn num_states(&self) -> usize {
        self.num_states
    }

    /// Length of the sequence, T.
    #[must_use]
    pub fn num_steps(&self) -> usize {
        self.num_steps
    }

    /// Which observations count, if not all do.
    #[must_use]
    pub fn mask(&self) -> Option<&Tensor> {
        self.mask.as_ref()
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [self.initial.parameter(), self.transition.parameter()]
    }

    fn observation_rank(&self) -> usize {
        self.observation.event_shape().rank()
    }

    /// Transition matrices with the steps, if each has its own, along the first axis.
    fn by_step(&self, transition: &Tensor) -> Tensor {
        if !self.is_time_varying {
            return transition.clone();
        }
        let batch = transition.rank() - 3;
        let order: Vec<usize> = std::iter::once(batch).chain(0..batch).chain([batch + 1, batch + 2]).collect();
        transition.permute(&order)
    }

    /// The matrix that leads to a step, of what [`by_step`](Self::by_step) returns.
    fn matrix(&self, transitions: &Tensor, step: usize) -> Tensor {
        if self.is_time_varying { transitions.index(0, step - 1) } else { transitions.clone() }
    }

    /// Sequences in which missing observations are replaced by points of the support, with a single axis before the batch, so
    /// that few axes are left to the states; and the shape of their axes before the event.
    fn prepared(&self, value: &Tensor) -> Result<(Tensor, Shape)> {
        check::event(NAME, value, &self.event_shape())?;
        let filled = match self.element_mask() {
            Some(counts) => Tensor::try_select(counts, value, vector::point_inside(self)?.detach())?,
            None => value.clone(),
        };
        flattened(NAME, filled, 1 + self.observation_rank(), &self.batch_shape)
    }

    /// Log densities of the observations in each state, of shape `[T] ++ .. ++ batch ++ [K]`, of prepared sequences.
    fn emissions(&self, value: &Tensor) -> Result<Tensor> {
        let by_step = time_first(value, self.observation_rank(), self.batch_shape.rank())?;
        let by_step = by_step.try_unsqueeze(-1 - self.observation_rank() as isize)?;
        let log_prob = self.observation.log_prob(&by_step)?;
        let Some(mask) = &self.mask else { return Ok(log_prob) };
        Tensor::try_select(time_first(mask, 0, log_prob.rank() - 2)?.unsqueeze(-1), log_prob, 0.0)
    }

    /// Log densities of the observations up to each step together with the state there, of shape `.. ++ batch ++ [K]`.
    fn forward(&self, emissions: &Tensor) -> Result<Vec<Tensor>> {
        let transitions = self.by_step(&self.transition.states.log_probs());
        let mut forward = self.initial.states.log_probs().try_add(emissions.index(0, 0))?;
        let mut steps = vec![forward.clone()];
        for step in 1..self.num_steps {
            let paths = forward.try_unsqueeze(-1)?.try_add(self.matrix(&transitions, step))?;
            forward = paths.try_logsumexp_axis(-2)?.try_add(emissions.index(0, step))?;
            steps.push(forward.clone());
        }
        Ok(steps)
    }
}

impl<Observation: ?Sized> Clone for HiddenMarkovModel<Observation> {
    fn clone(&self) -> Self {
        Self {
            initial: self.initial.clone(),
            transition: self.transition.clone(),
            observation: self.observation.clone(),
            mask: self.mask.clone(),
            ..*self
        }
    }
}

impl<Observation: Distribution + ?Sized> Distribution for HiddenMarkovModel<Observation> {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Those of the states, and of the distribution of observations.
    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = check::values(&self.parameters());
        values.extend(self.observation.parameter_values());
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.num_steps).concat(&self.observation.event_shape())
    }

    fn support(&self) -> Constraint {
        let support = in_any_state(self.observation.support(), self.observation_rank());
        Constraint::Independent(Box::new(support), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &self.parameters())?;
        // The states have two axes more than the batch while they are drawn.
        let flat = Shape::from(sample_shape.size());
        let states = self.draw_states(rng, flat)?;
        let by_state = self.batch_shape.concat(&Shape::from(self.num_states));
        let each = Shape::from(self.num_steps).concat(&flat);
        let observations = sample_expanded(self.observation.as_ref(), by_state, rng, &each)?;
        let draws = picked(&observations, &states, self.observation_rank())?;
        // The states jump where parameters move, so that no gradient leads through them.
        time_last(&draws.detach(), self.observation_rank())?
            .try_reshape(sample_shape.concat(&self.batch_shape).concat(&self.event_shape()))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| self.support().contains(value);
        let (value, shape) = self.prepared(value)?;
        let log_prob = vector::on_support(
            self,
            &value,
            is_inside,
            || vector::point_inside(self),
            |value| {
                let steps = self.forward(&self.emissions(value)?)?;
                steps[self.num_steps - 1].try_logsumexp_axis(-1)
            },
        )?;
        log_prob.try_reshape(shape)
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.mask.as_ref().and_then(|mask| vector::over_events(mask, self.observation_rank()).ok())
    }
}

impl<Observation: Distribution + ?Sized> HiddenMarkovModel<Observation> {
    /// Draws of the states, of shape `[T] ++ sample shape ++ batch`.
    fn draw_states(&self, rng: &mut Rng, sample_shape: Shape) -> Result<Tensor> {
        let shape = sample_shape.concat(&self.batch_shape);
        let mut state = draw_category(rng, shape, &self.initial_probs())?;
        let mut states = vec![state.clone()];
        if self.num_steps > 1 {
            // The state after each state, of which a path follows one.
            let mut probs = self.transition_probs();
            if self.is_time_varying {
                probs = time_first(&probs, 2, shape.rank())?;
            }
            let after = Shape::from(self.num_steps - 1).concat(&shape).concat(&Shape::from(self.num_states));
            let after = draw_category(rng, after, &probs)?;
            for step in 1..self.num_steps {
                state = picked(&after.index(0, step - 1), &state, 0)?;
                states.push(state.clone());
            }
        }
        Tensor::try_stack(&states, 0)
    }
}

/// Of values with an axis of the states in front of the last `inner` ones, those of one state.
fn picked(values: &Tensor, state: &Tensor, inner: usize) -> Result<Tensor> {
    let axis = -1 - inner as isize;
    let states = Tensor::arange(values.shape()[values.rank() - 1 - inner]);
    let is_picked = vector::over_events(&vector::over_events(state, 1)?.try_equal(states)?, inner)?;
    Tensor::try_select(is_picked, values, 0.0)?.try_sum_axis(axis)
}
