use ppl::prelude::*;

#[model]
fn coin() {
    let later = async { sample!("heads", Beta::new(2.0, 2.0)) };
    drop(later);
}

fn main() {}
