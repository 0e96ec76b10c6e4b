//! The start of a chain by paths of its own.

use ppl::random::Key;
use rand::RngExt;

use super::path::Climb;
use crate::error::DensityError;
use crate::init::{FoundStart, find_start};
use crate::optimize::Lbfgs;
use crate::{Counted, Error, InitialPosition, LogDensity, Point, Result};

/// Settings of a path. A start need not be exact: the path ends where less than a ten-thousandth of the log density is left to
/// rise.
const HISTORY: usize = 6;
const MAX_ITERATIONS: usize = 200;
const TOLERANCE: f64 = 1e-4;
const ELBO_DRAWS: usize = 10;
/// Draws of the best Gaussian of each path, of which the start is chosen.
const DRAWS_PER_PATH: usize = 250;

/// A start for chain `row` of the run, by so many paths, each from a valid proposal of its own: a draw of the paths' best
/// Gaussians, chosen by its weight.
///
/// Where no path finds a Gaussian, as of a density that is 0 beyond an edge near its mass, it is the start that
/// [`find_start`] finds.
///
/// # Errors
/// Those of [`find_start`]; the density's own.
///
/// # Reference
/// Zhang, Carpenter, Gelman and Vehtari (2022), "Pathfinder: parallel quasi-Newton variational inference", for starts of
/// Markov chains too.
pub(crate) fn find_start_by_paths(
    init: &(dyn InitialPosition + Sync),
    (candidates, paths): (usize, usize),
    density: &mut dyn LogDensity,
    row: usize,
    key: Key,
) -> Result<FoundStart> {
    let mut density = Counted::new(density);
    let optimizer = Lbfgs::new().history(HISTORY).max_iterations(MAX_ITERATIONS).tolerance(TOLERANCE);
    let climb = Climb { init, optimizer, history: HISTORY, elbo_draws: ELBO_DRAWS };
    let mut rng = key.rng("pathfinder: start", 0);
    let (mut positions, mut log_weights) = (Vec::new(), Vec::new());
    for path in 0..paths {
        let gaussian = match climb.run(&mut density, row, key, path as u64) {
            Ok(path) => path.gaussian,
            Err(Error::Optimize(_) | Error::Density(DensityError::NoValidStart { .. })) => continue,
            Err(error) => return Err(error),
        };
        for _ in 0..DRAWS_PER_PATH {
            let (position, log_weight) = gaussian.weighted_draw(&mut density, &mut rng)?;
            positions.push(position);
            log_weights.push(log_weight);
        }
    }
    if let Some(chosen) = choose(&log_weights, rng.random()) {
        let point = Point::at(positions.swap_remove(chosen), &mut density)?;
        if point.is_finite() {
            return Ok(FoundStart { point, evaluations: density.evaluations() });
        }
    }
    let FoundStart { point, .. } = find_start(init, candidates, &mut density, row, key)?;
    Ok(FoundStart { point, evaluations: density.evaluations() })
}

/// An index by its weight, from a uniform number of [0, 1); none if all weights are 0.
fn choose(log_weights: &[f64], uniform: f64) -> Option<usize> {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return None;
    }
    let weights = log_weights.iter().map(|log_weight| (log_weight - largest).exp());
    let mut left = uniform * weights.clone().sum::<f64>();
    let chosen = weights.clone().position(|weight| {
        left -= weight;
        left < 0.0
    });
    // Rounding may leave a rest.
    chosen.or_else(|| log_weights.iter().position(|log_weight| *log_weight == largest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;
    use crate::test_targets::{Gaussian, Univariate};

    #[test]
    fn an_index_is_chosen_by_its_weight() {
        let log_weights = [f64::NEG_INFINITY, 1000.0, 1000.0 + 3_f64.ln(), f64::NEG_INFINITY];
        for (uniform, expected) in [(0.0, 1), (0.249, 1), (0.251, 2), (1.0, 2)] {
            assert_eq!(choose(&log_weights, uniform), Some(expected), "{uniform}");
        }
        assert_eq!(choose(&[f64::NEG_INFINITY; 3], 0.5), None);
        assert_eq!(choose(&[], 0.5), None);
    }

    /// Starts of many chains are draws of a Gaussian density: of 400, the mean within four standard errors and the variance
    /// too (one false alarm in 8,000 seeds).
    #[test]
    fn starts_on_a_gaussian_are_draws_of_it() {
        let mut density = Gaussian::diagonal(&[0.01, 20.0]);
        let chains = 400;
        let starts: Vec<Point> = (0..chains)
            .map(|chain| {
                let key = Key::new(1).chain(chain);
                find_start_by_paths(&Init::default(), (1, 2), &mut density, 0, key).unwrap().point
            })
            .collect();
        for (coordinate, scale) in [(0, 0.01), (1, 20.0)] {
            let values = starts.iter().map(|start| start.position[coordinate] / scale);
            let mean = values.clone().sum::<f64>() / chains as f64;
            let variance = values.map(|value| value * value).sum::<f64>() / chains as f64;
            let standard_error = 1.0 / (chains as f64).sqrt();
            assert!(mean.abs() < 4.0 * standard_error, "{coordinate}: {mean}");
            assert!((variance - 1.0).abs() < 4.0 * 2_f64.sqrt() * standard_error, "{coordinate}: {variance}");
        }
    }

    /// Of two modes 20 apart, one with nearly all of the mass, whose other one is nearer to most proposals.
    #[test]
    fn the_mode_with_the_mass_is_found_by_several_paths() {
        let log_density = |x: f64| {
            let (major, minor) = (-0.5 * (x + 1.0).powi(2) / 0.01, -0.5 * (x - 1.0).powi(2) / 0.01 - 12.0);
            let largest = major.max(minor);
            let (major, minor) = ((major - largest).exp(), (minor - largest).exp());
            let slope = -(major * (x + 1.0) + minor * (x - 1.0)) / 0.01 / (major + minor);
            (largest + (major + minor).ln(), slope)
        };
        let starts = |paths| -> Vec<f64> {
            let start = |chain| {
                let key = Key::new(0).chain(chain);
                let mut density = Univariate(log_density);
                find_start_by_paths(&Init::default(), (1, paths), &mut density, 0, key).unwrap().point.position[0]
            };
            (0..20).map(start).collect()
        };
        // One path ends in either; of six, one ends in the minor mode alone with probability 1/64.
        assert!(starts(1).iter().any(|x| *x > 0.0));
        assert!(starts(12).iter().all(|x| (*x + 1.0).abs() < 0.5));
    }

    #[test]
    fn where_no_path_finds_a_gaussian_the_start_is_a_proposal() {
        // Flat: there is no curvature.
        let mut density = Counted::new(Univariate(|_| (0.0, 0.0)));
        let key = Key::new(3).chain(1);
        let found = find_start_by_paths(&Init::default(), (1, 4), &mut density, 0, key).unwrap();
        assert_eq!(found.point, find_start(&Init::default(), 1, &mut density.clone(), 0, key).unwrap().point);
        assert_eq!(found.evaluations, density.evaluations());
        let error = find_start_by_paths(&Init::default(), (1, 2), &mut Univariate(|_| (f64::NAN, 0.0)), 0, key);
        assert!(matches!(error.unwrap_err(), Error::Density(DensityError::NoValidStart { .. })));
    }
}
