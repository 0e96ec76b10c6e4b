use ppl::prelude::*;

#[model]
fn coin() -> Tensor {
    sample!("", Beta::new(2.0, 2.0))
}

fn main() {}
