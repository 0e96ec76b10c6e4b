use ppl::prelude::*;

#[model]
fn until_positive() -> Tensor {
    loop {
        let place = sample!("place", Normal::new(0.0, 1.0));
        if place > 0.0 {
            break place;
        }
    }
}

fn main() {}
