use ppl::prelude::*;

#[model]
fn draws() -> impl Iterator<Item = f64> {
    std::iter::once(sample!("x", Normal::new(0.0, 1.0)).item())
}

fn main() {}
