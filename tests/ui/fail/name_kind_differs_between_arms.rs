use ppl::prelude::*;

#[model]
fn data(y: Option<f64>) {
    match y {
        Some(y) => observe!("y", Normal::new(0.0, 1.0), y),
        None => sample!("y", Normal::new(0.0, 1.0)),
    };
}

fn main() {}
