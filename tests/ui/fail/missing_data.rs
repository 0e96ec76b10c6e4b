use ppl::prelude::*;

#[model]
fn coin(fairness: f64) {
    observe!("heads", Bernoulli::new(fairness));
}

fn main() {}
