use ppl::prelude::*;

#[model]
fn counts(total: &mut f64) {
    *total += sample!("x", Normal::new(0.0, 1.0)).item();
}

fn main() {}
