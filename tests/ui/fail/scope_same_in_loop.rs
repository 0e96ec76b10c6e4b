use ppl::prelude::*;

#[model]
fn part() {
    sample!("x", Normal::new(0.0, 1.0));
}

#[model]
fn whole() {
    for i in 0..2 {
        call!("part", part());
    }
}

fn main() {}
