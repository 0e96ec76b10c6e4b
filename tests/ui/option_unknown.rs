use ppl::prelude::*;

#[model(vectorized)]
fn coin() {
    sample!("heads", Beta::new(2.0, 2.0));
}

fn main() {}
