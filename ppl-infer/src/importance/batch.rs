//! Particles of a recorded program, many at once.

use std::sync::Arc;

use ppl::random::Key;
use ppl::{Ctx, Model, Tensor};

use super::ImportanceDraws;
use super::particle::{Proposal, Weigher, refuse_subsample, unscaled};
use crate::draws::{Draws, RecordedDraws, SiteValue, Weights};
use crate::runs::{Coverage, Follow, record};
use crate::{Rejections, Result};

/// Names of results that are no sites: no site has a name with a space.
const LOG_WEIGHT: &str = "log weight";
const OUTPUT: &str = "model output";

/// Records the draw of a particle; none if that is not possible.
pub(super) fn record_particles<M: Model, G: Model>(
    model: &M,
    proposal: &Proposal<'_, G>,
    key: Key,
    keep: impl Fn(M::Output) -> Option<Tensor>,
) -> Option<RecordedDraws> {
    RecordedDraws::record(&[], |_| {
        let (output, weigher, log_proposal) = run(model, proposal, key)?;
        let result = |name, value: &Tensor| SiteValue::new(name, value, &[], 0);
        let mut results = vec![result(LOG_WEIGHT, &(weigher.recorded() - log_proposal))];
        results.extend(weigher.sites);
        results.extend(keep(output).map(|output| result(OUTPUT, &output)));
        Ok(results)
    })
}

/// Draws particles; none if a weight is not one, if all are zero, or if a distribution cannot be drawn from: particles by
/// themselves will say where.
pub(super) fn draw_particles(
    recorded: &RecordedDraws,
    draws: usize,
    threads: Option<usize>,
) -> Result<Option<ImportanceDraws>> {
    let Some(mut columns) = recorded.draw(draws, &[], threads)? else { return Ok(None) };
    let log_weights = columns.take(LOG_WEIGHT)?.map(|weights| weights.into_raw_vec_and_offset().0).unwrap_or_default();
    let Ok(weights) = Weights::new(log_weights, 0) else { return Ok(None) };
    let output = columns.take(OUTPUT)?;
    let draws = Draws::new(columns.table(&[draws])?)?.with_weights(weights)?;
    ImportanceDraws::new(draws, output, Rejections::default()).map(Some)
}

/// A run of the model that reads no density, and the log density by which a guide drew for it.
fn run<M: Model, G: Model>(model: &M, proposal: &Proposal<'_, G>, key: Key) -> Result<(M::Output, Weigher, Tensor)> {
    let new_ctx = || Ctx::new(key).without_validation();
    match proposal {
        Proposal::Prior => {
            let (output, weigher) = new_ctx().enter(Weigher::recording(), |ctx| model.run(ctx))?;
            Ok((output, weigher, Tensor::scalar(0.0)))
        }
        Proposal::Guide(guide) => {
            let trace = record(*guide, &mut new_ctx())?;
            let mut log_proposal = Tensor::scalar(0.0);
            for site in trace.sites() {
                refuse_subsample(&site.plates).map_err(|error| error.at_site(&site.name))?;
                log_proposal += unscaled(site).log_prob()?;
            }
            let follow = Follow::new(Arc::new(trace), Coverage::Partial);
            let (output, weigher) = new_ctx()
                .enter(Weigher::recording(), |ctx| ctx.enter(follow, |ctx| model.run(ctx)).map(|(output, _)| output))?;
            Ok((output, weigher, log_proposal))
        }
    }
}
