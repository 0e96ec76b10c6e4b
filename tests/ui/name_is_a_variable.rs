use ppl::prelude::*;

#[model]
fn coin(name: String) -> Tensor {
    sample!(name, Beta::new(2.0, 2.0))
}

fn main() {}
