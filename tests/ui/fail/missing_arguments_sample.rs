use ppl::prelude::*;

#[model]
fn incomplete() {
    sample!("x");
}

fn main() {}
