//! The user's own items may have the names of the standard library's and of ours.
#![deny(warnings)]
#![allow(dead_code, unused_macros, reason = "they are there to be in the way")]

mod core {}
mod std {}
mod alloc {}
mod ppl {}

struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Err;
struct Clone;
struct Ctx;
struct Model;
struct Site;
struct SiteInfo;
struct SiteKind;
struct Latent;
struct Exit;
struct Constraint;
struct String;
struct Vec;
struct Tensor;
macro_rules! format {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! unreachable {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}
fn bind() {}

use ::ppl::ModelExt as _;
use ::ppl::distribution::{HalfNormal, Normal};

#[::ppl::model]
fn model(ctx: f64, output: f64) -> f64 {
    let __ppl_ctx = ctx;
    let __ppl_output = output;
    let scale = ::ppl::param!("scale", 1.0);
    let x = ::ppl::sample!("x", Normal::new(::ppl::sample!("loc", Normal::new(__ppl_ctx, 1.0)), scale));
    ::ppl::plate!("n", 2, subsample = 1, dim = -1, |index| {
        ::ppl::observe!("y", Normal::new(&x, 1.0), [index[0] as f64]);
    });
    for t in 0..2 {
        ::ppl::sample!("z_{t}", HalfNormal::new(1.0));
    }
    if x > 1e6 {
        return 0.0;
    }
    __ppl_ctx + __ppl_output
}

#[::ppl::guide(model)]
fn guide() {
    ::ppl::sample!("loc", Normal::new(0.0, 1.0));
    ::ppl::sample!("x", Normal::new(0.0, 1.0));
    for t in 0..2 {
        ::ppl::sample!("z_{t}", HalfNormal::new(1.0));
    }
}

fn main() {
    let ::core::result::Result::Ok((trace, output)) = model(1.0, 2.0).trace_output(::ppl::random::Key::new(0)) else {
        panic!("the model runs")
    };
    assert_eq!(output, 3.0);
    assert_eq!(trace.sites().len(), 6);
    assert!(guide().trace(0).is_ok());
}
