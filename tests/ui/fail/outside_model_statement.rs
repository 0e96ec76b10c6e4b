use ppl::prelude::*;

fn plain() {
    sample!("x", Normal::new(0.0, 1.0));
}

fn main() {}
