use ppl::prelude::*;

#[model]
unsafe fn coin() -> Tensor {
    sample!("heads", Beta::new(2.0, 2.0))
}

fn main() {
    let _ = coin().trace(0);
}
