use ppl::prelude::*;

#[model]
fn forgotten() {
    sample!(Normal::new(0.0, 1.0));
}

fn main() {}
