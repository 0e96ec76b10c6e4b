use ppl::prelude::*;

#[model]
fn coins() {
    plate!("coin", 3, sample!("heads", Beta::new(2.0, 2.0)));
}

fn main() {}
