use ppl::prelude::*;

#[model]
fn wrong(y: f64) {
    let x = sample!(Normal::new(0.0, 1.0), "x");
    observe!(Normal::new(x, 1.0), "y", y);
}

fn main() {}
