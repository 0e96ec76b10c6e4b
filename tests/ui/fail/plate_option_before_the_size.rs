use ppl::prelude::*;

#[model]
fn coins() {
    plate!("coin", subsample_size = 10, 30, |index| {
        sample!("heads", Beta::new(2.0, 2.0));
    });
}

fn main() {}
