//! The kernel of Hamiltonian samplers: a transition with the metric and the step size that it has adapted.

use ppl::random::Rng;
use serde::{Deserialize, Serialize};

use super::{Adaptation, EuclideanMetric, HamiltonianStatistics, HmcConfig, InverseMassMatrix, State};
use crate::{
    LogDensity, Point, Result,
    init::StartingPoint,
    mcmc::chain::{Column, Kernel, Transition},
    settings::{check_dim, require_positive},
};

/// A transition that leaves the density invariant, at a given metric and step size: the part in which Hamiltonian
/// samplers differ.
///
/// It owns buffers but has no memory: its outcome depends on the arguments of [`step`](Self::step) only.
///
/// # Example
/// Trajectories of one of two lengths, at random. A mixture of transitions that leave the density invariant does so too.
/// ```
/// use ppl::prelude::*;
/// use ppl::random::Rng;
/// use ppl_infer::mcmc::chain::{Column, Transition};
/// use ppl_infer::mcmc::hmc::{
///     EuclideanMetric, HamiltonianStatistics, HamiltonianTransition, HmcTransition, InverseMassMatrix, State,
///     TrajectoryLength,
/// };
/// use ppl_infer::{LogDensity, Result, density::ModelDensity};
/// use rand::RngExt;
///
/// struct ShortOrLong {
///     short: HmcTransition,
///     long: HmcTransition,
/// }
///
/// impl HamiltonianTransition for ShortOrLong {
///     const COLUMNS: &'static [Column<HamiltonianStatistics>] = HamiltonianStatistics::COLUMNS_WITHOUT_TREE;
///
///     fn step(
///         &mut self,
///         state: &mut State,
///         density: &mut dyn LogDensity,
///         metric: &EuclideanMetric,
///         step_size: f64,
///         rng: &mut Rng,
///     ) -> Result<Transition<HamiltonianStatistics>> {
///         let chosen = if rng.random() { &mut self.short } else { &mut self.long };
///         chosen.step(state, density, metric, step_size, rng)
///     }
/// }
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let of_length = |steps| HmcTransition::new(1, TrajectoryLength::Steps(steps), 0.0, 1000.0);
/// let mut transition = ShortOrLong { short: of_length(2), long: of_length(5) };
/// let mut density = ModelDensity::new(normal())?;
/// let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false))?;
/// let mut state = State::at(vec![0.0], &mut density)?;
/// let mut rng = Key::new(0).rng("short or long", 0);
/// let mut lengths = Vec::new();
/// for _ in 0..100 {
///     lengths.push(transition.step(&mut state, &mut density, &metric, 0.5, &mut rng)?.statistics.n_steps);
/// }
/// assert!(lengths.contains(&2) && lengths.contains(&5) && lengths.iter().all(|length| [2, 5].contains(length)));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait HamiltonianTransition {
    /// The statistics as columns.
    const COLUMNS: &'static [Column<HamiltonianStatistics>];

    /// Moves `state` by one transition.
    ///
    /// On entry, position, gradient and log density of `state` are those of the current draw; on return, of the next.
    ///
    /// # Errors
    /// If the density fails; `state` is of no use then.
    fn step(
        &mut self,
        state: &mut State,
        density: &mut dyn LogDensity,
        metric: &EuclideanMetric,
        step_size: f64,
        rng: &mut Rng,
    ) -> Result<Transition<HamiltonianStatistics>>;
}

/// The kernel of a Hamiltonian sampler.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{Kernel, Sampler};
/// use ppl_infer::mcmc::hmc::InverseMassMatrix;
/// use ppl_infer::{Metric, Nuts, Point, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 10.0));
/// }
///
/// let mut density = ModelDensity::new(normal())?;
/// let mut rng = Key::new(0).rng("chain", 0);
/// let nuts = Nuts::new().warmup(300).metric(Metric::Diagonal);
/// let mut kernel = nuts.start(Point::at(vec![1.0], &mut density)?.into(), &mut density, &mut rng)?;
/// for _ in 0..300 {
///     let transition = kernel.step(&mut density, &mut rng)?;
///     kernel.adapt(&transition.statistics, &mut density, &mut rng)?;
/// }
/// // The variance of the posterior is 100; in units of its root the step size is of the order of 1.
/// let InverseMassMatrix::Diagonal(variances) = kernel.state().inverse_mass_matrix else { unreachable!() };
/// assert!((50.0..200.0).contains(&variances[0]) && (0.3..3.0).contains(&kernel.state().step_size));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HamiltonianKernel<T> {
    transition: T,
    state: State,
    adaptation: Adaptation,
}

/// The parameters that the warm-up of a Hamiltonian sampler has adapted.
///
/// # Example
/// The step size and metric of a run as the settings of the next run of the same model:
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 10.0));
/// }
///
/// let nuts = Nuts::new().chains(1).metric(Metric::Diagonal).progress(false);
/// let learned = nuts.clone().warmup(300).draws(10).run(&normal())?.adaptation().expect("NUTS adapts").remove(0);
/// assert_eq!((learned.inverse_mass_matrix.dim(), learned.target_accept_prob), (1, Some(0.8)));
///
/// let nuts = nuts.step_size(learned.step_size).inverse_mass_matrix(learned.inverse_mass_matrix);
/// let posterior = nuts.warmup(0).draws(100).run(&normal())?;
/// assert!(posterior.sample_stats().column("step_size")?.iter().all(|size| *size == learned.step_size));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct HamiltonianState {
    /// The step size.
    pub step_size: f64,
    /// The inverse mass matrix.
    pub inverse_mass_matrix: InverseMassMatrix,
    /// The acceptance statistic that the step size was adapted to; `None` if it was not adapted.
    pub target_accept_prob: Option<f64>,
}

/// A state as it is read, before it is checked.
#[derive(Deserialize)]
struct Unchecked {
    step_size: f64,
    inverse_mass_matrix: InverseMassMatrix,
    #[serde(default)]
    target_accept_prob: Option<f64>,
}

impl TryFrom<Unchecked> for HamiltonianState {
    type Error = crate::Error;

    fn try_from(state: Unchecked) -> Result<Self> {
        let Unchecked { step_size, inverse_mass_matrix, target_accept_prob } = state;
        let state = Self { step_size, inverse_mass_matrix, target_accept_prob };
        state.metric()?;
        Ok(state)
    }
}

impl HamiltonianState {
    /// Checks the state, and factorises its mass matrix.
    fn metric(&self) -> Result<EuclideanMetric> {
        require_positive("step_size", self.step_size)?;
        EuclideanMetric::new(self.inverse_mass_matrix.clone())
    }
}

impl<T> HamiltonianKernel<T> {
    /// The kernel at the start of a chain with a warm-up of `warmup` iterations.
    ///
    /// # Errors
    /// If the configured mass matrix does not fit, or the search for a first step size fails.
    pub fn start(
        transition: T,
        config: &HmcConfig,
        warmup: usize,
        at: StartingPoint,
        density: &mut dyn LogDensity,
        rng: &mut Rng,
    ) -> Result<Self> {
        let state = State::from(at.point);
        let adaptation = Adaptation::start(config, warmup, density, (&state, &at.draws), rng)?;
        Ok(Self { transition, state, adaptation })
    }

    /// The kernel of a chain that goes on after its warm-up.
    ///
    /// # Errors
    /// If the step size or the mass matrix lies outside of its domain, or does not fit the position.
    pub fn resume(transition: T, at: Point, from: &HamiltonianState) -> Result<Self> {
        check_dim("the inverse mass matrix to resume with", at.position.len(), from.inverse_mass_matrix.dim())?;
        let adaptation = Adaptation::finished(from.step_size, from.metric()?, from.target_accept_prob);
        Ok(Self { transition, state: State::from(at), adaptation })
    }
}

impl<T: HamiltonianTransition> Kernel for HamiltonianKernel<T> {
    type State = HamiltonianState;
    type Statistics = HamiltonianStatistics;

    const COLUMNS: &'static [Column<HamiltonianStatistics>] = T::COLUMNS;

    fn step(&mut self, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Transition<HamiltonianStatistics>> {
        let (metric, step_size) = (self.adaptation.metric(), self.adaptation.step_size());
        self.transition.step(&mut self.state, density, metric, step_size, rng)
    }

    fn adapt(&mut self, last: &HamiltonianStatistics, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<()> {
        self.adaptation.update(last.acceptance_rate, last.max_energy_error, density, &self.state, rng)
    }

    fn end_warmup(&mut self, chains: &[&HamiltonianState]) {
        let of = |state: &&HamiltonianState| (state.step_size, state.target_accept_prob);
        self.adaptation.limit_step_size(&chains.iter().map(of).collect::<Vec<_>>());
    }

    fn position(&self) -> &[f64] {
        &self.state.position
    }

    fn log_density(&self) -> f64 {
        self.state.log_density
    }

    fn state(&self) -> HamiltonianState {
        HamiltonianState {
            step_size: self.adaptation.step_size(),
            inverse_mass_matrix: self.adaptation.metric().inverse_mass_matrix().clone(),
            target_accept_prob: self.adaptation.target(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_was_read_from_a_file_is_checked() {
        let read = |step_size: &str, matrix: &str| {
            let text = format!(r#"{{"step_size": {step_size}, "inverse_mass_matrix": {matrix}}}"#);
            serde_json::from_str::<HamiltonianState>(&text).map_err(|error| error.to_string())
        };
        let good = read("0.5", r#"{"Diagonal": [1.0, 2.0]}"#).unwrap();
        assert_eq!(good.step_size, 0.5);
        for matrix in [
            InverseMassMatrix::diagonal(vec![0.1, 1.0 / 3.0]),
            InverseMassMatrix::dense(2, vec![0.3, 0.1, 0.1, 1e-9 + 0.7]).unwrap(),
            InverseMassMatrix::LowRank {
                scales: vec![0.1, 1.0 / 3.0],
                vectors: vec![0.6, 0.8],
                values: vec![1e9 / 7.0],
            },
        ] {
            let state =
                HamiltonianState { step_size: 0.1, inverse_mass_matrix: matrix, target_accept_prob: Some(0.85) };
            let text = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<HamiltonianState>(&text).unwrap(), state);
        }
        for (step_size, matrix, message) in [
            ("-0.5", r#"{"Diagonal": [1.0]}"#, "`step_size` must be positive and finite, got -0.5"),
            ("0.5", r#"{"Diagonal": [1.0, 0.0]}"#, "the inverse mass matrix is not positive definite: pivot 1 is 0"),
            (
                "0.5",
                r#"{"Dense": {"dim": 2, "values": [1.0]}}"#,
                "`inverse_mass_matrix` must be a matrix of 2 rows and 2 columns, got 1 values",
            ),
            (
                "0.5",
                r#"{"LowRank": {"scales": [1.0, 1.0], "vectors": [1.0, 0.1], "values": [2.0]}}"#,
                "`inverse_mass_matrix` must be of orthonormal vectors, got 1.01 as the product of vectors 0 and 0",
            ),
            (
                "0.5",
                r#"{"LowRank": {"scales": [1.0, 0.0], "vectors": [1.0, 0.0], "values": [2.0]}}"#,
                "the inverse mass matrix is not positive definite: pivot 1 is 0",
            ),
            (
                "0.5",
                r#"{"LowRank": {"scales": [1.0, 1.0], "vectors": [1.0, 0.0], "values": [-2.0]}}"#,
                "the inverse mass matrix is not positive definite: pivot 0 is -2",
            ),
        ] {
            let error = read(step_size, matrix).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
