//! Linear regression.

use std::sync::Arc;

use ppl::distribution::{DistributionExt as _, IntoDistribution as _, Normal};
use ppl::{IntoTensor, Tensor};

use super::component::{Prior, priors, standard_deviation};
use super::{Component, Parameter, ParameterValues, SeriesScale, StateSpace, StsError};
use crate::error::Result;

/// Effects of covariates, with coefficients that are the same at all times.
///
/// ```text
/// effect_t = design_matrix_t · coefficients
/// ```
///
/// A forecast needs the covariates of the times to come: the design matrix has rows for these too.
///
/// # Parameters
/// | parameter, site | prior unless given |
/// |---|---|
/// | `regression/coefficients`, `[k]` | Normal(0, 2.5 sd / sd of the covariate), as `rstanarm` |
///
/// sd is the standard deviation of the observed values, with divisor n as that of the covariate over all rows. For a
/// covariate that is constant, its absolute value takes the place of its sd, and 1 where it is 0.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::sts::{LinearRegression, LocalLevel, StructuralTimeSeries};
///
/// // Five observations, and the temperatures of seven days.
/// let temperature = LinearRegression::new([12.0, 15.0, 11.0, 18.0, 20.0, 19.0, 16.0]).named("temperature");
/// let y = [5.0, 6.1, 4.4, 7.2, 8.1];
/// let series = StructuralTimeSeries::new(&y)?.with(LocalLevel::new())?.with(temperature)?;
/// assert_eq!(series.trace(0)?.get("temperature/coefficients")?.shape().dims(), [1]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinearRegression {
    name: String,
    design_matrix: Tensor,
    coefficients: Prior,
}

impl LinearRegression {
    /// Covariates with default priors, of the name `regression`. The design matrix is `[times, k]`, or `[times]` for
    /// one covariate.
    pub fn new(design_matrix: impl IntoTensor) -> Self {
        let given = design_matrix.into_tensor();
        let design_matrix = if given.rank() == 1 { given.unsqueeze(-1) } else { given };
        Self { name: "regression".to_owned(), design_matrix, coefficients: None }
    }

    fn count(&self) -> usize {
        self.design_matrix.shape()[1]
    }
}

priors! { LinearRegression:
    /// The prior of the coefficients, or of each of them if it is that of a scalar.
    coefficients;
}

impl Component for LinearRegression {
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
        let prior = match &self.coefficients {
            Some(prior) => Arc::clone(prior),
            None => {
                let spread = |column: usize| {
                    let values = self.design_matrix.index(-1, column).to_vec();
                    let sizes = [standard_deviation(&values), values[0].abs(), 1.0];
                    sizes.into_iter().find(|size| *size > 0.0).unwrap_or(1.0)
                };
                let scales: Vec<f64> = (0..self.count()).map(|column| 2.5 * scale.stddev / spread(column)).collect();
                Normal::new(0.0, Tensor::from(scales)).to_event(1).into_distribution()?
            }
        };
        Ok(vec![Parameter::vector("coefficients", prior, self.count())?])
    }

    fn state_space(&self, values: &ParameterValues<'_>, _scale: &SeriesScale, steps: usize) -> Result<StateSpace> {
        let design = self.design_matrix.try_slice(0, 0..steps)?;
        let effects = design.try_matmul(values["coefficients"].try_unsqueeze(-1)?)?;
        Ok(StateSpace::of_offset(effects.try_squeeze(-1)?))
    }

    fn check(&self, steps: usize) -> Result<()> {
        let shape = self.design_matrix.shape();
        let argument = |expected, got: String| StsError::of_component(&self.name, "design_matrix", expected, got);
        if shape.rank() != 2 || shape[1] == 0 {
            return Err(argument("of shape [times, covariates], with a covariate", format!("shape {shape}")).into());
        }
        if shape[0] < steps {
            return Err(StsError::Covariates { component: self.name.clone(), needed: steps, rows: shape[0] }.into());
        }
        let values = self.design_matrix.to_vec();
        if let Some(place) = values.iter().position(|value| !value.is_finite()) {
            let got = format!("{} at [{}, {}]", values[place], place / shape[1], place % shape[1]);
            return Err(argument("finite", got).into());
        }
        Ok(())
    }
}
