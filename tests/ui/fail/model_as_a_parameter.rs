use ppl::prelude::*;

#[model]
fn location() -> Tensor {
    sample!("location", Normal::new(0.0, 1.0))
}

#[model]
fn outer() {
    sample!("x", Normal::new(location(), 1.0));
}

fn main() {}
