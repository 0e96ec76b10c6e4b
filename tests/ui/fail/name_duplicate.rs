use ppl::prelude::*;

#[model]
fn twice() {
    sample!("x", Normal::new(0.0, 1.0));
    sample!("x", Normal::new(1.0, 1.0));
}

fn main() {}
