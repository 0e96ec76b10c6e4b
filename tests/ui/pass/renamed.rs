//! The crate under another name.
#![deny(warnings)]

pub extern crate ppl as prob;

mod vendored {
    pub use prob as inner;
}

use prob::prelude::*;

#[model(crate = ::prob)]
fn extern_name() {
    sample!("x", Normal::new(param!("loc", 0.0), 1.0));
}

#[model(crate = crate::vendored::inner)]
fn re_exported() {
    sample!("x", Normal::new(param!("loc", 0.0), 1.0));
}

#[guide(extern_name, crate = ::prob)]
fn guide_of_it() {
    prob::sample!("x", Normal::new(0.0, 1.0));
}

fn main() -> prob::Result<()> {
    assert_eq!(extern_name().trace(0)?.sites().len(), 2);
    assert_eq!(re_exported().trace(0)?.sites().len(), 2);
    assert_eq!(guide_of_it().trace(0)?.sites().len(), 1);
    Ok(())
}
