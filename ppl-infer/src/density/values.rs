//! The values of sites at many positions: what a sampler's draws are to its user.

use ppl::Model;
use ppl::program::{PARTICLES, RecordedBatch, record_batch_with_data};

use super::columns::SiteColumns;
use super::run::{Purpose, run_at};
use super::{InUse, ModelDensity, RunValue};
use crate::Result;

/// For fewer positions a recording costs more than it saves.
const FEWEST_RECORDED_POSITIONS: usize = 64;

impl<M: Model> ModelDensity<M> {
    /// The values of the latent and deterministic sites at an unconstrained position, in the order of the model.
    pub(crate) fn values_at(&self, position: &[f64]) -> Result<Vec<RunValue>> {
        Ok(run_at(self.model(), self.layout(), self.layout().split(position), Purpose::Values)?.values)
    }

    /// The values at positions that stand one after the other: by a program for many at once, if the model is recorded.
    pub(crate) fn values_of(&self, positions: &[f64]) -> Result<SiteColumns> {
        let dim = self.layout().dim();
        let is_recorded = matches!(self.engine, InUse::Recorded(..));
        if is_recorded
            && positions.len() >= FEWEST_RECORDED_POSITIONS * dim
            && let Some(columns) = self.recorded_values_of(positions)?
        {
            return Ok(columns);
        }
        let mut columns = SiteColumns::default();
        for position in positions.chunks_exact(dim) {
            columns.push(self.values_at(position)?)?;
        }
        Ok(columns)
    }

    /// The values by a program; none if there is none, or if it is not a run that it repeats.
    fn recorded_values_of(&self, positions: &[f64]) -> Result<Option<SiteColumns>> {
        let dim = self.layout().dim();
        let first = self.values_at(&positions[..dim])?;
        let recorded = record_batch_with_data(&[positions[..dim].into()], |position| {
            let leaves = self.layout().split_tensor(&position[0]);
            let run = run_at(self.model(), self.layout(), leaves, Purpose::Values)
                .map_err(|error| ppl::Error::Handler { handler: "values of draws", problem: error.to_string() })?;
            Ok(run.values.into_iter().map(|value| value.value).collect())
        });
        let Ok(RecordedBatch::Static(mut program)) = recorded else { return Ok(None) };
        let mut columns = SiteColumns::with_sites(&first);
        let mut elements = vec![0.0; dim * PARTICLES];
        for (number, batch) in positions.chunks(dim * PARTICLES).enumerate() {
            let count = batch.len() / dim;
            for (particle, position) in batch.chunks_exact(dim).enumerate() {
                position.iter().enumerate().for_each(|(k, x)| elements[k * PARTICLES + particle] = *x);
            }
            program.set_data(0, &elements);
            program.run(number as u64);
            if !columns.extend(count, |which| program.output(which)) {
                return Ok(None);
            }
        }
        let last = self.values_at(&positions[positions.len() - dim..])?;
        Ok(columns.ends_with(&last).then_some(columns))
    }
}
