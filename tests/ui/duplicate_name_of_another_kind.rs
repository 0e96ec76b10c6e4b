use ppl::prelude::*;

#[model]
fn scale(measurement: Option<f64>) {
    let weight = sample!("weight", Normal::new(8.5, 1.0));
    if let Some(value) = measurement {
        observe!("measurement", Normal::new(&weight, 0.75), value);
    } else {
        sample!("measurement", Normal::new(&weight, 0.75));
    }
}

fn main() {}
