use ppl::prelude::*;
use ppl_infer::Posterior;

#[model]
fn scale(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    let tilt = sample!("tilt", Normal::new(0.0, 0.1));
    observe!("measurement", Normal::new(weight + tilt, 0.75), 9.5);
}

fn lookup(posterior: &Posterior) {
    let _ = posterior.get(scale::measurement);
}

fn main() {}
