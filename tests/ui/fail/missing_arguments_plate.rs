use ppl::prelude::*;

#[model]
fn incomplete() {
    plate!("x");
}

fn main() {}
