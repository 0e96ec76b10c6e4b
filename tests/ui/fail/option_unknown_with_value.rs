use ppl::prelude::*;

#[model(name = "scale")]
fn right() {
    sample!("x", Normal::new(0.0, 1.0));
}

fn main() {}
