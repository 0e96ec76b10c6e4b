use ppl::prelude::*;

#[model]
fn until_positive() {
    let mut place = Tensor::from(-1.0);
    while place < 0.0 {
        place = sample!("place", Normal::new(place, 1.0));
    }
}

fn main() {}
