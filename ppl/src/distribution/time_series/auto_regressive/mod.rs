//! Autoregression of any order.

mod recursion;
#[cfg(test)]
mod tests;

pub(super) use self::recursion::check_stationarity;
use super::check_length;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::failure::or_panic;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Autoregression of order p with normal innovations: real sequences.
///
#[doc = include_str!("../../../../doc/distribution/AutoRegressive.svg")]
///
/// ```text
/// X_t = intercept + Σ_{j = 1}^p coefficients[j − 1] X_{t−j} + scale ε_t,   ε_t ~ Normal(0, 1)
/// ```
///
/// # Parameters
/// | parameter        | domain               | meaning                                       | shape          |
/// |------------------|----------------------|-----------------------------------------------|----------------|
/// | `coefficients`   | real                 | weights of the values before, the latest first | batch ++ `[p]` |
/// | `scale`          | positive             | standard deviation of an innovation           | batch          |
/// | `num_steps`      | at least 1           | length of the sequence                        |                |
/// | `intercept`      | real; 0 unless given | added in each step                            | batch          |
/// | `initial_values` | real; 0 unless given | values before the first, in order of time     | batch ++ `[p]` |
///
/// [`with_intercept`](Self::with_intercept) and [`with_initial_values`](Self::with_initial_values) give the last two. With
/// initial values the coefficients are any numbers. [`stationary`](Self::stationary) is the autoregression that has gone on
/// for ever: each X_t then has the same distribution, and the coefficients must be those of a stationary one.
///
/// # Shapes
/// batch = the batches of all parameters, broadcast; event = `[num_steps]`
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = the recursion without innovations
/// covariance = A⁻¹ D² A⁻ᵀ,   with A x the innovations of a sequence x and D their standard deviations
/// entropy    = Σ_t ln D_t + ½ num_steps ln(2πe)
/// ```
/// With initial values D_t = scale. Of a [`stationary`](Self::stationary) one all means are
/// intercept / (1 − Σ coefficients) and all variances the same.
///
/// # Numerics
/// The first p values of a stationary autoregression are predicted from those before them by the autoregressions of lower
/// order that the Levinson–Durbin recursion gives when it is run downwards. No covariance matrix is factorised. Coefficients
/// that are being differentiated and are not those of a stationary autoregression have the density NaN.
///
/// # Draws
/// The recursion, driven by scaled standard normal noise, with its gradient.
///
/// # Reference
/// Brockwell and Davis (1991), "Time Series: Theory and Methods", sections 5.2 and 8.7; PyMC, `pymc.AR`.
///
/// # Example
/// ```
/// use ppl::distribution::{AutoRegressive, Distribution, Moments, Normal};
/// use ppl::Tensor;
///
/// let x = Tensor::from([1.0, 0.0, 2.0]);
/// let series = AutoRegressive::new([0.5], 2.0, 3)?.with_initial_values([4.0])?;
/// let innovations = Normal::new(0.0, 2.0)?.log_prob(&Tensor::from([-1.0, -0.5, 2.0]))?.sum();
/// assert!((series.log_prob(&x)? - innovations).item().abs() < 1e-14);
///
/// let stationary = AutoRegressive::new([0.6], 0.8, 3)?.stationary()?;
/// assert!((stationary.variance() - 1.0).abs().max() < 1e-15);
/// assert!(AutoRegressive::new([1.0], 0.8, 3)?.stationary().is_err());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AutoRegressive {
    coefficients: Tensor,
    scale: Tensor,
    intercept: Tensor,
    start: Start,
    num_steps: usize,
    batch_shape: Shape,
}

/// What is before the first value.
#[derive(Clone, Debug)]
enum Start {
    Values(Tensor),
    Stationary,
}

const NAME: &str = "AutoRegressive";

impl AutoRegressive {
    /// An autoregression before whose first value all were 0.
    ///
    /// # Errors
    /// Coefficients that are not finite, or no axis of them; a scale that is not positive and finite; no step; shapes that do
    /// not broadcast.
    pub fn new(coefficients: impl IntoTensor, scale: impl IntoTensor, num_steps: usize) -> Result<Self> {
        let (coefficients, scale) = (coefficients.into_tensor(), scale.into_tensor());
        check_length(NAME, "num_steps", num_steps)?;
        let shape = coefficients.shape();
        if shape.last().is_none_or(|&order| order == 0) {
            return Err(Error::InvalidShape {
                operation: NAME,
                expected: "coefficients along the last axis".to_owned(),
                got: shape,
            });
        }
        let initial_values = Tensor::zeros(shape.split_event(1).1);
        Self {
            coefficients,
            scale,
            intercept: Tensor::scalar(0.0),
            start: Start::Values(initial_values),
            num_steps,
            batch_shape: Shape::SCALAR,
        }
        .checked()
    }

    /// The autoregression with this intercept.
    ///
    /// # Errors
    /// An intercept that is not finite; shapes that do not broadcast.
    pub fn with_intercept(self, intercept: impl IntoTensor) -> Result<Self> {
        Self { intercept: intercept.into_tensor(), ..self }.checked()
    }

    /// The autoregression after these values, of which the last comes immediately before the first one of the sequence.
    ///
    /// # Errors
    /// Values that are not finite; another number of them than of coefficients; shapes that do not broadcast.
    pub fn with_initial_values(self, initial_values: impl IntoTensor) -> Result<Self> {
        let initial_values = initial_values.into_tensor();
        let shape = initial_values.shape();
        if shape.last() != Some(&self.order()) {
            return Err(Error::InvalidShape {
                operation: NAME,
                expected: format!("{} initial values along the last axis, one for each coefficient", self.order()),
                got: shape,
            });
        }
        Self { start: Start::Values(initial_values), ..self }.checked()
    }

    /// The stationary autoregression.
    ///
    /// # Errors
    /// Coefficients that are not those of a stationary autoregression.
    pub fn stationary(self) -> Result<Self> {
        let stationary = Self { start: Start::Stationary, ..self }.checked()?;
        if !stationary.coefficients.is_tracked() {
            check_stationarity(NAME, "coefficients", &stationary.coefficients)?;
        }
        Ok(stationary)
    }

    fn checked(self) -> Result<Self> {
        check::constants(NAME, &self.parameters())?;
        let mut batch_shape = check::broadcast_all(NAME, &[&self.scale, &self.intercept])?;
        let values = self.initial_values().unwrap_or(&self.coefficients);
        for vectors in [&self.coefficients, values] {
            batch_shape = check::broadcast(NAME, &batch_shape, &vectors.shape().split_event(1).0)?;
        }
        Ok(Self { batch_shape, ..self })
    }

    /// Weights of the values before, the latest first.
    #[must_use]
    pub fn coefficients(&self) -> &Tensor {
        &self.coefficients
    }

    /// Standard deviation of an innovation.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// What is added in each step.
    #[must_use]
    pub fn intercept(&self) -> &Tensor {
        &self.intercept
    }

    /// The values before the first, in order of time; none of a stationary autoregression.
    #[must_use]
    pub fn initial_values(&self) -> Option<&Tensor> {
        match &self.start {
            Start::Values(values) => Some(values),
            Start::Stationary => None,
        }
    }

    /// Number of coefficients.
    #[must_use]
    pub fn order(&self) -> usize {
        self.coefficients.shape().last().copied().unwrap_or(0)
    }

    /// Length of the sequence.
    #[must_use]
    pub fn num_steps(&self) -> usize {
        self.num_steps
    }

    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        let mut parameters = vec![
            ("coefficients", &self.coefficients, Constraint::Real),
            ("scale", &self.scale, Constraint::Positive),
            ("intercept", &self.intercept, Constraint::Real),
        ];
        parameters.extend(self.initial_values().map(|values| ("initial_values", values, Constraint::Real)));
        parameters
    }

    /// The coefficient of lag j + 1.
    fn coefficient(&self, lag: usize) -> Tensor {
        self.coefficients.index(-1, lag)
    }

    fn over_time(&self, tensor: &Tensor) -> Tensor {
        tensor.broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }
}

impl Distribution for AutoRegressive {
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
        Shape::from(self.num_steps)
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &self.parameters())?;
        if matches!(self.start, Start::Stationary) {
            check_stationarity(NAME, "coefficients", &self.coefficients)?;
        }
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape).concat(&self.event_shape()));
        let recursion = self.recursion();
        recursion.run(&noise.try_mul(&recursion.deviations)?)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(
            self,
            value,
            is_inside,
            || Ok(Tensor::zeros(self.event_shape())),
            |value| {
                let recursion = self.recursion();
                let z = recursion.innovations(value)?.try_div(&recursion.deviations)?;
                (-(z.square() * 0.5 + HALF_LN_2PI)).try_sub(recursion.deviations.ln())?.try_sum_axis(-1)
            },
        )
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for AutoRegressive {
    fn mode(&self) -> Result<Tensor> {
        self.recursion().run(&Tensor::zeros(self.batch_shape.concat(&self.event_shape())))
    }
}

impl Moments for AutoRegressive {
    fn mean(&self) -> Tensor {
        or_panic(self.mode())
    }

    fn variance(&self) -> Tensor {
        let scale_tril = self.recursion().scale_tril(self.num_steps);
        self.over_time(&scale_tril.square().sum_axis(-1))
    }
}

impl Covariance for AutoRegressive {
    fn covariance(&self) -> Tensor {
        let scale_tril = self.recursion().scale_tril(self.num_steps);
        let covariance = scale_tril.matmul(scale_tril.transpose());
        covariance.broadcast_to(self.batch_shape.concat(&[self.num_steps, self.num_steps].into()))
    }
}

impl Entropy for AutoRegressive {
    fn entropy(&self) -> Tensor {
        let deviations = self.recursion().deviations;
        self.over_time(&(deviations.ln() + (0.5 + HALF_LN_2PI))).sum_axis(-1)
    }
}

impl KlDivergence<Self> for AutoRegressive {
    /// ½ (|D_q⁻¹ A_q L_p|² + |D_q⁻¹ (innovations of μ_p)|² − n) + Σ ln(D_q / D_p), with A the matrix of the innovations and D
    /// their deviations.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.num_steps != other.num_steps {
            return Err(Error::ShapeMismatch {
                operation: NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let steps = self.num_steps;
        let (p, q) = (self.recursion(), other.recursion());
        let spread = q.matrix(steps).try_matmul(p.scale_tril(steps))?.try_div(q.deviations.unsqueeze(-1))?;
        let shift = q.innovations(&self.mean())?.try_div(&q.deviations)?;
        let logarithms = q.deviations.ln().try_sub(p.deviations.ln())?;
        let squares = spread.square().sum_axis(-1).try_add(shift.square())?;
        let kl = ((squares - 1.0) * 0.5).try_add(logarithms)?.try_sum_axis(-1)?;
        kl.try_broadcast_to(check::broadcast(NAME, &self.batch_shape, &other.batch_shape)?)
    }
}
