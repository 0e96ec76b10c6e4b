use ppl::prelude::*;

#[model]
fn checked(y: f64) {
    if y < 0.0 {
        return Err(y);
    }
    observe!("y", Exponential::new(1.0), y);
}

fn main() {}
