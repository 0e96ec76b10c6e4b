use ppl::prelude::*;

#[model]
fn two_kinds() {
    let x = sample!("x", Normal::new(0.0, 1.0));
    observe!("x", Normal::new(x, 1.0), 0.5);
}

fn main() {}
