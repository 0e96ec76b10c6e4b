use ppl::prelude::*;

#[model]
fn incomplete() {
    factor!("x");
}

fn main() {}
