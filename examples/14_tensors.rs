//! Where the tour of TensorFlow Probability begins: batches in place of loops, devices, gradients.
//!
//! ```text
//! cargo run --release --example 14_tensors
//! ```

use std::time::Instant;

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// A thousand matrices of 10 × 10, and a right side for each.
pub fn systems() -> ppl::Result<(Tensor, Tensor)> {
    let normal = Normal::new(0.0, 1.0)?;
    Ok((normal.draw_n(0, [1000, 10, 10])?, normal.draw_n(1, [1000, 10, 1])?))
}

/// One system after the other.
pub fn solve_by_a_loop(matrices: &Tensor, right: &Tensor) -> Tensor {
    let solutions: Vec<Tensor> = (0..1000).map(|k| matrices.get(k).solve(right.get(k))).collect();
    Tensor::stack(&solutions, 0)
}

/// The gradient of ½ (a² + b²), which is (a, b).
pub fn gradient(a: f64, b: f64) -> ppl::Result<(f64, Vec<Tensor>)> {
    grad(|x| 0.5 * (x[0].square() + x[1].square()), &[Tensor::from(a), Tensor::from(b)])
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (matrices, right) = systems()?;
    let start = Instant::now();
    let by_a_loop = solve_by_a_loop(&matrices, &right);
    let loop_time = start.elapsed();
    let start = Instant::now();
    let batch = matrices.solve(&right);
    let batch_time = start.elapsed();
    println!("1000 systems of ten equations: {loop_time:.1?} by a loop, {batch_time:.1?} as a batch");
    println!("largest difference {:.0e}", (by_a_loop - batch).abs().max().item());

    // A tensor is on the CPU unless it is moved: with the feature `cuda`, by `to_device`.
    println!("\nthe matrices are on: {}", matrices.device());

    let (value, gradient) = gradient(std::f64::consts::PI, std::f64::consts::E)?;
    println!("\n½ (a² + b²) at (π, e): {value:.6}, its gradient ({:.6}, {:.6})", gradient[0], gradient[1]);
    Ok(())
}
