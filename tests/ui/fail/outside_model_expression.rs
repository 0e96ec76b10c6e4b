use ppl::prelude::*;

fn plain() -> Tensor {
    let x = observe!("x", Normal::new(0.0, 1.0), 0.5);
    x + 1.0
}

fn main() {}
