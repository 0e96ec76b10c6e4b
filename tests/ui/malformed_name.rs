use ppl::prelude::*;

#[model]
fn coin() -> Tensor {
    sample!("P(heads)", Beta::new(2.0, 2.0))
}

fn main() {}
