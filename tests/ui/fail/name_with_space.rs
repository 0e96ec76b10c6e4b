use ppl::prelude::*;

#[model]
fn malformed() {
    sample!("body weight", Normal::new(0.0, 1.0));
}

fn main() {}
