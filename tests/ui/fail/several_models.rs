use ppl::prelude::*;

#[model]
fn first() {
    sample!("", Normal::new(0.0, 1.0));
}

#[model(bogus)]
async fn second(mean: f64) {
    sample!("x", Normal::new(mean, 1.0), 1.0);
}

#[guide(first)]
fn third() {
    observe!("x", Normal::new(0.0, 1.0), 0.0);
}

fn main() {}
