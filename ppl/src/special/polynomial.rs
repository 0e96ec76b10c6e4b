//! Evaluation of polynomials.

/// `coefficients[0] + coefficients[1] x + coefficients[2] x² + …` by Horner's rule.
///
/// The length is part of the type, so that the loop is unrolled.
#[inline]
pub(super) fn polynomial<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, &coefficient| sum * x + coefficient)
}
