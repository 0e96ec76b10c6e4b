use ppl::prelude::*;

struct Coin {
    heads: f64,
}

impl Coin {
    #[model]
    fn toss(&self) {
        sample!("x", Normal::new(self.heads, 1.0));
    }
}

fn main() {}
