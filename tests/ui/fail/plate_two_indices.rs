use ppl::prelude::*;

#[model]
fn flat() {
    plate!("n", 3, subsample_size = 2, |i, j| {
        sample!("x", Normal::new(0.0, 1.0));
    });
}

fn main() {}
