//! A coin: the smallest inference, checked against the answer on paper.
//!
//! ```text
//! cargo run --release --example 11_coin
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// Ten tosses of a coin of unknown fairness.
///
/// As in Pyro, `sample!` draws and `observe!` conditions; unlike there, the names are checked by the compiler, and the
/// shape of `tosses` must be that of the plate.
#[model]
fn coin(tosses: &Tensor) {
    let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    plate!("toss", tosses.size(), {
        observe!("heads", Bernoulli::new(fairness), tosses);
    });
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let tosses = Tensor::from([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);

    let posterior = Nuts::new().draws(2000).seed(1).run(&coin(&tosses))?;
    println!("{}", posterior.summary());

    // The Beta prior is conjugate: six heads and four tails make it Beta(16, 14).
    let exact = Beta::new(16.0, 14.0)?;
    println!(
        "exact: mean {:.4}, sd {:.4}; sampled: mean {:.4}",
        exact.mean().item(),
        exact.stddev().item(),
        posterior.get(coin::fairness)?.mean(),
    );

    let x = Tensor::linspace(0.2, 0.85, 200);
    plot::axes()
        .histogram(posterior.get(coin::fairness)?.iter(), 40)
        .label("8000 draws")
        .line(x.to_vec(), exact.prob(&x)?.to_vec())
        .label("Beta(16, 14)")
        .x_label("fairness")
        .hide_y()
        .save("target/examples/11_coin.svg")
}
