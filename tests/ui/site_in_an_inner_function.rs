use ppl::prelude::*;

#[model]
fn coin() -> Tensor {
    fn prior() -> Tensor {
        sample!("heads", Beta::new(2.0, 2.0))
    }
    prior()
}

fn main() {}
