use ppl::prelude::*;

struct Data(f64);

#[model]
fn wrong(data: Data) {
    sample!("x", Normal::new(data.0, 1.0));
}

fn main() {}
