//! What the compiler says of wrong models (`tests/ui/fail/`, one rule a file, messages in `*.stderr`), and models that
//! must compile and run (`tests/ui/pass/`, tests of this program, so that trybuild only has to check and never to link).
//!
//! After a change of the macros: `TRYBUILD=overwrite cargo test --test ui`, then read every difference as a user would.

use std::fs;
use std::process::Command;

// What the macros write is linted here with everything else on; these are about what the models themselves say.
#[allow(
    clippy::allow_attributes_without_reason,
    clippy::assertions_on_constants,
    clippy::manual_range_patterns,
    clippy::multiple_bound_locations,
    clippy::needless_borrows_for_generic_args,
    clippy::needless_return,
    clippy::never_loop,
    clippy::non_minimal_cfg,
    clippy::print_stdout,
    clippy::redundant_closure_call,
    clippy::reversed_empty_ranges,
    clippy::unwrap_used,
    clippy::useless_vec,
    reason = "the models are odd on purpose"
)]
#[path = "ui/pass/mod.rs"]
pub mod pass;

/// The release whose messages are pinned: half of the text in a `.stderr` file is the compiler's own.
const PINNED: &str = "1.95.";

#[test]
fn messages() {
    let version = compiler_version();
    if version.starts_with(PINNED) {
        trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
    } else {
        println!("skipped tests/ui/fail/*.rs: they pin the messages of rustc {PINNED}x, and this is rustc {version}");
    }
}

#[test]
fn every_passing_model_is_a_module() {
    let modules = include_str!("ui/pass/mod.rs");
    for file in fs::read_dir("tests/ui/pass").unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            name == "mod" || modules.contains(&format!("mod {name};")),
            "add `mod {name};` to tests/ui/pass/mod.rs"
        );
    }
}

/// `1.95.0`, as the compiler prints it.
fn compiler_version() -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output().expect("rustc runs: it has just built this test");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().nth(1).unwrap_or("of an unknown release").to_owned()
}
