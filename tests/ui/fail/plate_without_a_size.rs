use ppl::prelude::*;

#[model]
fn coins() {
    plate!("coin", {
        sample!("heads", Beta::new(2.0, 2.0));
    });
}

fn main() {}
