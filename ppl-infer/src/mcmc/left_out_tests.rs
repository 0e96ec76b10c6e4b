//! Tests of stores of runs with a chain that does not count.

use std::path::{Path, PathBuf};

use ppl::prelude::*;
use ppl::random::Rng;
use serde::Serialize;

use super::chain::{ChainConfig, Column, Kernel, Sampler, Transition};
use super::random_walk::{Proposal, RandomWalkKernel, RandomWalkStatistics};
use super::run::{resume_in_store, sample_to_store};
use crate::density::DensityConfig;
use crate::posterior::{PosteriorStore, StoreOptions};
use crate::runs::WithoutOutput;
use crate::zarr::ZarrArray;
use crate::{Init, LogDensity, Point, RandomWalk, Result, init::StartingPoint};

#[model]
fn vector() {
    let x = sample!("x", Normal::new(0.0, 1.0));
    plate!("i", 2, {
        sample!("z", Normal::new(&x, 1.0));
    });
}

/// A random walk whose chain from this start panics at a step, unless it goes on from an earlier run.
#[derive(Serialize)]
struct Failing(RandomWalk);

const START: f64 = 0.25;
/// The warm-up, and draws: four blocks of 16 and a part of one.
const STEPS: usize = 50 + 70;

struct FailingKernel {
    inner: RandomWalkKernel,
    steps_left: usize,
}

impl Sampler for Failing {
    type Kernel = FailingKernel;

    fn config(&self) -> &ChainConfig {
        self.0.config()
    }

    fn start(&self, at: StartingPoint, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<FailingKernel> {
        let steps_left = if at.point.position[0] == START { STEPS } else { usize::MAX };
        Ok(FailingKernel { inner: self.0.start(at, density, rng)?, steps_left })
    }

    fn resume(&self, at: Point, state: &Proposal) -> Result<FailingKernel> {
        Ok(FailingKernel { inner: self.0.resume(at, state)?, steps_left: usize::MAX })
    }
}

impl Kernel for FailingKernel {
    type State = Proposal;
    type Statistics = RandomWalkStatistics;
    const COLUMNS: &'static [Column<RandomWalkStatistics>] = RandomWalkKernel::COLUMNS;

    fn step(&mut self, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Transition<RandomWalkStatistics>> {
        assert!(self.steps_left > 0, "on purpose");
        self.steps_left -= 1;
        self.inner.step(density, rng)
    }

    fn adapt(&mut self, last: &RandomWalkStatistics, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<()> {
        self.inner.adapt(last, density, rng)
    }

    fn position(&self) -> &[f64] {
        self.inner.position()
    }

    fn log_density(&self) -> f64 {
        self.inner.log_density()
    }

    fn state(&self) -> Proposal {
        self.inner.state()
    }
}

fn walk() -> RandomWalk {
    let starts = vec![vec![0.0; 3], vec![START; 3], vec![0.5; 3]];
    RandomWalk::new()
        .chains(3)
        .warmup(50)
        .draws(100)
        .init(Init::per_chain(starts.into_iter().map(Init::Value)))
        .progress(false)
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ppl-left-out-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// The first draws of all rows of an array, as any reader of the format finds them.
fn rows(path: &Path, array: &str) -> (Vec<usize>, Vec<f64>) {
    let array = ZarrArray::open(path.join(array)).unwrap();
    let shape = array.metadata().shape.clone();
    let mut values = Vec::new();
    match shape.as_slice() {
        &[length] => array.read_into(0, length, &mut values).unwrap(),
        &[chains, draws, ..] => (0..chains).for_each(|row| array.read_into(row, draws, &mut values).unwrap()),
        [] => unreachable!("an array has axes"),
    }
    (shape, values)
}

#[test]
fn a_chain_that_fails_is_in_no_array_and_goes_on_where_it_was() {
    let path = folder("failed");
    let whole = walk().run(&vector()).unwrap();
    let settings = DensityConfig::default();
    let model = vector();
    let model = WithoutOutput(&model);
    let options = StoreOptions::new().block(16);
    let store = sample_to_store(&Failing(walk()), &settings, &model, &path, &options).unwrap();
    assert_eq!((store.chain_ids(), store.num_draws(), store.is_complete()), (vec![0, 2], 100, true));

    // No row is that of chain 1, and none is NaN.
    for array in ["posterior", "sample_stats"] {
        assert_eq!(rows(&path, &format!("{array}/chain")), (vec![2], vec![0.0, 2.0]));
        assert_eq!(rows(&path, &format!("{array}/draw")).0, [100]);
    }
    let of_two = |values: &[f64]| [&values[..values.len() / 3], &values[2 * values.len() / 3..]].concat();
    let x: Vec<f64> = whole.get(vector::x).unwrap().values().iter().copied().collect();
    assert_eq!(rows(&path, "posterior/x"), (vec![2, 100], of_two(&x)));
    let z: Vec<f64> = whole.get_array(vector::z).unwrap().values().iter().copied().collect();
    assert_eq!(rows(&path, "posterior/z"), (vec![2, 100, 2], of_two(&z)));
    let accepted: Vec<f64> = whole.sample_stats().column("accepted").unwrap().iter().copied().collect();
    assert_eq!(rows(&path, "sample_stats/accepted"), (vec![2, 100], of_two(&accepted)));

    let posterior = PosteriorStore::open(&path).unwrap().posterior().unwrap();
    assert_eq!((posterior.chain_ids(), posterior.num_draws()), (&[0, 2][..], 100));
    let [failed] = posterior.failed_chains() else { panic!("{:?}", posterior.failed_chains()) };
    assert_eq!((failed.chain, failed.message.as_str()), (1, "panicked: on purpose"));

    // Its four blocks are kept beside its state, and it goes on from there: from its start it would fail again.
    let aside = path.join("sampler_state/chain_1/posterior/x");
    assert_eq!(std::fs::read_dir(&aside).unwrap().count(), 4);
    let resumed = resume_in_store(&Failing(walk()), &settings, &model, &path).unwrap();
    assert_eq!((resumed.chain_ids(), resumed.is_complete()), (vec![0, 1, 2], true));
    assert_eq!(rows(&path, "posterior/x"), (vec![3, 100], x));
    assert_eq!(rows(&path, "posterior/z"), (vec![3, 100, 2], z));
    let posterior = resumed.posterior().unwrap();
    assert_eq!((posterior.draws(), posterior.sample_stats()), (whole.draws(), whole.sample_stats()));
    assert!(posterior.failed_chains().is_empty() && !aside.exists());

    // Whoever had it open before is told.
    let error = store.posterior().unwrap_err().to_string();
    assert!(error.ends_with("its run has ended without some of its chains: open it again"), "{error}");
    std::fs::remove_dir_all(path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_store_behind_a_link_stays_where_it_is() {
    let (place, link) = (folder("place"), folder("link"));
    std::fs::create_dir_all(&place).unwrap();
    std::os::unix::fs::symlink(&place, &link).unwrap();
    let model = vector();
    let options = StoreOptions::new().block(16);
    let path = link.join("store");
    sample_to_store(&Failing(walk()), &DensityConfig::default(), &WithoutOutput(&model), &path, &options).unwrap();
    let names: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["store"]);
    std::fs::remove_file(link).unwrap();
    std::fs::remove_dir_all(place).unwrap();
}
