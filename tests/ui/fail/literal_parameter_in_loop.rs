use ppl::prelude::*;

#[model]
fn layers(depth: usize) -> Tensor {
    let mut x = Tensor::from(1.0);
    for (layer, _) in [0.0; 3].iter().take(depth).enumerate() {
        x = x * param!("weight", 1.0);
    }
    x
}

fn main() {}
