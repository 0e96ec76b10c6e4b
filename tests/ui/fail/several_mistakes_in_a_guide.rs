use ppl::prelude::*;

#[model]
fn scale(measured: f64) {
    let weight = sample!("weight", Normal::new(8.5, 1.0));
    let tolerance = sample!("tolerance", HalfNormal::new(1.0));
    observe!("measurement", Normal::new(weight, tolerance), measured);
}

#[guide(scale)]
fn wrong_names() {
    sample!("wieght", Normal::new(9.0, 0.5));
    sample!("measurement", Normal::new(9.0, 0.5));
}

// The misspelt name is reported; that `weight` is missing is not, as it may be what was meant.
#[guide(scale)]
fn malformed_name() {
    sample!("weight!", Normal::new(9.0, 0.5));
    observe!("tolerance", Normal::new(9.0, 0.5), 1.0);
}

fn main() {}
