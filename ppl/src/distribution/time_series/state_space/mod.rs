//! Linear Gaussian state-space model.

mod kalman;
mod matrices;
mod posterior;
mod scalars;
mod structural;
#[cfg(test)]
mod tests;

use self::kalman::product;
use self::matrices::Matrices;
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
/// [`time_varying`](Self::time_varying) takes matrices and covariances of each step, along an axis in front of theirs.
/// [`local_level`](Self::local_level), [`local_linear_trend`](Self::local_linear_trend) and [`arma`](Self::arma) make the
/// matrices of these models. [`with_observation_offset`](Self::with_observation_offset) adds what is known to the observations,
/// [`with_mask`](Self::with_mask) says which of them are missing.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[num_steps, m]`, of real values
///
/// # Support
/// The matrices of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean_t     = mode_t = H F^t initial_mean
/// variance_t = diag(H P_t Hᵀ + R),   P_0 = initial_covariance,   P_{t+1} = F P_t Fᵀ + Q
/// entropy    = Σ ½ ln(2πe v) over the elements of all observations, v the variance of an innovation
/// ```
/// with F and Q of the transition, and H and R of the observation. The entropy is that of the observations that are not
/// missing, from the filter.
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
    /// That at place t leads from step t to the next, as its covariance.
    transition_matrix: Matrices,
    transition_covariance: Matrices,
    observation_matrix: Matrices,
    observation_covariance: Matrices,
    initial_mean: Tensor,
    initial_covariance: Tensor,
    /// Whether the covariances are semidefinite, however the parameters that they were made of move.
    is_semidefinite: bool,
    /// Of shape batch ++ `[num_steps, observation_size]`.
    observation_offset: Option<Tensor>,
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
        let matrices = [
            transition_matrix.into_tensor(),
            transition_covariance.into_tensor(),
            observation_matrix.into_tensor(),
            observation_covariance.into_tensor(),
        ];
        let initial = [initial_mean.into_tensor(), initial_covariance.into_tensor()];
        Self::build(num_steps, matrices.map(Matrices::same), initial)
    }

    /// A model whose matrices and covariances have an axis of the steps in front of theirs: one for each step, or a single one
    /// for all.
    ///
    /// `observation_matrix` and `observation_covariance` have `num_steps` there or 1, `transition_matrix` and
    /// `transition_covariance`, of which that at place t leads from step t to the next, `num_steps` − 1 or 1.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, LinearGaussianStateSpaceModel};
    /// use ppl::Tensor;
    ///
    /// // A regression whose coefficients walk at random: the observation matrices are the rows of the covariates.
    /// let covariates = Tensor::from([[1.0, 0.5], [1.0, -0.2], [1.0, 1.3], [1.0, 0.4]]);
    /// let model = LinearGaussianStateSpaceModel::time_varying(
    ///     4,
    ///     [[[1.0, 0.0], [0.0, 1.0]]],
    ///     [[[0.1, 0.0], [0.0, 0.1]]],
    ///     covariates.unsqueeze(1),
    ///     [[[0.25]]],
    ///     [0.0, 0.0],
    ///     [[4.0, 0.0], [0.0, 4.0]],
    /// )?;
    /// let y = Tensor::from([[2.1], [0.7], [3.4], [1.9]]);
    /// let coefficients = model.smoother(&y)?.means;
    /// assert_eq!(coefficients.shape().dims(), [4, 2]);
    /// // What comes after the first three steps.
    /// let last = model.remaining(&y.slice(0, 0..3))?;
    /// assert!(last.log_prob(&y.slice(0, 3..4))?.item() > -1.5);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn time_varying(
        num_steps: usize,
        transition_matrix: impl IntoTensor,
        transition_covariance: impl IntoTensor,
        observation_matrix: impl IntoTensor,
        observation_covariance: impl IntoTensor,
        initial_mean: impl IntoTensor,
        initial_covariance: impl IntoTensor,
    ) -> Result<Self> {
        check_length(NAME, "num_steps", num_steps)?;
        let transitions = (num_steps - 1).max(1);
        let matrices = [
            Matrices::by_step("transition_matrix", transition_matrix.into_tensor(), transitions)?,
            Matrices::by_step("transition_covariance", transition_covariance.into_tensor(), transitions)?,
            Matrices::by_step("observation_matrix", observation_matrix.into_tensor(), num_steps)?,
            Matrices::by_step("observation_covariance", observation_covariance.into_tensor(), num_steps)?,
        ];
        Self::build(num_steps, matrices, [initial_mean.into_tensor(), initial_covariance.into_tensor()])
    }

    fn build(
        num_steps: usize,
        matrices: [Matrices; 4],
        [initial_mean, initial_covariance]: [Tensor; 2],
    ) -> Result<Self> {
        let [transition_matrix, transition_covariance, observation_matrix, observation_covariance] = matrices;
        let model = Self {
            num_steps,
            transition_matrix,
            transition_covariance,
            observation_matrix,
            observation_covariance,
            initial_mean,
            initial_covariance,
            is_semidefinite: false,
            observation_offset: None,
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
        let shape = self.observation_matrix.given.shape();
        let &[.., observation_size, state_size] = shape.dims() else {
            let expected = "an `observation_matrix` in the last two axes".to_owned();
            return Err(Error::InvalidShape { operation: NAME, expected, got: shape });
        };
        if observation_size == 0 || state_size == 0 {
            let expected = "an `observation_matrix` with elements".to_owned();
            return Err(Error::InvalidShape { operation: NAME, expected, got: shape });
        }
        let square = |size: usize| Shape::from([size, size]);
        let mut batch_shape = self.observation_matrix.batch_shape();
        for (name, tensor, has_steps, event) in [
            ("transition_matrix", &self.transition_matrix.given, self.transition_matrix.has_steps, square(state_size)),
            (
                "transition_covariance",
                &self.transition_covariance.given,
                self.transition_covariance.has_steps,
                square(state_size),
            ),
            (
                "observation_covariance",
                &self.observation_covariance.given,
                self.observation_covariance.has_steps,
                square(observation_size),
            ),
            ("initial_mean", &self.initial_mean, false, Shape::from(state_size)),
            ("initial_covariance", &self.initial_covariance, false, square(state_size)),
        ] {
            let shape = tensor.shape();
            if shape.rank() < event.rank() || shape.split_event(event.rank()).1 != event {
                return Err(Error::InvalidShape {
                    operation: NAME,
                    expected: format!(
                        "a `{name}` of shape {event} in the last axes, by an `observation_matrix` of shape {}",
                        self.observation_matrix.given.shape()
                    ),
                    got: shape,
                });
            }
            batch_shape =
                check::broadcast(NAME, &batch_shape, &shape.split_event(event.rank() + usize::from(has_steps)).0)?;
        }
        Ok(Self { batch_shape, state_size, observation_size, ..self })
    }

    /// The model whose observations have this added to them, as the effects of covariates.
    ///
    /// The offset is `[num_steps, m]`, or has batch axes before these.
    ///
    /// # Errors
    /// An offset of another size, or one that is not finite; shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, LinearGaussianStateSpaceModel, Moments};
    /// use ppl::Tensor;
    ///
    /// let level = LinearGaussianStateSpaceModel::local_level(3, 0.5, 1.0, 0.0, 2.0)?;
    /// let raised = level.clone().with_observation_offset([[1.0], [2.0], [3.0]])?;
    /// assert_eq!(raised.mean().to_vec(), [1.0, 2.0, 3.0]);
    /// let (x, y) = (Tensor::from([[0.5], [0.0], [-0.5]]), Tensor::from([[1.5], [2.0], [2.5]]));
    /// assert_eq!(raised.log_prob(&y)?, level.log_prob(&x)?);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn with_observation_offset(self, offset: impl IntoTensor) -> Result<Self> {
        let offset = offset.into_tensor();
        let event = self.event_shape();
        if offset.rank() < 2 || offset.shape().split_event(2).1 != event {
            let expected = format!("an `observation_offset` of shape {event} in the last axes");
            return Err(Error::InvalidShape { operation: NAME, expected, got: offset.shape() });
        }
        check::constants(NAME, &[("observation_offset", &offset, Constraint::Real)])?;
        let batch_shape = check::broadcast(NAME, &self.batch_shape, &offset.shape().split_event(2).0)?;
        Ok(Self { observation_offset: Some(offset), batch_shape, ..self })
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

    /// The model whose covariances are taken to be positive semidefinite wherever its parameters move, as squares of scales and
    /// products L Lᵀ are.
    ///
    /// Covariances that are being differentiated are examined at each position otherwise, with a Cholesky factor of each step's
    /// where they are time-varying; the density is NaN where one is not semidefinite. Constants are checked by
    /// [`new`](Self::new) in any case.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, LinearGaussianStateSpaceModel};
    /// use ppl::{Tensor, grad};
    ///
    /// let level = |scale: &Tensor| -> ppl::Result<Tensor> {
    ///     let noise = scale.square().reshape([1, 1]);
    ///     let model = LinearGaussianStateSpaceModel::new(2, [[1.0]], noise, [[1.0]], [[1.0]], [0.0], [[1.0]])?;
    ///     model.assume_semidefinite().log_prob(&Tensor::from([[0.5], [2.0]]))
    /// };
    /// let (_, gradient) = grad(|x| level(&x[0]), &[Tensor::scalar(0.5)])?;
    /// assert!(gradient[0].item() > 0.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn assume_semidefinite(self) -> Self {
        Self { is_semidefinite: true, ..self }
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

    /// Factor of a state in the mean of the next; those of all steps along axis −3 where they differ.
    #[must_use]
    pub fn transition_matrix(&self) -> &Tensor {
        &self.transition_matrix.given
    }

    /// Covariance of a state given the one before; those of all steps along axis −3 where they differ.
    #[must_use]
    pub fn transition_covariance(&self) -> &Tensor {
        &self.transition_covariance.given
    }

    /// Factor of a state in the mean of its observation; those of all steps along axis −3 where they differ.
    #[must_use]
    pub fn observation_matrix(&self) -> &Tensor {
        &self.observation_matrix.given
    }

    /// Covariance of an observation given its state; those of all steps along axis −3 where they differ.
    #[must_use]
    pub fn observation_covariance(&self) -> &Tensor {
        &self.observation_covariance.given
    }

    /// Whether each matrix and covariance is the same in all steps, without an offset.
    fn is_homogeneous(&self) -> bool {
        let all = [
            &self.transition_matrix,
            &self.transition_covariance,
            &self.observation_matrix,
            &self.observation_covariance,
        ];
        all.iter().all(|matrices| !matrices.has_steps) && self.observation_offset.is_none()
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

    /// What is added to the observations, if something is.
    #[must_use]
    pub fn observation_offset(&self) -> Option<&Tensor> {
        self.observation_offset.as_ref()
    }

    /// Which observations count, if not all do.
    #[must_use]
    pub fn mask(&self) -> Option<&Tensor> {
        self.mask.as_ref()
    }

    fn parameters(&self) -> [check::Parameter<'_>; 6] {
        let covariance = || Constraint::PositiveSemidefinite;
        [
            ("transition_matrix", self.transition_matrix(), Constraint::Real),
            ("transition_covariance", self.transition_covariance(), covariance()),
            ("observation_matrix", self.observation_matrix(), Constraint::Real),
            ("observation_covariance", self.observation_covariance(), covariance()),
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

    /// Observations without the offset, whose missing rows are 0, with a single axis before the batch, and the shape of their
    /// axes before the event.
    fn prepared(&self, observations: &Tensor) -> Result<(Tensor, Shape)> {
        check::event(NAME, observations, &self.event_shape())?;
        let filled = match self.element_mask() {
            Some(counts) => Tensor::try_select(counts, observations, 0.0)?,
            None => observations.clone(),
        };
        let filled = match &self.observation_offset {
            Some(offset) => filled.try_sub(offset)?,
            None => filled,
        };
        flattened(NAME, filled, 2, &self.batch_shape)
    }

    /// With the offset of the observations.
    fn with_offset(&self, observations: Tensor) -> Result<Tensor> {
        match &self.observation_offset {
            Some(offset) => observations.try_add(offset),
            None => Ok(observations),
        }
    }

    /// Draws of the states, of shape sample shape ++ batch ++ `[num_steps, n]`, and of the observations without the offset.
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
        let factor = |covariance: &Tensor| Ok(semidefinite::cholesky(covariance).0);
        let factors = self.transition_covariance.map(factor)?;
        for step in 1..self.num_steps {
            let moved = product(&self.transition_matrix.at(step - 1), &state)?;
            state = moved.try_add(product(&factors.at(step - 1), &of_states.index(0, step))?)?;
            states.push(state.clone());
        }
        let factors = self.observation_covariance.map(factor)?;
        let observe = |(step, state): (usize, &Tensor)| {
            let noise = product(&factors.at(step), &of_observations.index(0, step))?;
            product(&self.observation_matrix.at(step), state)?.try_add(noise)?.try_squeeze(-1)
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
        let offset = self.observation_offset.clone().map(|offset| ("observation_offset", offset));
        check::values(&self.parameters()).into_iter().chain(offset).collect()
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
        self.with_offset(observations)?.try_reshape(sample_shape.concat(&self.batch_shape).concat(&self.event_shape()))
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
                state = product(&self.transition_matrix.at(step - 1), &state)?;
            }
            means.push(product(&self.observation_matrix.at(step), &state)?.try_squeeze(-1)?);
        }
        let shape = self.batch_shape.concat(&Shape::from(self.observation_size));
        let means = means.iter().map(|mean| mean.try_broadcast_to(shape)).collect::<Result<Vec<_>>>()?;
        self.with_offset(stack_steps(&means, 1)?)
    }
}

impl Moments for LinearGaussianStateSpaceModel {
    fn mean(&self) -> Tensor {
        or_panic(self.mode())
    }

    fn variance(&self) -> Tensor {
        let mut covariance = self.initial_covariance.clone();
        let shape = self.batch_shape.concat(&Shape::from(self.observation_size));
        let mut variances = Vec::with_capacity(self.num_steps);
        for step in 0..self.num_steps {
            if step > 0 {
                covariance = or_panic(self.predicted_covariance(&covariance, step - 1));
            }
            let matrix = self.observation_matrix.at(step);
            let projected = matrix.matmul(&covariance) * &matrix;
            let noise = self.observation_covariance.at(step).diagonal();
            variances.push((projected.sum_axis(-1) + noise).broadcast_to(shape));
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
