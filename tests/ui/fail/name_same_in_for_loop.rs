use ppl::prelude::*;

#[model]
fn walk(steps: usize) {
    let mut place = Tensor::from(0.0);
    for t in 0..steps {
        place = sample!("place", Normal::new(place, 1.0));
    }
}

fn main() {}
