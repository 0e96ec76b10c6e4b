//! Tests of Ctrl-C, by processes that get the signal.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use ppl::prelude::*;

use super::RunHandle;
use super::chain::sample_chains;
use crate::posterior::{PosteriorStore, StoreOptions};
use crate::test_targets::Univariate;
use crate::{Nuts, Posterior};

#[model]
fn normal() {
    sample!("x", Normal::new(0.0, 1.0));
}

/// One chain: of several, one that a busy machine holds up would be left out.
fn nuts() -> Nuts {
    Nuts::new().chains(1).warmup(50).seed(3).max_tree_depth(3).progress(false).stop_on_ctrl_c(true)
}

/// The variable that makes a test the process that is interrupted: a folder for its store.
const CHILD: &str = "PPL_INTERRUPTED_CHILD";

fn child_folder() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// A test of this module as a process of its own.
struct Interrupted {
    process: Child,
    output: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Interrupted {
    fn start(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ppl-interrupt-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("mcmc::interrupt_tests::{test}"), "--nocapture"])
            .env(CHILD, &folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output, folder }
    }

    /// Waits for a line that ends with `label` and a number, and returns the number.
    fn wait_for(&mut self, label: &str) -> usize {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the process ended before `{label}`");
            // The harness may have begun the line.
            if let Some((_, number)) = line.trim_end().rsplit_once(&format!("{label}=")) {
                return number.parse().unwrap();
            }
        }
    }

    fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// That the signal has ended the process.
    fn assert_ended(mut self) {
        assert_eq!(self.process.wait().unwrap().signal(), Some(2));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[allow(clippy::print_stdout, reason = "it is read by the test")]
fn tell(label: &str, number: usize) {
    println!("{label}={number}");
}

/// Tells when the chain of a run has a block.
fn tell_of_draws(handle: &RunHandle) {
    while handle.progress().is_empty() || handle.progress().iter().any(|chain| chain.draws <= 300) {
        std::thread::sleep(Duration::from_millis(2));
    }
    tell("has draws", 0);
}

/// That these are the first draws of the run.
fn assert_first_draws(posterior: &Posterior) {
    let draws = posterior.num_draws();
    assert!(draws >= 256, "{draws}");
    let expected = nuts().draws(draws).run(&normal()).unwrap();
    assert_eq!(posterior.get(normal::x).unwrap(), expected.get(normal::x).unwrap());
}

#[test]
fn the_first_returns_the_draws_and_one_after_the_run_ends_the_process() {
    if child_folder().is_some() {
        let handle = RunHandle::new();
        let endless = nuts().draws(3_000_000).handle(handle.clone());
        let posterior = std::thread::scope(|scope| {
            scope.spawn(|| tell_of_draws(&handle));
            endless.run(&normal()).unwrap()
        });
        assert_first_draws(&posterior);
        tell("stopped", posterior.num_draws());
        // A further run is a run of its own.
        tell("further", nuts().draws(50).run(&normal()).unwrap().num_draws());
        // No run listens.
        std::thread::sleep(Duration::from_secs(600));
        return;
    }
    let mut child = Interrupted::start("the_first_returns_the_draws_and_one_after_the_run_ends_the_process");
    child.wait_for("has draws");
    child.interrupt();
    assert!((256..3_000_000).contains(&child.wait_for("stopped")));
    assert_eq!(child.wait_for("further"), 50);
    child.interrupt();
    child.assert_ended();
}

#[test]
fn a_store_has_the_draws_so_far_and_goes_on() {
    if let Some(folder) = child_folder() {
        let handle = RunHandle::new();
        let endless = nuts().draws(3_000_000).handle(handle.clone());
        let store = std::thread::scope(|scope| {
            scope.spawn(|| tell_of_draws(&handle));
            endless.run_to_store_with(&normal(), folder, &StoreOptions::new().block(32)).unwrap()
        });
        tell("stopped", store.num_draws());
        return;
    }
    let mut child = Interrupted::start("a_store_has_the_draws_so_far_and_goes_on");
    child.wait_for("has draws");
    child.interrupt();
    let draws = child.wait_for("stopped");
    assert!(child.process.wait().unwrap().success());
    let store = PosteriorStore::open(&child.folder).unwrap();
    assert_eq!((store.num_draws(), store.is_complete()), (draws, false));
    let posterior = store.posterior().unwrap();
    assert_first_draws(&posterior);
    // It may have some more by now.
    let longest = 2 * draws + 50;
    let resumed = nuts().draws(longest).resume_store(&normal(), &child.folder).unwrap();
    assert_eq!(resumed.num_draws(), longest);
    assert_first_draws(&resumed.posterior().unwrap());
    std::fs::remove_dir_all(&child.folder).unwrap();
}

#[test]
fn the_second_ends_a_process_that_does_not_stop() {
    if child_folder().is_some() {
        let stuck = |_| {
            Ok(Univariate(|x: f64| {
                tell("is stuck", 0);
                std::thread::sleep(Duration::from_secs(600));
                (-0.5 * x * x, -x)
            }))
        };
        sample_chains(&nuts(), stuck).unwrap();
        return;
    }
    let mut child = Interrupted::start("the_second_ends_a_process_that_does_not_stop");
    child.wait_for("is stuck");
    child.interrupt();
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.process.try_wait().unwrap().is_none(), "the first one ended it");
    child.interrupt();
    child.assert_ended();
}
