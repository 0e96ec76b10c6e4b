//! Sites and models whose names are keywords.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn r#match() -> Tensor {
    let r#type = sample!("type", Normal::new(0.0, 1.0));
    let looped = sample!("loop", Normal::new(&r#type, 1.0));
    sample!("async", Normal::new(looped, 1.0));
    sample!("gen", Normal::new(0.0, 1.0));
    sample!("macro_rules", Normal::new(0.0, 1.0));
    sample!("_private", Normal::new(0.0, 1.0));
    sample!("Upper", Normal::new(0.0, 1.0));
    sample!("match", Normal::new(0.0, 1.0))
}

#[guide(r#match)]
fn guide() {
    for _ in 0..0 {}
    sample!("type", Normal::new(0.0, 1.0));
    sample!("loop", Normal::new(0.0, 1.0));
    sample!("async", Normal::new(0.0, 1.0));
    sample!("gen", Normal::new(0.0, 1.0));
    sample!("macro_rules", Normal::new(0.0, 1.0));
    sample!("_private", Normal::new(0.0, 1.0));
    sample!("Upper", Normal::new(0.0, 1.0));
    sample!("match", Normal::new(0.0, 1.0));
}

#[test]
fn passes() {
    let trace = r#match().condition(r#match::r#type, 1.5).trace(0).unwrap();
    assert_eq!(trace.get("type").unwrap().item(), 1.5);
    assert_eq!(trace.get(r#match::r#async).unwrap().rank(), 0);
    assert_eq!(r#match().signature().name, "match");
    assert!(guide().trace(0).unwrap().get(guide::r#gen).is_ok());
}
