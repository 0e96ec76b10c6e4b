use ppl::prelude::*;

fn coin() -> Tensor {
    sample!("heads", Beta::new(2.0, 2.0))
}

fn data() {
    observe!("y", Normal::new(0.0, 1.0), 1.0);
}

fn members() {
    plate!("n", 3, {
        param!()
    });
}

fn main() {}
