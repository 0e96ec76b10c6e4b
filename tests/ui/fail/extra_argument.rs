use ppl::prelude::*;

#[model]
fn extra() {
    sample!("x", Normal::new(0.0, 1.0), 2.0);
}

fn main() {}
