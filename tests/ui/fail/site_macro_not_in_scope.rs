use ppl::model;

#[model]
fn coin() {
    sample!("heads", ppl::distribution::Beta::new(2.0, 2.0));
}

fn main() {}
