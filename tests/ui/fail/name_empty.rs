use ppl::prelude::*;

#[model]
fn nameless() {
    sample!("", Normal::new(0.0, 1.0));
}

fn main() {}
