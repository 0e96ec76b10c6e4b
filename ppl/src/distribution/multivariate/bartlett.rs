//! Bartlett's decomposition, which both Wishart distributions are made of.
//!
//! A Wishart matrix of `df` degrees of freedom and scale I is A Aᵀ, with independent entries of the lower triangular A:
//! standard normal ones below the diagonal, and A_ii² ~ χ² of df − i + 1 degrees of freedom, i = 1, …, n.

use std::f64::consts::{LN_2, PI};

use crate::distribution::continuous::gamma::standard_gamma;
use crate::distribution::density::saddle_point;
use crate::distribution::sampling::noise::standard_normal;
use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor};

/// The degrees of freedom of which n × n matrices have a density: more than n − 1.
pub(super) fn domain_of_df(size: usize) -> Constraint {
    Constraint::GreaterThan(Tensor::from(size as f64 - 1.0))
}

/// ½ (df − i + 1) for i = 1, …, n, along a last axis.
fn half_degrees(df: &Tensor, size: usize) -> Tensor {
    (df.unsqueeze(-1) - Tensor::arange(size)) * 0.5
}

/// The least diagonal entry of a factor beside the others of its row: the square, 2⁻⁴⁸, is more than the rounding of the
/// product of the factor with its transpose, which would be singular.
const LEAST_DIAGONAL: f64 = 1.0 / (1 << 24) as f64;

/// More than the logarithm of half the square of any number.
const LARGEST_LOG: f64 = 1420.0;

/// Draws of A.
pub(super) fn draw(rng: &mut Rng, df: &Tensor, shape: Shape, size: usize) -> Result<Tensor> {
    let below = standard_normal(rng, shape.concat(&Shape::from([size, size]))).tril(-1);
    let gamma = standard_gamma(rng, &half_degrees(df, size), shape.concat(&Shape::from(size)))?;
    away_from_singular(&below, &(gamma * 2.0).sqrt())
}

/// The lower triangular factor with these entries below the diagonal and on it, whose product with its transpose stays
/// positive definite.
pub(super) fn away_from_singular(below: &Tensor, diagonal: &Tensor) -> Result<Tensor> {
    let least = below.square().try_sum_axis(-1)?.sqrt() * LEAST_DIAGONAL;
    let size = below.shape()[below.rank() - 1];
    below.try_add(Tensor::eye(size).try_mul(diagonal.try_maximum(least)?.unsqueeze(-1))?)
}

/// The log density of the matrix A Aᵀ with respect to (det A Aᵀ)^(−½ (n + 1)) times its lower triangle.
///
/// `reversed` is for Aᵀ A, whose last diagonal entry has the most degrees of freedom.
pub(super) fn log_density(df: &Tensor, factor: &Tensor, reversed: bool) -> Result<Tensor> {
    let size = factor.shape()[factor.rank() - 1];
    let (mut degrees, mut order) = (half_degrees(df, size), Tensor::arange(size) * 0.5);
    if reversed {
        (degrees, order) = (degrees.flip(-1), order.flip(-1));
    }
    // As densities of gamma variables A_ii² / 2, which do not cancel at large degrees of freedom.
    let log_half_square = factor.diagonal().ln() * 2.0 - LN_2;
    // Only those of entries that overflow or underflow are moved: their densities are 0, and meet no ∞ − ∞ below.
    let log_half_square = log_half_square.minimum(LARGEST_LOG).maximum(-1e300);
    let of_diagonal = saddle_point::log_gamma_density(&degrees, &log_half_square)?
        .try_add(log_half_square.try_mul(order)?)?
        .sum_axis(-1);
    let of_rest = factor.tril(-1).square().sum_rightmost(2) * 0.5;
    of_diagonal.try_sub(of_rest).map(|log| log - 0.25 * (size * (size - 1)) as f64 * PI.ln())
}

/// ln Γ_n(½ df).
pub(super) fn log_gamma(df: &Tensor, size: usize) -> Tensor {
    half_degrees(df, size).lgamma().sum_axis(-1) + 0.25 * (size * (size - 1)) as f64 * PI.ln()
}

/// E[ln det A Aᵀ].
pub(super) fn mean_log_determinant(df: &Tensor, size: usize) -> Tensor {
    half_degrees(df, size).digamma().sum_axis(-1) + LN_2 * size as f64
}

/// The entropy of A Aᵀ.
pub(super) fn entropy(df: &Tensor, size: usize) -> Tensor {
    let n = size as f64;
    let powers = (df - (n + 1.0)) * (mean_log_determinant(df, size) - n * LN_2) * 0.5;
    log_gamma(df, size) + 0.5 * n * (n + 1.0) * LN_2 - powers + df * (0.5 * n)
}

/// KL of two Wishart distributions, with |ratio|² = tr(V_q⁻¹ V_p) and the difference ln |V_q| − ln |V_p|.
pub(super) fn kl_divergence(
    (df, other): (&Tensor, &Tensor),
    ratio: &Tensor,
    log_determinants: &Tensor,
    size: usize,
) -> Result<Tensor> {
    let n = size as f64;
    let of_scales = other.try_mul(log_determinants)?.try_add(df.try_mul(ratio.square().sum_rightmost(2) - n)?)? * 0.5;
    let normalizers = log_gamma(other, size).try_sub(log_gamma(df, size))?;
    let powers = df.try_sub(other)?.try_mul(mean_log_determinant(df, size) - n * LN_2)? * 0.5;
    of_scales.try_add(normalizers)?.try_add(powers)
}
