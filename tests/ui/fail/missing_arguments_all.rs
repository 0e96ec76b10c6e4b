use ppl::prelude::*;

#[model]
fn incomplete() {
    sample!();
}

fn main() {}
