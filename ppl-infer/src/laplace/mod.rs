//! The Laplace approximation of a posterior: the Gaussian of its mode and its curvature there.

#[cfg(test)]
mod tests;

use std::f64::consts::PI;
use std::sync::Arc;

use ndarray::Array2;
use ppl::random::Key;
use ppl::{Model, Tensor};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::density::{Engine, Layout, ModelDensity};
use crate::draws::{DrawName, Draws, Warning, draw_verbs};
use crate::error::OptimizeError;
use crate::optimize::{Lbfgs, MapEstimate, Maximum, find};
use crate::runs::{AnyModel, WithoutOutput};
use crate::settings::{require_memory, reserve, settings};
use crate::{Error, ImportanceDraws, Init, LogDensity, Rejections, Result, diagnostics};

settings! {
    /// The Laplace approximation: a Gaussian on the unconstrained space, with the posterior's mode there as its mean and the
    /// curvature of the log density as its precision.
    ///
    /// | setting     | default            | meaning                                          |
    /// |-------------|--------------------|--------------------------------------------------|
    /// | `draws`     | 1000               | draws from the Gaussian                          |
    /// | `seed`      | 0                  | of the start and of the draws                    |
    /// | `init`      | uniform in (−2, 2) | where the search for the mode starts             |
    /// | `optimizer` | [`Lbfgs`]          | finds the mode, which Newton's method then polishes |
    /// | `engine`    | recorded           | program or the tape, see [`Engine`]           |
    ///
    /// The [draws](LaplaceFit::draws) are those of the approximation. Weighted by the ratio of the two densities
    /// ([`importance_draws`](LaplaceFit::importance_draws)) their [Pareto k̂](ImportanceDraws::pareto_k) says how good it is,
    /// and their expectations are those of the posterior if it is good enough.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl::special::{lbeta, log_binomial_coefficient};
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn coin() {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
    /// }
    ///
    /// let fit = LaplaceApproximation::new().draws(4000).run(&coin())?;
    /// // The posterior is Beta(16, 14), and the evidence that of the beta-binomial distribution.
    /// let fairness = fit.importance_draws().get(coin::fairness)?;
    /// assert!((fairness.mean() - 16.0 / 30.0).abs() < 0.005);
    /// let evidence = log_binomial_coefficient(10.0, 6.0) + lbeta(16.0, 14.0) - lbeta(10.0, 10.0);
    /// assert!((fit.log_evidence() - evidence).abs() < 0.01);
    /// assert!((fit.importance_draws().log_evidence() - evidence).abs() < 0.01);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Reference
    /// Tierney and Kadane (1986), "Accurate approximations for posterior moments and marginal densities".
    #[derive(Clone, Debug, PartialEq)]
    pub struct LaplaceApproximation {
        /// Number of draws from the Gaussian; 1000.
        draws: usize = 1000, at_least(1);
        /// Random seed of the start and of the draws; 0.
        seed: u64 = 0;
        /// Start of the search for the mode; see [`Init`].
        init(impl Into<Init>): Init = Init::default(), valid_by(|init| init.validate(1, "search"));
        /// Optimizer that finds the mode.
        optimizer: Lbfgs = Lbfgs::default(), valid_by(Lbfgs::validate);
        /// What evaluates the density, its gradient and its Hessian.
        engine: Engine = Engine::default();
    }
}

impl LaplaceApproximation {
    /// Approximates the posterior of a model.
    ///
    /// # Errors
    /// As [`Map::run`](crate::Map::run); [`OptimizeError::NotConcave`](crate::error::OptimizeError::NotConcave), with
    /// the sites, where the log density is flat or curved upwards in some direction at the mode.
    pub fn run<M: Model>(&self, model: &M) -> Result<LaplaceFit> {
        self.run_erased(&WithoutOutput(model))
    }

    fn run_erased(&self, model: &AnyModel<'_>) -> Result<LaplaceFit> {
        self.validate()?;
        let layout = Arc::new(Layout::new(&model, Key::new(self.seed))?);
        require_memory("draws", self.draws as u64, layout.dim() as u64, 1)?;
        let mut density = ModelDensity::with_layout(model, layout, self.engine);
        let mut maximum = find(&mut density, &self.init, self.optimizer, self.seed)?;
        let mut precision = Precision::at(&mut density, &maximum.position)?;
        // Newton's method doubles the digits of the mode with each step.
        for taken in 1..=NEWTON_STEPS {
            let step = precision.solve(&maximum.gradient);
            let position: Vec<f64> = maximum.position.iter().zip(&step).map(|(x, by)| x + by).collect();
            let mut gradient = vec![0.0; position.len()];
            let log_density = density.value_and_gradient(&position, &mut gradient)?;
            maximum.gradient_evaluations += 1;
            let size = |gradient: &[f64]| gradient.iter().map(|by| by * by).sum::<f64>();
            if !(log_density.is_finite() && size(&gradient) < size(&maximum.gradient)) {
                break;
            }
            if taken == NEWTON_STEPS && is_long(&step, &position) {
                return Err(without_maximum(&density, maximum, &step));
            }
            (maximum.position, maximum.log_density, maximum.gradient) = (position, log_density, gradient);
            precision = Precision::at(&mut density, &maximum.position)?;
        }
        let dim = maximum.position.len();
        let log_normalizer = 0.5 * dim as f64 * (2.0 * PI).ln() - precision.log_determinant_of_root();
        let mut positions = reserve("draws", self.draws.saturating_mul(dim))?;
        let mut log_weights = reserve("draws", self.draws)?;
        let mut gradient = vec![0.0; dim];
        for number in 0..self.draws {
            let mut rng = Key::new(self.seed).draw(number as u64).rng("laplace: draw", 0);
            let noise: Vec<f64> = (0..dim).map(|_| rng.sample(StandardNormal)).collect();
            let offset = precision.solve_root(&noise);
            let position: Vec<f64> = maximum.position.iter().zip(&offset).map(|(x, by)| x + by).collect();
            let log_approximation = -0.5 * noise.iter().map(|z| z * z).sum::<f64>() - log_normalizer;
            let log_density = density.value_and_gradient(&position, &mut gradient)?;
            // Outside of the support.
            let log_density = if log_density.is_nan() { f64::NEG_INFINITY } else { log_density };
            log_weights.push(log_density - log_approximation);
            positions.extend(position);
        }
        let sites = density.values_of(&positions)?.table(&[self.draws])?;
        Ok(LaplaceFit {
            log_evidence: maximum.log_density + log_normalizer,
            covariance: precision.inverse(),
            draws: Draws::new(sites.clone())?,
            importance_draws: ImportanceDraws::new(Draws::weighted(sites, log_weights)?, None, Rejections::default())?,
            mode: MapEstimate::new(&density, maximum)?,
        })
    }
}

/// More than double precision has digits for.
const NEWTON_STEPS: usize = 6;

/// Whether the last of Newton's steps is no correction of the last digits. On a slope that flattens without end, such as that
/// of the likelihood of separated outcomes, the gradient falls as near a mode, but the steps do not become shorter.
fn is_long(step: &[f64], position: &[f64]) -> bool {
    step.iter().zip(position).any(|(by, x)| by.abs() > 1e-4 * x.abs().max(1.0))
}

/// The error of a density that has no maximum where the search ended; it names the site of the longest step.
fn without_maximum(density: &ModelDensity<&AnyModel<'_>>, found: Maximum, step: &[f64]) -> Error {
    let longest = (0..step.len()).max_by(|&a, &b| step[a].abs().total_cmp(&step[b].abs()));
    let site = longest.and_then(|coordinate| density.layout().site_of(coordinate)).map(|site| site.name.clone());
    let Maximum { position, log_density, gradient, iterations, .. } = found;
    let rise = 0.5 * gradient.iter().zip(step).map(|(slope, by)| slope * by).sum::<f64>();
    OptimizeError::NoMaximum { site, iterations, rise, position, log_density, gradient }.into()
}

/// A posterior's Laplace approximation.
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
/// // The posterior is Normal(1, √½), and the evidence the density of Normal(0, √2).
/// let fit = LaplaceApproximation::new().run(&mean(2.0))?;
/// assert!((fit.mode().get(mean::mu)? - 1.0).abs() < 1e-9);
/// assert!((fit.covariance()[[0, 0]] - 0.5).abs() < 1e-9);
/// assert!((fit.log_evidence() - (-1.0 - 0.5 * (4.0 * std::f64::consts::PI).ln())).abs() < 1e-9);
/// // Of a Gaussian posterior it is no approximation: all draws have the same weight.
/// assert!((fit.importance_draws().ess() - 1000.0).abs() < 1e-6);
/// assert!((fit.get(mean::mu)?.mean() - 1.0).abs() < 0.1);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LaplaceFit {
    mode: MapEstimate,
    covariance: Array2<f64>,
    log_evidence: f64,
    draws: Draws,
    importance_draws: ImportanceDraws,
}

draw_verbs!(LaplaceFit by DrawName);

impl LaplaceFit {
    /// The mode of the density on the unconstrained space, as values of the sites.
    #[must_use]
    pub fn mode(&self) -> &MapEstimate {
        &self.mode
    }

    /// The covariance of the Gaussian, on the unconstrained space.
    #[must_use]
    pub fn covariance(&self) -> &Array2<f64> {
        &self.covariance
    }

    /// The approximation of ln p(observed) by the volume under the Gaussian.
    #[must_use]
    pub fn log_evidence(&self) -> f64 {
        self.log_evidence
    }

    /// The draws of the approximation, weighted by the ratio of the posterior's density to that of the approximation.
    #[must_use]
    pub fn importance_draws(&self) -> &ImportanceDraws {
        &self.importance_draws
    }

    /// What evaluated the density and its gradient, and if the model could not be recorded, why and where.
    #[must_use]
    pub fn engine(&self) -> &str {
        self.mode.engine()
    }

    fn heading(&self) -> String {
        format!(
            "{} of the Laplace approximation; Pareto k {:.2}; log evidence {:.3} ({})",
            self.draws.count(),
            self.importance_draws.pareto_k(),
            self.log_evidence,
            self.engine()
        )
    }

    /// Where the approximation is not the posterior.
    fn own_warnings(&self) -> Vec<Warning> {
        let (total, weights) = (self.num_draws(), self.importance_draws.weights());
        let (pareto_k, threshold) = (weights.pareto_k(), diagnostics::pareto_k_threshold(total));
        let is_poor = diagnostics::is_unreliable(pareto_k, total);
        let warning = || Warning::PoorApproximation {
            approximation: "the Laplace",
            pareto_k,
            threshold,
            ess: weights.ess(),
            total,
        };
        is_poor.then(warning).into_iter().collect()
    }
}

/// The negative Hessian −H = L Lᵀ by its lower Cholesky factor.
struct Precision {
    root: Tensor,
}

impl Precision {
    fn at(density: &mut ModelDensity<&AnyModel<'_>>, position: &[f64]) -> Result<Self> {
        let dim = position.len();
        let negative: Vec<f64> = density.hessian(position)?.into_iter().map(|curvature| -curvature).collect();
        let matrix = Tensor::new(negative.clone(), [dim, dim])?;
        match matrix.try_cholesky() {
            Ok(root) if root.to_vec().iter().all(|x| x.is_finite()) => Ok(Self { root }),
            Ok(_) | Err(ppl::Error::SingularMatrix { .. }) => {
                // Where the diagonal shows it; else it is a direction between several.
                let is_flat = |coordinate: &usize| {
                    let curvature = negative[coordinate * dim + coordinate];
                    curvature <= 0.0 || curvature.is_nan()
                };
                let mut sites: Vec<String> = (0..dim)
                    .filter(is_flat)
                    .filter_map(|coordinate| Some(density.layout().site_of(coordinate)?.name.clone()))
                    .collect();
                sites.dedup();
                if sites.is_empty() {
                    sites = density.layout().sites().iter().map(|site| site.name.clone()).collect();
                }
                Err(OptimizeError::NotConcave { sites }.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn dim(&self) -> usize {
        self.root.shape()[0]
    }

    /// L⁻ᵀ z, whose covariance is the inverse of the precision if that of z is the identity.
    fn solve_root(&self, vector: &[f64]) -> Vec<f64> {
        self.root.triangular_solve(Tensor::from(vector).reshape([self.dim(), 1]), true, true).to_vec()
    }

    /// (L Lᵀ)⁻¹ x.
    fn solve(&self, vector: &[f64]) -> Vec<f64> {
        let half = self.root.triangular_solve(Tensor::from(vector).reshape([self.dim(), 1]), true, false).to_vec();
        self.solve_root(&half)
    }

    /// ln |L|.
    fn log_determinant_of_root(&self) -> f64 {
        let (root, dim) = (self.root.to_vec(), self.dim());
        (0..dim).map(|k| root[k * dim + k].ln()).sum()
    }

    /// (L Lᵀ)⁻¹.
    fn inverse(&self) -> Array2<f64> {
        let dim = self.dim();
        let inverse = self.root.triangular_solve(Tensor::eye(dim), true, false).to_vec();
        let column = |row: usize, k: usize| inverse[k * dim + row];
        Array2::from_shape_fn((dim, dim), |(a, b)| (0..dim).map(|k| column(a, k) * column(b, k)).sum())
    }
}
