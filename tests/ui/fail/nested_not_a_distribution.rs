use ppl::prelude::*;

#[model]
fn coin() {
    sample!("heads", sample!("fairness", Beta::new(2.0, 2.0)));
}

fn main() {}
