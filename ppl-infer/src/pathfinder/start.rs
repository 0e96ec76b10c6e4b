//! The start of a chain by paths of its own.

use ppl::random::{Key, Rng};
use rand_distr::{Distribution, Gumbel};

use super::path::Climb;
use crate::error::DensityError;
use crate::init::{FoundStart, StartingPoint, find_start};
use crate::optimize::Lbfgs;
use crate::{Counted, Error, InitialPosition, LogDensity, Point, Result};

/// Settings of a path. A start need not be exact: the path ends where less than a ten-thousandth of the log density is left to
/// rise.
const HISTORY: usize = 6;
const MAX_ITERATIONS: usize = 200;
const TOLERANCE: f64 = 1e-4;
const ELBO_DRAWS: usize = 5;
/// Draws of the best Gaussian of each path, of which the start is chosen.
const DRAWS_PER_PATH: usize = 100;

/// How a start is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathSearch {
    /// The number of paths.
    pub(crate) paths: usize,
    /// The number of draws to keep beside the start.
    pub(crate) draws: usize,
    /// Proposals of which the best is the start, where no path finds a Gaussian.
    pub(crate) candidates: usize,
}

impl PathSearch {
    /// A start for chain `row` of the run, by paths each from a valid proposal of its own: a draw of the paths' best Gaussians,
    /// chosen by its weight. The draws to keep beside it are chosen so too, without replacement.
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
    pub(crate) fn find_start(
        self,
        init: &(dyn InitialPosition + Sync),
        density: &mut dyn LogDensity,
        row: usize,
        key: Key,
    ) -> Result<FoundStart> {
        let mut density = Counted::new(density);
        let optimizer = Lbfgs::new().history(HISTORY).max_iterations(MAX_ITERATIONS).tolerance(TOLERANCE);
        let climb = Climb { init, optimizer, history: HISTORY, elbo_draws: ELBO_DRAWS };
        let mut rng = key.rng("pathfinder: start", 0);
        let mut gaussians = Vec::with_capacity(self.paths);
        // Of each draw, the generator that makes it again and its weight: in many dimensions its position takes far more memory.
        let (mut generators, mut log_weights) = (Vec::new(), Vec::new());
        for path in 0..self.paths {
            let gaussian = match climb.run(&mut density, row, key, path as u64) {
                Ok(path) => path.gaussian,
                Err(Error::Optimize(_) | Error::Density(DensityError::NoValidStart { .. })) => continue,
                Err(error) => return Err(error),
            };
            for _ in 0..DRAWS_PER_PATH {
                generators.push(rng.clone());
                let (_, log_weight) = gaussian.weighted_draw(&mut density, &mut rng)?;
                log_weights.push(log_weight);
            }
            gaussians.push(gaussian);
        }
        let position = |draw: usize| gaussians[draw / DRAWS_PER_PATH].draw(&mut generators[draw].clone());
        let mut chosen = choose(&log_weights, &mut rng).into_iter();
        if let Some(first) = chosen.next() {
            let point = Point::at(position(first), &mut density)?;
            if point.is_finite() {
                let mut draws = Vec::with_capacity(self.draws);
                for index in chosen.take(self.draws) {
                    draws.push(Point::at(position(index), &mut density)?);
                }
                draws.retain(Point::is_finite);
                return Ok(FoundStart { start: StartingPoint { point, draws }, evaluations: density.evaluations() });
            }
        }
        let FoundStart { start, .. } = find_start(init, self.candidates, &mut density, row, key)?;
        Ok(FoundStart { start, evaluations: density.evaluations() })
    }
}

/// Indices by their weights without replacement, one after the other; without those of weight 0.
///
/// # Reference
/// Efraimidis and Spirakis (2006), Weighted random sampling with a reservoir: the order of the keys log w + G with G of a Gumbel
/// distribution.
fn choose(log_weights: &[f64], rng: &mut Rng) -> Vec<usize> {
    let gumbel = Gumbel::new(0.0, 1.0).expect("a positive scale");
    let keys: Vec<f64> = log_weights.iter().map(|log_weight| log_weight + gumbel.sample(rng)).collect();
    let mut order: Vec<usize> = (0..keys.len()).filter(|index| log_weights[*index] > f64::NEG_INFINITY).collect();
    order.sort_by(|a, b| keys[*b].total_cmp(&keys[*a]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;
    use crate::test_targets::{Gaussian, Univariate};

    fn search(paths: usize) -> PathSearch {
        PathSearch { paths, draws: 0, candidates: 1 }
    }

    /// Shares of first indices within four standard errors (one false alarm in 5,000 seeds for the three).
    #[test]
    fn indices_are_chosen_by_their_weights_without_replacement() {
        let log_weights = [f64::NEG_INFINITY, 1000.0, 1000.0 + 3_f64.ln(), f64::NEG_INFINITY, 1001.0];
        let mut first = [0; 5];
        let rounds = 4000;
        for round in 0..rounds {
            let mut chosen = choose(&log_weights, &mut Key::new(round).rng("pathfinder: start", 0));
            first[chosen[0]] += 1;
            chosen.sort_unstable();
            assert_eq!(chosen, [1, 2, 4], "each with a weight, once");
        }
        let total = 4.0 + std::f64::consts::E;
        for (index, weight) in [(1, 1.0), (2, 3.0), (4, std::f64::consts::E)] {
            let (share, expected) = (f64::from(first[index]) / rounds as f64, weight / total);
            let standard_error = (expected * (1.0 - expected) / rounds as f64).sqrt();
            assert!((share - expected).abs() < 4.0 * standard_error, "{index}: {share}, {expected}");
        }
        let mut rng = Key::new(1).rng("pathfinder: start", 0);
        assert!(choose(&[f64::NEG_INFINITY; 3], &mut rng).is_empty() && choose(&[], &mut rng).is_empty());
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
                search(2).find_start(&Init::default(), &mut density, 0, key).unwrap().start.point
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
                search(paths).find_start(&Init::default(), &mut density, 0, key).unwrap().start.point.position[0]
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
        let found = search(4).find_start(&Init::default(), &mut density, 0, key).unwrap();
        assert_eq!(
            found.start.point,
            find_start(&Init::default(), 1, &mut density.clone(), 0, key).unwrap().start.point
        );
        assert_eq!(found.evaluations, density.evaluations());
        let error = search(2).find_start(&Init::default(), &mut Univariate(|_| (f64::NAN, 0.0)), 0, key);
        assert!(matches!(error.unwrap_err(), Error::Density(DensityError::NoValidStart { .. })));
    }
}
