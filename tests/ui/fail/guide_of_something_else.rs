use ppl::prelude::*;

fn scale() -> f64 {
    8.5
}

#[guide(scale)]
fn scale_guide() {
    sample!("weight", Normal::new(9.0, 0.5));
}

fn main() {
    scale();
}
