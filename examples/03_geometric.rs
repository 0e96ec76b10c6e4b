//! Recursion: a model that calls itself until it is done.
//!
//! ```text
//! cargo run --release --example 03_geometric
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// Failures before the first success. Each run visits as many sites as it needs.
#[model]
pub fn geometric(p: f64, t: usize) -> u32 {
    // The trial's number is part of the name, so that every site of a run has its own; a literal name, which would be
    // there twice, is refused when a run reaches it again.
    let x = sample!("x_{t}", Bernoulli::new(p));
    if x == 1.0 { 0 } else { 1 + call!(geometric(p, t + 1)) }
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (trace, failures) = geometric(0.5, 0).trace_output(Key::new(5))?;
    println!("{failures} failures, by the sites {}", trace.names().collect::<Vec<_>>().join(", "));

    // How often each count comes, against (1 − p)ᵏ p.
    let runs = 10_000;
    let mut counts = [0.0; 8];
    for seed in 0..runs {
        let failures = geometric(0.5, 0).output(seed)? as usize;
        counts[failures.min(7)] += 1.0 / runs as f64;
    }
    println!("\nfailures  of {runs} runs  exact");
    for (failures, fraction) in counts.iter().enumerate().take(7) {
        println!("{failures:8}  {fraction:14.4}  {:.4}", 0.5_f64.powi(failures as i32 + 1));
    }

    // The distribution has no memory: given two failures, two more are to be expected on top of the mean of 1.
    let failed_twice = geometric(0.5, 0).condition_all([("x_0", 0.0), ("x_1", 0.0)]);
    let mean = (0..runs).map(|seed| failed_twice.output(seed)).sum::<ppl::Result<u32>>()?;
    println!("\nmean after two failures: {:.2} (exact: 3)", f64::from(mean) / runs as f64);

    let exact = (0..7).map(|failures| 0.5_f64.powi(failures + 1));
    plot::axes()
        .bars((0..7).map(f64::from), &counts[..7])
        .label("10,000 runs")
        .scatter((0..7).map(f64::from), exact)
        .color("black")
        .width(8.0)
        .label("(1 − p)ᵏ p")
        .x_label("failures")
        .y_label("probability")
        .save("target/examples/03_geometric.svg")
}
