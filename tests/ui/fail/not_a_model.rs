use ppl::prelude::*;

fn plain() -> f64 {
    1.0
}

#[model]
fn wrong() {
    call!(plain());
}

fn main() {}
