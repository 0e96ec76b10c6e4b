use ppl::prelude::*;

#[model]
fn wrong(labels: &[usize], heights: Vec<f32>) {
    plate!("n", labels.len(), {
        observe!("label", Categorical::new([0.5, 0.5]), labels);
        observe!("height", Normal::new(0.0, 1.0), heights);
    });
}

fn main() {}
