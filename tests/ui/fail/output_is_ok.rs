// Errors leave a model by `?` and `return Err(..)`; its value is not wrapped.

use ppl::prelude::*;

#[model]
fn at_the_end() {
    sample!("x", Normal::new(0.0, 1.0));
    Ok(())
}

#[model]
fn early(stop: bool) -> Tensor {
    if stop {
        return Ok(Tensor::from(0.0));
    }
    Ok(sample!("x", Normal::new(0.0, 1.0)))
}

fn main() {}
