//! Looking for a start: proposals on the unconstrained space, of which a valid one is taken.

use ppl::random::{Key, Rng};
use rand::RngExt;

use super::Init;
use crate::error::{DensityError, InvalidSetting};
use crate::purpose::Purpose;
use crate::settings::check_dim;
use crate::{Counted, Evaluations, LogDensity, Point, Rejections, Result};

/// Stan 2.36, `initialize.hpp`: `MAX_INIT_TRIES`.
pub(super) const ATTEMPTS: usize = 100;
/// Attempts before starts come nearer to the origin.
const ATTEMPTS_AT_RADIUS: usize = 50;
/// Attempts before they come nearer by another half.
const ATTEMPTS_AT_HALF: usize = 10;

/// A way to propose starts. [`Init`] implements it for densities, which have no sites: [`Init::Prior`] and values of sites are
/// errors there.
///
/// # Example
/// Starts in a row, each chain a hundred units from the next one:
/// ```
/// use ppl::prelude::*;
/// use ppl::random::Rng;
/// use ppl_infer::mcmc::chain::{Start, sample_chains_from};
/// use ppl_infer::{InitialPosition, RandomWalk, Result, density::ModelDensity};
///
/// struct Row;
///
/// impl InitialPosition for Row {
///     fn attempts(&self, _: usize) -> usize {
///         1
///     }
///
///     fn propose(&self, chain: usize, dim: usize, _: &mut Rng) -> Result<Vec<f64>> {
///         Ok(vec![100.0 * chain as f64; dim])
///     }
/// }
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1000.0));
/// }
///
/// let walk = RandomWalk::new().chains(3).warmup(0).draws(1).progress(false);
/// let result = sample_chains_from(&walk, |_| ModelDensity::new(normal()), &Start::At(&Row), &())?;
/// // The first proposals are within a few times 2.38.
/// assert!(result.chains.iter().enumerate().all(|(k, chain)| (chain.draws[[0, 0]] - 100.0 * k as f64).abs() < 12.0));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait InitialPosition {
    /// How many starts of a chain of the run, counted from 0, to try before giving up: 100, as in Stan. One is enough where
    /// every attempt is the same.
    fn attempts(&self, chain: usize) -> usize {
        let _ = chain;
        ATTEMPTS
    }

    /// Whether the proposals for a chain say nothing of where the posterior is, so that a sampler may look for a better start
    /// from there; `false` by default.
    fn is_uninformed(&self, chain: usize) -> bool {
        let _ = chain;
        false
    }

    /// Proposes a start for a chain of the run, counted from 0, on the unconstrained space of dimension `dim`.
    ///
    /// `rng` is a fresh stream for every chain and attempt.
    ///
    /// # Errors
    /// If no position can be proposed; the chain fails.
    fn propose(&self, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>>;

    /// Proposes the next start after `rejected` rejections; the default ignores the count.
    ///
    /// # Errors
    /// Those of [`propose`](Self::propose).
    fn propose_again(&self, rejected: usize, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        let _ = rejected;
        self.propose(chain, dim, rng)
    }
}

impl InitialPosition for Init {
    fn attempts(&self, chain: usize) -> usize {
        match self {
            Self::Uniform { radius } if *radius > 0.0 => ATTEMPTS,
            Self::Prior | Self::Sites(_) => ATTEMPTS,
            Self::Uniform { .. } | Self::Value(_) => 1,
            Self::PerChain(starts) => starts[chain].attempts(chain),
        }
    }

    fn is_uninformed(&self, chain: usize) -> bool {
        match self {
            Self::Uniform { radius } => *radius > 0.0,
            Self::PerChain(starts) => starts[chain].is_uninformed(chain),
            Self::Prior | Self::Value(_) | Self::Sites(_) => false,
        }
    }

    fn propose(&self, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        let no_sites = |got: &str| {
            let expected = "a position on the unconstrained space: a density has no sites".to_owned();
            Err(InvalidSetting { parameter: "init", expected, got: got.to_owned() }.into())
        };
        match self {
            Self::Uniform { radius } => Ok((0..dim).map(|_| radius * (2.0 * rng.random::<f64>() - 1.0)).collect()),
            Self::Value(position) => Ok(position.clone()),
            Self::PerChain(starts) => starts[chain].propose(chain, dim, rng),
            Self::Prior => no_sites("draws from the prior"),
            Self::Sites(_) => no_sites("values of sites"),
        }
    }

    fn propose_again(&self, rejected: usize, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        match (self, rejected.checked_sub(ATTEMPTS_AT_RADIUS)) {
            (Self::PerChain(starts), _) => starts[chain].propose_again(rejected, chain, dim, rng),
            (Self::Uniform { radius }, Some(beyond)) => {
                let halvings = 1 + beyond / ATTEMPTS_AT_HALF;
                let radius = radius * 0.5_f64.powi(halvings as i32);
                Self::Uniform { radius }.propose(chain, dim, rng)
            }
            _ => self.propose(chain, dim, rng),
        }
    }
}

/// Where a chain starts.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{Kernel, Sampler};
/// use ppl_infer::{Point, RandomWalk, StartingPoint, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let mut density = ModelDensity::new(normal())?;
/// let at = StartingPoint::from(Point::at(vec![0.5], &mut density)?);
/// assert!(at.draws.is_empty());
/// let kernel = RandomWalk::new().start(at, &mut density, &mut Key::new(0).rng("start", 0))?;
/// assert_eq!(kernel.position(), [0.5]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StartingPoint {
    /// The first position, with the density there.
    pub point: Point,
    /// Draws of an approximation of the posterior, if the start was found by one, from which a first mass matrix is learned.
    pub draws: Vec<Point>,
}

impl From<Point> for StartingPoint {
    /// A start of which nothing else is known.
    fn from(point: Point) -> Self {
        Self { point, draws: Vec::new() }
    }
}

/// A start, and the evaluations of the density that it took to find it.
#[derive(Clone, Debug)]
pub(crate) struct FoundStart {
    pub(crate) start: StartingPoint,
    pub(crate) evaluations: Evaluations,
}

/// A proposed position with a finite log density and gradient for a chain of the run, counted from 0, by the streams of
/// the key's chain: of the first `candidates` of them the one of the largest log density.
///
/// A chain that starts far from the typical set may learn a metric there that keeps it there: a few evaluations more are
/// the cheapest cure.
///
/// # Errors
/// [`DensityError::NoValidStart`], with the positions tried, if there is none.
pub(crate) fn find_start(
    init: &dyn InitialPosition,
    candidates: usize,
    density: &mut dyn LogDensity,
    chain: usize,
    key: Key,
) -> Result<FoundStart> {
    let mut density = Counted::new(density);
    let attempts = init.attempts(chain).max(1);
    let mut best: Option<Point> = None;
    let mut rejected = Vec::new();
    let mut last = (f64::NAN, Vec::new());
    let mut valid = 0;
    while valid < candidates.max(1) && valid + rejected.len() < attempts {
        let attempt = valid + rejected.len();
        let mut rng = Purpose::Start(attempt as u64).rng(key);
        let position = init.propose_again(rejected.len(), chain, density.dim(), &mut rng)?;
        check_dim("the start", density.dim(), position.len())?;
        let point = Point::at(position, &mut density)?;
        if !point.is_finite() {
            rejected.push(point.position);
            last = (point.log_density, point.gradient);
            continue;
        }
        valid += 1;
        if best.as_ref().is_none_or(|best| point.log_density > best.log_density) {
            best = Some(point);
        }
    }
    let evaluations = density.evaluations();
    best.map(|point| FoundStart { start: point.into(), evaluations }).ok_or_else(|| {
        let (log_density, gradient) = last;
        let rejections = Rejections::default();
        DensityError::NoValidStart { positions: rejected, log_density, gradient, rejections }.into()
    })
}
