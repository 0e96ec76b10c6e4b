use ppl::prelude::*;

#[model]
fn flat() {
    plate!("n", 3, dim = -1, dim = -2, {
        sample!("x", Normal::new(0.0, 1.0));
    });
}

fn main() {}
