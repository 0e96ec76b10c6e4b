//! Recursion: a model that calls itself until it is done.
//!
//! ```text
//! cargo run --release --example geometric
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The number of failures before the first success; each run visits as many sites as it needs.
#[model]
fn geometric(p: f64, trial: usize) -> Tensor {
    // The trial is part of the name: every site of a run has its own.
    let success = sample!("success_{trial}", Bernoulli::new(p));
    if success == 1.0 { Tensor::from(trial as f64) } else { call!(geometric(p, trial + 1)) }
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (trace, failures) = geometric(0.3, 0).trace_output(Key::new(2))?;
    println!("{} failures, by the sites {:?}", failures.item(), trace.names().collect::<Vec<_>>());

    let runs = 100_000;
    let mut total = 0.0;
    for seed in 0..runs {
        total += geometric(0.3, 0).trace_output(Key::new(seed))?.1.item();
    }
    println!("mean of {runs} runs: {:.3}; exact (1 - p) / p: {:.3}", total / runs as f64, 0.7 / 0.3);

    // Given that the first two trials failed, the mean is two more: the distribution has no memory.
    let failed_twice = geometric(0.3, 0).condition("success_0", 0.0).condition("success_1", 0.0);
    let mut total = 0.0;
    for seed in 0..runs {
        total += failed_twice.trace_output(Key::new(seed))?.1.item();
    }
    println!("after two failures: {:.3}; exact: {:.3}", total / runs as f64, 2.0 + 0.7 / 0.3);
    Ok(())
}
