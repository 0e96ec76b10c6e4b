use ppl::prelude::*;

#[model]
fn nested() {
    sample!("x", Normal::new(sample!("x", Normal::new(0.0, 1.0)), 1.0));
}

fn main() {}
