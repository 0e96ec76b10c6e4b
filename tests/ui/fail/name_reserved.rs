use ppl::prelude::*;

#[model]
fn reserved() {
    sample!("SITES", Normal::new(0.0, 1.0));
}

fn main() {}
