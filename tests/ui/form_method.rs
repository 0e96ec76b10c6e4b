use ppl::prelude::*;

struct Coin {
    prior: f64,
}

impl Coin {
    #[model]
    fn toss(&self) -> Tensor {
        sample!("heads", Beta::new(self.prior, self.prior))
    }

    #[model]
    fn consume(self) -> Tensor {
        sample!("heads", Beta::new(self.prior, self.prior))
    }
}

fn main() {
    let coin = Coin { prior: 2.0 };
    let _ = coin.toss().trace(0);
    let _ = coin.consume().trace(0);
}
