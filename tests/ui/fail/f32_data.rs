use ppl::prelude::*;

#[model]
fn single_precision(y: Vec<f32>) {
    plate!("n", y.len(), { observe!("y", Normal::new(0.0, 1.0), y) });
}

fn main() {}
