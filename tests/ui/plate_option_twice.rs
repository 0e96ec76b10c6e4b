use ppl::prelude::*;

#[model]
fn coins() {
    plate!("coin", 30, dim = -1, dim = -2, {
        sample!("heads", Beta::new(2.0, 2.0));
    });
}

fn main() {}
