//! Importance sampling: draws from a proposal, weighted.

mod batch;
mod error;
mod particle;
mod result;

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ppl::random::Key;
use ppl::{IntoTensor, Model, Tensor};

use self::batch::{draw_particles, record_particles};
pub use self::error::WeightsError;
use self::particle::{Particle, Proposal};
pub use self::result::ImportanceDraws;
use crate::Result;
use crate::density::Engine;
use crate::draws::{Draws, FEWEST_RECORDED_DRAWS, SiteColumns, Weights, gather_output};
use crate::runs::{Attempt, catching_panics, in_parallel};
use crate::settings::{require_memory, settings};

settings! {
    /// Self-normalised importance sampling, from the prior or from a guide.
    ///
    /// ```text
    /// z_i ~ q,    log w_i = log p(z_i, observed) − log q(z_i),    E[f(z) | observed] ≈ Σ w_i f(z_i) / Σ w_i
    /// ```
    ///
    /// The mean of the weights is an unbiased estimate of the evidence p(observed).
    ///
    /// A model whose control flow does not depend on its draws is recorded once if there are many particles; these are then
    /// drawn [`PARTICLES`](ppl::program::PARTICLES) at once, batch `b` by the key `Key::new(seed).draw(b)`. Any other model runs
    /// for each particle, particle `i` by the key `Key::new(seed).draw(i)`. Either way the result depends on the seed, not on
    /// the number of threads.
    ///
    /// | setting   | default       | meaning                      |
    /// |-----------|---------------|------------------------------|
    /// | `draws`   | 1000          | number of particles          |
    /// | `seed`    | 0             |                              |
    /// | `threads` | all processors | number of threads           |
    /// | `engine`  | recorded      | program, or runs of the model |
    ///
    /// A particle at which a parameter of the model is outside its domain, or a matrix has no Cholesky factor, has weight 0: it
    /// counts for the evidence, and [`rejections`](ImportanceDraws::rejections) and the summary tell of it. It has no draw,
    /// for the run did not come to its end. Where there is such a particle, the model runs for each of them.
    ///
    /// A model may visit different sites in different runs: a site that some particles did not visit is kept with those
    /// that did (see [`ImportanceDraws::visiting`]).
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::Importance;
    ///
    /// /// A measurement of 9.5 on a scale whose reading has standard deviation 0.75, of a thing that should weigh 8.5.
    /// #[model]
    /// fn scale() -> Tensor {
    ///     let weight = sample!("weight", Normal::new(8.5, 1.0));
    ///     observe!("measurement", Normal::new(&weight, 0.75), 9.5);
    ///     weight
    /// }
    ///
    /// let posterior = Importance::new().draws(10_000).seed(0).run(&scale())?;
    /// let weight = posterior.get("weight")?;
    /// assert!((weight.mean() - 9.14).abs() < 0.03);
    /// assert!((weight.sd() - 0.6).abs() < 0.02);
    /// assert!(posterior.pareto_k() < 0.5);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Reference
    /// Owen (2013), *Monte Carlo theory, methods and examples*, chapter 9.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Importance {
        /// Number of particles; 1000.
        draws: usize = 1000, held_at_least(1);
        /// Random seed; 0.
        seed: u64 = 0;
        /// Largest number of threads; that of the processors.
        threads(usize): Option<usize> = None, at_least(1);
        /// What draws the particles: a program that was recorded, many at once, or runs of the model.
        engine: Engine = Engine::default();
    }
}

impl Importance {
    /// Draws from the prior, and weights by the likelihood.
    ///
    /// # Errors
    /// The error of the first particle that fails or panics; a parameter outside its domain that is the same in all of the
    /// first particles, as a constant is; all weights zero, with the observed sites whose density
    /// is; a density that is NaN or +∞; a subsampled plate, since an estimate of the likelihood gives no weight; an
    /// invalid setting.
    pub fn run<M: Model + Sync>(&self, model: &M) -> Result<ImportanceDraws> {
        self.sample(model, Proposal::<&M>::Prior, |_| None)
    }

    /// As [`run`](Self::run), and keeps what the model returns: see [`ImportanceDraws::output`].
    ///
    /// # Errors
    /// As [`run`](Self::run); an output whose shape differs between particles.
    pub fn run_output<M: Model<Output: IntoTensor> + Sync>(&self, model: &M) -> Result<ImportanceDraws> {
        self.sample(model, Proposal::<&M>::Prior, |output| Some(output.into_tensor()))
    }

    /// Draws from a guide; latent sites that it does not draw come from the prior.
    ///
    /// To use a guide that [`Svi`](crate::Svi) has fitted, give it its parameters:
    /// `run_with_guide(&model, &guide.with(params.handler()))`.
    ///
    /// # Errors
    /// As [`run`](Self::run); a guide that draws what the model lacks or observes or has in another shape, that
    /// observes, or whose own density is not finite.
    pub fn run_with_guide<M: Model + Sync, G: Model + Sync>(&self, model: &M, guide: &G) -> Result<ImportanceDraws> {
        self.sample(model, Proposal::Guide(guide), |_| None)
    }

    /// As [`run_with_guide`](Self::run_with_guide), and keeps what the model returns: see [`ImportanceDraws::output`].
    ///
    /// # Errors
    /// As [`run_with_guide`](Self::run_with_guide); an output whose shape differs between particles.
    pub fn run_with_guide_output<M, G>(&self, model: &M, guide: &G) -> Result<ImportanceDraws>
    where
        M: Model<Output: IntoTensor> + Sync,
        G: Model + Sync,
    {
        self.sample(model, Proposal::Guide(guide), |output| Some(output.into_tensor()))
    }

    fn sample<M, G>(
        &self,
        model: &M,
        proposal: Proposal<'_, G>,
        keep: impl Fn(M::Output) -> Option<Tensor> + Sync,
    ) -> Result<ImportanceDraws>
    where
        M: Model + Sync,
        G: Model + Sync,
    {
        self.validate()?;
        let key = Key::new(self.seed);
        let draw = |number: usize| Particle::draw(model, &proposal, key.draw(number as u64), number == 0, &keep);
        // A particle by itself meets all checks.
        if let Some(particle) = Attempt::probe("particle", self.draws, draw)? {
            require_memory("draws", self.draws as u64, particle.size() as u64, 1)?;
        }
        if self.engine == Engine::Recorded && self.draws >= FEWEST_RECORDED_DRAWS {
            let recorded = catching_panics(|| Ok(record_particles(model, &proposal, key, &keep))).ok().flatten();
            if let Some(recorded) = recorded
                && let Some(draws) = draw_particles(&recorded, self.draws, self.threads)?
            {
                return Ok(draws);
            }
        }
        summarize(in_parallel("particle", self.draws, self.threads, draw)?)
    }
}

/// Gathers the particles; those that were rejected have weight 0 and no values.
fn summarize(attempts: Vec<Attempt<Particle>>) -> Result<ImportanceDraws> {
    let total = attempts.len();
    let (_, particles, rejections) = Attempt::partition(attempts);
    if particles.iter().all(|particle| particle.log_weight == f64::NEG_INFINITY) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in particles.iter().flat_map(|particle| &particle.impossible_sites) {
            *counts.entry(name).or_default() += 1;
        }
        let sites = counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        return Err(WeightsError::AllZero { draws: total, sites, rejections }.into());
    }
    let mut columns = SiteColumns::default();
    let mut log_weights = Vec::with_capacity(particles.len());
    let mut outputs = Vec::new();
    for particle in particles {
        columns.push(particle.sites);
        log_weights.push(particle.log_weight);
        outputs.extend(particle.output);
    }
    let (table, irregular) = columns.into_sites()?;
    let weights = Weights::new(log_weights, rejections.total())?;
    let draws = Draws::new(table)?.with_weights(weights)?.with_irregular(irregular)?;
    let output = if outputs.is_empty() { None } else { Some(gather_output(outputs)?) };
    ImportanceDraws::new(draws, output, rejections)
}
