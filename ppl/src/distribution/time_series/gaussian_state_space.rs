//! Linear Gaussian state space.

use super::{check_length, flattened, stack_steps, time_first};
use crate::distribution::density::vector;
use crate::distribution::derived::sample_expanded;
use crate::distribution::{Distribution, Entropy, Mode, Moments, MultivariateNormal};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

const NAME: &str = "GaussianStateSpace";

/// Path of a linear Gaussian state, a vector autoregression of order 1: sequences of real vectors.
///
#[doc = include_str!("../../../doc/distribution/GaussianStateSpace.svg")]
///
/// ```text
/// X_0 = ε_0,   X_t = A X_{t−1} + ε_t,   ε_t ~ innovation,   t = 1, …, num_steps − 1,   A = transition_matrix
/// ```
///
/// The states themselves are the values. Of a path that is seen through noise the
/// [`LinearGaussianStateSpaceModel`](super::LinearGaussianStateSpaceModel) has the density, without the states.
///
/// # Parameters
/// | parameter           | domain                         | meaning                                    | shape            |
/// |---------------------|--------------------------------|--------------------------------------------|------------------|
/// | `transition_matrix` | real                           | factor of a state in the mean of the next  | batch ++ `[n, n]` |
/// | `innovation`        | a [`MultivariateNormal`] distribution | what is added in each step          | batch ++ `[n]`   |
/// | `num_steps`         | at least 1                     | length of the path                         |                  |
///
/// The innovation is given by its covariance, Cholesky factor, precision, standard deviations or factors, as its constructors
/// take them.
///
/// # Shapes
/// batch = broadcast(batch of transition_matrix, batch of innovation), event = `[num_steps, n]`
///
/// # Support
/// The matrices of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean_t     = mode_t = Σ_{s ≤ t} Aˢ loc
/// variance_t = Σ_{s ≤ t} diag(Aˢ L (Aˢ L)ᵀ)
/// entropy    = num_steps · entropy of the innovation
/// ```
/// with the mean and the Cholesky factor L of an innovation.
///
/// # Numerics
/// The density is that of the innovations: long paths need no covariance matrix of the whole. Variances are sums of squares.
///
/// # Draws
/// The recursion, driven by draws of the innovation, with its gradient.
///
/// # Reference
/// NumPyro, `numpyro.distributions.GaussianStateSpace`; Durbin and Koopman, "Time Series Analysis by State Space Methods" (2012),
/// section 3.1.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, GaussianStateSpace, MultivariateNormal};
///
/// // Position and velocity, of which the position follows.
/// let step = MultivariateNormal::diagonal(0.0, [0.1, 0.5])?;
/// let path = GaussianStateSpace::new([[1.0, 1.0], [0.0, 1.0]], step.clone(), 2)?;
/// let log_prob = path.log_prob(&Tensor::from([[0.1, 1.0], [1.2, 1.5]]))?;
/// let innovations = step.log_prob(&Tensor::from([[0.1, 1.0], [0.1, 0.5]]))?.sum();
/// assert!((log_prob - innovations).abs().item() < 1e-13);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianStateSpace {
    transition_matrix: Tensor,
    innovation: MultivariateNormal,
    num_steps: usize,
    batch_shape: Shape,
}

impl GaussianStateSpace {
    /// The path of this many states, of which the first is an innovation.
    ///
    /// # Errors
    /// A transition matrix that is not finite, or not of the innovation's size; no step; shapes that do not broadcast.
    pub fn new(transition_matrix: impl IntoTensor, innovation: MultivariateNormal, num_steps: usize) -> Result<Self> {
        let transition_matrix = transition_matrix.into_tensor();
        check_length(NAME, "num_steps", num_steps)?;
        let size = innovation.event_shape()[0];
        if !matches!(transition_matrix.shape().dims(), &[.., rows, columns] if rows == size && columns == size) {
            return Err(Error::InvalidShape {
                operation: NAME,
                expected: format!("a transition matrix of {size} rows and columns, as the innovation has entries"),
                got: transition_matrix.shape(),
            });
        }
        let batch_shape =
            check::broadcast(NAME, &transition_matrix.shape().split_event(2).0, &innovation.batch_shape())?;
        let path = Self { transition_matrix, innovation, num_steps, batch_shape };
        check::constants(NAME, &[path.parameter()])?;
        Ok(path)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("transition_matrix", &self.transition_matrix, Constraint::Real)
    }

    /// Factor of a state in the mean of the next.
    #[must_use]
    pub fn transition_matrix(&self) -> &Tensor {
        &self.transition_matrix
    }

    /// Distribution of what is added in each step.
    #[must_use]
    pub fn innovation(&self) -> &MultivariateNormal {
        &self.innovation
    }

    /// Length of the path.
    #[must_use]
    pub fn num_steps(&self) -> usize {
        self.num_steps
    }

    /// A x of vectors.
    fn moved(&self, state: &Tensor) -> Result<Tensor> {
        self.transition_matrix.try_matmul(state.try_unsqueeze(-1)?)?.try_squeeze(-1)
    }

    /// The running sum over the steps of vectors that are made of A⁰ R, A¹ R, A² R, …
    fn sum_of_powers(&self, right: Tensor, vector: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let mut power = right;
        let mut terms = vec![vector(&power)?];
        for _ in 1..self.num_steps {
            power = self.transition_matrix.try_matmul(&power)?;
            terms.push(vector(&power)?);
        }
        let shape = self.batch_shape.concat(&self.innovation.event_shape());
        let terms = terms.iter().map(|term| term.try_broadcast_to(shape)).collect::<Result<Vec<_>>>()?;
        stack_steps(&terms, 1)?.try_cumsum(-2)
    }
}

impl Distribution for GaussianStateSpace {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        [vec![check::value(&self.parameter())], self.innovation.parameter_values()].concat()
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.num_steps).concat(&self.innovation.event_shape())
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &[self.parameter()])?;
        // With a single axis before the batch, so that few axes are left to states.
        let steps = Shape::from([self.num_steps, sample_shape.size()]);
        let innovations = sample_expanded(&self.innovation, self.batch_shape, rng, &steps)?;
        let mut states = vec![innovations.index(0, 0)];
        for step in 1..self.num_steps {
            states.push(self.moved(&states[step - 1])?.try_add(innovations.index(0, step))?);
        }
        stack_steps(&states, 1)?.try_reshape(sample_shape.concat(&self.batch_shape).concat(&self.event_shape()))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        check::event(NAME, value, &self.event_shape())?;
        let (value, shape) = flattened(NAME, value.clone(), 2, &self.batch_shape)?;
        let is_inside = |value: &Tensor| vector::is_finite(value, 2);
        let harmless = || Ok(Tensor::zeros(self.event_shape()));
        let log_prob = vector::on_support(self, &value, is_inside, harmless, |value| {
            let states = time_first(value, 1, self.batch_shape.rank())?;
            let first = states.slice(0, 0..1);
            let innovations = if self.num_steps == 1 {
                first
            } else {
                let before = states.slice(0, 0..self.num_steps - 1);
                let later = states.slice(0, 1..self.num_steps).try_sub(self.moved(&before)?)?;
                let (_, vectors) = later.shape().split_event(later.rank() - 1);
                let first = first.try_broadcast_to(Shape::from(1).concat(&vectors))?;
                Tensor::try_concat(&[first, later], 0)?
            };
            self.innovation.log_prob(&innovations)?.try_sum_axis(0)
        })?;
        log_prob.try_reshape(shape)
    }

    fn is_reparameterized(&self) -> bool {
        self.innovation.is_reparameterized()
    }
}

impl Mode for GaussianStateSpace {
    fn mode(&self) -> Result<Tensor> {
        let loc = self.innovation.mean().try_unsqueeze(-1)?;
        self.sum_of_powers(loc, |power| power.try_squeeze(-1))
    }
}

impl Moments for GaussianStateSpace {
    fn mean(&self) -> Tensor {
        or_panic(self.mode())
    }

    fn variance(&self) -> Tensor {
        let variance = self
            .innovation
            .scale_tril()
            .and_then(|factor| self.sum_of_powers(factor, |power| power.square().try_sum_axis(-1)));
        or_panic(variance)
    }
}

impl Entropy for GaussianStateSpace {
    fn entropy(&self) -> Tensor {
        (self.innovation.entropy() * self.num_steps as f64).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{AutoRegressive, LinearGaussianStateSpaceModel};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<GaussianStateSpace> {
        let innovation = MultivariateNormal::diagonal(p.get("loc"), p.get("scale_diag"))?;
        GaussianStateSpace::new(p.get("transition_matrix"), innovation, 3)
    }

    fn family() -> Family<GaussianStateSpace> {
        let matrix = [[0.8, 0.3], [-0.2, 0.5]];
        Family::of("GaussianStateSpace", build)
            .without_golden_cases("its innovations are normal vectors, which are in the table")
            .without_far_cases("its innovations are normal vectors, which are in the table")
            .made_of("MultivariateNormal")
            .at(parameters! { transition_matrix: matrix, loc: [0.3, -0.4], scale_diag: [1.3, 0.9] })
            .at(parameters! { transition_matrix: [[0.7, 0.25], [-0.1, 0.6]], loc: [0.2, -0.3], scale_diag: [1.1, 0.8] })
            .rejects(
                parameters! {
                    transition_matrix: [[f64::INFINITY, 0.3], [-0.2, 0.5]],
                    loc: [0.3, -0.4],
                    scale_diag: [1.3, 0.9],
                },
                "GaussianStateSpace: `transition_matrix` must be finite and real, got inf at [0, 0]",
            )
            .rejects(
                parameters! { transition_matrix: matrix, loc: [f64::NAN, -0.4], scale_diag: [1.3, 0.9] },
                "MultivariateNormal: `loc` must be real, got NaN at [0]",
            )
            .rejects(
                parameters! { transition_matrix: matrix, loc: [0.3, -0.4], scale_diag: [1.3, -0.9] },
                "MultivariateNormal: `scale_diag` must be positive, got -0.9 at [1]",
            )
            .draws([
                0.018662187962098786,
                -0.6704670999060789,
                -1.817104678508138,
                0.8518958288352572,
                0.06842833681110272,
                -0.2526674642862763,
                1.6954589125843946,
                -1.4012947093024781,
                1.8142968862503872,
                -1.79421635133607,
                -0.4690849347036363,
                -2.141481922282649,
                0.03002778221897212,
                -1.064487966643887,
                -0.8722100099398012,
                -1.019908033236875,
                -0.017794624932805148,
                0.09708852491480852,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, entropy, reparameterized_by_common_numbers
    );

    #[test]
    fn one_dimension_is_an_autoregression() {
        let step = MultivariateNormal::diagonal(0.5, [2.0]).unwrap();
        let path = GaussianStateSpace::new([[0.6]], step, 4).unwrap();
        let series = AutoRegressive::new([0.6], 2.0, 4).unwrap().with_intercept(0.5).unwrap();
        let x = Tensor::from([1.0, -0.5, 2.0, 7.0]);
        let difference = path.log_prob(&x.reshape([4, 1])).unwrap() - series.log_prob(&x).unwrap();
        assert!(difference.abs().item() < 1e-14);
        assert!((path.mean().reshape([4]) - series.mean()).abs().max() < 1e-14);
        assert!((path.variance().reshape([4]) - series.variance()).abs().max() < 1e-13);
    }

    #[test]
    fn it_is_a_state_space_model_that_is_seen_as_it_is() {
        let (matrix, covariance) = (Tensor::from([[0.8, 0.3], [-0.2, 0.5]]), Tensor::from([[1.5, 0.4], [0.4, 0.9]]));
        let step = MultivariateNormal::new([0.0, 0.0], &covariance).unwrap();
        let path = GaussianStateSpace::new(&matrix, step, 3).unwrap();
        let (seen, noise) = (Tensor::eye(2), Tensor::zeros([2, 2]));
        let seen =
            LinearGaussianStateSpaceModel::new(3, matrix, &covariance, seen, noise, Tensor::zeros(2), &covariance)
                .unwrap();
        let x = path.sample(&mut Key::new(1).rng("x", 0), &Shape::from([2, 2])).unwrap();
        assert!((path.log_prob(&x).unwrap() - seen.log_prob(&x).unwrap()).abs().max() < 1e-12);
    }

    #[test]
    fn shapes_must_fit() {
        let step = MultivariateNormal::diagonal(0.0, [1.0, 1.0]).unwrap();
        assert!(GaussianStateSpace::new([[1.0]], step.clone(), 3).is_err());
        let error = GaussianStateSpace::new(Tensor::eye(2), step.clone(), 0).unwrap_err().to_string();
        assert_eq!(error, "GaussianStateSpace: `num_steps` must be at least 1, got 0");
        let single = GaussianStateSpace::new(Tensor::eye(2), step.clone(), 1).unwrap();
        let x = Tensor::from([0.3, 0.5]);
        let difference = single.log_prob(&x.reshape([1, 2])).unwrap() - step.log_prob(&x).unwrap();
        assert_eq!(difference.item(), 0.0);
    }
}
