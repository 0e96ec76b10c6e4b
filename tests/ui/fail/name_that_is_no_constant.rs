use ppl::prelude::*;

#[model]
fn coin() -> Tensor {
    sample!("self", Beta::new(2.0, 2.0))
}

fn main() {}
