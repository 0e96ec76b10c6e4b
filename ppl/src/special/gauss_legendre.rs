//! Gauss–Legendre quadrature.

use std::sync::LazyLock;

/// Nodes of the rule.
const NODES: usize = 32;

/// Nodes and weights on the unit interval, exact for polynomials below degree 64.
///
/// The nodes are the zeros of the Legendre polynomial, by Newton's method.
///
/// # Reference
/// DLMF 3.5(v).
pub(crate) static GAUSS_LEGENDRE: LazyLock<[(f64, f64); NODES]> = LazyLock::new(|| {
    std::array::from_fn(|index| {
        let mut x = -(std::f64::consts::PI * (index as f64 + 0.75) / (NODES as f64 + 0.5)).cos();
        for _ in 0..8 {
            let (value, slope) = legendre(x);
            x -= value / slope;
        }
        let slope = legendre(x).1;
        (0.5 * (1.0 + x), ((1.0 - x) * (1.0 + x) * slope * slope).recip())
    })
});

/// The Legendre polynomial and its derivative.
fn legendre(x: f64) -> (f64, f64) {
    let (mut before, mut last) = (1.0, x);
    for degree in 2..=NODES {
        let n = degree as f64;
        (before, last) = (last, ((2.0 * n - 1.0) * x * last - (n - 1.0) * before) / n);
    }
    (last, NODES as f64 * (before - x * last) / ((1.0 - x) * (1.0 + x)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_exponentials() {
        for power in [0, 1, 7, 40, 63] {
            let got: f64 = GAUSS_LEGENDRE.iter().map(|&(x, weight)| weight * x.powi(power)).sum();
            let want = f64::from(power + 1).recip();
            assert!((got / want - 1.0).abs() < 1e-14, "x^{power}: {got}, {want}");
        }
        let got: f64 = GAUSS_LEGENDRE.iter().map(|&(x, weight)| weight * (-38.0 * x).exp()).sum();
        assert!((got * 38.0 - 1.0).abs() < 1e-14, "{got}");
    }
}
