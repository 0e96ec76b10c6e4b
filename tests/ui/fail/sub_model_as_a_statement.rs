use ppl::prelude::*;

#[model]
fn observed(mean: &Tensor, y: f64) {
    observe!("y", Normal::new(mean, 1.0), y);
}

#[model]
fn whole(y: f64) {
    let mean = sample!("mean", Normal::new(0.0, 1.0));
    observed(&mean, y);
    if mean > 0.0 {
        observed(&mean, -y);
    }
}

fn main() {}
