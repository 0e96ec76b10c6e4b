use ppl::prelude::*;

#[model]
fn typo() {
    sample!("x" Normal::new(0.0, 1.0));
}

fn main() {}
