//! Tests of runs on models: their draws in memory, in stores, stopped and resumed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use ndarray::Axis;
use ppl::prelude::*;
use ppl::random::Key;
use rand::RngExt;

use super::RunHandle;
use super::chain::sample_chains;
use crate::density::{Engine, ModelDensity};
use crate::draws::Keep;
use crate::error::ChainError;
use crate::posterior::{PosteriorStore, StoreOptions};
use crate::{Error, Hmc, Init, Metric, Nuts, Posterior, RandomWalk, Result};

/// A latent scale, a vector, a simplex, and values that follow from them.
#[model]
fn groups(y: &Tensor) {
    let tau = sample!("tau", HalfNormal::new(1.0));
    let weights = sample!("weights", Dirichlet::new([2.0, 1.0, 3.0]));
    plate!("group", 4, {
        let theta = sample!("theta", Normal::new(0.0, &tau));
        observe!("y", Normal::new(&theta, 1.0), y);
    });
    deterministic!("ratio", weights.get(0) / (tau + 1.0));
}

fn data() -> Tensor {
    Tensor::from([0.5, -1.0, 2.0, 0.1])
}

fn nuts() -> Nuts {
    Nuts::new().chains(3).warmup(60).draws(300).seed(8).progress(false)
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ppl-run-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// That two posteriors are of the same draws, bit for bit, and tell the same of them.
#[track_caller]
fn assert_same(a: &Posterior, b: &Posterior) {
    assert_eq!(a.draws(), b.draws());
    assert_eq!(a.sample_stats(), b.sample_stats());
    assert_eq!((a.chain_ids(), a.failed_chains()), (b.chain_ids(), b.failed_chains()));
    assert_eq!((a.gradient_evaluations(), a.value_evaluations()), (b.gradient_evaluations(), b.value_evaluations()));
    assert_eq!((a.rejections(), a.warmup_draws(), a.thinning()), (b.rejections(), b.warmup_draws(), b.thinning()));
    assert_eq!(a.engine(), b.engine());
}

/// That the chains of `part` have the first draws of those of `whole`.
#[track_caller]
fn assert_begins_with(whole: &Posterior, part: &Posterior) {
    for site in part.draws().sites() {
        let (all, own) = (whole.draws().sites().get(site.name()).unwrap().values(), site.values());
        for (row, id) in part.chain_ids().iter().enumerate() {
            let chain = whole.chain_ids().iter().position(|other| other == id).unwrap();
            let (first, rest) = all.index_axis(Axis(0), chain).split_at(Axis(0), part.num_draws());
            assert!(rest.len_of(Axis(0)) + part.num_draws() == whole.num_draws());
            assert_eq!(own.index_axis(Axis(0), row), first, "{}", site.name());
        }
    }
}

#[test]
fn the_posterior_has_the_values_of_the_sites_at_all_draws_of_the_chains() {
    let y = data();
    let model = groups(&y);
    for engine in [Engine::Recorded, Engine::Tape] {
        // A run of the model takes long.
        let draws = if engine == Engine::Tape { 20 } else { 300 };
        let nuts = nuts().engine(engine).thinning(2).warmup(30).draws(draws).chains(2).max_tree_depth(4);
        let density = ModelDensity::new(&model).unwrap().engine(engine);
        let chains = sample_chains(&nuts, |_| Ok(density.clone())).unwrap().chains;
        let posterior = nuts.run(&model).unwrap();
        for (row, chain) in chains.iter().enumerate() {
            let positions: Vec<f64> = chain.draws.iter().copied().collect();
            let table = match engine {
                Engine::Recorded => density.values_of(&positions).unwrap().table(&[draws]).unwrap(),
                Engine::Tape => {
                    let mut columns = crate::draws::SiteColumns::default();
                    positions
                        .chunks(density.layout().dim())
                        .for_each(|at| columns.push(density.values_at(at).unwrap()));
                    columns.table(&[draws]).unwrap()
                }
            };
            for site in &table {
                let own = posterior.get_array(site.name().to_owned()).unwrap();
                assert_eq!(own.values().index_axis(Axis(0), row), site.values(), "{}", site.name());
            }
            let lp: Vec<f64> = chain.statistics.iter().map(|statistics| statistics.lp).collect();
            assert_eq!(posterior.sample_stats().column("lp").unwrap().row(row).to_vec(), lp);
        }
        let evaluations: u64 = chains.iter().map(|own| (own.warmup_evaluations + own.evaluations).gradients).sum();
        assert_eq!(posterior.gradient_evaluations(), evaluations);
        assert_same(&nuts.clone().threads(1).run(&model).unwrap(), &posterior);
    }
}

#[test]
fn sites_that_are_not_kept_change_no_draw() {
    let y = data();
    let all = nuts().run(&groups(&y)).unwrap();
    let some = nuts().keep([groups::ratio.to_string(), "tau".to_owned()]).run(&groups(&y)).unwrap();
    assert_eq!(some.draws().names().collect::<Vec<_>>(), ["tau", "ratio"]);
    for site in ["tau", "ratio"] {
        assert_eq!(some.get(site).unwrap(), all.get(site).unwrap());
    }
    assert_eq!(some.sample_stats(), all.sample_stats());
    let error = nuts().keep(["nu"]).run(&groups(&y)).unwrap_err().to_string();
    assert!(error.starts_with("no site is named `nu`; known: `tau`, `weights`, `theta`, `ratio`"), "{error}");
    let error = sample_chains(&nuts().keep(["nu"]), |_| ModelDensity::new(groups(&y))).unwrap_err().to_string();
    assert!(error.contains("a density has no sites"), "{error}");
    assert_eq!(Keep::from([groups::tau]), Keep::Sites(vec!["tau".to_owned()]));
}

#[test]
fn a_store_has_the_draws_of_a_run_in_memory() {
    let y = data();
    let model = groups(&y);
    let path = folder("same");
    let walk = RandomWalk::new().chains(2).warmup(50).draws(100).thinning(3).progress(false);
    for options in [StoreOptions::new(), StoreOptions::new().block(64).gzip(1), StoreOptions::new().block(1000)] {
        let store = nuts().run_to_store_with(&model, &path, &options).unwrap();
        assert!(store.is_complete());
        assert_same(&store.posterior().unwrap(), &nuts().run(&model).unwrap());
        assert_eq!(Posterior::read_zarr(&path).unwrap(), store.posterior().unwrap());
        let error = nuts().run_to_store(&model, &path).unwrap_err().to_string();
        assert!(error.starts_with("cannot write"), "{error}");
        std::fs::remove_dir_all(&path).unwrap();
    }
    let store = walk.run_to_store(&model, &path).unwrap();
    assert_same(&store.posterior().unwrap(), &walk.run(&model).unwrap());
    std::fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_run_resumes_from_its_store_at_ten_random_points() {
    let y = data();
    let model = groups(&y);
    let mut rng = Key::new(5).rng("points", 0);
    let path = folder("resume");
    let options = StoreOptions::new().block(40);
    let hmc = Hmc::new().chains(2).warmup(60).draws(90).num_steps(5).step_size_jitter(0.3).seed(8).progress(false);
    let metrics = [Metric::Diagonal, Metric::Dense, Metric::LowRank];
    let whole = metrics.map(|metric| nuts().metric(metric).run(&model).unwrap());
    for point in 0..10 {
        let nuts = nuts().metric(metrics[point % 3]);
        let draws = rng.random_range(1..300);
        nuts.clone().draws(draws).run_to_store_with(&model, &path, &options).unwrap();
        let further = rng.random_range(draws..300);
        nuts.clone().draws(further).resume_store(&model, &path).unwrap();
        let store = nuts.resume_store(&model, &path).unwrap();
        assert!(store.is_complete());
        assert_same(&store.posterior().unwrap(), &whole[point % 3]);
        std::fs::remove_dir_all(&path).unwrap();
    }
    hmc.clone().draws(31).run_to_store(&model, &path).unwrap();
    assert_same(&hmc.resume_store(&model, &path).unwrap().posterior().unwrap(), &hmc.run(&model).unwrap());
    std::fs::remove_dir_all(&path).unwrap();
}

#[test]
fn another_run_does_not_go_on_in_a_store() {
    let y = data();
    let path = folder("other");
    nuts().draws(20).run_to_store(&groups(&y), &path).unwrap();
    let message = |nuts: Nuts| nuts.resume_store(&groups(&y), &path).unwrap_err().to_string();
    assert_eq!(message(nuts().seed(9)), "`sampler` must be the settings of the store, where `seed` is 8, got 9");
    assert!(message(nuts().target_accept_prob(0.9)).contains("where `target_accept_prob` is"));
    assert!(message(nuts().draws(19)).contains("`draws` must be at least 20, which a chain of the store has, got 19"));
    let hmc = Hmc::new().chains(3).warmup(60).progress(false).resume_store(&groups(&y), &path).unwrap_err().to_string();
    assert_eq!(hmc, "`sampler` must be the sampler of the store, got another one");
    let other = nuts().resume_store(&small(), &path).unwrap_err().to_string();
    assert!(
        other.starts_with("`model` must be that of the store, with the sites `tau` [], `weights` [3], "),
        "{other}"
    );
    nuts().draws(20).run(&groups(&y)).unwrap().write_zarr(&path).unwrap();
    assert!(message(nuts()).starts_with("`store` must be the store of a run, got that of a posterior"));
    std::fs::remove_dir_all(&path).unwrap();
}

#[model]
fn small() {
    sample!("x", Normal::new(0.0, 1.0));
}

#[test]
fn a_chain_that_fails_is_left_out_of_the_store_as_of_the_posterior() {
    let path = folder("failed");
    let starts = vec![vec![0.0], vec![f64::NAN], vec![1.0]];
    let nuts = nuts().draws(50).init(Init::per_chain(starts.into_iter().map(Init::Value)));
    let whole = nuts.run(&small()).unwrap();
    assert_eq!((whole.chain_ids(), whole.failed_chains()[0].chain), (&[0, 2][..], 1));
    let store = nuts.run_to_store(&small(), &path).unwrap();
    assert_eq!(store.chain_ids(), [0, 2]);
    assert_same(&store.posterior().unwrap(), &whole);
    // Also after it has failed once more.
    let store = nuts.clone().draws(60).resume_store(&small(), &path).unwrap();
    assert_same(&store.posterior().unwrap(), &nuts.clone().draws(60).run(&small()).unwrap());
    let whole = nuts.clone().draws(60).run(&small()).unwrap();
    assert_same(&PosteriorStore::open(&path).unwrap().posterior().unwrap(), &whole);
    std::fs::remove_dir_all(&path).unwrap();
    let none = nuts.clone().chains(1).init(Init::Value(vec![f64::NAN])).run(&small()).unwrap_err();
    assert!(none.to_string().starts_with("all 1 chains failed"), "{none}");
}

#[test]
fn other_data_do_not_go_on_in_a_store() {
    let (y, other) = (data(), Tensor::from([0.5, -1.0, 2.0, 0.1001]));
    let path = folder("changed");
    let options = StoreOptions::new().block(10).sync(true);
    nuts().draws(20).run_to_store_with(&groups(&y), &path, &options).unwrap();
    let error = nuts().draws(30).resume_store(&groups(&other), &path).unwrap_err();
    let Error::Chain(ChainError::ChangedDensity { chain: 0, stored, now, .. }) = error else { panic!("{error}") };
    // −½ (y − θ)² of one of the data: by no more than its move times |y − θ|.
    assert!(stored != now && (stored - now).abs() < 1e-3, "{stored} {now}");
    let message = error.to_string();
    assert!(message.starts_with(&format!("chain 0 cannot go on: where it stopped the log density was {stored}")));
    assert!(
        message.contains("the data or the model have changed\nhelp: a store has draws from one posterior"),
        "{message}"
    );
    // Also where no chain would go on.
    assert!(nuts().draws(20).resume_store(&groups(&other), &path).is_err());
    // Nothing was touched: it goes on with its own data.
    assert_eq!(PosteriorStore::open(&path).unwrap().num_draws(), 20);
    let resumed = nuts().draws(30).resume_store(&groups(&y), &path).unwrap();
    assert_same(&resumed.posterior().unwrap(), &nuts().draws(30).run(&groups(&y)).unwrap());
    std::fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_handle_pauses_and_stops_a_run() {
    let y = data();
    let handle = RunHandle::new();
    let endless = nuts().draws(3_000_000).max_tree_depth(3).threads(3).handle(handle.clone());
    let (paused, posterior) = std::thread::scope(|scope| {
        let run = scope.spawn(|| endless.run(&groups(&y)));
        // A block of each chain.
        while handle.progress().len() < 3 || handle.progress().iter().any(|chain| chain.draws <= 256) {
            std::thread::sleep(Duration::from_millis(5));
        }
        handle.pause();
        // Each chain ends its iteration.
        let mut before = handle.progress();
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let now = handle.progress();
            if now == before {
                break;
            }
            before = now;
        }
        let so_far = handle.posterior().unwrap().unwrap();
        handle.stop();
        (so_far, run.join().unwrap())
    });
    let posterior = posterior.unwrap();
    assert!(paused.num_draws() >= 256 && posterior.num_draws() >= 256);
    let status = handle.progress();
    assert_eq!(status.iter().map(|chain| chain.chain).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(
        status.iter().all(|chain| chain.is_finished && chain.iterations == chain.draws + 60 && chain.gradients > 0)
    );
    // One that was stopped is not begun, and no draw is another one's.
    assert!(matches!(endless.run(&groups(&y)), Err(Error::Chain(ChainError::Stopped))));
    handle.reset();
    let longest = posterior.num_draws().max(paused.num_draws());
    let same = nuts().draws(longest).max_tree_depth(3).run(&groups(&y)).unwrap();
    assert_begins_with(&same, &posterior);
    assert_begins_with(&same, &paused);
    assert!(handle.posterior().unwrap().is_none());
}

#[test]
fn a_time_limit_returns_what_there_is() {
    let y = data();
    let stopped = nuts().time_limit(Duration::ZERO).run(&groups(&y));
    assert!(matches!(stopped, Err(Error::Chain(ChainError::Stopped))));
    let path = folder("limit");
    // The warm-up takes a fraction of that.
    let limited = nuts().chains(1).draws(3_000_000).time_limit(Duration::from_secs(3));
    let store = limited.run_to_store(&groups(&y), &path).unwrap();
    assert!(!store.is_complete() && store.num_draws() > 0);
    let posterior = store.posterior().unwrap();
    let further = nuts().chains(1).draws(posterior.num_draws() + 10);
    assert_begins_with(&further.run(&groups(&y)).unwrap(), &posterior);
    assert_same(
        &further.resume_store(&groups(&y), &path).unwrap().posterior().unwrap(),
        &further.run(&groups(&y)).unwrap(),
    );
    std::fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_run_stops_at_an_effective_sample_size_wherever_it_runs() {
    let y = data();
    let nuts = nuts().draws(5000).until_ess(200.0);
    let posterior = nuts.run(&groups(&y)).unwrap();
    let draws = posterior.num_draws();
    assert!((50..5000).contains(&draws) && draws.is_multiple_of(50), "{draws}");
    let smallest = |posterior: &Posterior| {
        let summary = posterior.summary();
        summary.rows().iter().map(|row| row.ess_bulk.min(row.ess_tail)).fold(f64::INFINITY, f64::min)
    };
    assert!(smallest(&posterior) >= 200.0);
    assert_begins_with(&super::store_tests::nuts().draws(5000).run(&groups(&y)).unwrap(), &posterior);
    for threads in [1, 2, 3] {
        assert_eq!(nuts.clone().threads(threads).run(&groups(&y)).unwrap().draws(), posterior.draws());
    }
    let path = folder("ess");
    let store = nuts.run_to_store_with(&groups(&y), &path, &StoreOptions::new().block(50)).unwrap();
    assert_eq!(store.posterior().unwrap().draws(), posterior.draws());
    std::fs::remove_dir_all(&path).unwrap();
    // Out of reach: all draws.
    assert_eq!(nuts.draws(60).until_ess(1e6).run(&groups(&y)).unwrap().num_draws(), 60);
}

/// The variable that makes [`a_process_that_is_killed_loses_its_last_blocks_only`] the process that is killed.
const CHILD: &str = "PPL_STORE_OF_CHILD";

fn long() -> Nuts {
    nuts().draws(1_000_000).threads(2)
}

#[test]
fn a_process_that_is_killed_loses_its_last_blocks_only() {
    let y = data();
    if let Some(path) = std::env::var_os(CHILD) {
        long().run_to_store_with(&groups(&y), path, &StoreOptions::new().block(16)).unwrap();
        return;
    }
    let path = folder("killed");
    let name = "mcmc::store_tests::a_process_that_is_killed_loses_its_last_blocks_only";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CHILD, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let opened = |least: usize| -> Result<Option<PosteriorStore>> {
        let store = if path.exists() { Some(PosteriorStore::open(&path)?) } else { None };
        Ok(store.filter(|store| store.num_draws() >= least))
    };
    // It can be opened at any time, and grows.
    let mut seen = Vec::new();
    for least in [16, 64, 160] {
        let store = loop {
            assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
            match opened(least).unwrap() {
                Some(store) => break store,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        seen.push(store.posterior().unwrap());
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let store = PosteriorStore::open(&path).unwrap();
    let posterior = store.posterior().unwrap();
    let draws = posterior.num_draws();
    assert!(draws >= 160 && draws.is_multiple_of(16) && !store.is_complete());
    // Two chains run at a time, as fast as the machine lets them; the third, which is not the first, had not begun to draw.
    let failed: Vec<usize> = posterior.failed_chains().iter().map(|failed| failed.chain).collect();
    assert!((failed.contains(&1) || failed.contains(&2)) && posterior.num_chains() + failed.len() == 3, "{failed:?}");
    let longest = draws * 2 + 40;
    let whole = nuts().draws(longest);
    let expected = whole.run(&groups(&y)).unwrap();
    seen.iter().chain([&posterior]).for_each(|part| assert_begins_with(&expected, part));
    let resumed = whole.resume_store(&groups(&y), &path).unwrap();
    assert!(resumed.is_complete());
    assert_same(&resumed.posterior().unwrap(), &expected);
    std::fs::remove_dir_all(&path).unwrap();
}

/// The variable that makes [`draws_take_their_own_memory_once`] the process whose memory is measured.
#[cfg(target_os = "linux")]
const MEASURED: &str = "PPL_MEASURED_STORE";

#[cfg(target_os = "linux")]
#[model]
fn many(size: usize) {
    let scale = sample!("scale", HalfNormal::new(1.0));
    let z = plate!("i", size, { sample!("z", Normal::new(0.0, 1.0)) });
    deterministic!("x", z * scale);
}

/// The largest memory of this process so far, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap() * 1024.0
}

/// 100,000 numbers a draw, 2 chains of 150 draws: 240 MB.
#[cfg(target_os = "linux")]
#[test]
fn draws_take_their_own_memory_once() {
    const SIZE: usize = 50_000;
    let Some(path) = std::env::var_os(MEASURED) else {
        let path = folder("memory");
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "mcmc::store_tests::draws_take_their_own_memory_once", "--nocapture"])
            .env(MEASURED, &path)
            .status()
            .unwrap();
        let _ = std::fs::remove_dir_all(&path);
        assert!(status.success());
        return;
    };
    // One chain after the other: what two need for a moment, beside their draws, may come together or not.
    let searched = Hmc::new().chains(2).warmup(0).num_steps(1).step_size(1e-3).threads(1).progress(false);
    let hmc = searched.clone().init_paths(0);
    let bytes = |draws: usize| (2 * draws * (2 * SIZE + 1) * 8) as f64;
    // What a run takes beside its draws: the model, its program, the sampler.
    let run = |draws: usize| hmc.clone().draws(draws).run(&many(SIZE)).unwrap();
    assert!(run(20).num_draws() == 20);
    let first = peak();
    let store = hmc.clone().draws(150).run_to_store_with(&many(SIZE), &path, &StoreOptions::new().block(10)).unwrap();
    let streamed = peak();
    assert_eq!(store.num_draws(), 150);
    // A tenth of the draws, where all would be 240 MB.
    assert!(streamed - first < 0.1 * bytes(150), "{:.3} of the draws", (streamed - first) / bytes(150));
    let posterior = run(150);
    let whole = peak();
    let share = (whole - first + bytes(20)) / bytes(150);
    println!(
        "memory beside the draws {:.1} MB; draws {:.1} MB; streamed {:.1} MB more; {share:.3} in memory",
        (first - bytes(20)) / 1e6,
        bytes(150) / 1e6,
        (streamed - first) / 1e6
    );
    assert!(share < 1.1, "{share:.3} of the draws");
    assert_eq!(posterior.num_draws(), 150);
    drop(posterior);
    // Starts are chosen of 2,000 draws a chain, 1.6 GB, which are not kept: they take less than the run above.
    assert_eq!(searched.draws(20).run(&many(SIZE)).unwrap().num_draws(), 20);
    println!("starts {:.1} MB more", (peak() - whole) / 1e6);
    assert!(peak() - whole < 0.1 * bytes(150), "{:.3} of the draws", (peak() - whole) / bytes(150));
}

/// Groups whose names are an argument.
#[model]
fn named_groups(names: &Levels, y: &Tensor) {
    plate!("group", names, {
        let theta = sample!("theta", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(theta, 1.0), y);
    });
}

#[test]
fn names_of_members_go_with_the_draws() {
    let path = folder("names");
    let names = Levels::new(["a", "b", "c", "d"]).unwrap();
    let y = data();
    let nuts = nuts().chains(2).draws(20);
    let posterior = nuts.run(&named_groups(&names, &y)).unwrap();
    assert_eq!(posterior.summary().rows()[3].label, "theta[d]");
    let store = nuts.run_to_store(&named_groups(&names, &y), &path).unwrap();
    assert_same(&store.posterior().unwrap(), &posterior);
    let others = Levels::new(["a", "b", "d", "c"]).unwrap();
    let longer = nuts.clone().draws(40);
    let error = longer.resume_store(&named_groups(&others, &y), &path).unwrap_err().to_string();
    assert!(error.contains("`theta` [4] of `group`: a, b, c, d") && error.contains("a, b, d, c"), "{error}");
    let resumed = longer.resume_store(&named_groups(&names, &y), &path).unwrap().posterior().unwrap();
    assert_eq!(resumed.component("theta[d]").unwrap().total_draws(), 80);
    std::fs::remove_dir_all(path).unwrap();
}
