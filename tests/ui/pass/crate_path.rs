//! `crate = path`: for crates that know `ppl` by another path only.

#![deny(warnings)]

/// What knows of `ppl`.
pub mod facade {
    /// As another crate exports `ppl`.
    pub mod inner {
        pub use ppl::*;
    }
}

use facade::inner::distribution::Normal;
use facade::inner::random::Key;
use facade::inner::{ModelExt, guide, model, observe, param, plate, sample};

#[model(crate = crate::pass::crate_path::facade::inner)]
fn scale(guess: f64) -> f64 {
    let spread = param!("spread", 1.0);
    let weight = sample!("weight", Normal::new(guess, spread));
    plate!("n", 2, {
        observe!("measurement", Normal::new(&weight, 0.75), [9.5, 9.0]);
    });
    weight.item()
}

#[guide(scale, crate = crate::pass::crate_path::facade::inner)]
fn scale_guide() {
    sample!("weight", Normal::new(9.0, 1.0));
}

#[model(crate = ::ppl,)]
fn absolute() {}

#[test]
fn passes() {
    let site: facade::inner::Site<facade::inner::Latent> = scale::weight;
    assert_eq!(scale(1.0).condition(site, 2.0).trace_output(Key::new(0)).unwrap().1, 2.0);
    assert!(scale_guide().trace(0).is_ok());
    assert!(absolute().trace(0).is_ok());
}
