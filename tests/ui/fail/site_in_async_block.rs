use ppl::prelude::*;

#[model]
fn later() {
    let future = async { sample!("x", Normal::new(0.0, 1.0)) };
    drop(future);
}

fn main() {}
