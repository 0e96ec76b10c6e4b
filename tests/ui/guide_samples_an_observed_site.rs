use ppl::prelude::*;

#[model]
fn scale(measured: f64) {
    let weight = sample!("weight", Normal::new(8.5, 1.0));
    observe!("measurement", Normal::new(weight, 0.75), measured);
}

#[guide(scale)]
fn scale_guide() {
    sample!("weight", Normal::new(9.0, 0.5));
    sample!("measurement", Normal::new(9.0, 0.5));
}

fn main() {}
