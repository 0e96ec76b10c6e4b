//! Local linear trend.

use ppl::distribution::Normal;

use super::component::{InitialState, Prior, priors};
use super::state_space::diagonal_of_squares;
use super::{Component, Parameter, ParameterValues, SeriesScale, StateSpace};
use crate::error::Result;

/// A level with a slope, both of which walk at random.
///
/// ```text
/// level_{t+1} ~ Normal(level_t + slope_t, level_scale),   slope_{t+1} ~ Normal(slope_t, slope_scale)
/// ```
///
/// # Parameters
/// | parameter, site | prior unless given |
/// |---|---|
/// | `trend/level_scale` | LogNormal(ln(0.05 sd), 3), as TFP |
/// | `trend/slope_scale` | LogNormal(ln(0.05 sd), 3), as TFP |
///
/// The first level is Normal(y₀, sd), the first slope Normal(0, sd), as `bsts` and TFP: y₀ is the first observed value,
/// and sd the standard deviation of the observed values.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::sts::{LocalLinearTrend, StructuralTimeSeries};
///
/// let trend = LocalLinearTrend::new().slope_scale(HalfNormal::new(0.1))?;
/// let series = StructuralTimeSeries::new(&[1.0, 2.1, 2.9, 4.2, 5.0])?.with(trend)?;
/// let sites: Vec<String> = series.trace(0)?.names().map(str::to_owned).collect();
/// assert_eq!(sites, ["trend/level_scale", "trend/slope_scale", "observation_noise_scale", "y"]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LocalLinearTrend {
    name: String,
    level_scale: Prior,
    slope_scale: Prior,
    initial_level: InitialState,
    initial_slope: InitialState,
}

impl Default for LocalLinearTrend {
    fn default() -> Self {
        Self {
            name: "trend".to_owned(),
            level_scale: None,
            slope_scale: None,
            initial_level: InitialState::DEFAULT,
            initial_slope: InitialState::DEFAULT,
        }
    }
}

impl LocalLinearTrend {
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

priors! { LocalLinearTrend:
    /// The prior of the standard deviation of a step of the level, beside the slope.
    level_scale;
    /// The prior of the standard deviation of a step of the slope.
    slope_scale;
}

impl Component for LocalLinearTrend {
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
        Ok(vec![
            Parameter::scale("level_scale", &self.level_scale, 0.05 * scale.stddev)?,
            Parameter::scale("slope_scale", &self.slope_scale, 0.05 * scale.stddev)?,
        ])
    }

    fn state_space(&self, values: &ParameterValues<'_>, scale: &SeriesScale, _steps: usize) -> Result<StateSpace> {
        let (level, level_variance) = self.initial_level.moments(scale.initial, scale.stddev)?;
        let (slope, slope_variance) = self.initial_slope.moments(0.0, scale.stddev)?;
        let noise = diagonal_of_squares(&[&values["level_scale"], &values["slope_scale"]])?;
        Ok(StateSpace::new([[1.0, 1.0], [0.0, 1.0]], [[1.0, 0.0]])
            .noise(noise.try_unsqueeze(-3)?)
            .initial([level, slope], [[level_variance, 0.0], [0.0, slope_variance]]))
    }
}
