//! `Forecast`: what is to come.

use ndarray::{Array1, Array2, ArrayD};

use super::NormalMixture;
use crate::draws::{Draws, SiteDraws, SiteTable};
use crate::error::Result;

/// The distribution of the values to come: at each time a [`NormalMixture`], and joint draws.
///
/// [`plot_forecast`](crate::plot::plot_forecast) draws its [`draws`](Self::draws). See
/// [`forecast`](super::StructuralTimeSeries::forecast).
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, plot_forecast};
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{LocalLinearTrend, StructuralTimeSeries};
///
/// let y = [1.0, 2.1, 2.9, 4.2, 5.0, 6.1, 7.0, 7.9];
/// let series = StructuralTimeSeries::new(&y)?.with(LocalLinearTrend::new())?;
/// let posterior = Nuts::new().chains(2).warmup(150).draws(100).progress(false).run(&series)?;
/// let forecast = series.forecast(&posterior, 3)?;
/// let (low, high) = forecast.eti(0.89);
/// assert!(low[2] < 11.0 && 11.0 < high[2]);
/// assert!(high[2] - low[2] > high[0] - low[0]);
/// assert_eq!(forecast.draws().shape(), [3]);
/// plot_forecast(forecast.draws()).history(&y).figure()?;
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Forecast {
    marginals: NormalMixture,
    draws: SiteDraws<ArrayD<f64>>,
}

impl Forecast {
    /// Of joint draws, draw × time.
    pub(super) fn new(marginals: NormalMixture, paths: Vec<f64>) -> Result<Self> {
        let steps = marginals.times().len();
        let total = paths.len() / steps;
        let paths = Array2::from_shape_vec((total, steps), paths).expect("a value for each draw and time");
        let mut sites = SiteTable::new(&[total]);
        sites.insert("y", paths.into_dyn())?;
        Ok(Self { marginals, draws: Draws::new(sites)?.get_array("y")? })
    }

    /// The distribution at each time.
    #[must_use]
    pub fn marginals(&self) -> &NormalMixture {
        &self.marginals
    }

    /// Joint draws of the values of all times, as the site `y`: at least 1000.
    #[must_use]
    pub fn draws(&self) -> &SiteDraws<ArrayD<f64>> {
        &self.draws
    }

    /// The times, from 0, that of the first value of the series.
    #[must_use]
    pub fn times(&self) -> &[usize] {
        self.marginals.times()
    }

    /// Mean at each time.
    #[must_use]
    pub fn mean(&self) -> Array1<f64> {
        self.marginals.mean()
    }

    /// Standard deviation at each time.
    #[must_use]
    pub fn sd(&self) -> Array1<f64> {
        self.marginals.sd()
    }

    /// Quantile at each time.
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[must_use]
    #[track_caller]
    pub fn quantile(&self, probability: f64) -> Array1<f64> {
        self.marginals.quantile(probability)
    }

    /// Equal-tailed interval at each time.
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[must_use]
    #[track_caller]
    pub fn eti(&self, probability: f64) -> (Array1<f64>, Array1<f64>) {
        self.marginals.eti(probability)
    }
}
