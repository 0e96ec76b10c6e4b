use ppl::prelude::*;

#[model]
fn coins(n: usize) -> Vec<Tensor> {
    (0..n).map(|i| sample!("coin_{i}", Beta::new(2.0, 2.0))).collect()
}

fn main() {}
