//! What the compiler says of wrong models (`tests/ui/*.rs`, one rule a file, messages in `*.stderr`), and programs that
//! must compile and run (`tests/ui/pass/*.rs`).
//!
//! After a change of the macros: `TRYBUILD=overwrite cargo test --test ui`, then read every difference as a user would.

use std::process::Command;

/// The release whose messages are pinned: half of the text in a `.stderr` file is the compiler's own.
const PINNED: &str = "1.95.";

#[test]
fn messages_and_passing_programs() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    let version = compiler_version();
    if version.starts_with(PINNED) {
        cases.compile_fail("tests/ui/*.rs");
    } else {
        println!("skipped tests/ui/*.rs: they pin the messages of rustc {PINNED}x, and this is rustc {version}");
    }
}

/// `1.95.0`, as the compiler prints it.
fn compiler_version() -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output().expect("rustc runs: it has just built this test");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().nth(1).unwrap_or("of an unknown release").to_owned()
}
