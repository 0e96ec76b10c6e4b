use ppl::prelude::*;

#[model]
const fn wrong() {
    sample!("x", Normal::new(0.0, 1.0));
}

fn main() {}
