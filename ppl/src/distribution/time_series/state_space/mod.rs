//! Linear Gaussian state-space model.

mod kalman;
mod posterior;
mod scalars;
mod structural;
#[cfg(test)]
mod tests;

use self::kalman::product;
pub use self::posterior::{Filtered, Smoothed};
use super::{check_length, flattened, mask_of_steps, stack_steps};
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::failure::or_panic;
use crate::tensor::semidefinite;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Observations of a hidden state that moves linearly, both with normal noise; the states are integrated out.
///
#[doc = include_str!("../../../../doc/distribution/LinearGaussianStateSpaceModel.svg")]
///
/// ```text
/// Z_0 ~ Normal(initial_mean, initial_covariance),   Z_{t+1} = transition_matrix Z_t + Normal(0, transition_covariance)
///
/// X_t = observation_matrix Z_t + Normal(0, observation_covariance)
/// ```
///
/// # Parameters
/// | parameter                | domain                           | shape             |
/// |--------------------------|----------------------------------|-------------------|
/// | `num_steps`              | at least 1                       |                   |
/// | `transition_matrix`      | real                             | batch ++ `[n, n]` |
/// | `transition_covariance`  | symmetric positive semidefinite  | batch ++ `[n, n]` |
/// | `observation_matrix`     | real                             | batch ++ `[m, n]` |
/// | `observation_covariance` | symmetric positive semidefinite  | batch ++ `[m, m]` |
/// | `initial_mean`           | real                             | batch ++ `[n]`    |
/// | `initial_covariance`     | symmetric positive semidefinite  | batch ++ `[n, n]` |
///
/// [`local_level`](Self::local_level), [`local_linear_trend`](Self::local_linear_trend) and [`arma`](Self::arma) make the
/// matrices of these models. [`with_mask`](Self::with_mask) says which observations are missing.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[num_steps, m]`
///
/// # Numerics
/// Kalman's filter takes the elements of an observation one after the other, made independent by a factor of the
/// `observation_covariance`, so that no matrix is inverted. Covariances are updated in Joseph's form, and are symmetric. The
/// density of a model with one observation in a step and few elements of the state is computed on scalars, where elements that
/// are constant 0 cost nothing, as most of a trend's. Smoothing is that of Bryson and Frazier, for which covariances of states
/// may be singular. An observation that the past determines has no density.
///
/// # Draws
/// States and observations by standard normal noise, times Cholesky factors of the covariances.
///
/// # Reference
/// Durbin and Koopman (2012), "Time Series Analysis by State Space Methods", chapters 4 and 6; Bierman (1973), "Fixed interval
/// smoothing with discrete measurements"; TFP, `tfd.LinearGaussianStateSpaceModel`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, LinearGaussianStateSpaceModel, Moments, MultivariateNormal};
/// use ppl::Tensor;
///
/// // A position that moves by its velocity, and is seen with noise.
/// let model = LinearGaussianStateSpaceModel::new(
///     3,
///     [[1.0, 1.0], [0.0, 1.0]],
///     [[0.0, 0.0], [0.0, 0.1]],
///     [[1.0, 0.0]],
///     [[0.5]],
///     [0.0, 1.0],
///     [[1.0, 0.0], [0.0, 0.2]],
/// )?;
/// assert_eq!(model.mean().to_vec(), [0.0, 1.0, 2.0]);
/// let x = Tensor::from([[0.2], [1.0], [2.5]]);
/// // The covariance of the three positions, by hand.
/// let covariance = [[1.5, 1.0, 1.0], [1.0, 1.7, 1.4], [1.0, 1.4, 2.4]];
/// let dense = MultivariateNormal::new([0.0, 1.0, 2.0], covariance)?.log_prob(&x.squeeze(-1))?;
/// assert!((model.log_prob(&x)? - dense).item().abs() < 1e-14);
///
/// let velocity = model.smoother(&x)?.means.index(-1, 1);
/// assert!(velocity.get(2) > velocity.get(0));
/// assert_eq!(model.forecast(&x, 2)?.mean().shape().dims(), [2, 1]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinearGaussianStateSpaceModel {
    num_steps: usize,
    transition_matrix: Tensor,
    transition_covariance: Tensor,
    observation_matrix: Tensor,
    observation_covariance: Tensor,
    initial_mean: Tensor,
    initial_covariance: Tensor,
    /// Whether the covariances are semidefinite, however the parameters that they were made of move.
    is_semidefinite: bool,
    /// Of shape batch ++ `[num_steps]`.
    mask: Option<Tensor>,
    batch_shape: Shape,
    state_size: usize,
    observation_size: usize,
}

const NAME: &str = "LinearGaussianStateSpaceModel";

impl LinearGaussianStateSpaceModel {
    /// A model with these matrices.
    ///
    /// # Errors
    /// Matrices or means that are not finite; covariances that are not symmetric positive semidefinite; no step; shapes that do
    /// not fit.
    pub fn new(
        num_steps: usize,
        transition_matrix: impl IntoTensor,
        transition_covariance: impl IntoTensor,
        observation_matrix: impl IntoTensor,
        observation_covariance: impl IntoTensor,
        initial_mean: impl IntoTensor,
        initial_covariance: impl IntoTensor,
    ) -> Result<Self> {
        let model = Self {
            num_steps,
            transition_matrix: transition_matrix.into_tensor(),
            transition_covariance: transition_covariance.into_tensor(),
            observation_matrix: observation_matrix.into_tensor(),
            observation_covariance: observation_covariance.into_tensor(),
            initial_mean: initial_mean.into_tensor(),
            initial_covariance: initial_covariance.into_tensor(),
            is_semidefinite: false,
            mask: None,
            batch_shape: Shape::SCALAR,
            state_size: 0,
            observation_size: 0,
        };
        let model = model.with_shapes()?;
        check::constants(NAME, &model.parameters())?;
        Ok(model)
    }

    /// The model with its shapes, which are checked.
    fn with_shapes(self) -> Result<Self> {
        check_length(NAME, "num_steps", self.num_steps)?;
        let shape = self.observation_matrix.shape();
        let &[.., observation_size, state_size] = shape.dims() else {
            let expected = "an `observation_matrix` in the last two axes".to_owned();
            return Err(Error::InvalidShape { operation: NAME, expected, got: shape });
        };
        if observation_size == 0 || state_size == 0 {
            let expected = "an `observation_matrix` with elements".to_owned();
            return Err(Error::InvalidShape { operation: NAME, expected, got: shape });
        }
        let square = |size: usize| Shape::from([size, size]);
        let mut batch_shape = shape.split_event(2).0;
        for (name, tensor, event) in [
            ("transition_matrix", &self.transition_matrix, square(state_size)),
            ("transition_covariance", &self.transition_covariance, square(state_size)),
            ("observation_covariance", &self.observation_covariance, square(observation_size)),
            ("initial_mean", &self.initial_mean, Shape::from(state_size)),
            ("initial_covariance", &self.initial_covariance, square(state_size)),
        ] {
            let shape = tensor.shape();
            if shape.rank() < event.rank() || shape.split_event(event.rank()).1 != event {
                return Err(Error::InvalidShape {
                    operation: NAME,
                    expected: format!(
                        "a `{name}` of shape {event} in the last axes, by an `observation_matrix` of shape {}",
                        self.observation_matrix.shape()
                    ),
                    got: shape,
                });
            }
            batch_shape = check::broadcast(NAME, &batch_shape, &shape.split_event(event.rank()).0)?;
        }
        Ok(Self { batch_shape, state_size, observation_size, ..self })
    }

    /// The model in which only the observations count where the mask is 1; the others are missing and may be anything.
    ///
    /// The mask is `[num_steps]`, or has batch axes before it.
    ///
    /// # Errors
    /// A mask with other values than 0 and 1, or of another length; shapes that do not broadcast.
    pub fn with_mask(self, mask: impl IntoTensor) -> Result<Self> {
        let mask = mask_of_steps(NAME, mask.into_tensor(), self.num_steps)?;
        let batch_shape = check::broadcast(NAME, &self.batch_shape, &mask.shape().split_event(1).0)?;
        Ok(Self { mask: Some(mask), batch_shape, ..self })
    }

    /// Length of the sequence.
    #[must_use]
    pub fn num_steps(&self) -> usize {
        self.num_steps
    }

    /// Number of elements of a state, n.
    #[must_use]
    pub fn state_size(&self) -> usize {
        self.state_size
    }

    /// Number of elements of an observation, m.
    #[must_use]
    pub fn observation_size(&self) -> usize {
        self.observation_size
    }

    /// What a state is multiplied by to give the mean of the next.
    #[must_use]
    pub fn transition_matrix(&self) -> &Tensor {
        &self.transition_matrix
    }

    /// Covariance of a state given the one before.
    #[must_use]
    pub fn transition_covariance(&self) -> &Tensor {
        &self.transition_covariance
    }

    /// What a state is multiplied by to give the mean of its observation.
    #[must_use]
    pub fn observation_matrix(&self) -> &Tensor {
        &self.observation_matrix
    }

    /// Covariance of an observation given its state.
    #[must_use]
    pub fn observation_covariance(&self) -> &Tensor {
        &self.observation_covariance
    }

    /// Mean of the first state.
    #[must_use]
    pub fn initial_mean(&self) -> &Tensor {
        &self.initial_mean
    }

    /// Covariance of the first state.
    #[must_use]
    pub fn initial_covariance(&self) -> &Tensor {
        &self.initial_covariance
    }

    /// Which observations count, if not all do.
    #[must_use]
    pub fn mask(&self) -> Option<&Tensor> {
        self.mask.as_ref()
    }

    fn parameters(&self) -> [check::Parameter<'_>; 6] {
        let covariance = || Constraint::PositiveSemidefinite;
        [
            ("transition_matrix", &self.transition_matrix, Constraint::Real),
            ("transition_covariance", &self.transition_covariance, covariance()),
            ("observation_matrix", &self.observation_matrix, Constraint::Real),
            ("observation_covariance", &self.observation_covariance, covariance()),
            ("initial_mean", &self.initial_mean, Constraint::Real),
            ("initial_covariance", &self.initial_covariance, covariance()),
        ]
    }

    /// A covariance that is being differentiated, with NaN where it is not semidefinite: the filter might go on with finite
    /// numbers.
    fn covariance(&self, matrix: &Tensor) -> Result<Tensor> {
        if self.is_semidefinite || !matrix.is_tracked() {
            return Ok(matrix.clone());
        }
        // Where the domain ends has no derivative.
        let is_inside = Constraint::PositiveSemidefinite.contains(&matrix.detach());
        Tensor::try_select(vector::over_events(&is_inside, 2)?, matrix, f64::NAN)
    }

    /// Observations whose missing rows are 0, with a single axis before the batch, and the shape of their axes before the event.
    fn prepared(&self, observations: &Tensor) -> Result<(Tensor, Shape)> {
        check::event(NAME, observations, &self.event_shape())?;
        let filled = match self.element_mask() {
            Some(counts) => Tensor::try_select(counts, observations, 0.0)?,
            None => observations.clone(),
        };
        flattened(NAME, filled, 2, &self.batch_shape)
    }

    /// Draws of the states, of shape sample shape ++ batch ++ `[num_steps, n]`, and of the observations.
    fn draw(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<(Tensor, Tensor)> {
        check::all(NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        let noise = |rng: &mut Rng, size: usize| {
            standard_normal(rng, Shape::from(self.num_steps).concat(&shape).concat(&Shape::from([size, 1])))
        };
        let (of_states, of_observations) = (noise(rng, self.state_size), noise(rng, self.observation_size));
        let factor = semidefinite::cholesky(&self.initial_covariance).0;
        let first = product(&factor, &of_states.index(0, 0))?;
        let mut state = first.try_add(self.initial_mean.unsqueeze(-1))?;
        let mut states = vec![state.clone()];
        let factor = semidefinite::cholesky(&self.transition_covariance).0;
        for step in 1..self.num_steps {
            let moved = product(&self.transition_matrix, &state)?;
            state = moved.try_add(product(&factor, &of_states.index(0, step))?)?;
            states.push(state.clone());
        }
        let factor = semidefinite::cholesky(&self.observation_covariance).0;
        let observe = |(step, state): (usize, &Tensor)| {
            let noise = product(&factor, &of_observations.index(0, step))?;
            product(&self.observation_matrix, state)?.try_add(noise)?.try_squeeze(-1)
        };
        let observations = states.iter().enumerate().map(observe).collect::<Result<Vec<_>>>()?;
        let states = states.iter().map(|state| state.try_squeeze(-1)).collect::<Result<Vec<_>>>()?;
        Ok((stack_steps(&states, 1)?, stack_steps(&observations, 1)?))
    }
}

impl Distribution for LinearGaussianStateSpaceModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from([self.num_steps, self.observation_size])
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let flat = Shape::from(sample_shape.size());
        let (_, observations) = self.draw(rng, &flat)?;
        observations.try_reshape(sample_shape.concat(&self.batch_shape).concat(&self.event_shape()))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let (value, shape) = self.prepared(value)?;
        let is_inside = |value: &Tensor| vector::is_finite(value, 2);
        let harmless = || Ok(Tensor::zeros(self.event_shape()));
        let log_prob = vector::on_support(self, &value, is_inside, harmless, |value| {
            self.predictions(value)?.log_likelihoods()?.try_sum_axis(0)
        })?;
        log_prob.try_reshape(shape)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.mask.as_ref().map(|mask| mask.unsqueeze(-1))
    }
}

impl Mode for LinearGaussianStateSpaceModel {
    fn mode(&self) -> Result<Tensor> {
        let mut state = self.initial_mean.unsqueeze(-1);
        let mut means = Vec::with_capacity(self.num_steps);
        for step in 0..self.num_steps {
            if step > 0 {
                state = product(&self.transition_matrix, &state)?;
            }
            means.push(product(&self.observation_matrix, &state)?.try_squeeze(-1)?);
        }
        let shape = self.batch_shape.concat(&Shape::from(self.observation_size));
        let means = means.iter().map(|mean| mean.try_broadcast_to(shape)).collect::<Result<Vec<_>>>()?;
        stack_steps(&means, 1)
    }
}

impl Moments for LinearGaussianStateSpaceModel {
    fn mean(&self) -> Tensor {
        or_panic(self.mode())
    }

    fn variance(&self) -> Tensor {
        let mut covariance = self.initial_covariance.clone();
        let noise = self.observation_covariance.diagonal();
        let shape = self.batch_shape.concat(&Shape::from(self.observation_size));
        let mut variances = Vec::with_capacity(self.num_steps);
        for step in 0..self.num_steps {
            if step > 0 {
                covariance = or_panic(self.predicted_covariance(&covariance));
            }
            let projected = self.observation_matrix.matmul(&covariance) * &self.observation_matrix;
            variances.push((projected.sum_axis(-1) + &noise).broadcast_to(shape));
        }
        or_panic(stack_steps(&variances, 1))
    }
}

impl Entropy for LinearGaussianStateSpaceModel {
    /// That of the observations that are not missing.
    fn entropy(&self) -> Tensor {
        let predictions = self.predictions(&Tensor::zeros(self.event_shape()));
        let entropies = predictions.and_then(|predictions| predictions.entropies());
        let entropy = entropies.and_then(|each| each.try_sum_axis(0)?.try_broadcast_to(self.batch_shape));
        or_panic(entropy)
    }
}
