//! The values of sites at many positions: a sampler's draws as its user sees them.

use ppl::Model;

use super::run::{Purpose, run_at};
use super::{EngineUsed, ModelDensity, agree};
use crate::Result;
use crate::draws::{RecordedDraws, SiteColumns, SiteValue};

/// For fewer positions a recording costs more than it saves.
const FEWEST_RECORDED_POSITIONS: usize = 64;

impl<M: Model> ModelDensity<M> {
    /// The values of the latent and deterministic sites at an unconstrained position, in the order of the model.
    pub(crate) fn values_at(&self, position: &[f64]) -> Result<Vec<SiteValue>> {
        Ok(run_at(self.model(), self.layout(), self.layout().split(position), Purpose::Values)?.values)
    }

    /// The values at positions that stand one after the other: by a program for many at once, if the model is recorded.
    ///
    /// # Errors
    /// Those of a run; [`DensityError::ChangingSites`](crate::error::DensityError::ChangingSites).
    pub(crate) fn values_of(&self, positions: &[f64]) -> Result<SiteColumns> {
        let dim = self.layout().dim();
        let is_recorded = matches!(self.engine, EngineUsed::Recorded(..));
        if is_recorded
            && positions.len() >= FEWEST_RECORDED_POSITIONS * dim
            && let Some(columns) = self.recorded_values_of(positions)?
        {
            return Ok(columns);
        }
        let mut columns = SiteColumns::default();
        for position in positions.chunks_exact(dim) {
            columns.push(self.values_at(position)?);
        }
        columns.regular()
    }

    /// The values by a program; none if there is none, or if it does not repeat a run.
    fn recorded_values_of(&self, positions: &[f64]) -> Result<Option<SiteColumns>> {
        let dim = self.layout().dim();
        let recorded = RecordedDraws::record(&[positions[..dim].into()], |position| {
            let leaves = self.layout().split_tensor(&position[0]);
            Ok(run_at(self.model(), self.layout(), leaves, Purpose::Values)?.values)
        });
        let Some(recorded) = recorded else { return Ok(None) };
        let Some(columns) = recorded.draw(positions.len() / dim, &[positions], Some(1))? else { return Ok(None) };
        let last = self.values_at(&positions[positions.len() - dim..])?;
        Ok(columns.ends_with(&last, agree).then_some(columns))
    }
}
