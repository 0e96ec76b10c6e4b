use ppl::prelude::*;

#[model]
fn scale(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    let tolerance = param!("tolerance", 0.75);
    observe!("measurement", Normal::new(weight, tolerance), 9.5);
}

#[guide(scale, given = [tolerance, measurement, wieght])]
fn scale_guide() {
    sample!("weight", Normal::new(9.0, 1.0));
}

fn main() {}
