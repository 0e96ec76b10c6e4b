use ppl::prelude::*;

#[model]
fn coin(data: f64) {
    sample!("heads", Bernoulli::new(0.5), obs = data);
}

fn main() {}
