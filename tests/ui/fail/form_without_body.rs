use ppl::prelude::*;

trait Coin {
    #[model]
    fn toss();
}

fn main() {}
