use ppl::prelude::*;

#[guide]
fn scale_guide() {
    sample!("weight", Normal::new(9.0, 0.5));
}

fn main() {}
