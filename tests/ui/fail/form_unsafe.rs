use ppl::prelude::*;

#[model]
unsafe fn wrong() {
    sample!("x", Normal::new(0.0, 1.0));
}

fn main() {}
