use ppl::prelude::*;

#[model]
fn incomplete() {
    call!("scope");
}

fn main() {}
