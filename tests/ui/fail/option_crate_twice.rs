use ppl::prelude::*;

#[model(crate = ::ppl, crate = ::ppl)]
fn right() {
    sample!("x", Normal::new(0.0, 1.0));
}

fn main() {}
