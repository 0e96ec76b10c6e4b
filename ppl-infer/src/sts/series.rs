//! `StructuralTimeSeries`: the sum of components, as a model.

use std::borrow::Borrow;
use std::sync::Arc;

use ppl::distribution::{Distribution, IntoDistribution, LogNormal};
use ppl::random::Key;
use ppl::site::Signature;
use ppl::{Ctx, Model, Shape, Tensor};

use super::component::{Prior, SiteTensors, site_name};
use super::given_draws::{Gathered, GivenDraws};
use super::state_space::Sum;
use super::{Component, Decomposition, Forecast, NormalMixture, Parameter, ParameterValues, SeriesScale, StsError};
use crate::draws::DrawSource;
use crate::error::Result;

/// A series as the sum of components and noise:
///
/// ```text
/// y_t ~ Normal(Σ of the components' parts at t, observation_noise_scale)
/// ```
///
/// It is a model: `Nuts::new().run(&series)`, `Map::new().run(&series)`, and so on. Its latent sites are the parameters
/// of the components, `component/parameter`, and `observation_noise_scale`; the observed site `y` has the states
/// integrated out by Kalman's filter
/// ([`LinearGaussianStateSpaceModel`](ppl::distribution::LinearGaussianStateSpaceModel)). The prior of the noise is
/// LogNormal(ln(0.01 sd), 2) unless given, as TFP's, of the standard deviation sd of the observed values.
///
/// What is said of the states, `forecast` and the others, takes the draws of the parameters from any result of
/// inference. Each goes through the filter, of at most [`max_draws`](Self::max_draws).
///
/// # Shapes
/// `y` is `[times, 1]` at its site.
///
/// # Example
/// ```
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{LinearRegression, LocalLevel, StructuralTimeSeries};
///
/// // Five values, and a covariate that is known two times further.
/// let x = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
/// let y = [10.1, 13.0, 9.9, 12.9, 13.2];
/// let series = StructuralTimeSeries::new(&y)?
///     .with(LocalLevel::new())?
///     .with(LinearRegression::new(x).named("promotion"))?;
///
/// let posterior = Nuts::new().chains(2).warmup(200).draws(200).progress(false).run(&series)?;
/// assert!((posterior.component("promotion/coefficients[0]")?.mean() - 3.0).abs() < 0.3);
///
/// let forecast = series.forecast(&posterior, 2)?;
/// assert!((forecast.mean()[1] - forecast.mean()[0] - 3.0).abs() < 0.3);
/// let error = series.forecast(&posterior, 3).unwrap_err().to_string();
/// assert!(error.starts_with("component `promotion`: `design_matrix` must have a row for each of 8 times, got 7"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StructuralTimeSeries {
    y: Vec<f64>,
    scale: SeriesScale,
    components: Vec<Arc<dyn Component>>,
    observation_noise_scale: Prior,
    max_draws: usize,
    seed: u64,
}

const NAME: &str = "structural time series";
const NOISE: &str = "observation_noise_scale";

/// Elements of the covariances of all times, of so many draws as go through the filter together.
const BLOCK: usize = 1 << 19;

/// Joint draws of a forecast, at least.
const LEAST_PATHS: usize = 1000;

impl StructuralTimeSeries {
    /// A series of these values, at the times 0, 1, 2, …, without a component so far.
    ///
    /// A missing value is NaN: of `Option`s, `y.iter().map(|y| y.unwrap_or(f64::NAN))`.
    ///
    /// # Errors
    /// [`StsError::Argument`] for an infinite value, and where all are missing.
    pub fn new(y: impl IntoIterator<Item: Borrow<f64>>) -> Result<Self> {
        let y: Vec<f64> = y.into_iter().map(|y| *y.borrow()).collect();
        if let Some(place) = y.iter().position(|y| y.is_infinite()) {
            let got = format!("{} at [{place}]", y[place]);
            return Err(StsError::argument(NAME, "y", "finite, or NaN where it is missing", got).into());
        }
        if y.iter().all(|y| y.is_nan()) {
            let got = if y.is_empty() { "no value".to_owned() } else { format!("{} missing ones", y.len()) };
            return Err(StsError::argument(NAME, "y", "values of which one at least is not missing", got).into());
        }
        let scale = SeriesScale::of(&y);
        Ok(Self { y, scale, components: Vec::new(), observation_noise_scale: None, max_draws: 500, seed: 0 })
    }

    /// Adds a component.
    ///
    /// # Errors
    /// [`StsError::TwoComponents`]; [`StsError::Argument`] for settings of the component outside their domains;
    /// [`StsError::Covariates`] if a regression has fewer rows than there are values; errors of its priors.
    pub fn with(mut self, component: impl Component + 'static) -> Result<Self> {
        if self.components.iter().any(|known| known.name() == component.name()) {
            return Err(StsError::TwoComponents { name: component.name().to_owned() }.into());
        }
        component.check(self.y.len())?;
        component.parameters(&self.scale)?;
        self.components.push(Arc::new(component));
        Ok(self)
    }

    /// The prior of the standard deviation of the noise of an observation.
    ///
    /// # Errors
    /// Those of building the distribution.
    pub fn observation_noise_scale(mut self, prior: impl IntoDistribution) -> Result<Self> {
        self.observation_noise_scale = Some(prior.into_distribution()?);
        Ok(self)
    }

    /// Most draws of the parameters that go through the filter, 500 unless given: evenly spaced ones of a result that
    /// has more. Draws with weights are resampled.
    ///
    /// # Errors
    /// [`StsError::Argument`] for 0.
    pub fn max_draws(mut self, draws: usize) -> Result<Self> {
        if draws == 0 {
            return Err(StsError::argument(NAME, "max_draws", "at least 1", 0).into());
        }
        self.max_draws = draws;
        Ok(self)
    }

    /// The seed of the joint draws of a forecast, and of the choice among draws with weights; 0 unless given.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The values, NaN where they are missing.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.y
    }

    /// Start and spread of the values, from which the default priors are made.
    #[must_use]
    pub fn series_scale(&self) -> SeriesScale {
        self.scale
    }

    /// The distribution of the `steps` values after the last one.
    ///
    /// # Errors
    /// [`StsError::Argument`] for no step; [`StsError::Covariates`]; those of [`smooth`](Self::smooth).
    pub fn forecast(&self, draws: &impl DrawSource, steps: usize) -> Result<Forecast> {
        let total = self.steps_with_forecast(steps)?;
        let seen = self.tensor(self.y.len())?;
        let (mut gathered, mut paths) = (Gathered::default(), Vec::new());
        self.for_blocks(draws, total, |block, sum, count, all| {
            let rest = sum.model.remaining(&seen)?;
            let mean = ppl::distribution::Moments::mean(&rest).try_squeeze(-1)?;
            let variance = ppl::distribution::Moments::variance(&rest).try_squeeze(-1)?;
            gathered.push(count, (mean, variance))?;
            let mut rng = Key::new(self.seed).rng("forecast", block);
            let several = Shape::from([LEAST_PATHS.div_ceil(all)]);
            paths.extend(rest.sample(&mut rng, &several)?.to_vec());
            Ok(())
        })?;
        Forecast::new(gathered.mixture((self.y.len()..total).collect()), paths)
    }

    /// The distribution of the sum of the components at each time, without the noise of the observation, given all
    /// values.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName) and [`StsError::Draws`] for draws of another model;
    /// [`StsError::NoComponents`]; those of the components.
    pub fn smooth(&self, draws: &impl DrawSource) -> Result<NormalMixture> {
        let mut gathered = Gathered::default();
        let y = self.tensor(self.y.len())?;
        self.for_blocks(draws, self.y.len(), |_, sum, count, _| {
            let smoothed = sum.model.smoother(&y)?;
            gathered.push(count, sum.signal(&smoothed.means, &smoothed.covariances)?)
        })?;
        Ok(gathered.mixture((0..self.y.len()).collect()))
    }

    /// The distribution of each value given those before it; the first one's is that of the priors of the states.
    ///
    /// # Errors
    /// Those of [`smooth`](Self::smooth).
    pub fn one_step_predictive(&self, draws: &impl DrawSource) -> Result<NormalMixture> {
        let mut gathered = Gathered::default();
        let y = self.tensor(self.y.len())?;
        self.for_blocks(draws, self.y.len(), |_, sum, count, _| {
            let filtered = sum.model.filter(&y)?;
            let (mean, variance) = sum.signal(&filtered.predicted_means, &filtered.predicted_covariances)?;
            gathered.push(count, (mean, variance.try_add(sum.noise_variance.try_unsqueeze(-1)?)?))
        })?;
        Ok(gathered.mixture((0..self.y.len()).collect()))
    }

    /// The distribution of each missing value given all others, with the noise of an observation; of no time where none
    /// is missing.
    ///
    /// # Errors
    /// Those of [`smooth`](Self::smooth).
    pub fn impute_missing(&self, draws: &impl DrawSource) -> Result<NormalMixture> {
        let missing: Vec<usize> = (0..self.y.len()).filter(|time| self.y[*time].is_nan()).collect();
        let mut gathered = Gathered::default();
        let y = self.tensor(self.y.len())?;
        self.for_blocks(draws, self.y.len(), |_, sum, count, _| {
            let smoothed = sum.model.smoother(&y)?;
            let (mean, variance) = sum.signal(&smoothed.means, &smoothed.covariances)?;
            let variance = variance.try_add(sum.noise_variance.try_unsqueeze(-1)?)?;
            gathered.push(count, (mean.try_take(-1, &missing)?, variance.try_take(-1, &missing)?))
        })?;
        Ok(gathered.mixture(missing))
    }

    /// The distribution of each component's part at each time, given all values.
    ///
    /// # Errors
    /// Those of [`smooth`](Self::smooth).
    pub fn decompose(&self, draws: &impl DrawSource) -> Result<Decomposition> {
        self.parts_of(draws, 0, self.y.len())
    }

    /// The distribution of each component's part at the `steps` times after the last value, given all values.
    ///
    /// # Errors
    /// Those of [`forecast`](Self::forecast).
    pub fn decompose_forecast(&self, draws: &impl DrawSource, steps: usize) -> Result<Decomposition> {
        self.parts_of(draws, self.y.len(), self.steps_with_forecast(steps)?)
    }

    /// The components' parts from one time to another, of which those after the last value are taken to be missing.
    fn parts_of(&self, draws: &impl DrawSource, first: usize, steps: usize) -> Result<Decomposition> {
        let y = self.tensor(steps)?;
        let mut gathered: Vec<Gathered> = self.components.iter().map(|_| Gathered::default()).collect();
        self.for_blocks(draws, steps, |_, sum, count, _| {
            let smoothed = sum.model.smoother(&y)?;
            for (gathered, part) in gathered.iter_mut().zip(&sum.parts) {
                let (mean, variance) = part.moments(&smoothed.means, &smoothed.covariances)?;
                gathered.push(count, (mean.try_slice(-1, first..steps)?, variance.try_slice(-1, first..steps)?))?;
            }
            Ok(())
        })?;
        let times: Vec<usize> = (first..steps).collect();
        let parts = self.components.iter().zip(gathered);
        Ok(Decomposition {
            parts: parts.map(|(component, part)| (component.name().to_owned(), part.mixture(times.clone()))).collect(),
        })
    }

    /// Times of the values and of a forecast.
    fn steps_with_forecast(&self, steps: usize) -> Result<usize> {
        if steps == 0 {
            return Err(StsError::argument(NAME, "steps", "at least 1", 0).into());
        }
        let total = self.y.len() + steps;
        self.components.iter().try_for_each(|component| component.check(total))?;
        Ok(total)
    }

    /// Values at the first times, `[steps, 1]`; those after the last are missing.
    fn tensor(&self, steps: usize) -> Result<Tensor> {
        let values = self.y.iter().copied().chain(std::iter::repeat(f64::NAN)).take(steps);
        Ok(Tensor::new(values.collect::<Vec<_>>(), [steps, 1])?)
    }

    /// The sites of all parameters, with their priors.
    pub(super) fn sites(&self) -> Result<Vec<(String, Arc<dyn Distribution>)>> {
        let mut sites = Vec::new();
        for component in &self.components {
            for Parameter { name, prior } in component.parameters(&self.scale)? {
                sites.push((site_name(component.name(), name), prior));
            }
        }
        let noise = match &self.observation_noise_scale {
            Some(prior) => Arc::clone(prior),
            None => LogNormal::new((0.01 * self.scale.stddev).ln(), 2.0).into_distribution()?,
        };
        sites.push((NOISE.to_owned(), noise));
        Ok(sites)
    }

    /// The state space of the sum for so many times, at these values of the parameters.
    pub(super) fn sum(&self, values: &SiteTensors, steps: usize) -> Result<Sum> {
        if self.components.is_empty() {
            return Err(StsError::NoComponents.into());
        }
        let mut spaces = Vec::with_capacity(self.components.len());
        for component in &self.components {
            let space = component.state_space(&ParameterValues::new(component.name(), values), &self.scale, steps)?;
            space.check(component.name(), steps)?;
            spaces.push(space);
        }
        let seen = |time: usize| self.y.get(time).is_some_and(|y| !y.is_nan());
        let mask: Vec<f64> = (0..steps).map(|time| f64::from(u8::from(seen(time)))).collect();
        let mask = mask.contains(&0.0).then(|| Tensor::from(mask));
        Sum::new(&spaces, &values[NOISE], steps, mask)
    }

    /// Calls a function with the sum at the values of each block of draws: with the block's number, the sum, the number
    /// of draws in the block, and that of all.
    fn for_blocks(
        &self,
        source: &impl DrawSource,
        steps: usize,
        mut each: impl FnMut(u64, &Sum, usize, usize) -> Result<()>,
    ) -> Result<()> {
        let draws = GivenDraws::new(self, source, self.max_draws, self.seed)?;
        let size = self.sum(&draws.values(0..1)?, steps)?.model.state_size();
        let length = (BLOCK / (steps * size * size)).clamp(1, draws.total());
        for (block, first) in (0..draws.total()).step_by(length).enumerate() {
            let range = first..(first + length).min(draws.total());
            let count = range.len();
            let sum = self.sum(&draws.values(range)?, steps)?;
            each(block as u64, &sum, count, draws.total())?;
        }
        Ok(())
    }
}

impl Model for StructuralTimeSeries {
    type Output = ();

    fn run(&self, ctx: &mut Ctx) -> ppl::Result<()> {
        let mut values = SiteTensors::new();
        for (site, prior) in self.sites()? {
            let value = ctx.sample(site.as_str(), prior)?;
            values.insert(site, value);
        }
        let sum = self.sum(&values, self.y.len())?;
        ctx.observe("y", sum.model, self.tensor(self.y.len())?)?;
        Ok(())
    }

    fn signature(&self) -> Signature {
        Signature { name: "StructuralTimeSeries", sites: &[], open: true }
    }
}
