use ppl::prelude::*;

#[model]
fn wrong(steps: usize) {
    let a = sample!("a b", Normal::new(0.0, 1.0));
    for t in 0..steps {
        sample!("x", Normal::new(a, 1.0));
    }
    observe!("y", Normal::new(0.0, 1.0));
    sample!("z", Normal::new(0.0, 1.0));
    sample!("z", Normal::new(0.0, 1.0));
    (0..3).for_each(|i| drop(sample!("w_{i}", Normal::new(0.0, 1.0))));
}

fn main() {
    // What is right of the model can be used.
    let _ = wrong(2).condition(wrong::z, 1.0);
}
