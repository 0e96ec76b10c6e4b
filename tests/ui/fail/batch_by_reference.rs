// Batches of an iterator over references: the message says how to have them by value.

use ppl::prelude::*;
use ppl_infer::prelude::*;

#[model]
fn mean(y: Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("n", y.size(), { observe!("y", Normal::new(mu, 1.0), y); });
}

fn main() {
    let batches = vec![Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0])];
    let guide = AutoNormal::new(mean(batches[0].clone())).unwrap();
    let mut state = Svi::new(Adam::new(0.1)).start().unwrap();
    let _ = state.run_batches(batches.iter(), |y| (mean(y.clone()), &guide));
}
