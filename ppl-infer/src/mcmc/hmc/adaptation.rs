//! The warm-up of one chain: step size and mass matrix.

use ppl::random::Rng;

use super::{
    HmcConfig,
    acceptance::AcceptanceCurve,
    config::Metric,
    metric::{EuclideanMetric, InverseMassMatrix},
    overlapping::{Learned, OverlappingWindows},
    state::State,
    step_size::{DualAveraging, find_reasonable_step_size},
    target::AdaptiveTarget,
    warmup::{SHORTEST, WarmupSchedule},
    welford::CovarianceEstimator,
};
use crate::error::ChainError;
use crate::{Error, LogDensity, Point, Result, settings::check_dim};

/// Adapts the step size and the mass matrix of one chain over its warm-up.
///
/// Where a window of the schedule ends, the mass matrix is replaced. With a metric of Stan's, and with one that is unlike the one
/// before, a step size is searched anew and dual averaging restarts; else the step size stays near the one that there was. At
/// the end of the warm-up it is dual averaging's average (Stan), or the one of the target on the curve of all that were tried.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::hmc::{Adaptation, HamiltonianTransition, HmcConfig, InverseMassMatrix, State};
/// use ppl_infer::{Metric, mcmc::nuts::NutsTransition};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 10.0));
/// }
///
/// let (mut density, mut rng) = (ModelDensity::new(normal())?, Key::new(0).rng("warm-up", 0));
/// let mut state = State::at(vec![1.0], &mut density)?;
/// let config = HmcConfig { metric: Metric::Diagonal, ..HmcConfig::default() };
/// let mut adaptation = Adaptation::start(&config, 300, &mut density, (&state, &[]), &mut rng)?;
/// let mut nuts = NutsTransition::new(1, 10, 0.0, 1000.0);
/// for _ in 0..300 {
///     let (metric, step_size) = (adaptation.metric(), adaptation.step_size());
///     let last = nuts.step(&mut state, &mut density, metric, step_size, &mut rng)?.statistics;
///     adaptation.update(last.acceptance_rate, last.max_energy_error, &mut density, &state, &mut rng)?;
/// }
/// let InverseMassMatrix::Diagonal(variances) = adaptation.metric().inverse_mass_matrix() else { unreachable!() };
/// assert!((50.0..200.0).contains(&variances[0]));
/// assert_eq!(adaptation.target(), Some(0.8));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Adaptation {
    warmup: usize,
    /// The number of iterations learned from.
    iteration: usize,
    step_size: f64,
    metric: EuclideanMetric,
    /// `None` if the step size is fixed.
    averaging: Option<DualAveraging>,
    learner: Learner,
    /// `None` if the adaptation is Stan's.
    curve: Option<AcceptanceCurve>,
    /// `None` if the target of the step size is fixed.
    adaptive_target: Option<AdaptiveTarget>,
    /// The target of a warm-up that is over.
    target_before: Option<f64>,
}

/// The number of dimensions beyond which [`Metric::Automatic`] is a diagonal matrix. Of one hierarchy of 390 the matrix of low
/// rank gave ten times the effective draws per gradient, of a latent volatility of 503 fewer than the diagonal.
const LARGEST_LOW_RANK: usize = 400;
/// The number of Stan's windows after which energy errors tell of the posterior, not of a metric from a few draws.
const SETTLED_WINDOWS: usize = 2;

/// Iterations that a step size needs at least to settle at a new target.
const SETTLING: usize = 30;

/// What learns the mass matrix.
#[derive(Clone, Debug)]
enum Learner {
    /// The mass matrix is fixed.
    None,
    /// The windows of Stan, one after the other.
    Windows {
        schedule: WarmupSchedule,
        /// The index of the window that is open or comes next.
        window: usize,
        estimator: CovarianceEstimator,
        /// Whether the step size is searched anew with each metric.
        is_stans: bool,
    },
    Overlapping(OverlappingWindows),
}

impl Learner {
    fn new(config: &HmcConfig, warmup: usize, dim: usize) -> Self {
        let is_dense = config.metric == Metric::Dense;
        match config.metric {
            _ if !config.adapt_mass_matrix || warmup < SHORTEST => Self::None,
            Metric::Diagonal | Metric::Dense => {
                let (schedule, estimator) = (WarmupSchedule::new(warmup), CovarianceEstimator::new(dim, is_dense));
                Self::Windows { schedule, window: 0, estimator, is_stans: true }
            }
            // Stan's windows too: of so many dimensions, a matrix of low rank would take more draws than there are.
            Metric::Automatic if dim > LARGEST_LOW_RANK => {
                let schedule = WarmupSchedule::with_long_final_buffer(warmup);
                let estimator = CovarianceEstimator::new(dim, false);
                Self::Windows { schedule, window: 0, estimator, is_stans: false }
            }
            Metric::DrawsAndGradients => Self::Overlapping(OverlappingWindows::new(dim, warmup, false)),
            Metric::Automatic | Metric::LowRank => Self::Overlapping(OverlappingWindows::new(dim, warmup, true)),
        }
    }

    /// A first metric from draws of an approximation of the posterior; none where it takes none, or they are too few.
    fn begin(&mut self, draws: &[Point]) -> Option<InverseMassMatrix> {
        match self {
            Self::Overlapping(windows) => windows.begin(draws),
            Self::None | Self::Windows { .. } => None,
        }
    }

    /// Learns from the state at the end of an iteration, counted from 0.
    fn update(&mut self, iteration: usize, state: &State) -> Option<Learned> {
        match self {
            Self::None => None,
            Self::Windows { schedule, window, estimator, is_stans } => {
                let open = schedule.windows().get(*window)?;
                if open.contains(&iteration) {
                    estimator.update(&state.position);
                }
                if iteration + 1 < open.end {
                    return None;
                }
                *window += 1;
                let matrix = estimator.finish();
                estimator.restart();
                let is_new = *is_stans || *window <= SETTLED_WINDOWS;
                matrix.map(|matrix| Learned { matrix, is_new, ends_window: true })
            }
            Self::Overlapping(windows) => windows.update(iteration, &state.position, &state.gradient),
        }
    }

    /// Whether the metric was learned from enough draws to tell by it what the posterior is like.
    fn is_settled(&self) -> bool {
        match self {
            Self::None => false,
            Self::Windows { window, .. } => *window >= SETTLED_WINDOWS,
            Self::Overlapping(windows) => windows.is_settled(),
        }
    }
}

impl Adaptation {
    /// The number of draws of an approximation of the posterior that a first metric is learned from.
    pub fn init_draws(config: &HmcConfig, warmup: usize, dim: usize) -> usize {
        match Learner::new(config, warmup, dim) {
            Learner::Overlapping(windows) if config.inverse_mass_matrix.is_none() => windows.init_draws(),
            _ => 0,
        }
    }

    /// Starts a warm-up of `warmup` iterations at `state`, from the step size of `config`, or one that is searched for there if
    /// the warm-up adapts it, and from the metric of `config`, or one that is learned from draws of an approximation of the
    /// posterior, if there are enough of them.
    ///
    /// # Errors
    /// If the configured mass matrix does not fit, or the search fails.
    pub fn start(
        config: &HmcConfig,
        warmup: usize,
        density: &mut dyn LogDensity,
        (state, draws): (&State, &[Point]),
        rng: &mut Rng,
    ) -> Result<Self> {
        let dim = state.position.len();
        let mut learner = Learner::new(config, warmup, dim);
        let metric = match &config.inverse_mass_matrix {
            Some(matrix) => {
                check_dim("the inverse mass matrix", dim, matrix.dim())?;
                EuclideanMetric::new(matrix.clone())?
            }
            None => {
                let identity = || InverseMassMatrix::identity(dim, config.metric == Metric::Dense);
                EuclideanMetric::new(learner.begin(draws).unwrap_or_else(identity))?
            }
        };
        let adaptive_target = config.has_adaptive_target().then(|| AdaptiveTarget::new(dim > LARGEST_LOW_RANK));
        let mut step_size = config.step_size;
        let mut averaging = None;
        if config.adapt_step_size && warmup > 0 {
            step_size = find_reasonable_step_size(density, &metric, state, step_size, rng)?;
            let target = adaptive_target.as_ref().map_or(config.target(), AdaptiveTarget::value);
            averaging = Some(DualAveraging::new(target, step_size));
        }
        let curve = (!config.metric.is_stans()).then(AcceptanceCurve::default);
        Ok(Self {
            warmup,
            iteration: 0,
            step_size,
            metric,
            averaging,
            learner,
            curve,
            adaptive_target,
            target_before: None,
        })
    }

    /// A warm-up that is over, with this outcome.
    pub fn finished(step_size: f64, metric: EuclideanMetric, target: Option<f64>) -> Self {
        Self {
            warmup: 0,
            iteration: 0,
            step_size,
            metric,
            averaging: None,
            learner: Learner::None,
            curve: None,
            adaptive_target: None,
            target_before: target,
        }
    }

    /// The step size of the next iteration.
    pub fn step_size(&self) -> f64 {
        self.step_size
    }

    /// The metric of the next iteration.
    pub fn metric(&self) -> &EuclideanMetric {
        &self.metric
    }

    /// Learns from an iteration that ended at `state`, with its acceptance statistic and the largest energy error of its
    /// trajectory.
    ///
    /// # Errors
    /// If the new mass matrix is not finite, or the density fails.
    pub fn update(
        &mut self,
        accept_prob: f64,
        energy_error: f64,
        density: &mut dyn LogDensity,
        state: &State,
        rng: &mut Rng,
    ) -> Result<()> {
        if let Some(curve) = &mut self.curve {
            curve.observe(self.step_size, accept_prob);
        }
        if let Some(averaging) = &mut self.averaging {
            self.step_size = averaging.update(accept_prob);
        }
        let iteration = self.iteration;
        self.iteration += 1;
        let has_new_target = match &mut self.adaptive_target {
            Some(target) => {
                let is_early_enough = iteration + SETTLING < self.warmup;
                target.observe(energy_error, is_early_enough && self.learner.is_settled())
            }
            None => false,
        };
        if has_new_target {
            self.settle_step_size();
        }
        if let Some(Learned { matrix, is_new, ends_window }) = self.learner.update(iteration, state) {
            self.metric = EuclideanMetric::new(matrix)?;
            if is_new {
                self.search_step_size(density, state, rng)?;
            } else if ends_window {
                self.settle_step_size();
                // Where the acceptance differs from place to place, the trials of the last interval alone are too few: those with the
                // metric before count too, unless it is of other draws altogether.
                let has_risen = self.adaptive_target.as_ref().is_some_and(AdaptiveTarget::has_risen);
                let keeps_trials = has_risen && matches!(self.learner, Learner::Overlapping(_));
                if let Some(curve) = &mut self.curve
                    && !keeps_trials
                {
                    curve.restart();
                }
            }
        }
        if self.iteration == self.warmup
            && let Some(step_size) = self.best_step_size()
        {
            self.step_size = step_size;
        }
        Ok(())
    }

    /// Takes the step size back to those of the chains of the run, its own among them, if the target of one of them has risen, by
    /// their step sizes and targets: to their median at most, the lower one of an even number.
    ///
    /// Where the curvature varies from place to place, chains have not seen the same of it. One that has not come into a narrow neck
    /// in its warm-up has a step size that is too large there: its trajectories diverge, and it stays for hundreds of iterations.
    ///
    /// The median is the same before this and after it: a chain that is run again beside the others gets the same step size.
    pub fn limit_step_size(&mut self, chains: &[(f64, Option<f64>)]) {
        let Some(own) = &self.adaptive_target else { return };
        if chains.iter().any(|(_, target)| target.is_some_and(|target| target > own.first_value())) {
            let mut sorted: Vec<f64> = chains.iter().map(|(step_size, _)| *step_size).collect();
            sorted.sort_by(f64::total_cmp);
            self.step_size = self.step_size.min(sorted[(sorted.len() - 1) / 2]);
        }
    }

    /// The acceptance statistic that the step size is to have from here on; `None` if it is not adapted.
    pub fn target(&self) -> Option<f64> {
        let Some(averaging) = &self.averaging else { return self.target_before };
        let given = averaging.target_accept_prob();
        Some(self.adaptive_target.as_ref().map_or(given, AdaptiveTarget::value))
    }

    /// The step size of the target, as far as is known: on the curve of the trials, or the average.
    fn best_step_size(&self) -> Option<f64> {
        let on_curve = || self.curve.as_ref()?.step_size(self.target()?);
        on_curve().or_else(|| self.averaging.as_ref()?.finish())
    }

    /// Lets the step size settle with a metric that is like the one before, or at another target.
    fn settle_step_size(&mut self) {
        let (Some(target), Some(step_size)) = (self.target(), self.best_step_size()) else { return };
        if let Some(averaging) = &mut self.averaging {
            averaging.settle(target, step_size);
            self.step_size = step_size;
        }
    }

    /// Searches a step size for a metric that is unlike the one before, and starts dual averaging again from it.
    fn search_step_size(&mut self, density: &mut dyn LogDensity, state: &State, rng: &mut Rng) -> Result<()> {
        let Some(target) = self.target() else { return Ok(()) };
        match find_reasonable_step_size(density, &self.metric, state, self.step_size, rng) {
            Ok(step_size) => self.step_size = step_size,
            // A search may fail at a state that the chain leaves again: not every step that is accepted is one of an improper
            // density. Dual averaging goes on from the step size that there was.
            Err(Error::Chain(ChainError::StepSizeUnbounded { .. } | ChainError::StepSizeVanished { .. })) => {}
            Err(error) => return Err(error),
        }
        if let Some(averaging) = &mut self.averaging {
            averaging.restart(target, self.step_size);
        }
        if let Some(curve) = &mut self.curve {
            curve.restart();
        }
        if let Some(target) = &mut self.adaptive_target {
            target.restart();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;

    use super::*;
    use crate::{purpose::Purpose, test_targets::Gaussian};

    /// Feeds `warmup` iterations of a deterministic sequence of positions; returns the iterations after which the metric
    /// was another one, and the adaptation at its end.
    fn run(config: &HmcConfig, warmup: usize) -> (Vec<usize>, Adaptation) {
        let mut density = Gaussian::diagonal(&[1.0, 10.0]);
        let mut state = State::at(vec![0.3, -3.0], &mut density).unwrap();
        let mut rng = Purpose::Adaptation.rng(Key::new(0));
        let mut adaptation = Adaptation::start(config, warmup, &mut density, (&state, &[]), &mut rng).unwrap();
        let mut changes = Vec::new();
        for iteration in 0..warmup {
            let before = adaptation.metric().inverse_mass_matrix().clone();
            let position = vec![(iteration as f64).sin(), 10.0 * (0.7 * iteration as f64).cos()];
            state = State::at(position, &mut density).unwrap();
            adaptation.update(0.8, 0.0, &mut density, &state, &mut rng).unwrap();
            if *adaptation.metric().inverse_mass_matrix() != before {
                changes.push(iteration + 1);
            }
        }
        (changes, adaptation)
    }

    #[test]
    fn the_metric_changes_at_the_ends_of_the_windows_only() {
        let config = HmcConfig { metric: Metric::Diagonal, ..HmcConfig::default() };
        assert_eq!(run(&config, 1000).0, [100, 150, 250, 450, 950]);
        assert_eq!(run(&HmcConfig { adapt_mass_matrix: false, ..config.clone() }, 1000).0, [0; 0]);
        assert_eq!(run(&HmcConfig { metric: Metric::Dense, ..config.clone() }, 100).0, [90]);
        assert_eq!(run(&config, 19).0, [0; 0]);
    }

    #[test]
    fn the_last_metric_is_the_regularised_variance_of_the_last_window() {
        let mut estimator = CovarianceEstimator::new(2, false);
        for iteration in 450..950 {
            estimator.update(&[f64::from(iteration).sin(), 10.0 * (0.7 * f64::from(iteration)).cos()]);
        }
        let (_, adaptation) = run(&HmcConfig { metric: Metric::Diagonal, ..HmcConfig::default() }, 1000);
        assert_eq!(adaptation.metric().inverse_mass_matrix(), &estimator.finish().unwrap());
    }

    #[test]
    fn the_automatic_metric_is_of_low_rank_up_to_a_dimension_and_diagonal_beyond() {
        let learner = |dim| Learner::new(&HmcConfig::default(), 500, dim);
        assert!(matches!(learner(LARGEST_LOW_RANK), Learner::Overlapping(_)));
        let Learner::Windows { schedule, .. } = learner(LARGEST_LOW_RANK + 1) else {
            panic!("not the windows of Stan")
        };
        // The last interval is 15 % of the warm-up.
        assert_eq!(schedule.windows(), [75..100, 100..150, 150..425]);
    }

    #[test]
    fn large_energy_errors_raise_the_target_unless_it_is_given() {
        let target = |config: &HmcConfig, dim: usize| {
            let mut density = Gaussian::diagonal(&vec![1.0; dim]);
            let mut state = State::at(vec![0.3; dim], &mut density).unwrap();
            let mut rng = Purpose::Adaptation.rng(Key::new(0));
            let mut adaptation = Adaptation::start(config, 500, &mut density, (&state, &[]), &mut rng).unwrap();
            for iteration in 0..500 {
                let position = (0..dim).map(|k| (1.3 * (iteration * (k + 1)) as f64).sin()).collect();
                state = State::at(position, &mut density).unwrap();
                // In windows of either schedule.
                let energy_error = if iteration >= 200 && iteration % 15 == 0 { 11.0 } else { 0.0 };
                adaptation.update(0.8, energy_error, &mut density, &state, &mut rng).unwrap();
            }
            adaptation.averaging.unwrap().target_accept_prob()
        };
        let of = |metric| HmcConfig { metric, ..HmcConfig::default() };
        assert_eq!(target(&of(Metric::Automatic), 2), 0.9);
        assert_eq!(target(&of(Metric::LowRank), 2), 0.9);
        assert_eq!(target(&of(Metric::DrawsAndGradients), 2), 0.9);
        assert_eq!(target(&of(Metric::Automatic), LARGEST_LOW_RANK + 1), 0.95);
        assert_eq!(target(&of(Metric::Diagonal), 2), 0.8);
        assert_eq!(target(&HmcConfig { target_accept_prob: Some(0.85), ..HmcConfig::default() }, 2), 0.85);
    }

    /// Also if it meets the others twice, as a chain does that is run again.
    #[test]
    fn a_step_size_is_at_most_the_lower_median_where_a_target_has_risen() {
        let limited = |config: &HmcConfig, chains: &[(f64, Option<f64>)]| {
            let mut adaptation = run(config, 100).1;
            adaptation.step_size = 0.4;
            adaptation.limit_step_size(chains);
            let once = adaptation.step_size;
            let again: Vec<_> = chains.iter().map(|(step_size, target)| (step_size.min(once), *target)).collect();
            adaptation.limit_step_size(&again);
            assert_eq!(adaptation.step_size, once);
            once
        };
        let default = HmcConfig::default();
        let chains = [(0.4, Some(0.8)), (0.2, Some(0.9)), (0.5, Some(0.8)), (0.3, Some(0.8))];
        assert_eq!(limited(&default, &chains), 0.3);
        assert_eq!(limited(&default, &chains[..3]), 0.4);
        assert_eq!(limited(&default, &chains[..2]), 0.2);
        assert_eq!(limited(&default, &chains[..1]), 0.4);
        assert_eq!(limited(&default, &chains.map(|(step_size, _)| (step_size, Some(0.8)))), 0.4);
        assert_eq!(limited(&default, &chains.map(|(step_size, _)| (step_size, None))), 0.4);
        for given in [
            HmcConfig { target_accept_prob: Some(0.8), ..default.clone() },
            HmcConfig { metric: Metric::Diagonal, ..default },
        ] {
            assert_eq!(limited(&given, &chains), 0.4);
        }
    }

    #[test]
    fn a_fixed_step_size_stays_and_an_adapted_one_ends_at_the_average() {
        let fixed = HmcConfig { adapt_step_size: false, step_size: 0.3, ..HmcConfig::default() };
        assert_eq!(run(&fixed, 200).1.step_size(), 0.3);
        assert_eq!(run(&HmcConfig { step_size: 0.3, ..HmcConfig::default() }, 0).1.step_size(), 0.3);
        let (_, adaptation) = run(&HmcConfig::default(), 19);
        let mut averaging = adaptation.averaging.clone().unwrap();
        assert_eq!(averaging.finish(), Some(adaptation.step_size()));
        assert_ne!(averaging.update(0.8), adaptation.step_size());
    }
}
