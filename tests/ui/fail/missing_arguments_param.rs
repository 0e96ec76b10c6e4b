use ppl::prelude::*;

#[model]
fn incomplete() {
    param!("x");
}

fn main() {}
