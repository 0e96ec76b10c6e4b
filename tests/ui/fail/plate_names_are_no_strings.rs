use ppl::prelude::*;

#[model]
fn schools() {
    plate!("school", [1, 2, 3], {
        sample!("theta", Normal::new(0.0, 1.0));
    });
}

fn main() {}
