use ppl::prelude::*;

#[model]
fn coins(n: usize) {
    for i in 0..n {
        sample!("coin_{i + 1}", Beta::new(2.0, 2.0));
    }
}

fn main() {}
