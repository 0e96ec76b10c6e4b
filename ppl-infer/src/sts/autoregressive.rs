//! Autoregression.

use std::sync::Arc;

use ppl::distribution::{IntoDistribution as _, Normal};
use ppl::{Shape, Tensor};

use super::component::{InitialState, Prior, priors};
use super::state_space::diagonal_of_squares;
use super::{Component, Parameter, ParameterValues, SeriesScale, StateSpace, StsError};
use crate::error::Result;

/// An autoregression about 0.
///
/// ```text
/// x_t ~ Normal(Σ_{j=1}^order coefficients[j − 1] x_{t−j}, level_scale)
/// ```
///
/// # Parameters
/// | parameter, site | prior unless given |
/// |---|---|
/// | `autoregressive/coefficients`, `[order]` | Normal(0, 1), as TFP |
/// | `autoregressive/level_scale` | LogNormal(ln(0.05 sd), 3), as TFP |
///
/// The coefficients need not be those of a stationary series; of order 1 it is one under the prior Uniform(−1, 1). The
/// values before the first time, and that one, are Normal(0, sd): sd is the standard deviation of the observed values.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::sts::{Autoregressive, StructuralTimeSeries};
///
/// // A prior of a scalar is that of each coefficient.
/// let autoregressive = Autoregressive::new(1).coefficients(Uniform::new(-1.0, 1.0))?;
/// let series = StructuralTimeSeries::new(&[0.3, 0.9, 0.5, -0.2, -0.8])?.with(autoregressive)?;
/// assert_eq!(series.trace(0)?.get("autoregressive/coefficients")?.shape().dims(), [1]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Autoregressive {
    name: String,
    order: usize,
    coefficients: Prior,
    level_scale: Prior,
    initial_state: InitialState,
}

impl Autoregressive {
    /// An autoregression of this order with default priors, of the name `autoregressive`.
    #[must_use]
    pub fn new(order: usize) -> Self {
        Self {
            name: "autoregressive".to_owned(),
            order,
            coefficients: None,
            level_scale: None,
            initial_state: InitialState::DEFAULT,
        }
    }

    /// The distribution of each of the values before the second time.
    #[must_use]
    pub fn initial_state(mut self, prior: Normal) -> Self {
        self.initial_state = InitialState::new(prior);
        self
    }
}

priors! { Autoregressive:
    /// The prior of the coefficients, or of each of them if it is that of a scalar.
    coefficients;
    /// The prior of the standard deviation of a value given those before.
    level_scale;
}

impl Component for Autoregressive {
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
        let prior = match &self.coefficients {
            Some(prior) => Arc::clone(prior),
            None => Normal::new(0.0, 1.0).into_distribution()?,
        };
        Ok(vec![
            Parameter::vector("coefficients", prior, self.order)?,
            Parameter::scale("level_scale", &self.level_scale, 0.05 * scale.stddev)?,
        ])
    }

    /// The state is (x_t, x_{t−1}, …).
    fn state_space(&self, values: &ParameterValues<'_>, scale: &SeriesScale, _steps: usize) -> Result<StateSpace> {
        let order = self.order;
        let (mean, variance) = self.initial_state.moments(0.0, scale.stddev)?;
        let first = Tensor::eye(order).get(0);
        let coefficients = &values["coefficients"];
        // The value moves on by the coefficients, and each element takes over the one before it.
        let shifted = match order {
            1 => Tensor::zeros([1, 1]),
            _ => Tensor::try_concat(&[Tensor::zeros([1, order]), Tensor::eye(order).try_slice(0, 0..order - 1)?], 0)?,
        };
        let row = first.try_unsqueeze(-1)?.try_mul(coefficients.try_unsqueeze(-2)?)?;
        let noise = diagonal_of_squares(&[&values["level_scale"]])?;
        let corner = first.unsqueeze(-1).try_mul(first.unsqueeze(-2))?;
        Ok(StateSpace::new(row.try_add(shifted)?, first.try_unsqueeze(0)?)
            .noise(noise.try_mul(corner)?.try_unsqueeze(-3)?)
            .initial(Tensor::full(Shape::from(order), mean), Tensor::eye(order) * variance))
    }

    fn check(&self, _steps: usize) -> Result<()> {
        match self.order {
            0 => Err(StsError::of_component(&self.name, "order", "at least 1", 0).into()),
            _ => Ok(()),
        }
    }
}
