use ppl::prelude::*;

#[model]
fn heights(data: &[f64]) {
    let mean = sample!("mean", Normal::new(170.0, 10.0));
    for y in data {
        observe!("y", Normal::new(&mean, 8.0), *y);
    }
}

fn main() {}
