use ppl::prelude::*;

#[model]
fn coin(heads: &str) {
    observe!("heads", Bernoulli::new(0.5), heads);
}

fn main() {}
