use ppl::prelude::*;

#[model]
fn coin() {
    sample!("fairness", 0.5);
}

fn main() {}
