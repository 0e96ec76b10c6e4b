use ppl::prelude::*;

#[model]
fn wrong(given: Option<f64>) {
    let mean = given?;
    sample!("x", Normal::new(mean, 1.0));
}

fn main() {}
