//! Particles of a recorded program, many at once.

use std::sync::Arc;

use ppl::program::{BatchProgram, RecordedBatch, record_batch};
use ppl::random::Key;
use ppl::{Ctx, Model, Shape, Tensor};

use super::particle::{Proposal, Weigher, refuse_subsample, unscaled};
use crate::runs::{BatchSite, Coverage, Follow, batch_array, batch_table, draw_batches, record};
use crate::{Empirical, Result};

/// A program that draws particles, and what its results are.
pub(super) struct Batch {
    program: Box<BatchProgram>,
    sites: Vec<BatchSite>,
    /// The shape of what is kept of the model's output.
    output: Option<Shape>,
}

impl Batch {
    /// Records the draw of a particle; none if that is not possible.
    pub(super) fn record<M: Model, G: Model>(
        model: &M,
        proposal: &Proposal<'_, G>,
        key: Key,
        keep: impl Fn(M::Output) -> Option<Tensor>,
    ) -> Option<Self> {
        let (mut sites, mut output) = (Vec::new(), None);
        let recorded = record_batch(|| {
            let (kept, weigher, log_proposal) = run(model, proposal, key)
                .map_err(|error| ppl::Error::Handler { handler: "importance sampling", problem: error.to_string() })?;
            let mut results = vec![weigher.recorded() - log_proposal];
            for site in weigher.sites {
                sites.push(BatchSite::new(site.name, site.dims, &site.value));
                results.push(site.value);
            }
            if let Some(kept) = keep(kept) {
                output = Some(kept.shape());
                results.push(kept);
            }
            Ok(results)
        });
        match recorded {
            Ok(RecordedBatch::Static(program)) => Some(Self { program, sites, output }),
            _ => None,
        }
    }

    /// Draws particles; none if a weight is not one, if all are zero, or if a distribution cannot be drawn from:
    /// particles by themselves will say where.
    pub(super) fn draw(&self, draws: usize, threads: Option<usize>) -> Result<Option<Empirical>> {
        let sizes: Vec<usize> = [1]
            .into_iter()
            .chain(self.sites.iter().map(|site| site.shape.size()))
            .chain(self.output.map(|shape| shape.size()))
            .collect();
        let columns = draw_batches(&self.program, &sizes, draws, threads, |_, _, _| {})?;
        let mut columns = columns.into_iter().flatten();
        let Some(log_weights) = columns.next() else { return Ok(None) };
        let is_weight = |weight: &f64| !weight.is_nan() && *weight < f64::INFINITY;
        if !log_weights.iter().all(is_weight) || log_weights.iter().all(|&weight| weight == f64::NEG_INFINITY) {
            return Ok(None);
        }
        let table = batch_table(&self.sites, draws, columns.by_ref().take(self.sites.len()))?;
        let empirical = Empirical::new(table, log_weights)?;
        match (&self.output, columns.next()) {
            (Some(shape), Some(column)) => {
                Ok(Some(empirical.with_output(batch_array("output", shape, draws, column)?)?))
            }
            _ => Ok(Some(empirical)),
        }
    }
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
