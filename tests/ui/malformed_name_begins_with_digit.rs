use ppl::prelude::*;

#[model]
fn coin() -> Tensor {
    sample!("2nd_coin", Beta::new(2.0, 2.0))
}

fn main() {}
