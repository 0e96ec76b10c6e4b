use ppl::prelude::*;

#[model]
fn until_positive() {
    while sample!("place", Normal::new(0.0, 1.0)) < 0.0 {}
}

fn main() {}
