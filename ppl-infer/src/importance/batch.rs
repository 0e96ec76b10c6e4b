//! Particles of a recorded program, many at once.

use std::sync::Arc;

use ndarray::{ArrayD, IxDyn};
use ppl::handler::TraceSite;
use ppl::program::{BatchProgram, PARTICLES, RecordedBatch, record_batch};
use ppl::random::Key;
use ppl::{Ctx, Model, Shape, Tensor};

use super::particle::{Proposal, Weigher, refuse_subsample};
use crate::posterior::SiteTable;
use crate::runs::{Coverage, Follow, in_parallel, record};
use crate::{Empirical, Error, Result};

/// A program that draws particles, and what its results are.
pub(super) struct Batch {
    program: Box<BatchProgram>,
    sites: Vec<Site>,
    /// The shape of what is kept of the model's output.
    output: Option<Shape>,
}

struct Site {
    name: String,
    dims: Vec<Option<String>>,
    shape: Shape,
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
                sites.push(Site { name: site.name, dims: site.dims, shape: site.value.shape() });
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

    /// Draws particles; none if a weight is not one, or all are zero: particles by themselves will say where.
    pub(super) fn draw(&self, draws: usize, threads: Option<usize>) -> Result<Option<Empirical>> {
        let batches = draws.div_ceil(PARTICLES);
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let groups = threads.unwrap_or_else(processors).min(batches);
        let of_group = |group: usize| batches * group / groups..batches * (group + 1) / groups;
        let parts = in_parallel("group of particles", groups, threads, |group| {
            let batches = of_group(group);
            let last = draws.min(batches.end * PARTICLES);
            Ok(self.draw_batches(batches.start, last - batches.start * PARTICLES))
        })?;
        let mut parts = parts.into_iter();
        let mut columns = parts.next().unwrap_or_default();
        for part in parts {
            columns.iter_mut().zip(part).for_each(|(column, more)| column.extend(more));
        }
        let mut columns = columns.into_iter();
        let log_weights = columns.next().unwrap_or_default();
        let is_weight = |weight: &f64| !weight.is_nan() && *weight < f64::INFINITY;
        if !log_weights.iter().all(is_weight) || log_weights.iter().all(|&weight| weight == f64::NEG_INFINITY) {
            return Ok(None);
        }
        let array = |name: &str, shape: &Shape, column: Vec<f64>| {
            let mut expected = vec![draws];
            expected.extend_from_slice(shape.dims());
            let got = vec![column.len()];
            ArrayD::from_shape_vec(IxDyn(&expected), column).map_err(|_| Error::DrawShape {
                quantity: format!("site `{name}`"),
                expected,
                got,
            })
        };
        let mut table = SiteTable::new(&[draws]);
        for (site, column) in self.sites.iter().zip(columns.by_ref()) {
            let dims: Vec<Option<&str>> = site.dims.iter().map(Option::as_deref).collect();
            table.insert_with_dims(&site.name, &dims, array(&site.name, &site.shape, column)?)?;
        }
        let empirical = Empirical::new(table, log_weights)?;
        match (&self.output, columns.next()) {
            (Some(shape), Some(column)) => Ok(Some(empirical.with_output(array("output", shape, column)?)?)),
            _ => Ok(Some(empirical)),
        }
    }

    /// So many particles from a batch on: log weights, the values of each site, and the output, particle by particle.
    fn draw_batches(&self, first: usize, draws: usize) -> Vec<Vec<f64>> {
        let mut program = self.program.clone();
        let sizes: Vec<usize> = [1]
            .into_iter()
            .chain(self.sites.iter().map(|site| site.shape.size()))
            .chain(self.output.map(|shape| shape.size()))
            .collect();
        let mut columns: Vec<Vec<f64>> = sizes.iter().map(|size| Vec::with_capacity(size * draws)).collect();
        let mut done = 0;
        while done < draws {
            let count = PARTICLES.min(draws - done);
            program.run((first + done / PARTICLES) as u64);
            for (which, (column, &size)) in columns.iter_mut().zip(&sizes).enumerate() {
                let values = program.output(which);
                if size == 1 {
                    column.extend_from_slice(&values[..count]);
                    continue;
                }
                for particle in 0..count {
                    column.extend((0..size).map(|element| values[element * PARTICLES + particle]));
                }
            }
            done += count;
        }
        columns
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
                log_proposal = log_proposal + TraceSite { scale: 1.0, ..site.clone() }.log_prob()?;
            }
            let follow = Follow::new(Arc::new(trace), Coverage::Partial);
            let (output, weigher) = new_ctx()
                .enter(Weigher::recording(), |ctx| ctx.enter(follow, |ctx| model.run(ctx)).map(|(output, _)| output))?;
            Ok((output, weigher, log_proposal))
        }
    }
}
