//! Starts on the unconstrained space.

use ppl::random::{Key, Rng};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::error::DensityError;
use crate::purpose::Purpose;
use crate::settings::{check_dim, require};
use crate::{LogDensity, Point, Rejections, Result};

/// Stan 2.36, `initialize.hpp`: `MAX_INIT_TRIES`.
const ATTEMPTS: usize = 100;
/// Attempts before starts come nearer to the origin.
const ATTEMPTS_AT_RADIUS: usize = 50;
/// Attempts before they come nearer by another half.
const ATTEMPTS_AT_HALF: usize = 10;

/// Where the chains start, on the unconstrained space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Init {
    /// Every coordinate uniform between −`radius` and `radius`, independently for each chain.
    ///
    /// If 50 starts were rejected, the next ones are nearer to the origin: ten each within 1/2, 1/4, … 1/32 of the radius.
    Uniform {
        /// The largest distance from zero of a coordinate.
        radius: f64,
    },
    /// Every chain at this position.
    Value(Vec<f64>),
    /// Each chain at its own position.
    PerChain(Vec<Vec<f64>>),
}

impl Default for Init {
    /// Stan's default: uniform with radius 2.
    fn default() -> Self {
        Self::Uniform { radius: 2.0 }
    }
}

impl Init {
    pub(crate) fn validate(&self, chains: usize) -> Result<()> {
        match self {
            Self::Uniform { radius } => {
                require("init", "a finite radius of at least 0", radius, radius.is_finite() && *radius >= 0.0)
            }
            Self::Value(_) => Ok(()),
            Self::PerChain(positions) => {
                let got = format!("{} for {chains} chains", positions.len());
                require("init", "one position for each chain", got, positions.len() == chains)
            }
        }
    }
}

/// A way to propose starts. [`Init`] implements it; a model that knows its sites can do so too.
pub trait InitialPosition: Sync {
    /// How many starts to try before giving up: 100, as in Stan. One is enough where every attempt is the same.
    fn attempts(&self) -> usize {
        ATTEMPTS
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
    fn attempts(&self) -> usize {
        match self {
            Self::Uniform { radius } if *radius > 0.0 => ATTEMPTS,
            Self::Uniform { .. } | Self::Value(_) | Self::PerChain(_) => 1,
        }
    }

    fn propose(&self, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        Ok(match self {
            Self::Uniform { radius } => (0..dim).map(|_| radius * (2.0 * rng.random::<f64>() - 1.0)).collect(),
            Self::Value(position) => position.clone(),
            Self::PerChain(positions) => positions[chain].clone(),
        })
    }

    fn propose_again(&self, rejected: usize, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        match (self, rejected.checked_sub(ATTEMPTS_AT_RADIUS)) {
            (Self::Uniform { radius }, Some(beyond)) => {
                let halvings = 1 + beyond / ATTEMPTS_AT_HALF;
                let radius = radius * 0.5_f64.powi(halvings as i32);
                Self::Uniform { radius }.propose(chain, dim, rng)
            }
            _ => self.propose(chain, dim, rng),
        }
    }
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
) -> Result<Point> {
    let attempts = init.attempts().max(1);
    let mut best: Option<Point> = None;
    let mut rejected = Vec::new();
    let mut last = (f64::NAN, Vec::new());
    let mut valid = 0;
    while valid < candidates.max(1) && valid + rejected.len() < attempts {
        let attempt = valid + rejected.len();
        let mut rng = Purpose::Start(attempt as u64).rng(key.draw(0));
        let position = init.propose_again(rejected.len(), chain, density.dim(), &mut rng)?;
        check_dim("the start", density.dim(), position.len())?;
        let point = Point::at(position, density)?;
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
    best.ok_or_else(|| {
        let (log_density, gradient) = last;
        let rejections = Rejections::default();
        DensityError::NoValidStart { positions: rejected, log_density, gradient, rejections }.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::test_targets::{Gaussian, Univariate};

    fn key(seed: u64, chain: usize) -> Key {
        Key::new(seed).chain(chain as u64)
    }

    #[test]
    fn uniform_starts_fill_the_cube_and_differ_by_chain_and_attempt() {
        let mut density = Gaussian::diagonal(&[1.0; 50]);
        let start = |density: &mut Gaussian, seed, chain| {
            find_start(&Init::default(), 1, density, chain, key(seed, chain)).unwrap().position
        };
        let first = start(&mut density, 1, 0);
        assert!(first.iter().all(|x| x.abs() <= 2.0) && first.iter().any(|x| x.abs() > 1.5));
        assert_eq!(first, start(&mut density, 1, 0));
        assert_ne!(first, start(&mut density, 1, 1));
        // The classic mistake: chain 1 of seed n is chain 0 of seed n + 1.
        assert_ne!(start(&mut density, 1, 1), start(&mut density, 2, 0));
    }

    #[test]
    fn an_invalid_start_is_tried_again() {
        // Valid on one side only, so that about half of the attempts fail.
        let mut evaluations = 0;
        for chain in 0..20 {
            let mut density = Univariate(|x: f64| {
                evaluations += 1;
                if x > 0.0 { (0.0, -1.0) } else { (0.0, f64::NAN) }
            });
            assert!(find_start(&Init::default(), 1, &mut density, chain, key(0, chain)).unwrap().position[0] > 0.0);
        }
        assert!(evaluations > 25, "{evaluations}");
    }

    #[test]
    fn later_attempts_come_nearer_to_the_origin() {
        let start = |rejected| {
            let mut rng = Purpose::Start(rejected as u64).rng(key(0, 0));
            let position = Init::default().propose_again(rejected, 0, 200, &mut rng).unwrap();
            position.iter().fold(0.0_f64, |most, x| most.max(x.abs()))
        };
        for (rejected, radius) in [(0, 2.0), (49, 2.0), (50, 1.0), (59, 1.0), (60, 0.5), (99, 0.0625)] {
            let furthest = start(rejected);
            assert!(furthest <= radius && furthest > 0.9 * radius, "{rejected}: {furthest}");
        }
    }

    #[test]
    fn no_valid_start_reports_the_positions_and_the_last_density_and_gradient() {
        let mut density = Univariate(|_| (f64::NEG_INFINITY, 3.0));
        match find_start(&Init::default(), 1, &mut density, 0, key(0, 0)) {
            Err(Error::Density(DensityError::NoValidStart {
                positions,
                log_density: f64::NEG_INFINITY,
                gradient,
                ..
            })) => {
                assert_eq!(gradient, [3.0]);
                assert_eq!(positions.len(), 100);
                assert!(positions.iter().all(|position| position[0].abs() <= 2.0));
            }
            other => panic!("{other:?}"),
        }
        let fixed = find_start(&Init::Value(vec![0.5]), 16, &mut density, 0, key(0, 0));
        assert!(
            matches!(fixed, Err(Error::Density(DensityError::NoValidStart { positions, .. })) if positions.len() == 1)
        );
    }

    #[test]
    fn the_start_is_the_best_of_the_candidates() {
        let mut density = Gaussian::diagonal(&[1.0, 1.0]);
        let first = |candidates| find_start(&Init::default(), candidates, &mut density.clone(), 0, key(0, 0)).unwrap();
        let best = first(16).log_density;
        assert!((1..16).all(|candidates| first(candidates).log_density <= best));
        assert!(best > first(1).log_density);
        // One evaluation for each candidate.
        let mut counted = crate::Counted::new(&mut density);
        find_start(&Init::default(), 16, &mut counted, 0, key(0, 0)).unwrap();
        assert_eq!(counted.evaluations().gradients, 16);
    }

    #[test]
    fn given_starts_are_used_as_they_are_and_must_have_the_right_length() {
        let mut density = Gaussian::diagonal(&[1.0, 1.0]);
        let key = key(0, 1);
        let state = find_start(&Init::Value(vec![0.5, 7.0]), 16, &mut density, 1, key).unwrap();
        assert_eq!(state.position, [0.5, 7.0]);
        let each = Init::PerChain(vec![vec![1.0, 2.0], vec![3.0, 4.0]]);
        assert_eq!(find_start(&each, 16, &mut density, 1, key).unwrap().position, [3.0, 4.0]);
        let error = find_start(&Init::Value(vec![0.5]), 16, &mut density, 1, key).unwrap_err();
        assert_eq!(error.to_string(), "the start has dimension 1, but the density has dimension 2");
    }
}
