use ppl::prelude::*;

#[model]
fn groups(sizes: Vec<usize>) {
    for (group, size) in sizes.iter().enumerate() {
        plate!("member", *size, {
            sample!("x_{group}", Normal::new(0.0, 1.0));
        });
    }
}

fn main() {}
