// The compiler's first help is right; to own the tensor, as `fn mean(y: Tensor)`, is simpler.

use ppl::prelude::*;

#[model]
fn mean(y: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("n", y.size(), {
        observe!("y", Normal::new(mu, 1.0), y);
    });
}

fn of_a_local() -> impl Model {
    let y = Tensor::from([1.0, 2.0]);
    mean(&y)
}

fn main() {
    let model = mean(&Tensor::from([1.0, 2.0]));
    let _ = model.trace(0);
    let _ = of_a_local();
}
