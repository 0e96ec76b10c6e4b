//! Draws chosen from others.

use ndarray::Axis;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Draws, SiteTable, ValueName, Weights};
use crate::error::Result;
use crate::settings::require_memory;

impl Draws {
    /// The draws that visited a site, with their weights: the distribution given that the site was visited.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName);
    /// [`WeightsError::AllZero`](crate::error::WeightsError::AllZero) if no draw of positive weight visited the site.
    pub fn visiting(&self, site: impl ValueName) -> Result<Self> {
        let name = site.site_name();
        let Some(site) = self.irregular(name) else { return self.get_array(name).map(|_| self.clone()) };
        let selected = self.select(site.visits())?;
        match &self.weights {
            Some(weights) => {
                let log_weights = site.visits().iter().map(|&draw| weights.log()[draw]).collect();
                selected.with_weights(Weights::new(log_weights, 0)?)
            }
            None => Ok(selected),
        }
    }

    /// `draws` independent draws from these, by their weights; the result has no weights and no chains.
    ///
    /// The same `seed` gives the same draws on every platform.
    ///
    /// # Errors
    /// [`DrawsError::NoDraws`](crate::error::DrawsError::NoDraws) if `draws` is 0; an [invalid
    /// setting](crate::error::InvalidSetting) if they do not fit into memory.
    pub fn resample(&self, draws: usize, seed: u64) -> Result<Self> {
        let size: usize = self.sites.iter().map(|site| site.shape().iter().product::<usize>()).sum();
        require_memory("draws", draws as u64, size.max(1) as u64, 1)?;
        self.select(&self.choose(draws, seed))
    }

    /// Indices of `draws` independent draws from these.
    pub(crate) fn choose(&self, draws: usize, seed: u64) -> Vec<usize> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let Some(weights) = &self.weights else {
            return (0..draws).map(|_| rng.random_range(0..self.total_draws())).collect();
        };
        let weights = weights.normalized();
        let cumulative: Vec<f64> = weights
            .iter()
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        // Rounding can leave the total below 1: the last draw of positive weight gets the rest.
        let last = weights.iter().rposition(|&weight| weight > 0.0).expect("a weight is positive");
        (0..draws)
            .map(|_| {
                let level: f64 = rng.random();
                cumulative.partition_point(|&sum| sum <= level).min(last)
            })
            .collect()
    }

    /// The draws of these indices, which may repeat, without weights and chains.
    pub(crate) fn select(&self, chosen: &[usize]) -> Result<Self> {
        let mut sites = select_rows(&self.sites, chosen)?;
        let mut irregular = Vec::new();
        for site in &self.irregular {
            let site = site.select(chosen);
            match site.stacked() {
                Some(values) => sites.insert(site.name(), values)?,
                None => irregular.push(site),
            }
        }
        Self::new(sites)?.with_irregular(irregular)
    }
}

/// The draws of these indices, the chains one after the other.
pub(crate) fn select_rows(table: &SiteTable, chosen: &[usize]) -> Result<SiteTable> {
    let total = table.leading().iter().product();
    let pooled = if table.leading().len() == 1 { None } else { Some(table.with_leading(&[total])?) };
    let mut selected = SiteTable::new(&[chosen.len()]);
    for site in pooled.as_ref().unwrap_or(table) {
        selected.insert_with_dims(site.name(), site.dims(), site.values().select(Axis(0), chosen))?;
    }
    Ok(selected)
}
