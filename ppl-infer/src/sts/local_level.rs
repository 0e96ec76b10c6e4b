//! Local level.

use ppl::distribution::Normal;

use super::component::{InitialState, Prior, priors};
use super::state_space::diagonal_of_squares;
use super::{Component, Parameter, ParameterValues, SeriesScale, StateSpace};
use crate::error::Result;

/// A level that walks at random.
///
/// ```text
/// level_{t+1} ~ Normal(level_t, level_scale)
/// ```
///
/// # Parameters
/// | parameter, site | prior unless given |
/// |---|---|
/// | `level/level_scale` | LogNormal(ln(0.05 sd), 3), as TFP |
///
/// The first level is Normal(y₀, sd), as `bsts`: y₀ is the first observed value, and sd the standard deviation of the
/// observed values.
///
/// # Example
/// ```
/// use ppl::distribution::{HalfNormal, Normal};
/// use ppl_infer::Map;
/// use ppl_infer::sts::{LocalLevel, StructuralTimeSeries};
///
/// let level = LocalLevel::new().level_scale(HalfNormal::new(1.0))?.initial_level(Normal::new(20.0, 5.0)?);
/// let series = StructuralTimeSeries::new(&[21.0, 20.0, 22.0, 24.0, 23.0])?.with(level)?;
/// let mode = Map::new().run(&series)?;
/// assert!(mode.get("level/level_scale")? > 0.0);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LocalLevel {
    name: String,
    level_scale: Prior,
    initial_level: InitialState,
}

impl Default for LocalLevel {
    fn default() -> Self {
        Self { name: "level".to_owned(), level_scale: None, initial_level: InitialState::DEFAULT }
    }
}

impl LocalLevel {
    /// A level with default priors, of the name `level`.
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
}

priors! { LocalLevel:
    /// The prior of the standard deviation of a step of the level.
    level_scale;
}

impl Component for LocalLevel {
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
        Ok(vec![Parameter::scale("level_scale", &self.level_scale, 0.05 * scale.stddev)?])
    }

    fn state_space(&self, values: &ParameterValues<'_>, scale: &SeriesScale, _steps: usize) -> Result<StateSpace> {
        let (mean, variance) = self.initial_level.moments(scale.initial, scale.stddev)?;
        Ok(StateSpace::new([[1.0]], [[1.0]])
            .noise(diagonal_of_squares(&[&values["level_scale"]])?.try_unsqueeze(-3)?)
            .initial([mean], [[variance]]))
    }
}
