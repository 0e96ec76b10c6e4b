use ppl::prelude::*;

#[model]
fn mixture(left: bool) -> Tensor {
    if left {
        return sample!("x", Normal::new(-1.0, 1.0));
    }
    sample!("x", Normal::new(1.0, 1.0))
}

fn main() {}
