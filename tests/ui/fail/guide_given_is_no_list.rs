use ppl::prelude::*;

#[model]
fn scale(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75))
}

#[guide(scale, given = measurement)]
fn scale_guide() {
    sample!("weight", Normal::new(9.0, 1.0));
}

#[guide(scale, observed = [measurement])]
fn another() {
    sample!("weight", Normal::new(9.0, 1.0));
}

fn main() {}
