use ppl::prelude::*;

#[model]
fn nested(sizes: Vec<usize>) {
    plate!("outer", 3, dims = -1, {
        let x = sample!("x", Normal::new(sample!("1", Normal::new(0.0, 1.0)), sample!("s")));
        plate!("inner", 2, |i, j| {
            sample!("y-z", Normal::new(x, 1.0));
        });
        assert!(sample!("x", Normal::new(0.0, 1.0)) > 0.0);
        let _ = vec![sample!("v"); 2];
    });
}

fn main() {}
