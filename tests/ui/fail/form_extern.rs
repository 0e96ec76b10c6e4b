use ppl::prelude::*;

#[model]
extern "C" fn wrong() {
    sample!("x", Normal::new(0.0, 1.0));
}

fn main() {}
