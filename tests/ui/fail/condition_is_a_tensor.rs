// A tensor in the place of a `bool`: the message says how it is compared, and how both branches are kept.

use ppl::prelude::*;

#[model]
fn mixture(flags: Tensor) {
    let z = sample!("z", Bernoulli::new(0.5));
    if z {
        sample!("x", Normal::new(0.0, 1.0));
    }
    let y = sample!("y", Normal::new(0.0, 1.0));
    if !flags && y.greater(0.0) {
        sample!("w", Normal::new(0.0, 1.0));
    }
}

fn main() {}
