use ppl::prelude::*;

#[model]
fn coin() {
    let heads = sample!("heads", Beta::new(2.0, 2.0));
    sample!("heads", Bernoulli::new(heads));
}

fn main() {}
