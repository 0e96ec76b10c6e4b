use ppl::prelude::*;

#[model]
fn flat() {
    plate!("n", 3.0, {
        sample!("x", Normal::new(0.0, 1.0));
    });
}

fn main() {}
