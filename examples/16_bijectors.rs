//! Bijectors, as the tour of TensorFlow Probability shows them: maps with their determinants, transformed distributions,
//! batches, and results that remember what they were made of.
//!
//! ```text
//! cargo run --release --example 16_bijectors
//! ```

use std::time::Instant;

use ppl::bijector::{Bijector, CholeskyOuterProduct, Exp, HingeSoftplus, NormalCdf};
use ppl::distribution::Transformed;
use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The exponential of a normal variable.
pub fn exp_of_normal() -> ppl::Result<Transformed> {
    Normal::new(0.0, 0.5)?.transform(Exp)
}

/// Three softplus functions side by side, with hinges of different softness.
pub fn softplus_batch() -> ppl::Result<HingeSoftplus> {
    HingeSoftplus::new(0.0, [1.0, 0.5, 0.1])
}

/// A lower triangular matrix with ones above 0.
pub fn triangular(size: usize) -> Tensor {
    let numbers = Tensor::arange(size);
    let lower = numbers.unsqueeze(-1).greater_equal(&numbers);
    lower / size as f64 + Tensor::eye(size)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    // The normal distribution function maps numbers onto (0, 1); its slope is the density.
    let u = Tensor::linspace(-4.0, 4.0, 200);
    let (x, log_det) = NormalCdf.forward_and_log_det(&u)?;
    let panels = [
        plot::axes().line(u.to_vec(), x.to_vec()).title("NormalCdf").x_label("u").y_label("x"),
        plot::axes().line(u.to_vec(), log_det.to_vec()).title("its log determinant").x_label("u").y_label("ln |dx/du|"),
    ];
    plot::grid(1, 2, panels).save("target/examples/16_bijectors_normal_cdf.svg")?;

    // Exp of a normal variable is log-normal: the same density, by the bijector's Jacobian.
    let (by_exp, log_normal) = (exp_of_normal()?, LogNormal::new(0.0, 0.5)?);
    let x = Tensor::from([0.5, 1.0, 3.0]);
    println!("Exp of a normal  {:.6}", by_exp.log_prob(&x)?);
    println!("LogNormal        {:.6}", log_normal.log_prob(&x)?);

    // A batch of bijectors: each member maps all numbers.
    let batch = softplus_batch()?;
    let u = Tensor::linspace(-4.0, 4.0, 200);
    let x = batch.forward(&u.unsqueeze(-1))?;
    println!("\n200 numbers through a batch of three: {}", x.shape());
    let mut axes = plot::axes();
    for (member, softness) in [1.0, 0.5, 0.1].into_iter().enumerate() {
        axes = axes.line(u.to_vec(), x.index(-1, member).to_vec()).label(format!("softness {softness}"));
    }
    axes.title("Softplus").x_label("u").y_label("x").save("target/examples/16_bijectors_softplus.svg")?;

    // L Lᵀ of a large L takes time, and its inverse is a Cholesky factorisation, unless the result is one that the bijector
    // made: it remembers what of.
    let size = if cfg!(debug_assertions) { 250 } else { 2500 }; // an unoptimised build is slow
    let factor = triangular(size);
    let start = Instant::now();
    let matrix = CholeskyOuterProduct.forward(&factor)?;
    println!("\nL Lᵀ, {size} × {size}       {:.1?}", start.elapsed());
    let start = Instant::now();
    let remembered = CholeskyOuterProduct.inverse(&matrix)?;
    println!("inverse, remembered     {:.1?}", start.elapsed());
    let copy = &matrix * 1.0;
    let start = Instant::now();
    let computed = CholeskyOuterProduct.inverse(&copy)?;
    println!("inverse of a copy       {:.1?}", start.elapsed());
    println!("largest difference      {:.0e}", (remembered - computed).abs().max().item());
    Ok(())
}
