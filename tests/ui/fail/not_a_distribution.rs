use ppl::prelude::*;

#[model]
fn wrong() {
    sample!("x", 1.0);
}

fn main() {}
