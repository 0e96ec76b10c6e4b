use ppl::prelude::*;

#[model]
fn wrong() -> f64 {
    let x = sample!("x", Normal::new(0.0, 1.0));
    x.item();
}

fn main() {}
