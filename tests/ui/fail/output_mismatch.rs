use ppl::prelude::*;

#[model]
fn wrong() -> f64 {
    sample!("x", Normal::new(0.0, 1.0))
}

fn main() {}
