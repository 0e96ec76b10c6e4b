//! Predictions of a recorded program, many draws at once.

use std::collections::{BTreeMap, BTreeSet};

use ppl::Tensor;
use ppl::program::{BatchProgram, PARTICLES, RecordedBatch, record_batch_with_data};

use super::collect::Collect;
use super::source::Draws;
use crate::Result;
use crate::posterior::SiteTable;
use crate::runs::{BatchSite, batch_table, draw_batches};

/// A program that predicts, and what its results are.
pub(super) struct Batch {
    program: Box<BatchProgram>,
    /// The sites whose values it is given, in the order of its data.
    given: Vec<String>,
    sites: Vec<BatchSite>,
    observed: Vec<String>,
}

impl Batch {
    /// Records a run that begins with the values of a draw; none if that is not possible.
    pub(super) fn record(
        given: BTreeMap<String, Tensor>,
        run: impl FnOnce(BTreeMap<String, Tensor>) -> Result<Collect>,
    ) -> Option<Self> {
        let (names, values): (Vec<String>, Vec<Tensor>) = given.into_iter().unzip();
        let (mut sites, mut observed) = (Vec::new(), Vec::new());
        let recorded = record_batch_with_data(&values, |values| {
            let given = names.iter().cloned().zip(values.iter().cloned()).collect();
            let collected = run(given)
                .map_err(|error| ppl::Error::Handler { handler: "predictive", problem: error.to_string() })?;
            observed = collected.observed().map(str::to_owned).collect();
            let mut results = Vec::new();
            for site in collected.into_sites() {
                sites.push(BatchSite::new(site.name, site.dims, &site.value));
                results.push(site.value);
            }
            Ok(results)
        });
        match recorded {
            Ok(RecordedBatch::Static(program)) => Some(Self { program, given: names, sites, observed }),
            _ => None,
        }
    }

    /// Predicts for so many draws; none if one cannot be made, which by itself will say why.
    pub(super) fn draw(&self, source: &Draws<'_>, draws: usize, threads: Option<usize>) -> Result<Option<SiteTable>> {
        let sizes: Vec<usize> = self.sites.iter().map(|site| site.shape.size()).collect();
        let prepare = |program: &mut BatchProgram, first: usize, count: usize| {
            for (number, name) in self.given.iter().enumerate() {
                let (elements, size) = source.elements(name);
                // Beyond the last draw it stands again.
                let draw = |particle: usize| first + particle.min(count - 1);
                let of_element = |element: usize| (0..PARTICLES).map(move |particle| (element, particle));
                let values: Vec<f64> = (0..size)
                    .flat_map(of_element)
                    .map(|(element, particle)| elements[draw(particle) * size + element])
                    .collect();
                program.set_data(number, &values);
            }
        };
        let Some(columns) = draw_batches(&self.program, &sizes, draws, threads, prepare)? else { return Ok(None) };
        batch_table(&self.sites, draws, columns.into_iter()).map(Some)
    }

    pub(super) fn observed(&self) -> BTreeSet<String> {
        self.observed.iter().cloned().collect()
    }
}
