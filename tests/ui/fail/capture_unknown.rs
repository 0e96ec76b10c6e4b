use ppl::prelude::*;

#[model]
fn walk() {
    for t in 0..2 {
        sample!("place_{time}", Normal::new(f64::from(t), 1.0));
    }
}

fn main() {}
