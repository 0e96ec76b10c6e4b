//! Autoregression of any order.

use super::{check_length, stack_steps};
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::failure::or_panic;
use crate::tensor::record;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Autoregression of order p with normal innovations.
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
/// # Numerics
/// The first p values of a stationary autoregression are predicted from those before them by the autoregressions of lower
/// order that the Levinson–Durbin recursion gives when it is run downwards. No covariance matrix is factorised. Coefficients
/// that are being differentiated and are not those of a stationary autoregression have the density NaN.
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

/// The recursion x_t − centre = intercept + Σ_j weights[j]_t (x_{t−j−1} − centre) + deviations_t ε_t, where the weights and
/// deviations have a last axis of the steps, or of size 1, and the values before the first are `before` + centre.
struct Recursion {
    centre: Tensor,
    intercept: Tensor,
    weights: Vec<Tensor>,
    deviations: Tensor,
    before: Tensor,
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

    fn recursion(&self) -> Recursion {
        let order = self.order();
        let scale = check::or_nan(&self.scale, &Constraint::Positive).unsqueeze(-1);
        let intercept = self.intercept.unsqueeze(-1);
        if let Start::Values(before) = &self.start {
            let weights = (0..order).map(|lag| self.coefficient(lag).unsqueeze(-1)).collect();
            let centre = Tensor::scalar(0.0);
            return Recursion { centre, intercept, weights, deviations: scale, before: before.clone() };
        }
        let (predictors, partial) = lower_orders(&self.coefficients);
        let batch = self.coefficients.shape().split_event(1).0;
        // The variance of the prediction from fewer values, in units of that of an innovation.
        let mut ratio = Tensor::ones(batch);
        let mut ratios = vec![ratio.clone()];
        for last in partial.iter().rev() {
            let unexplained = 1.0 - last.square();
            ratio = ratio / Tensor::select(unexplained.greater(0.0), &unexplained, f64::NAN);
            ratios.push(ratio.clone());
        }
        ratios.reverse();
        let over_steps = |of: &dyn Fn(usize) -> Tensor| {
            let steps: Vec<Tensor> = (0..self.num_steps).map(|step| of(step.min(order))).collect();
            Tensor::stack(&steps, -1)
        };
        let zero = Tensor::zeros(batch);
        let weight = |lag: usize| over_steps(&|known| predictors[known].get(lag).unwrap_or(&zero).clone());
        Recursion {
            centre: intercept / (1.0 - self.coefficients.sum_axis(-1).unsqueeze(-1)),
            intercept: Tensor::scalar(0.0),
            weights: (0..order).map(weight).collect(),
            deviations: scale * over_steps(&|known| ratios[known].sqrt()),
            before: Tensor::zeros(order),
        }
    }

    fn over_time(&self, tensor: &Tensor) -> Tensor {
        tensor.broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }
}

/// The coefficients of the best predictions from k = 0, …, p values of a stationary autoregression, and the last coefficient of
/// each but the first: the partial autocorrelations.
fn lower_orders(coefficients: &Tensor) -> (Vec<Vec<Tensor>>, Vec<Tensor>) {
    let order = coefficients.shape()[coefficients.rank() - 1];
    let mut predictor: Vec<Tensor> = (0..order).map(|lag| coefficients.index(-1, lag)).collect();
    let (mut predictors, mut partial) = (Vec::new(), Vec::new());
    while let Some(last) = predictor.last().cloned() {
        let unexplained = 1.0 - last.square();
        let order = predictor.len();
        let lower = |lag: usize| (&predictor[lag] + &last * &predictor[order - 2 - lag]) / &unexplained;
        let lower = (0..order - 1).map(lower).collect();
        predictors.push(std::mem::replace(&mut predictor, lower));
        partial.push(last);
    }
    predictors.push(Vec::new());
    predictors.reverse();
    partial.reverse();
    (predictors, partial)
}

/// An error where some partial autocorrelation is not between −1 and 1.
pub(super) fn check_stationarity(
    distribution: &'static str,
    parameter: &'static str,
    coefficients: &Tensor,
) -> Result<()> {
    let partial = Tensor::try_stack(&lower_orders(coefficients).1, -1)?.detach();
    let is_inside = partial.abs().less(1.0);
    if is_inside.is_recorded() {
        return record::note_violations(|| (1.0 - is_inside).try_sum());
    }
    if is_inside.min() == 1.0 {
        return Ok(());
    }
    Err(Error::InvalidParameter {
        distribution,
        parameter,
        expected: "those of a stationary autoregression, with partial autocorrelations between -1 and 1".to_owned(),
        got: format!("{}, with partial autocorrelations {}", coefficients.brief(), partial.brief()),
    })
}

impl Recursion {
    /// A step's element of a tensor with a last axis of the steps, or of size 1.
    fn at(tensor: &Tensor, step: usize) -> Tensor {
        let last = tensor.shape().last().copied().unwrap_or(1);
        if tensor.rank() == 0 { tensor.clone() } else { tensor.index(-1, step.min(last - 1)) }
    }

    /// The sequence with these differences from its predictions, of shape `.. ++ [steps]`.
    fn run(&self, innovations: &Tensor) -> Result<Tensor> {
        let (batch, steps) = innovations.shape().split_event(1);
        let (steps, order) = (steps.size(), self.weights.len());
        let mut sequence: Vec<Tensor> = (0..order).map(|place| self.before.index(-1, place)).collect();
        for step in 0..steps {
            let mut next = innovations.index(-1, step).try_add(Self::at(&self.intercept, step))?;
            for (lag, weight) in self.weights.iter().enumerate() {
                next = next.try_add(Self::at(weight, step).try_mul(&sequence[order + step - 1 - lag])?)?;
            }
            sequence.push(next.try_broadcast_to(batch)?);
        }
        stack_steps(&sequence[order..], 0)?.try_add(&self.centre)
    }

    /// The differences of a sequence from its predictions.
    fn innovations(&self, value: &Tensor) -> Result<Tensor> {
        let (steps, order) = (value.shape()[value.rank() - 1], self.weights.len());
        let value = value.try_sub(&self.centre)?;
        let batch = value.shape().split_event(1).0;
        let before_batch = self.before.shape().split_event(1).0;
        let batch = check::broadcast(NAME, &batch, &before_batch)?;
        let parts = [
            self.before.try_broadcast_to(batch.concat(&Shape::from(order)))?,
            value.try_broadcast_to(batch.concat(&Shape::from(steps)))?,
        ];
        let whole = Tensor::try_concat(&parts, -1)?;
        let mut innovations = value.try_sub(&self.intercept)?;
        for (lag, weight) in self.weights.iter().enumerate() {
            let first = order - 1 - lag;
            innovations = innovations.try_sub(weight.try_mul(whole.slice(-1, first..first + steps))?)?;
        }
        Ok(innovations)
    }

    /// The matrix that makes innovations of a sequence, of shape `.. ++ [steps, steps]`: lower triangular, with ones on its
    /// diagonal.
    fn matrix(&self, steps: usize) -> Tensor {
        let [row, column] = [1, 0].map(|axis| Tensor::arange(steps).unsqueeze(axis));
        self.weights.iter().enumerate().fold(Tensor::eye(steps), |matrix, (lag, weight)| {
            let is_lag = (&row - &column).equal((lag + 1) as f64);
            matrix - is_lag * weight.unsqueeze(-1)
        })
    }

    /// L, with L Lᵀ the covariance of a sequence.
    fn scale_tril(&self, steps: usize) -> Tensor {
        let deviations = Tensor::eye(steps) * self.deviations.unsqueeze(-2);
        self.matrix(steps).triangular_solve(deviations, true, false)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{MultivariateNormal, Normal};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<AutoRegressive> {
        let series = AutoRegressive::new(p.get("coefficients"), p.get("scale"), 4)?;
        let series = if p.has("intercept") { series.with_intercept(p.get("intercept"))? } else { series };
        if p.has("initial_values") { series.with_initial_values(p.get("initial_values")) } else { series.stationary() }
    }

    fn family() -> Family<AutoRegressive> {
        Family::new("AutoRegressive", build)
            .without_far_cases("its innovations are normal, and a normal distribution is in the table")
            .without_golden_cases("it is compared with a normal distribution of vectors below")
            .at(parameters! { coefficients: [0.7, -0.4], scale: 1.3, intercept: 0.5, initial_values: [0.2, -1.0] })
            .at(parameters! { coefficients: [0.6, -0.3], scale: 1.0, intercept: 0.3, initial_values: [0.3, -0.6] })
            .rejects(
                parameters! { coefficients: [0.5, f64::NAN], scale: 1.0, intercept: 0.0, initial_values: [0.0, 0.0] },
                "AutoRegressive: `coefficients` must be real, got NaN at [1]",
            )
            .rejects(
                parameters! { coefficients: [0.5, 0.1], scale: -1.0, intercept: 0.0, initial_values: [0.0, 0.0] },
                "AutoRegressive: `scale` must be positive, got -1",
            )
            .rejects(
                parameters! { coefficients: [0.5, 0.1], scale: 1.0, intercept: f64::INFINITY, initial_values: [0.0, 0.0] },
                "AutoRegressive: `intercept` must be finite and real, got inf",
            )
            .rejects(
                parameters! { coefficients: [0.5, 0.1], scale: 1.0, intercept: 0.0, initial_values: [f64::NAN, 0.0] },
                "AutoRegressive: `initial_values` must be real, got NaN at [0]",
            )
            .draws([-0.5613378120379012, 0.11638883170913311, 2.201466219595948, 0.5481562409299311, -0.5499722177810278, -0.4447965042656673, -1.5222629647795494, 1.9102460389105058, 0.298318168973615, 0.5968000755944887, -0.07845306039511668, 0.08841167024953533])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    mod stationary {
        use super::*;

        fn family() -> Family<AutoRegressive> {
            Family::new("AutoRegressive", build)
                .without_far_cases("its innovations are normal, and a normal distribution is in the table")
                .without_golden_cases("it is compared with a normal distribution of vectors below")
                .at(parameters! { coefficients: [0.7, -0.4], scale: 1.3, intercept: 0.5 })
                .at(parameters! { coefficients: [0.6, -0.3], scale: 1.0, intercept: 0.3 })
                .rejects(
                    parameters! { coefficients: [0.5, 0.5], scale: 1.0, intercept: 0.0 },
                    "AutoRegressive: `coefficients` must be those of a stationary autoregression, with partial autocorrelations between -1 and 1, got [0.5, 0.5], with partial autocorrelations [1, 0.5]",
                )
                .rejects(
                    parameters! { coefficients: [0.5, 2.0], scale: 1.0, intercept: 0.0 },
                    "AutoRegressive: `coefficients` must be those of a stationary autoregression, with partial autocorrelations between -1 and 1, got [0.5, 2], with partial autocorrelations [-0.5, 2]",
                )
                .rejects(
                    parameters! { coefficients: [0.5, 0.1], scale: -1.0, intercept: 0.0 },
                    "AutoRegressive: `scale` must be positive, got -1",
                )
                .rejects(
                    parameters! { coefficients: [0.5, 0.1], scale: 1.0, intercept: f64::INFINITY },
                    "AutoRegressive: `intercept` must be finite and real, got inf",
                )
                .draws([0.3598333880707996, 0.11079850731338214, 1.8290845124754422, 0.28972517570387735, 0.3741526908832524, -0.5030258575194255, -1.9326734755228923, 1.6462504226916692, 1.4428981208449594, 0.5199294133642187, -0.5900945047048436, -0.2389890758751656])
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
        );
    }

    /// The autocovariances of an autoregression of order 2 (Brockwell and Davis, example 3.3.4) at lags 0, …, 5.
    fn autocovariances(phi: [f64; 2], scale: f64) -> Vec<f64> {
        let variance = scale * scale * (1.0 - phi[1]) / ((1.0 + phi[1]) * ((1.0 - phi[1]).powi(2) - phi[0].powi(2)));
        let mut all = vec![variance, variance * phi[0] / (1.0 - phi[1])];
        for lag in 2..6 {
            all.push(phi[0] * all[lag - 1] + phi[1] * all[lag - 2]);
        }
        all
    }

    #[test]
    fn a_stationary_sequence_has_its_autocovariances() {
        let (phi, scale) = ([0.7, -0.4], 1.3);
        let series = AutoRegressive::new(phi, scale, 6).unwrap().with_intercept(0.5).unwrap().stationary().unwrap();
        let autocovariances = autocovariances(phi, scale);
        let rows: Vec<f64> = (0..36).map(|place: usize| autocovariances[(place / 6).abs_diff(place % 6)]).collect();
        let covariance = Tensor::new(rows, [6, 6]).unwrap();
        assert!((series.covariance() - &covariance).abs().max() < 1e-14);
        assert!((series.mean() - 0.5 / (1.0 - 0.3)).abs().max() < 1e-15);
        let dense = MultivariateNormal::new(series.mean(), covariance).unwrap();
        let x = series.sample(&mut Key::new(1).rng("x", 0), &Shape::from(3)).unwrap();
        assert!((series.log_prob(&x).unwrap() - dense.log_prob(&x).unwrap()).abs().max() < 1e-12);
        assert!((series.entropy() - dense.entropy()).abs().max() < 1e-13);
    }

    #[test]
    fn a_sequence_may_be_shorter_than_the_order() {
        let series = AutoRegressive::new([0.3, 0.2, 0.1], 1.0, 2).unwrap().stationary().unwrap();
        let longer = AutoRegressive::new([0.3, 0.2, 0.1], 1.0, 5).unwrap().stationary().unwrap();
        assert!((series.covariance() - longer.covariance().slice(0, 0..2).slice(1, 0..2)).abs().max() < 1e-15);
        let conditional = AutoRegressive::new([0.3, 0.2, 0.1], 1.0, 2).unwrap().with_initial_values([1.0, 2.0, 3.0]);
        let mean = conditional.unwrap().mean().to_vec();
        assert!((mean[0] - 1.4).abs() < 1e-15 && (mean[1] - (0.42 + 0.6 + 0.2)).abs() < 1e-15);
    }

    #[test]
    fn coefficients_of_an_explosive_sequence_are_those_of_a_conditional_one() {
        let series = AutoRegressive::new([2.0], 1.0, 3).unwrap().with_initial_values([1.0]).unwrap();
        assert_eq!(series.mean().to_vec(), [2.0, 4.0, 8.0]);
        let log_prob = series.log_prob(&Tensor::from([2.0, 4.0, 8.0])).unwrap();
        assert!((log_prob - 3.0 * Normal::new(0.0, 1.0).unwrap().log_prob(&0.0.into()).unwrap()).abs().max() < 1e-15);
    }

    #[test]
    fn shapes_are_checked() {
        assert_eq!(
            AutoRegressive::new(0.5, 1.0, 3).unwrap_err().to_string(),
            "AutoRegressive: expected coefficients along the last axis, got shape []"
        );
        assert_eq!(
            AutoRegressive::new([0.5], 1.0, 3).unwrap().with_initial_values([0.0, 1.0]).unwrap_err().to_string(),
            "AutoRegressive: expected 1 initial values along the last axis, one for each coefficient, got shape [2]"
        );
    }
}
