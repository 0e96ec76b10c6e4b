use ppl::prelude::*;

#[model]
fn wrong(early: bool) -> f64 {
    if early {
        return "early";
    }
    sample!("x", Normal::new(0.0, 1.0)).item()
}

fn main() {}
