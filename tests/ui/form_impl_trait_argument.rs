use ppl::prelude::*;

#[model]
fn total(parts: impl Iterator<Item = f64> + Clone) {
    sample!("x", Normal::new(parts.sum::<f64>(), 1.0));
}

fn main() {}
