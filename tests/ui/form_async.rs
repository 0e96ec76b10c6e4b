use ppl::prelude::*;

#[model]
async fn coin() -> Tensor {
    std::future::ready(()).await;
    sample!("heads", Beta::new(2.0, 2.0))
}

fn main() {
    let _ = coin().trace(0);
}
