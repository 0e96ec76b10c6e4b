use ppl::prelude::*;

#[model]
fn incomplete() {
    deterministic!("x");
}

fn main() {}
