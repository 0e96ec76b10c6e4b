//! The expansion names nothing that the user's own names could hide.

#![allow(dead_code, non_camel_case_types, unused_macros, reason = "decoys")]

mod core {}
mod std {}
mod alloc {}
mod ppl {}

struct Option;
struct Result;
struct Some;
struct None;
struct Ok;
struct Err;
struct String;
struct Vec;
struct Box;
struct Model;
struct Ctx;
struct Site;
struct SiteInfo;
struct SiteKind;
struct Latent;
struct Observed;
struct Param;
struct Constraint;
struct bool;
struct str;
trait Clone {}
trait From {}
trait Into {}
trait Fn {}
fn bind() {}
fn drop() {}

macro_rules! format {
    () => {};
}
macro_rules! unreachable {
    () => {};
}
macro_rules! compile_error {
    () => {};
}

use ::ppl::distribution::Normal;
use ::ppl::{ModelExt, call, deterministic, factor, guide, model, observe, param, plate, sample};

#[model]
fn hidden(steps: usize) -> f64 {
    let scale = param!("scale", 1.0);
    let x = sample!("x", Normal::new(0.0, scale));
    plate!("n", 2, |_index| {
        observe!("y", Normal::new(&x, 1.0), [0.0, 1.0]);
    });
    plate!("m", 4, subsample_size = 2, dim = -1, |_index| {});
    for i in 0..steps {
        sample!("z_{i}", Normal::new(0.0, 1.0));
    }
    factor!("f", deterministic!("d", -x.square()));
    if steps == 3 {
        return 1.0;
    }
    "0.5".parse::<f64>()?;
    call!("scope", child());
    x.item()
}

#[model]
fn child() {
    sample!("x", Normal::new(0.0, 1.0));
}

#[guide(child)]
fn child_guide() {
    sample!("x", Normal::new(0.0, 1.0));
}

#[test]
fn passes() {
    let trace = hidden(1).trace(0).unwrap();
    assert!(trace.get("z_0").is_ok());
    assert!(child_guide().trace(0).is_ok());
}
