//! The values of sites at many positions: a sampler's draws as its user sees them.

use ppl::program::PARTICLES;
use ppl::{Model, Tensor};

use super::run::{Purpose, run_at};
use super::{EngineUsed, ModelDensity, agree};
use crate::Result;
use crate::draws::{Keep, RecordedDraws, SiteColumns, SiteValue};

/// For fewer positions a recording costs more than it saves.
const FEWEST_RECORDED_POSITIONS: usize = 64;

impl<M: Model> ModelDensity<M> {
    /// The values of the latent and deterministic sites at an unconstrained position, in the order of the model.
    pub(crate) fn values_at(&self, position: &[f64]) -> Result<Vec<SiteValue>> {
        Ok(run_at(self.model(), self.layout(), self.layout().split(position), Purpose::Values)?.values)
    }

    /// The values at positions that stand one after the other; see [`SitesAt`].
    ///
    /// # Errors
    /// Those of a run; [`DensityError::ChangingSites`](crate::error::DensityError::ChangingSites).
    pub(crate) fn values_of(&self, positions: &[f64]) -> Result<SiteColumns> {
        let dim = self.layout().dim();
        let mut sites = SitesAt::new(Keep::All, dim, PARTICLES);
        if positions.len() < FEWEST_RECORDED_POSITIONS * dim {
            sites.engine = SitesEngine::Runs;
        }
        sites.at(self, positions)
    }
}

/// The values of sites at blocks of positions of one chain: by a program for many at once, if the model is recorded.
///
/// The program is compared with a run at the last position of each block; from the first difference on, and where a
/// parameter is outside its domain, there are runs alone.
#[derive(Clone, Debug)]
pub(crate) struct SitesAt {
    keep: Keep,
    engine: SitesEngine,
}

#[derive(Clone, Debug)]
enum SitesEngine {
    /// Not recorded yet; the first positions are, with this number of lanes.
    Unrecorded(usize),
    Recorded(Box<RecordedDraws>),
    Runs,
}

impl SitesAt {
    /// The values of the sites to keep, for blocks of `block` positions of dimension `dim`.
    ///
    /// Whether there is a program does not depend on the number of blocks: a run that is longer begins with the same values.
    pub(crate) fn new(keep: Keep, dim: usize, block: usize) -> Self {
        Self { keep, engine: SitesEngine::Unrecorded(lanes(dim, block)) }
    }

    /// The values at positions that stand one after the other.
    ///
    /// # Errors
    /// Those of a run; [`DensityError::ChangingSites`](crate::error::DensityError::ChangingSites).
    pub(crate) fn at<M: Model>(&mut self, density: &ModelDensity<M>, positions: &[f64]) -> Result<SiteColumns> {
        let dim = density.layout().dim();
        if let SitesEngine::Unrecorded(lanes) = self.engine {
            let recorded = matches!(density.engine, EngineUsed::Recorded(..))
                .then(|| self.record(density, &positions[..dim], lanes))
                .flatten();
            self.engine = recorded.map_or(SitesEngine::Runs, |draws| SitesEngine::Recorded(Box::new(draws)));
        }
        if let SitesEngine::Recorded(draws) = &mut self.engine {
            if let Some(columns) = draws.draw_at(positions, positions.len() / dim) {
                let last = run(density, &self.keep, density.layout().split(&positions[positions.len() - dim..]))?;
                if columns.ends_with(&last, agree) {
                    return Ok(columns);
                }
            }
            self.engine = SitesEngine::Runs;
        }
        let mut columns = SiteColumns::default();
        for position in positions.chunks_exact(dim) {
            columns.push(run(density, &self.keep, density.layout().split(position))?);
        }
        columns.regular()
    }

    fn record<M: Model>(&self, density: &ModelDensity<M>, first: &[f64], lanes: usize) -> Option<RecordedDraws> {
        RecordedDraws::record_lanes(lanes, &[first.into()], |position| {
            run(density, &self.keep, density.layout().split_tensor(&position[0]))
        })
    }
}

/// The values that are kept of a run at these leaves.
fn run<M: Model>(density: &ModelDensity<M>, keep: &Keep, leaves: Vec<Tensor>) -> Result<Vec<SiteValue>> {
    let mut values = run_at(density.model(), density.layout(), leaves, Purpose::Values)?.values;
    values.retain(|site| keep.contains(&site.name));
    Ok(values)
}

/// The number of positions of a program: [`PARTICLES`], or fewer where those of a block are fewer, or so large that the
/// program would take more memory than it saves time.
pub(crate) fn lanes(dim: usize, block: usize) -> usize {
    const LARGEST: usize = 1 << 20;
    let fit = (LARGEST / dim.max(1)).clamp(4, PARTICLES);
    // Powers of two fill the registers.
    (1 << fit.ilog2()).min(block.next_power_of_two())
}

#[cfg(test)]
mod tests {
    use super::lanes;

    #[test]
    fn a_program_of_many_sites_has_few_lanes() {
        assert_eq!([lanes(10, 256), lanes(10, 50), lanes(100_000, 256), lanes(10_000_000, 20)], [256, 64, 8, 4]);
        assert_eq!(lanes(3, 1), 1);
    }
}
