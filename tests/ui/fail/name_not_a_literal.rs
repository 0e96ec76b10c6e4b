use ppl::prelude::*;

#[model]
fn computed(name: String) {
    sample!(name, Normal::new(0.0, 1.0));
}

fn main() {}
