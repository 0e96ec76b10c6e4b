//! Draws of the parameters, as tensors with an axis for them.

use std::ops::Range;

use ndarray::{Array2, ArrayD, Axis};
use ppl::{Shape, Tensor};

use super::component::SiteTensors;
use super::{NormalMixture, StructuralTimeSeries, StsError};
use crate::draws::DrawSource;
use crate::error::Result;

/// Draws of the sites of a series.
#[derive(Debug)]
pub(super) struct GivenDraws {
    sites: Vec<(String, ArrayD<f64>)>,
    total: usize,
}

impl GivenDraws {
    /// At most `most` draws of a result: evenly spaced ones, or drawn by their weights.
    pub(super) fn new(series: &StructuralTimeSeries, source: &impl DrawSource, most: usize, seed: u64) -> Result<Self> {
        let draws = source.draws();
        let total = draws.total_draws();
        let draws = match draws.weights() {
            Some(_) => draws.resample(most, seed)?,
            None => {
                let kept = total.min(most);
                draws.select(&(0..kept).map(|draw| draw * total / kept).collect::<Vec<_>>())?
            }
        };
        let mut sites = Vec::new();
        for (site, prior) in series.sites()? {
            let values = draws.get_array(site.as_str())?;
            let expected = prior.batch_shape().concat(&prior.event_shape());
            if values.shape() != expected.dims() {
                let (expected, got) = (expected.dims().to_vec(), values.shape().to_vec());
                return Err(StsError::Draws { site, expected, got }.into());
            }
            sites.push((site, values.values().to_owned()));
        }
        Ok(Self { sites, total: draws.total_draws() })
    }

    /// Number of the draws.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Values of some draws: of shape `[draws]` ++ that of the site.
    pub(super) fn values(&self, draws: Range<usize>) -> Result<SiteTensors> {
        let of_site = |(site, values): &(String, ArrayD<f64>)| {
            let own = values.slice_axis(Axis(0), (draws.start..draws.end).into());
            let elements: Vec<f64> = own.iter().copied().collect();
            Ok((site.clone(), Tensor::new(elements, Shape::from(own.shape().to_vec()))?))
        };
        self.sites.iter().map(of_site).collect()
    }
}

/// Means and variances over time, gathered from blocks of draws.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    means: Vec<f64>,
    variances: Vec<f64>,
}

impl Gathered {
    /// Adds those of so many draws, each of shape `[draws, times]`, or `[times]` for all.
    pub(super) fn push(&mut self, draws: usize, (means, variances): (Tensor, Tensor)) -> Result<()> {
        let times = means.shape().last().copied().unwrap_or(0);
        self.means.extend(means.try_broadcast_to([draws, times])?.to_vec());
        self.variances.extend(variances.try_broadcast_to([draws, times])?.to_vec());
        Ok(())
    }

    /// The mixture at these times.
    pub(super) fn mixture(self, times: Vec<usize>) -> NormalMixture {
        let draws = self.means.len().checked_div(times.len()).unwrap_or(0);
        let array =
            |values| Array2::from_shape_vec((draws, times.len()), values).expect("a value for each draw and time");
        let (means, variances) = (array(self.means), array(self.variances));
        NormalMixture::new(times, means, variances)
    }
}
