use ppl::prelude::*;

#[model]
fn part(at: f64) {
    sample!("x", Normal::new(at, 1.0));
}

#[model]
fn whole() {
    call!(part(0.0), 1.0);
}

fn main() {}
