// As in Stan and NumPyro: distributions are types here, and arguments have no names.

use ppl::prelude::*;

#[model]
fn other_languages(y: f64) {
    let a = sample!("a", Normal(0.0, 1.0));
    let b = sample!("b", Normal::new(loc = a, scale = 1.0)?);
    let c = sample!("c", HalfNormal);
    observe!("y", Normal(b, c).mask(true), y);
}

fn main() {}
