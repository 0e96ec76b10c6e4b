//! `DrawSource`: results whose draws a model can be run on.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{CowArray, IxDyn};
use ppl::Tensor;

use crate::posterior::SiteTable;
use crate::{Empirical, IrregularSite, Posterior, Result};

/// Results with draws of latent sites: a [`Posterior`], or an [`Empirical`], as of importance sampling.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no draws to predict from",
    label = "expected a `Posterior` or an `Empirical`",
    note = "for a guide that SVI has fitted, use `Predictive::guide`"
)]
pub trait DrawSource {
    /// The draws.
    fn draws(&self) -> Draws<'_>;
}

/// Draws of sites, each with a weight.
#[derive(Debug)]
pub struct Draws<'a> {
    columns: Vec<Column<'a>>,
    irregular: &'a [IrregularSite],
    log_weights: Vec<f64>,
    /// Number of draws of weight 0 that are not among these.
    weightless: usize,
}

/// The draws of one site, the draw as the slowest axis in memory.
#[derive(Debug)]
struct Column<'a> {
    name: &'a str,
    shape: &'a [usize],
    values: CowArray<'a, f64, IxDyn>,
}

impl<'a> Draws<'a> {
    /// No sites, of so many draws.
    pub(super) fn none(draws: usize) -> Self {
        Self { columns: Vec::new(), irregular: &[], log_weights: vec![0.0; draws], weightless: 0 }
    }

    fn new(table: &'a SiteTable, irregular: &'a [IrregularSite], log_weights: Vec<f64>) -> Self {
        let columns = table.iter().map(|site| Column {
            name: site.name(),
            shape: site.shape(),
            values: site.values().as_standard_layout(),
        });
        Self { columns: columns.collect(), irregular, log_weights, weightless: 0 }
    }

    pub(super) fn weightless(&self) -> usize {
        self.weightless
    }

    pub(super) fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name).chain(self.irregular.iter().map(IrregularSite::name))
    }

    /// Whether every draw has all sites, in the same shapes.
    pub(super) fn is_regular(&self) -> bool {
        self.irregular.is_empty()
    }

    /// The elements of a site at all draws, one draw after the other, and how many each has; none if there is no such site.
    pub(super) fn elements(&self, name: &str) -> (&[f64], usize) {
        let column = self.columns.iter().find(|column| column.name == name);
        // The layout is standard, so that the elements are one slice.
        column.map_or((&[], 0), |column| (column.values.as_slice().unwrap_or_default(), column.shape.iter().product()))
    }

    /// The values of one draw, without those of some sites.
    pub(super) fn values(&self, draw: usize, left_out: &BTreeSet<String>) -> Result<BTreeMap<String, Tensor>> {
        let mut values = BTreeMap::new();
        for column in self.columns.iter().filter(|column| !left_out.contains(column.name)) {
            let (elements, size) = self.elements(column.name);
            let row = Tensor::new(&elements[draw * size..(draw + 1) * size], column.shape)?;
            values.insert(column.name.to_owned(), row);
        }
        for site in self.irregular.iter().filter(|site| !left_out.contains(site.name())) {
            if let Ok(place) = site.draws().binary_search(&draw) {
                values.extend(site.values().nth(place).map(|value| (site.name().to_owned(), Tensor::from(value))));
            }
        }
        Ok(values)
    }
}

impl DrawSource for Empirical {
    fn draws(&self) -> Draws<'_> {
        let draws = Draws::new(self.sites(), self.irregular_sites(), self.log_weights().to_vec());
        Draws { weightless: self.weightless(), ..draws }
    }
}

impl DrawSource for Posterior {
    fn draws(&self) -> Draws<'_> {
        Draws::new(self.sites(), &[], vec![0.0; self.chain_count() * self.draw_count()])
    }
}
