//! Guides of models whose data come by `condition`.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn scale(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75))
}

#[model]
fn two_scales(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("left", Normal::new(&weight, 0.75));
    sample!("type", Normal::new(&weight, 0.75));
}

#[guide(scale, given = [measurement])]
fn scale_guide() {
    let loc = param!("loc", 9.0);
    sample!("weight", Normal::new(loc, 1.0));
}

#[guide(two_scales, given = [left, r#type,], crate = ::ppl)]
fn two_scales_guide() {
    sample!("weight", Normal::new(9.0, 1.0));
}

/// Nothing is given.
#[guide(scale, given = [])]
fn prior() {
    let weight = sample!("weight", Normal::new(8.5, 1.0));
    sample!("measurement", Normal::new(weight, 0.75));
}

#[test]
fn passes() -> ppl::Result<()> {
    assert_eq!(scale_guide().trace(0)?.sites().len(), 2);
    assert_eq!(two_scales_guide().trace(0)?.sites().len(), 1);
    assert_eq!(prior().trace(0)?.sites().len(), 2);
    assert_eq!(scale(8.5).condition(scale::measurement, 9.5).trace(0)?.sites().len(), 2);
    assert_eq!(two_scales(8.5).trace(0)?.get(two_scales::r#type)?.rank(), 0);
    Ok(())
}
