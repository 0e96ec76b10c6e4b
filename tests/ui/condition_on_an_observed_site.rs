use ppl::prelude::*;

#[model]
fn scale(measured: f64) {
    let weight = sample!("weight", Normal::new(8.5, 1.0));
    observe!("measurement", Normal::new(weight, 0.75), measured);
}

fn main() {
    let _ = scale(9.5).condition(scale::measurement, 9.5);
}
