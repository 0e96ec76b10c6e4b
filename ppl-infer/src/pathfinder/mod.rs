//! Pathfinder: Gaussians along the paths of an optimiser, corrected by importance weights.

mod covariance_root;
mod gaussian;
mod inverse_hessian;
mod path;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ppl::Model;
use ppl::random::Key;

use self::path::{Climb, Path};
pub(crate) use self::start::PathSearch;
use crate::density::{Engine, Layout, ModelDensity, name_sites};
use crate::draws::{DrawName, Draws, Warning, Weights, draw_verbs};
use crate::error::DensityError;
use crate::init::ModelStarts;
use crate::optimize::Lbfgs;
use crate::runs::{AnySyncModel, WithoutOutput, catching_panics, on_threads};
use crate::settings::{require_memory, settings};
use crate::{Evaluations, ImportanceDraws, Init, LogDensity, Rejections, Result, diagnostics};

settings! {
    /// Multi-path Pathfinder: a quick approximation of a posterior, and good starts for its samplers.
    ///
    /// Each path climbs from a start of its own to a mode, by L-BFGS. At each step the optimiser's estimate of the curvature
    /// gives a Gaussian on the unconstrained space; the one with the largest evidence lower bound gives the draws of the path.
    /// The draws of all paths are weighted by the ratio of the densities, the weights are Pareto-smoothed, and the result's
    /// draws are chosen by them.
    ///
    /// | setting          | default            | meaning                                                          |
    /// |------------------|--------------------|------------------------------------------------------------------|
    /// | `paths`          | 4                  | paths, each from a start of its own                              |
    /// | `draws_per_path` | 1000               | draws from the best Gaussian of each path                        |
    /// | `draws`          | 1000               | draws of the result, chosen from those of the paths              |
    /// | `elbo_draws`     | 25                 | draws for each evidence lower bound                              |
    /// | `history`        | 6                  | steps that the curvature is estimated from                       |
    /// | `max_iterations` | 1000               | steps of a path                                                  |
    /// | `seed`           | 0                  | of the starts and of the draws                                   |
    /// | `init`           | uniform in (−2, 2) | where the paths start, see [`Init`]                              |
    /// | `threads`        | all                | paths at a time; it changes no draw                              |
    /// | `engine`         | recorded           | program or the tape, see [`Engine`]                              |
    ///
    /// It takes some hundred evaluations of the gradient and some thousand of the density. Its [Pareto
    /// k̂](ImportanceDraws::pareto_k) says whether the weights can be trusted. It cannot see what no Gaussian reaches: of a
    /// funnel, as that of a hierarchical model, the draws show a part, and the summary warns where the best Gaussian was found
    /// before the curvature was known. There they are [starts](PathfinderFit::init) from which
    /// a sampler warms up. A density that is 0 beyond an edge near its mass has no bound, and a path no Gaussian.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn coin() {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
    /// }
    ///
    /// let fit = Pathfinder::new().run(&coin())?;
    /// // The posterior is Beta(16, 14).
    /// assert!((fit.get(coin::fairness)?.mean() - 16.0 / 30.0).abs() < 0.02);
    /// assert!(fit.importance_draws().pareto_k() < 0.7);
    ///
    /// let posterior = Nuts::new().init(fit.init(4)).warmup(300).progress(false).run(&coin())?;
    /// assert!((posterior.get(coin::fairness)?.mean() - 16.0 / 30.0).abs() < 0.02);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Reference
    /// Zhang, Carpenter, Gelman and Vehtari (2022), "Pathfinder: parallel quasi-Newton variational inference".
    #[derive(Clone, Debug, PartialEq)]
    pub struct Pathfinder {
        /// Number of paths, each from a start of its own; 4.
        paths: usize = 4, at_least(1);
        /// Number of draws from the best Gaussian of each path; 1000.
        draws_per_path: usize = 1000, at_least(1);
        /// Number of draws of the result, chosen from those of the paths by their weights; 1000.
        draws: usize = 1000, at_least(1);
        /// Number of draws for each evidence lower bound; 25.
        elbo_draws: usize = 25, at_least(1);
        /// Number of steps that the curvature is estimated from; 6.
        history: usize = 6, at_least(1);
        /// Largest number of steps of a path; 1000.
        max_iterations: usize = 1000, at_least(1);
        /// Random seed of the starts and of the draws; 0.
        seed: u64 = 0;
        /// Starts of the paths; see [`Init`].
        init(impl Into<Init>): Init = Init::default();
        /// Largest number of paths at a time; that of the processors. It does not change any draw.
        threads(usize): Option<usize> = None, at_least(1);
        /// What evaluates the density and its gradient.
        engine: Engine = Engine::default();
    }
}

impl Pathfinder {
    /// Approximates the posterior of a model.
    ///
    /// # Errors
    /// A setting outside its domain; a model without continuous latent sites, with a discrete one, or with a subsampled
    /// plate; an error at a site. Where all paths fail, why the first one did: no valid start, or no Gaussian along it. A
    /// path that fails beside others that do not is a warning of the summary.
    pub fn run<M: Model + Sync>(&self, model: &M) -> Result<PathfinderFit> {
        self.run_erased(&WithoutOutput(model))
    }

    fn run_erased(&self, model: &AnySyncModel<'_>) -> Result<PathfinderFit> {
        self.validate()?;
        self.init.validate(self.paths, "path")?;
        let began = Instant::now();
        let layout = Arc::new(Layout::new(&model, Key::new(self.seed))?);
        let dim = layout.dim();
        if dim == 0 {
            return Err(DensityError::NothingToSample.into());
        }
        require_memory("draws_per_path", self.draws_per_path as u64, dim as u64, self.paths as u64)?;
        require_memory("draws", self.draws as u64, dim as u64, 1)?;
        let starts = ModelStarts::new(&self.init, self.paths, model, &layout)?;
        let density = ModelDensity::with_layout(model, layout, self.engine);
        let optimizer = Lbfgs::new().history(self.history).max_iterations(self.max_iterations);
        let climb = Climb { init: &starts, optimizer, history: self.history, elbo_draws: self.elbo_draws };
        let outcomes = on_threads(self.paths, self.threads, |path| {
            let mut density = density.clone();
            catching_panics(|| self.explore(&climb, &mut density, path))
        });

        let (mut positions, mut log_weights, mut paths) = (Vec::new(), Vec::new(), Vec::new());
        let mut outside = 0;
        let mut failures = Vec::new();
        for (path, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(explored) => {
                    positions.extend(explored.positions);
                    outside += self.draws_per_path - explored.log_weights.len();
                    log_weights.extend(explored.log_weights);
                    paths.push(explored.summary);
                }
                Err(error) => failures.push((path, name_sites(error, &density))),
            }
        }
        if paths.is_empty() {
            return Err(failures.swap_remove(0).1);
        }
        let weights = Weights::new(log_weights.clone(), outside)?;
        let smoothed = diagnostics::pareto_smooth(&log_weights, 1.0).log_weights;
        let sites = density.values_of(&positions)?.table(&[log_weights.len()])?;
        let chosen = Draws::weighted(sites.clone(), smoothed)?.choose(self.draws, self.seed);
        let draws = Draws::new(sites.clone())?.select(&chosen)?;
        let starts = chosen.iter().map(|&draw| positions[draw * dim..][..dim].to_vec()).collect();
        Ok(PathfinderFit {
            draws,
            importance_draws: ImportanceDraws::new(
                Draws::new(sites)?.with_weights(weights)?,
                None,
                Rejections::default(),
            )?,
            starts,
            history: self.history,
            paths,
            failures: failures.into_iter().map(|(path, error)| (path, error.to_string())).collect(),
            engine: density.engine_in_use(),
            time: began.elapsed(),
        })
    }

    /// The draws of a path, with their weights.
    fn explore(&self, climb: &Climb<'_>, density: &mut dyn LogDensity, path: usize) -> Result<Explored> {
        let key = Key::new(self.seed).chain(path as u64);
        let Path { gaussian, elbo, best_step, steps, mut evaluations } = climb.run(density, path, key, 0)?;
        let mut rng = key.rng("pathfinder: draw", 0);
        let (mut positions, mut log_weights) = (Vec::new(), Vec::with_capacity(self.draws_per_path));
        for _ in 0..self.draws_per_path {
            let (position, log_weight) = gaussian.weighted_draw(density, &mut rng)?;
            // Outside of the support the sites may have no values.
            if log_weight > f64::NEG_INFINITY {
                positions.extend(position);
                log_weights.push(log_weight);
            }
        }
        evaluations.values += self.draws_per_path as u64;
        Ok(Explored { positions, log_weights, summary: PathSummary { path, elbo, best_step, steps, evaluations } })
    }
}

/// The draws of one path that have a density, on the unconstrained space.
struct Explored {
    positions: Vec<f64>,
    log_weights: Vec<f64>,
    summary: PathSummary,
}

/// One path of [`Pathfinder`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn mean(y: f64) {
///     let mu = sample!("mu", Normal::new(0.0, 1.0));
///     observe!("y", Normal::new(mu, 1.0), y);
/// }
///
/// let fit = Pathfinder::new().paths(2).draws_per_path(100).draws(100).run(&mean(2.0))?;
/// let path = fit.paths()[1];
/// assert!(path.path == 1 && path.best_step <= path.steps && path.evaluations.gradients > 0);
/// // The bound of the posterior itself is the evidence, the density of Normal(0, √2).
/// assert!((path.elbo - (-1.0 - 0.5 * (4.0 * std::f64::consts::PI).ln())).abs() < 1e-3);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PathSummary {
    /// The index of the path.
    pub path: usize,
    /// The evidence lower bound of its best Gaussian, estimated.
    pub elbo: f64,
    /// The step of the optimiser that it was found at, counted from 1.
    pub best_step: usize,
    /// The steps of the optimiser.
    pub steps: usize,
    /// The evaluations of the density.
    pub evaluations: Evaluations,
}

/// A posterior's approximation by [`Pathfinder`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn coin() {
///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
/// }
///
/// let fit = Pathfinder::new().paths(2).draws_per_path(500).draws(200).run(&coin())?;
/// assert_eq!((fit.num_draws(), fit.importance_draws().num_draws(), fit.paths().len()), (200, 1000, 2));
/// // The posterior is Beta(16, 14). The weighted draws estimate its mean without choosing among them.
/// assert!((fit.importance_draws().get(coin::fairness)?.mean() - 16.0 / 30.0).abs() < 0.01);
/// // Starts of chains.
/// let posterior = Nuts::new().chains(2).init(fit.init(2)).warmup(200).progress(false).run(&coin())?;
/// assert!((posterior.get(coin::fairness)?.mean() - 16.0 / 30.0).abs() < 0.02);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PathfinderFit {
    draws: Draws,
    importance_draws: ImportanceDraws,
    starts: Vec<Vec<f64>>,
    /// Steps that the curvature was estimated from.
    history: usize,
    paths: Vec<PathSummary>,
    failures: Vec<(usize, String)>,
    engine: String,
    time: Duration,
}

draw_verbs!(PathfinderFit by DrawName);

impl PathfinderFit {
    /// The draws of all paths, weighted by the ratio of the posterior's density to that of their Gaussian.
    #[must_use]
    pub fn importance_draws(&self) -> &ImportanceDraws {
        &self.importance_draws
    }

    /// The paths that succeeded.
    #[must_use]
    pub fn paths(&self) -> &[PathSummary] {
        &self.paths
    }

    /// The paths that failed, by their index, and why.
    pub fn failed_paths(&self) -> impl Iterator<Item = (usize, &str)> {
        self.failures.iter().map(|(path, message)| (*path, message.as_str()))
    }

    /// Starts of as many chains: the first draws.
    ///
    /// # Panics
    /// If there are more chains than draws.
    #[must_use]
    pub fn init(&self, chains: usize) -> Init {
        assert!(chains <= self.starts.len(), "{chains} chains cannot start at {} draws", self.starts.len());
        Init::per_chain(self.starts[..chains].iter().cloned().map(Init::Value))
    }

    /// What evaluated the density and its gradient, and if the model could not be recorded, why and where.
    #[must_use]
    pub fn engine(&self) -> &str {
        &self.engine
    }

    fn heading(&self) -> String {
        let evaluations = self.paths.iter().fold(Evaluations::default(), |sum, path| sum + path.evaluations);
        format!(
            "{} of {} paths; Pareto k {:.2}; {} gradients and {} values of the density in {:.2?} ({})",
            self.draws.count(),
            self.paths.len(),
            self.importance_draws.pareto_k(),
            evaluations.gradients,
            evaluations.values,
            self.time,
            self.engine
        )
    }

    fn own_warnings(&self) -> Vec<Warning> {
        let failures = self.failures.iter();
        let failures = failures.map(|(path, message)| Warning::FailedPath { path: *path, message: message.clone() });
        let weights = self.importance_draws.weights();
        let total = self.importance_draws.num_draws();
        let (pareto_k, threshold) = (weights.pareto_k(), diagnostics::pareto_k_threshold(total));
        let poor = || Warning::PoorApproximation {
            approximation: "Pathfinder's",
            pareto_k,
            threshold,
            ess: weights.ess(),
            total,
        };
        // So many steps tell of as many directions.
        let directions = self.history.min(self.starts[0].len());
        let early = self.paths.iter().filter(|path| path.best_step < directions).count();
        let early = (early > 0).then_some(Warning::EarlyApproximation { count: early, total: self.paths.len() });
        failures.chain(diagnostics::is_unreliable(pareto_k, total).then(poor)).chain(early).collect()
    }
}
