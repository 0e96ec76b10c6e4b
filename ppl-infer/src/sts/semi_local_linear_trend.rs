//! Semi-local linear trend.

use ppl::Tensor;
use ppl::distribution::{Normal, TruncatedNormal};

use super::component::{InitialState, Prior, priors};
use super::state_space::diagonal_of_squares;
use super::{Component, Parameter, ParameterValues, SeriesScale, StateSpace};
use crate::error::Result;

/// A level with a slope that returns to a mean: for forecasts far ahead, whose bands grow less than those of a
/// [`LocalLinearTrend`](super::LocalLinearTrend).
///
/// ```text
/// level_{t+1} ~ Normal(level_t + slope_t, level_scale)
///
/// slope_{t+1} ~ Normal(slope_mean + coefficient (slope_t − slope_mean), slope_scale)
/// ```
///
/// # Parameters
/// | parameter, site | prior unless given |
/// |---|---|
/// | `trend/level_scale` | LogNormal(ln(0.05 sd), 3) |
/// | `trend/slope_mean` | Normal(0, sd) |
/// | `trend/slope_scale` | LogNormal(ln(0.05 sd), 3) |
/// | `trend/coefficient` | TruncatedNormal(0, 1, −1, 1), as TFP: the slope is stationary |
///
/// The first level is Normal(y₀, sd), the first slope Normal(0, sd): y₀ is the first observed value, and sd the
/// standard deviation of the observed values.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::sts::{SemiLocalLinearTrend, StructuralTimeSeries};
///
/// let trend = SemiLocalLinearTrend::new().coefficient(Uniform::new(0.0, 1.0))?;
/// let series = StructuralTimeSeries::new(&[1.0, 2.1, 2.9, 4.2, 5.0])?.with(trend)?;
/// assert!((0.0..1.0).contains(&series.trace(0)?.get("trend/coefficient")?.item()));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SemiLocalLinearTrend {
    name: String,
    level_scale: Prior,
    slope_mean: Prior,
    slope_scale: Prior,
    coefficient: Prior,
    initial_level: InitialState,
    initial_slope: InitialState,
}

impl Default for SemiLocalLinearTrend {
    fn default() -> Self {
        Self {
            name: "trend".to_owned(),
            level_scale: None,
            slope_mean: None,
            slope_scale: None,
            coefficient: None,
            initial_level: InitialState::DEFAULT,
            initial_slope: InitialState::DEFAULT,
        }
    }
}

impl SemiLocalLinearTrend {
    /// A trend with default priors, of the name `trend`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The distribution of the first level.
    #[must_use]
    pub fn initial_level(mut self, prior: Normal) -> Self {
        self.initial_level = InitialState::new(prior);
        self
    }

    /// The distribution of the first slope.
    #[must_use]
    pub fn initial_slope(mut self, prior: Normal) -> Self {
        self.initial_slope = InitialState::new(prior);
        self
    }
}

priors! { SemiLocalLinearTrend:
    /// The prior of the standard deviation of a step of the level, beside the slope.
    level_scale;
    /// The prior of the slope's mean.
    slope_mean;
    /// The prior of the standard deviation of a step of the slope.
    slope_scale;
    /// The prior of the share of the slope's distance to its mean that is left after a step.
    coefficient;
}

impl Component for SemiLocalLinearTrend {
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
        let slope_mean = match &self.slope_mean {
            Some(prior) => Parameter::new("slope_mean", prior.clone())?,
            None => Parameter::new("slope_mean", Normal::new(0.0, scale.stddev))?,
        };
        let coefficient = match &self.coefficient {
            Some(prior) => Parameter::new("coefficient", prior.clone())?,
            None => Parameter::new("coefficient", TruncatedNormal::new(0.0, 1.0, -1.0, 1.0))?,
        };
        Ok(vec![
            Parameter::scale("level_scale", &self.level_scale, 0.05 * scale.stddev)?,
            slope_mean,
            Parameter::scale("slope_scale", &self.slope_scale, 0.05 * scale.stddev)?,
            coefficient,
        ])
    }

    /// The state is (level − slope_mean · t, slope − slope_mean), of which the mean is part of the offset.
    fn state_space(&self, values: &ParameterValues<'_>, scale: &SeriesScale, steps: usize) -> Result<StateSpace> {
        let (level, level_variance) = self.initial_level.moments(scale.initial, scale.stddev)?;
        let (slope, slope_variance) = self.initial_slope.moments(0.0, scale.stddev)?;
        let slope_mean = &values["slope_mean"];
        let coefficient = values["coefficient"].try_unsqueeze(-1)?.try_unsqueeze(-1)?;
        let transition = coefficient.try_mul([[0.0, 0.0], [0.0, 1.0]])?.try_add([[1.0, 1.0], [0.0, 0.0]])?;
        let noise = diagonal_of_squares(&[&values["level_scale"], &values["slope_scale"]])?;
        let mean = slope_mean.try_unsqueeze(-1)?.try_mul([0.0, -1.0])?.try_add([level, slope])?;
        Ok(StateSpace::new(transition, [[1.0, 0.0]])
            .noise(noise.try_unsqueeze(-3)?)
            .initial(mean, [[level_variance, 0.0], [0.0, slope_variance]])
            .offset(slope_mean.try_unsqueeze(-1)?.try_mul(Tensor::arange(steps))?))
    }
}
