use ppl::prelude::*;

#[model]
fn scale(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    let tilt = sample!("tilt", Normal::new(0.0, 0.1));
    observe!("measurement", Normal::new(weight + tilt, 0.75), 9.5);
}

#[guide(scale)]
fn scale_guide() {
    sample!("weight", Normal::new(9.0, 1.0));
    sample!("tilt", Normal::new(0.0, 0.1));
    sample!("measurement", Normal::new(9.0, 1.0));
}

fn main() {}
