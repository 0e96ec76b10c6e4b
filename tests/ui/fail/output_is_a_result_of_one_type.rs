// Inference would not look at such an output: an `Err` in it would be lost.

use ppl::prelude::*;

#[model]
fn nothing(y: f64) -> ppl::Result<()> {
    if y < 0.0 {
        return Err(ppl::Error::Model("negative".into()));
    }
    observe!("y", Exponential::new(1.0), y);
    Ok(())
}

#[model]
fn number() -> ppl::Result<Tensor> {
    Ok(sample!("x", Normal::new(0.0, 1.0)))
}

fn main() {}
