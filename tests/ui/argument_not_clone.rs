use ppl::prelude::*;

struct Data(Vec<f64>);

#[model]
fn coin(data: Data) {
    observe!("heads", Bernoulli::new(0.5), data.0);
}

#[model]
fn any<T: Into<Tensor>>(data: T) {
    observe!("heads", Bernoulli::new(0.5), data.into());
}

fn main() {}
