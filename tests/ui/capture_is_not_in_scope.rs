use ppl::prelude::*;

#[model]
fn coins(n: usize) {
    for i in 0..n {
        let _ = i;
        sample!("coin_{j}", Beta::new(2.0, 2.0));
    }
}

fn main() {}
