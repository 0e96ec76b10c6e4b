use ppl::prelude::*;

#[model]
fn wrong() {
    observe!("x", Normal::new(0.0, 1.0), "tall");
}

fn main() {}
