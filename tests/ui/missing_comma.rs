use ppl::prelude::*;

#[model]
fn coin() -> Tensor {
    sample!("heads" Beta::new(2.0, 2.0))
}

fn main() {}
