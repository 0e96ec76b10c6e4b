use ppl::prelude::*;

#[model]
fn coins() {
    plate!("coin", 30, subsample_size = 10, |index| {
        let _ = index;
        sample!("heads", Beta::new(2.0, 2.0));
    });
}

fn main() {}
