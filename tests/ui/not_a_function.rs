use ppl::prelude::*;

#[model]
struct Coin {
    fairness: f64,
}

trait Toss {
    #[model]
    fn toss() -> Tensor;
}

fn main() {}
