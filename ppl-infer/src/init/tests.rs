//! Tests of starts.

use ppl::random::Key;

use super::{Init, InitialPosition, find_start};
use crate::Error;
use crate::error::DensityError;
use crate::purpose::Purpose;
use crate::test_targets::{Gaussian, Univariate};

fn key(seed: u64, chain: usize) -> Key {
    Key::new(seed).chain(chain as u64)
}

#[test]
fn uniform_starts_fill_the_cube_and_differ_by_chain_and_attempt() {
    let mut density = Gaussian::diagonal(&[1.0; 50]);
    let start = |density: &mut Gaussian, seed, chain| {
        find_start(&Init::default(), 1, density, chain, key(seed, chain)).unwrap().start.point.position
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
        assert!(
            find_start(&Init::default(), 1, &mut density, chain, key(0, chain)).unwrap().start.point.position[0] > 0.0
        );
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
            positions, log_density: f64::NEG_INFINITY, gradient, ..
        })) => {
            assert_eq!(gradient, [3.0]);
            assert_eq!(positions.len(), 100);
            assert!(positions.iter().all(|position| position[0].abs() <= 2.0));
        }
        other => panic!("{other:?}"),
    }
    let fixed = find_start(&Init::Value(vec![0.5]), 16, &mut density, 0, key(0, 0));
    assert!(matches!(fixed, Err(Error::Density(DensityError::NoValidStart { positions, .. })) if positions.len() == 1));
}

#[test]
fn the_start_is_the_best_of_the_candidates() {
    let mut density = Gaussian::diagonal(&[1.0, 1.0]);
    let first =
        |candidates| find_start(&Init::default(), candidates, &mut density.clone(), 0, key(0, 0)).unwrap().start.point;
    let best = first(16).log_density;
    assert!((1..16).all(|candidates| first(candidates).log_density <= best));
    assert!(best > first(1).log_density);
    // One evaluation for each candidate.
    let mut counted = crate::Counted::new(&mut density);
    let found = find_start(&Init::default(), 16, &mut counted, 0, key(0, 0)).unwrap();
    assert_eq!((found.evaluations.gradients, counted.evaluations().gradients), (16, 16));
}

#[test]
fn given_starts_are_used_as_they_are_and_must_have_the_right_length() {
    let mut density = Gaussian::diagonal(&[1.0, 1.0]);
    let key = key(0, 1);
    let state = find_start(&Init::Value(vec![0.5, 7.0]), 16, &mut density, 1, key).unwrap().start.point;
    assert_eq!(state.position, [0.5, 7.0]);
    let each = Init::per_chain([vec![1.0, 2.0], vec![3.0, 4.0]].map(Init::Value));
    assert_eq!(find_start(&each, 16, &mut density, 1, key).unwrap().start.point.position, [3.0, 4.0]);
    let error = find_start(&Init::Value(vec![0.5]), 16, &mut density, 1, key).unwrap_err();
    assert_eq!(error.to_string(), "the start has dimension 1, but the density has dimension 2");
}
