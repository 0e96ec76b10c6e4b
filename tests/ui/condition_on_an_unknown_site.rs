use ppl::prelude::*;

#[model]
fn scale() {
    let weight = sample!("weight", Normal::new(8.5, 1.0));
    sample!("measurement", Normal::new(weight, 0.75));
}

fn main() {
    let _ = scale().condition(scale::mesurement, 9.5);
}
