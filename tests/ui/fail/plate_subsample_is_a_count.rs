use ppl::prelude::*;

#[model]
fn minibatch(data: &Tensor, count: usize) {
    plate!("row", data.size(), subsample = 200, |index| {
        observe!("y", Normal::new(0.0, 1.0), data.take(0, &index));
    });
    plate!("again", data.size(), subsample_size = 3, subsample = [0, 1, 2], {});
    plate!("counted", data.size(), subsample = count, {});
}

#[model]
fn of_a_size(data: &Tensor) {
    plate!("row", data.size(), subsample_size = 2.0, {});
}

fn main() {}
