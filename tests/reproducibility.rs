//! The same seed gives the same draws: whatever the number of threads and of chains, and whatever other sites there are.

use std::collections::BTreeSet;

use ndarray::{ArrayD, Axis};
use ppl::prelude::*;
use ppl_infer::{Hmc, Nuts};

#[model]
fn eight_schools() {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", 8, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * z);
        let sigma = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
        observe!("y", Normal::new(theta, sigma), [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    });
}

fn nuts(seed: u64) -> Nuts {
    Nuts::new().chains(4).warmup(150).draws(60).seed(seed).progress(false)
}

fn theta(nuts: &Nuts) -> ArrayD<f64> {
    nuts.run(&eight_schools())
        .expect("the model has a posterior")
        .get_array("theta")
        .expect("the site is there")
        .values()
        .to_owned()
}

#[test]
fn draws_do_not_depend_on_the_number_of_threads() {
    let reference = theta(&nuts(3).threads(1));
    for threads in [2, 4] {
        assert_eq!(reference, theta(&nuts(3).threads(threads)), "{threads} threads");
    }
    assert_eq!(reference, theta(&nuts(3)), "as many threads as there are cores");
    let hmc = |threads| {
        let hmc = Hmc::new().chains(3).warmup(100).draws(30).seed(3).progress(false).threads(threads);
        hmc.run(&eight_schools()).unwrap().get(eight_schools::tau).unwrap()
    };
    assert_eq!(hmc(1), hmc(3));
}

#[test]
fn a_chain_does_not_depend_on_how_many_there_are() {
    let (two, four) = (theta(&nuts(3).chains(2)), theta(&nuts(3).chains(4)));
    for chain in 0..2 {
        assert_eq!(two.index_axis(Axis(0), chain), four.index_axis(Axis(0), chain), "chain {chain}");
    }
    let three = theta(&nuts(3).chains(3));
    assert_eq!(three.index_axis(Axis(0), 2), four.index_axis(Axis(0), 2));
}

#[test]
fn chains_of_neighbouring_seeds_differ() {
    // Chains seeded by `seed + chain` would be shared by the runs of seeds 3, 4, 5.
    let mut first_draws = BTreeSet::new();
    for seed in [3, 4, 5] {
        let draws = theta(&nuts(seed));
        for chain in 0..4 {
            assert!(first_draws.insert(draws[[chain, 0, 0]].to_bits()), "chain {chain} of seed {seed} came before");
        }
    }
}

#[model]
fn pair(with_more: bool) {
    if with_more {
        sample!("before", Normal::new(0.0, 1.0));
    }
    let a = sample!("a", Normal::new(0.0, 1.0));
    if with_more {
        plate!("n", 3, {
            sample!("between", Gamma::new(2.0, 1.0));
        });
    }
    sample!("b", Normal::new(a, 1.0));
}

#[test]
fn an_unrelated_site_changes_no_other_sites_draws() {
    for seed in 0..20 {
        for draw in 0..3 {
            let key = Key::new(seed).draw(draw);
            let (alone, among) = (pair(false).trace_with(key).unwrap(), pair(true).trace_with(key).unwrap());
            for site in [pair::a, pair::b] {
                assert_eq!(alone.get(site).unwrap().item().to_bits(), among.get(site).unwrap().item().to_bits());
            }
        }
    }
}

#[test]
fn prior_draws_by_different_keys_differ() {
    let mut seen = BTreeSet::new();
    for seed in 0..4 {
        for chain in 0..4 {
            for draw in 0..4 {
                let trace = pair(false).trace_with(Key::new(seed).chain(chain).draw(draw)).unwrap();
                for site in [pair::a, pair::b] {
                    assert!(
                        seen.insert(trace.get(site).unwrap().item().to_bits()),
                        "{site} of seed {seed} came before"
                    );
                }
            }
        }
    }
}
