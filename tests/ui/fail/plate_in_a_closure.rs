use ppl::prelude::*;

#[model]
fn coins() {
    let toss = || {
        plate!("coin", 3, {
            sample!("heads", Beta::new(2.0, 2.0))
        })
    };
    toss();
}

fn main() {}
