use ppl::prelude::*;

#[model]
fn incomplete() {
    observe!("x", Normal::new(0.0, 1.0));
}

fn main() {}
