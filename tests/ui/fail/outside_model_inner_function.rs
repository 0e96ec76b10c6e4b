use ppl::prelude::*;

#[model]
fn outer() {
    fn helper() -> Tensor {
        sample!("x", Normal::new(0.0, 1.0))
    }
    factor!("f", helper());
}

fn main() {}
