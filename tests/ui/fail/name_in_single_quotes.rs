use ppl::prelude::*;

#[model]
fn wrong() {
    sample!('x', Normal::new(0.0, 1.0));
    sample!("beta[1]", Normal::new(0.0, 1.0));
}

fn main() {}
