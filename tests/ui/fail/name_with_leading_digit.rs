use ppl::prelude::*;

#[model]
fn malformed() {
    sample!("2nd", Normal::new(0.0, 1.0));
}

fn main() {}
