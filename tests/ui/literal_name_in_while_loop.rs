use ppl::prelude::*;

#[model]
fn geometric(p: f64) -> usize {
    let mut failures = 0;
    while sample!("success", Bernoulli::new(p)) == 0.0 {
        failures += 1;
    }
    failures
}

fn main() {}
