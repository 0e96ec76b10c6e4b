use ppl::prelude::*;

#[model]
fn scale(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    let tilt = sample!("tilt", Normal::new(0.0, 0.1));
    observe!("measurement", Normal::new(weight + tilt, 0.75), 9.5);
}

fn main() {
    let _ = scale(8.5).condition_all([(scale::weight, 9.0), (scale::tilt, 0.1)]);
    let _ = scale(8.5).condition_all([(scale::measurement, 9.5)]);
}
