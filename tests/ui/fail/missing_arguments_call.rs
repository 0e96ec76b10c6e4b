use ppl::prelude::*;

#[model]
fn incomplete() {
    call!();
}

fn main() {}
