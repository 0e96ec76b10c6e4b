use ppl::prelude::*;

#[model]
fn second() {
    let x = sample!("x", Normal::new([0.0, 1.0], 1.0));
    sample!("y", Normal::new(&x[1], 1.0));
    let i: usize = 0;
    sample!("z", Normal::new(x[i], 1.0));
}

fn main() {}
