use ppl::prelude::*;

#[model]
fn wrong(y: f64) {
    observe!("y", y, Normal::new(0.0, 1.0));
}

fn main() {}
