use ppl::prelude::*;

#[model]
fn mapped() -> f64 {
    (0..3).map(|i| sample!("x_{i}", Normal::new(0.0, 1.0)).item()).sum()
}

fn main() {}
