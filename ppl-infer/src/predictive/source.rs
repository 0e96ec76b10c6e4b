//! `Source`: the draws that a model is run on.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{CowArray, IxDyn};
use ppl::Tensor;

use super::Predictions;
use crate::draws::{Draws, SiteColumns, Weights};
use crate::error::PredictiveError;
use crate::{Rejections, Result};

/// The draws of latent sites that a model is run on, but for those that it draws anew.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// None where nothing is given.
    draws: Option<&'a Draws>,
    left_out: BTreeSet<String>,
    /// Number of all draws.
    total: usize,
    columns: Vec<Column<'a>>,
}

/// The draws of one site, the draw as the slowest axis in memory.
#[derive(Debug)]
struct Column<'a> {
    name: &'a str,
    shape: &'a [usize],
    values: CowArray<'a, f64, IxDyn>,
}

impl<'a> Source<'a> {
    /// A number of draws of no sites.
    pub(super) fn nothing(total: usize) -> Self {
        Self { draws: None, left_out: BTreeSet::new(), total, columns: Vec::new() }
    }

    /// Draws, without those of some sites.
    pub(super) fn new(draws: &'a Draws, left_out: &BTreeSet<String>) -> Self {
        let given = draws.sites().iter().filter(|site| !left_out.contains(site.name()));
        let columns =
            given.map(|site| Column { name: site.name(), shape: site.shape(), values: site.standard_values() });
        Self { columns: columns.collect(), draws: Some(draws), left_out: left_out.clone(), total: draws.total_draws() }
    }

    pub(super) fn len(&self) -> usize {
        self.total
    }

    /// Whether every draw has all sites, in the same shapes.
    pub(super) fn is_regular(&self) -> bool {
        self.draws.is_none_or(|draws| draws.irregular_sites().is_empty())
    }

    /// The elements of a site at all draws, one draw after the other; none if there is no such site.
    pub(super) fn elements(&self, name: &str) -> &[f64] {
        let column = self.columns.iter().find(|column| column.name == name);
        // The layout is standard, so that the elements are one slice.
        column.and_then(|column| column.values.as_slice()).unwrap_or_default()
    }

    /// The values of the given sites at one draw.
    pub(super) fn values(&self, draw: usize) -> Result<BTreeMap<String, Tensor>> {
        let mut values = BTreeMap::new();
        for column in &self.columns {
            let size: usize = column.shape.iter().product();
            let elements = &self.elements(column.name)[draw * size..(draw + 1) * size];
            values.insert(column.name.to_owned(), Tensor::new(elements, column.shape)?);
        }
        for site in self.draws.iter().flat_map(|draws| draws.irregular_sites()) {
            if let (false, Ok(visit)) = (self.left_out.contains(site.name()), site.visits().binary_search(&draw)) {
                values.extend(site.values().nth(visit).map(|value| (site.name().to_owned(), Tensor::from(value))));
            }
        }
        Ok(values)
    }

    /// Predictions from `kept` of the draws, with the chains of the source if these are all, and its weights.
    ///
    /// # Errors
    /// [`PredictiveError::NothingToPredict`](crate::error::PredictiveError::NothingToPredict).
    pub(super) fn predictions(
        &self,
        columns: SiteColumns,
        kept: Vec<usize>,
        rejections: Rejections,
        observed: Vec<String>,
    ) -> Result<Predictions> {
        let (table, irregular) = columns.into_sites()?;
        if table.is_empty() && irregular.is_empty() {
            return Err(PredictiveError::NothingToPredict { observed }.into());
        }
        let has_all = kept.len() == self.total && irregular.is_empty();
        let mut draws = Draws::new(table)?.with_irregular(irregular)?;
        if let Some(weights) = self.draws.and_then(Draws::weights) {
            let log_weights = kept.iter().map(|&draw| weights.log()[draw]).collect();
            draws = draws.with_weights(Weights::new(log_weights, weights.rejected())?)?;
        }
        if let (true, Some(source)) = (has_all, self.draws.filter(|source| source.has_chains())) {
            draws = draws.with_chains(source.num_chains())?;
        }
        let given = self.draws.iter().flat_map(|draws| draws.names()).filter(|name| !self.left_out.contains(*name));
        let given = given.map(str::to_owned).collect();
        Ok(Predictions::new(draws, kept, observed, given, rejections))
    }
}
