//! Seasonal effects.

use ppl::Tensor;
use ppl::distribution::Normal;

use super::component::{InitialState, Prior, priors};
use super::{Component, Parameter, ParameterValues, SeriesScale, StateSpace, StsError};
use crate::error::Result;

/// An effect of each season, of mean 0 over the seasons: of each month, of each day of the week.
///
/// When a season ends, its effect for the next time drifts, and the others by what keeps their mean 0:
///
/// ```text
/// effect_{t+1} = effect_t + (1 − 1/k) Normal(0, drift_scale) of the season that ends,   − 1/k of that for each of the others
/// ```
///
/// of k seasons. The first time is in the first season.
///
/// # Parameters
/// | parameter, site | prior unless given |
/// |---|---|
/// | `seasonal/drift_scale` | LogNormal(ln(0.01 sd), 3), as TFP; none [without drift](Self::without_drift) |
///
/// The first effects are Normal(0, sd), given that their mean is 0; sd is the standard deviation of the observed
/// values.
///
/// # Numerics
/// The state holds the k − 1 coordinates of effects of mean 0 in an orthonormal basis. They stay what they are while
/// nothing drifts: it is the observation that turns from season to season.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::sts::{LocalLevel, Seasonal, StructuralTimeSeries};
///
/// // Hours of working days, with an effect of each weekday that lasts 8 hours.
/// let weekday = Seasonal::new(5).steps_per_season(8).named("weekday").drift_scale(HalfNormal::new(0.1))?;
/// let y = (0..80).map(|hour| f64::from(hour / 8 % 5));
/// let series = StructuralTimeSeries::new(y)?.with(LocalLevel::new())?.with(weekday)?;
/// assert!(series.trace(0)?.get("weekday/drift_scale")?.item() > 0.0);
///
/// let error = StructuralTimeSeries::new(&[1.0, 2.0])?.with(Seasonal::new(1)).unwrap_err();
/// assert_eq!(error.to_string(), "component `seasonal`: `num_seasons` must be at least 2, got 1");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Seasonal {
    name: String,
    num_seasons: usize,
    steps_per_season: usize,
    drifts: bool,
    drift_scale: Prior,
    initial_effect: InitialState,
}

impl Seasonal {
    /// So many seasons of one time each, with default priors, of the name `seasonal`.
    #[must_use]
    pub fn new(num_seasons: usize) -> Self {
        Self {
            name: "seasonal".to_owned(),
            num_seasons,
            steps_per_season: 1,
            drifts: true,
            drift_scale: None,
            initial_effect: InitialState::DEFAULT,
        }
    }

    /// Times that a season lasts.
    #[must_use]
    pub fn steps_per_season(mut self, steps: usize) -> Self {
        self.steps_per_season = steps;
        self
    }

    /// Effects that stay what they are.
    #[must_use]
    pub fn without_drift(mut self) -> Self {
        self.drifts = false;
        self
    }

    /// The distribution of each first effect, without the condition that their mean is 0; its mean must be 0.
    #[must_use]
    pub fn initial_effect(mut self, prior: Normal) -> Self {
        self.initial_effect = InitialState::new(prior);
        self
    }

    fn season(&self, time: usize) -> usize {
        time / self.steps_per_season % self.num_seasons
    }
}

priors! { Seasonal:
    /// The prior of the standard deviation of the drift of an effect from one time of its season to the next.
    drift_scale;
}

impl Component for Seasonal {
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
        match self.drifts {
            true => Ok(vec![Parameter::scale("drift_scale", &self.drift_scale, 0.01 * scale.stddev)?]),
            false => Ok(Vec::new()),
        }
    }

    fn state_space(&self, values: &ParameterValues<'_>, scale: &SeriesScale, steps: usize) -> Result<StateSpace> {
        let (_, variance) = self.initial_effect.moments(0.0, scale.stddev)?;
        let size = self.num_seasons - 1;
        let basis = contrasts(self.num_seasons);
        let seasons: Vec<usize> = (0..steps).map(|time| self.season(time)).collect();
        let space = StateSpace::new(Tensor::eye(size), basis.try_take(0, &seasons)?)
            .initial(Tensor::zeros([size]), Tensor::eye(size) * variance);
        if !self.drifts {
            return Ok(space);
        }
        // In the coordinates, the drift of an effect without its share in the mean is along a row of the basis.
        let (ending, ends): (Vec<usize>, Vec<f64>) = (0..steps.saturating_sub(1).max(1))
            .map(|time| (self.season(time), f64::from(u8::from(self.season(time) != self.season(time + 1)))))
            .unzip();
        let rows = basis.try_take(0, &ending)?.try_mul(Tensor::from(ends).unsqueeze(-1))?;
        let directions = rows.unsqueeze(-1).try_mul(rows.unsqueeze(-2))?;
        let drift = values["drift_scale"].square().try_unsqueeze(-1)?.try_unsqueeze(-1)?.try_unsqueeze(-1)?;
        Ok(space.noise(drift.try_mul(directions)?))
    }

    fn check(&self, _steps: usize) -> Result<()> {
        if self.num_seasons < 2 {
            return Err(StsError::of_component(&self.name, "num_seasons", "at least 2", self.num_seasons).into());
        }
        if self.steps_per_season == 0 {
            return Err(StsError::of_component(&self.name, "steps_per_season", "at least 1", 0).into());
        }
        let (mean, _) = self.initial_effect.moments(0.0, 1.0)?;
        if mean != 0.0 {
            return Err(StsError::of_component(&self.name, "initial_effect", "of mean 0", mean).into());
        }
        Ok(())
    }
}

/// An orthonormal basis of the vectors of mean 0, as columns: Helmert's contrasts.
fn contrasts(size: usize) -> Tensor {
    let element = |row: usize, column: usize| {
        let order = (column + 1) as f64;
        let norm = (order * (order + 1.0)).sqrt();
        match row {
            row if row <= column => 1.0 / norm,
            row if row == column + 1 => -order / norm,
            _ => 0.0,
        }
    };
    let elements: Vec<f64> =
        (0..size * (size - 1)).map(|place| element(place / (size - 1), place % (size - 1))).collect();
    Tensor::from(elements).reshape([size, size - 1])
}
