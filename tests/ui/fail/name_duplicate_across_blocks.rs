use ppl::prelude::*;

#[model]
fn sequential(wide: bool) {
    if wide {
        sample!("x", Normal::new(0.0, 2.0));
    }
    if !wide {
        sample!("x", Normal::new(0.0, 1.0));
    }
}

fn main() {}
