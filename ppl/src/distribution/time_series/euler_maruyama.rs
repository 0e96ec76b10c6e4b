//! Stochastic differential equation, discretised by Euler and Maruyama.

use std::fmt;
use std::sync::Arc;

use super::{stack_steps, time_first};
use crate::distribution::density::vector;
use crate::distribution::derived::sample_expanded;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Distribution, DistributionExt};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Solution of a stochastic differential equation at given times, by steps of Euler and Maruyama.
///
#[doc = include_str!("../../../doc/distribution/EulerMaruyama.svg")]
///
/// ```text
/// dX = drift(X, t) dt + diffusion(X, t) dW
///
/// X_0 ~ initial,   X_{i+1} ~ Normal(X_i + drift(X_i, t_i) Δ_i, diffusion(X_i, t_i) √Δ_i),   Δ_i = t_{i+1} − t_i
///
/// log p(x) = log p_initial(x_0) + Σ_i log Normal(x_{i+1}; x_i + drift Δ_i, diffusion √Δ_i),   x a real sequence
/// ```
///
/// # Parameters
/// | parameter  | domain                                      | shape |
/// |------------|---------------------------------------------|-------|
/// | `times`    | increasing                                  | `[T]` |
/// | `initial`  | a distribution of real numbers or vectors   | batch |
/// | `equation` | drift and (positive) diffusion as a function of the state and the time | batch ++ state |
///
/// The equation is given the states of all times at once, of shape `.. ++ batch ++ state`, and times that broadcast against
/// them. Its parameters may have batch axes, which are innermost, and it takes the elements of a state apart by
/// `x.index(-1, i)`. The noise of the elements of a state is independent.
///
/// # Shapes
/// batch = broadcast(the initial batch, those of drift and diffusion), event = `[T]` ++ the initial event
///
/// # Support
/// The sequences of real numbers, or of vectors of them: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// None: they depend on the equation, and it does not implement [`Moments`](crate::distribution::Moments). Averages of
/// draws estimate them.
///
/// # Numerics
/// All steps of a density are evaluated at once, as one batch of normal densities; draws go step by step. The scheme is
/// of the first order in Δ in means: its error against the solution of the equation falls with the steps, and not with
/// the precision of the numbers.
///
/// # Reference
/// NumPyro, `numpyro.distributions.EulerMaruyama`; Kloeden and Platen (1992), "Numerical Solution of Stochastic Differential
/// Equations", section 10.2.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, EulerMaruyama, Normal};
/// use ppl::Tensor;
///
/// // Ornstein and Uhlenbeck's process.
/// let rate = Tensor::from(0.5);
/// let process = EulerMaruyama::new([0.0, 0.1, 0.3], Normal::new(0.0, 1.0), move |x, _time| {
///     Ok((-&rate * x, Tensor::from(2.0)))
/// })?;
/// let log_prob = process.log_prob(&Tensor::from([1.0, 1.2, 1.0]))?;
/// let standard = |x: f64| Normal::new(0.0, 1.0).and_then(|normal| normal.log_prob(&x.into()));
/// let first_step = standard((1.2 - 0.95) / (2.0 * 0.1_f64.sqrt()))? - (2.0 * 0.1_f64.sqrt()).ln();
/// let second_step = standard((1.0 - 1.08) / (2.0 * 0.2_f64.sqrt()))? - (2.0 * 0.2_f64.sqrt()).ln();
/// assert!((log_prob - standard(1.0)? - first_step - second_step).item().abs() < 1e-13);
/// # Ok::<(), ppl::Error>(())
/// ```
pub struct EulerMaruyama<Initial: ?Sized = dyn Distribution> {
    times: Tensor,
    initial: Arc<Initial>,
    equation: Arc<Equation>,
    batch_shape: Shape,
}

/// Drift and diffusion, of states and times.
type Equation = dyn Fn(&Tensor, &Tensor) -> Result<(Tensor, Tensor)> + Send + Sync;

const NAME: &str = "EulerMaruyama";

impl<Initial: Distribution + ?Sized> EulerMaruyama<Initial> {
    /// The solution that starts from a draw of `initial` at the first time.
    ///
    /// The equation is asked once for its shapes, at a state of zeros.
    ///
    /// # Errors
    /// Times that do not increase, or none; an initial distribution whose events are not real; errors of the equation; shapes
    /// that do not broadcast.
    pub fn new<D>(
        times: impl IntoTensor,
        initial: D,
        equation: impl Fn(&Tensor, &Tensor) -> Result<(Tensor, Tensor)> + Send + Sync + 'static,
    ) -> Result<Self>
    where
        D: DistributionExt<Base = Initial>,
    {
        let (times, initial) = (times.into_tensor(), initial.into_shared()?);
        if times.rank() != 1 || times.size() == 0 {
            return Err(Error::InvalidShape {
                operation: NAME,
                expected: "a vector of times".to_owned(),
                got: times.shape(),
            });
        }
        check::constants(NAME, &[("times", &times, Constraint::OrderedVector)])?;
        let mut elementwise = initial.support();
        while let Constraint::Independent(base, _) = elementwise {
            elementwise = *base;
        }
        if !matches!(elementwise, Constraint::Real) {
            return Err(Error::Unsupported {
                what: format!("{NAME} that starts from {}, whose events are {},", initial.name(), initial.support()),
                hint: "start from a distribution of real numbers, and write the equation of a transformed state"
                    .to_owned(),
            });
        }
        let (batch, event) = (initial.batch_shape(), initial.event_shape());
        let state = Tensor::zeros(batch.concat(&event));
        let first = times.index(0, 0).try_reshape(Shape::from(vec![1; event.rank()]))?;
        let (drift, diffusion) = equation(&state, &first)?;
        let shape = check::broadcast_all(NAME, &[&state, &drift, &diffusion])?;
        let (batch_shape, own) = shape.split_event(event.rank());
        if own != event {
            return Err(Error::ShapeMismatch {
                operation: NAME,
                relation: "agree as those of a state and of its drift and diffusion",
                left: event,
                right: own,
            });
        }
        Ok(Self { times, initial, equation: Arc::new(equation), batch_shape })
    }

    /// The times of the states.
    #[must_use]
    pub fn times(&self) -> &Tensor {
        &self.times
    }

    /// Distribution of the first state.
    #[must_use]
    pub fn initial(&self) -> &Arc<Initial> {
        &self.initial
    }

    fn state_rank(&self) -> usize {
        self.initial.event_shape().rank()
    }

    /// The mean of each next state, and its standard deviation, of states along the first axis.
    fn steps(&self, states: &Tensor, from: &Tensor, until: &Tensor) -> Result<(Tensor, Tensor)> {
        let along_states = |times: &Tensor| {
            let ones = vec![1; states.rank() - times.rank()];
            times.try_reshape(times.shape().concat(&Shape::from(ones)))
        };
        let (time, length) = (along_states(from)?, along_states(&until.try_sub(from)?)?);
        let (drift, diffusion) = (self.equation)(states, &time)?;
        Ok((states.try_add(drift.try_mul(&length)?)?, diffusion.try_mul(length.sqrt())?))
    }
}

impl<Initial: ?Sized> Clone for EulerMaruyama<Initial> {
    fn clone(&self) -> Self {
        Self {
            times: self.times.clone(),
            initial: self.initial.clone(),
            equation: self.equation.clone(),
            batch_shape: self.batch_shape,
        }
    }
}

impl<Initial: fmt::Debug + ?Sized> fmt::Debug for EulerMaruyama<Initial> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(NAME).field("times", &self.times).field("initial", &self.initial).finish_non_exhaustive()
    }
}

impl<Initial: Distribution + ?Sized> Distribution for EulerMaruyama<Initial> {
    fn name(&self) -> &'static str {
        NAME
    }

    /// The times, and the parameters of the initial distribution.
    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = vec![("times", self.times.clone())];
        values.extend(self.initial.parameter_values());
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.times.shape().concat(&self.initial.event_shape())
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1 + self.state_rank())
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &[("times", &self.times, Constraint::OrderedVector)])?;
        let mut state = sample_expanded(self.initial.as_ref(), self.batch_shape, rng, sample_shape)?;
        let shape = state.shape();
        let later = Shape::from(self.times.size() - 1);
        let noise = standard_normal(rng, later.concat(&shape));
        let mut states = vec![state.clone()];
        for step in 0..later.size() {
            let (mean, deviation) = self.steps(&state, &self.times.index(0, step), &self.times.index(0, step + 1))?;
            state = mean.try_add(deviation.try_mul(noise.index(0, step))?)?.try_broadcast_to(shape)?;
            states.push(state.clone());
        }
        stack_steps(&states, self.state_rank())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let rank = self.state_rank();
        let is_inside = |value: &Tensor| vector::is_finite(value, 1 + rank);
        vector::on_support(
            self,
            value,
            is_inside,
            || Ok(Tensor::zeros(self.event_shape())),
            |value| {
                let states = time_first(value, rank, self.batch_shape.rank())?;
                let first = self.initial.log_prob(&states.index(0, 0))?;
                let last = self.times.size() - 1;
                if last == 0 {
                    return Ok(first);
                }
                let [from, until] = [self.times.slice(0, 0..last), self.times.slice(0, 1..last + 1)];
                let (mean, deviation) = self.steps(&states.slice(0, 0..last), &from, &until)?;
                let z = states.slice(0, 1..last + 1).try_sub(mean)?.try_div(&deviation)?;
                let log_prob = -(z.square() * 0.5 + HALF_LN_2PI).try_add(deviation.ln())?;
                first.try_add(log_prob.try_sum_rightmost(rank)?.try_sum_axis(0)?)
            },
        )
    }

    fn is_reparameterized(&self) -> bool {
        self.initial.is_reparameterized()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{AutoRegressive, MultivariateNormal, Normal};
    use crate::random::Key;

    /// A double well, whose noise depends on the state and the time.
    fn build(p: &Parameters) -> Result<EulerMaruyama<Normal>> {
        let (rate, noise) = (p.get("rate"), p.get("noise"));
        EulerMaruyama::new([0.0, 0.1, 0.25], Normal::new(p.get("loc"), 0.5), move |x, time| {
            let spread = 1.0 + 0.1 * x.tanh().square() + time;
            Ok((rate.try_mul(x - x.square() * x)?, noise.try_mul(spread)?))
        })
    }

    fn family() -> Family<EulerMaruyama<Normal>> {
        Family::new("EulerMaruyama", build)
            .without_far_cases("its steps are normal, and a normal distribution is in the table")
            .without_golden_cases("it is compared with what it is made of below")
            .made_of("Normal")
            .at(parameters! { loc: 0.3, rate: 1.2, noise: 0.7 })
            .at(parameters! { loc: 0.2, rate: 1.0, noise: 0.6 })
            .draws([
                0.19179314921619184,
                -0.0331957922979248,
                -0.48215552428018527,
                0.14974050005217843,
                0.12123498356464907,
                0.6705744471295166,
                0.8367149663786133,
                0.6957455645194841,
                0.8973905857742571,
            ])
    }

    // Not `invalid_parameters_are_named`: the equation is a function, which has its parameters to itself.
    conformance::law_tests! { family() =>
        shapes_are_sample_batch_event,
        nothing_is_drawn_for_nobody,
        a_batch_is_its_members,
        gradients_are_finite_differences,
        outside_the_support_the_density_is_zero,
        observations_outside_are_named,
        what_a_mask_leaves_out_is_not_looked_at,
        parameters_have_names_and_values,
        first_draws_are_stable,
        draws_with_a_gradient_are_recorded,
        multivariate,
        reparameterized_by_common_numbers
    }

    #[test]
    fn an_autoregression_is_a_linear_equation() {
        let times = [0.0, 0.2, 0.4, 0.6];
        let equation = |x: &Tensor, _: &Tensor| Ok((-1.5 * x, Tensor::from(2.0)));
        let process = EulerMaruyama::new(times, Normal::new(1.0, 0.4), equation).unwrap();
        let x = process.sample(&mut Key::new(2).rng("x", 0), &Shape::from(5)).unwrap();
        let first = Normal::new(1.0, 0.4).unwrap().log_prob(&x.index(-1, 0)).unwrap();
        for place in 0..5 {
            let x = x.get(place);
            let rest = AutoRegressive::new([0.7], 2.0 * 0.2_f64.sqrt(), 3).unwrap();
            let rest = rest.with_initial_values(x.slice(0, 0..1)).unwrap().log_prob(&x.slice(0, 1..4)).unwrap();
            assert!((process.log_prob(&x).unwrap() - rest - first.get(place)).abs().max() < 1e-13);
        }
    }

    #[test]
    fn states_may_be_vectors_in_batches() {
        // A damped oscillator, for two rates.
        let process = |rate: Tensor| {
            let initial = MultivariateNormal::new([0.0, 1.0], [[1.0, 0.3], [0.3, 2.0]]);
            EulerMaruyama::new(Tensor::linspace(0.0, 1.0, 6), initial, move |x, _| {
                let (position, velocity) = (x.index(-1, 0), x.index(-1, 1));
                let pull = -&rate * (position + &velocity);
                let drift = Tensor::try_stack(&[velocity.try_broadcast_to(pull.shape())?, pull], -1)?;
                Ok((drift, Tensor::from([0.1, 0.5])))
            })
            .unwrap()
        };
        let both = process(Tensor::from([0.5, 1.0]));
        assert_eq!((both.batch_shape().dims(), both.event_shape().dims()), (&[2][..], &[6, 2][..]));
        let x = both.sample(&mut Key::new(2).rng("x", 0), &Shape::from(3)).unwrap();
        assert_eq!(x.shape().dims(), [3, 2, 6, 2]);
        let together = both.log_prob(&x).unwrap();
        for (place, rate) in [0.5, 1.0].into_iter().enumerate() {
            let alone = process(Tensor::from(rate)).log_prob(&x.index(1, place)).unwrap();
            assert!((together.index(1, place) - alone).abs().max() < 1e-13);
        }
    }

    #[test]
    fn times_are_checked() {
        let equation = |x: &Tensor, _: &Tensor| Ok((x.clone(), Tensor::from(1.0)));
        let error = EulerMaruyama::new([0.0, 1.0, 1.0], Normal::new(0.0, 1.0), equation).unwrap_err();
        assert!(error.to_string().starts_with("EulerMaruyama: `times` must be an increasing vector"), "{error}");
        let error = EulerMaruyama::new(0.0, Normal::new(0.0, 1.0), equation).unwrap_err();
        assert_eq!(error.to_string(), "EulerMaruyama: expected a vector of times, got shape []");
    }
}
