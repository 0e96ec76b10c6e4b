//! What the compiler says of models: the programs of `tests/ui` fail with the messages beside them, those of
//! `tests/ui/pass` compile without a warning and run.
//!
//! The messages are pinned for one release of the compiler, because others word their own part of them differently; with
//! another one only the passing programs are tested. After a change, `TRYBUILD=overwrite cargo test --test ui` writes
//! the messages anew: read every difference as a user would.

use std::process::Command;

/// The release that the `.stderr` files are of.
const PINNED: &str = "rustc 1.95.";

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    let compiler = version();
    if compiler.starts_with(PINNED) {
        cases.compile_fail("tests/ui/*.rs");
    } else {
        println!("the messages are those of {PINNED}*, and this is {compiler}: skipped");
    }
}

/// What `rustc --version` says.
fn version() -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output();
    output.map_or_else(|_| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
