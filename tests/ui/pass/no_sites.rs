//! A model needs no sites, and no body to speak of.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn nothing() {}

#[model()]
fn number() -> f64 {
    1.0
}

#[test]
fn passes() -> ppl::Result<()> {
    assert_eq!(nothing().trace(0)?.sites().len(), 0);
    assert_eq!(number().clone().trace_output(Key::new(0))?.1, 1.0);
    assert!(nothing::SITES.is_empty() && !nothing::OPEN);
    Ok(())
}
