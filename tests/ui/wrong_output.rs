use ppl::prelude::*;

#[model]
fn tail() -> f64 {
    sample!("fairness", Beta::new(2.0, 2.0))
}

#[model]
fn early(stop: bool) -> f64 {
    if stop {
        return "one";
    }
    1.0
}

fn main() {}
