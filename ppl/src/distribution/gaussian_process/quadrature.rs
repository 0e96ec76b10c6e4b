//! Gauss–Hermite quadrature: expectations under the standard normal distribution.

use crate::{Error, Result};

/// The largest rule: the weights at the ends of larger ones underflow.
const LARGEST: usize = 64;

/// Nodes and weights, such that Σ w_i g(z_i) = E g(Z) for Z ~ N(0, 1) and polynomials g below degree 2 · `nodes`.
///
/// The nodes are the zeros of the Hermite polynomial of that degree, by Newton's method; the Hermite functions are
/// orthonormal, so that nothing overflows.
///
/// # Reference
/// Press, Teukolsky, Vetterling and Flannery 2007, "Numerical recipes", section 4.6.1.
pub(super) fn gauss_hermite(user: &'static str, nodes: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    if !(1..=LARGEST).contains(&nodes) {
        return Err(Error::InvalidArgument {
            operation: user,
            argument: "nodes",
            expected: format!("from 1 to {LARGEST}"),
            got: nodes.to_string(),
        });
    }
    // The zeros lie between −√(4n + 2) and √(4n + 2), and two of them are apart by more than π / √(2n + 1) · ⅛.
    let end = (4.0 * nodes as f64 + 2.0).sqrt();
    let step = std::f64::consts::PI / (2.0 * nodes as f64 + 1.0).sqrt() / 8.0;
    let steps = (2.0 * end / step).ceil() as usize;
    let at = |index: usize| -end + 2.0 * end * index as f64 / steps as f64;
    let value = |z: f64| polynomials(nodes, z).0;
    let brackets = (0..steps).map(|index| (at(index), at(index + 1)));
    let zeros: Vec<f64> = brackets
        .filter(|&(low, high)| (value(low) < 0.0) != (value(high) < 0.0))
        .map(|(low, high)| zero(nodes, low, high))
        .collect();
    let weights = zeros.iter().map(|&z| {
        let (_, before) = polynomials(nodes, z);
        (nodes as f64 * before * before).recip()
    });
    let weights = weights.collect();
    Ok((zeros, weights))
}

/// The orthonormal Hermite polynomials (under the standard normal distribution) of this degree and of the one before.
fn polynomials(degree: usize, z: f64) -> (f64, f64) {
    (1..=degree).fold((1.0, 0.0), |(last, before), degree| {
        let degree = degree as f64;
        ((z * last - (degree - 1.0).sqrt() * before) / degree.sqrt(), last)
    })
}

/// The zero between two points, by bisection and two steps of Newton's method.
fn zero(degree: usize, mut low: f64, mut high: f64) -> f64 {
    let is_low_negative = polynomials(degree, low).0 < 0.0;
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if (polynomials(degree, middle).0 < 0.0) == is_low_negative { low = middle } else { high = middle }
    }
    let mut z = 0.5 * (low + high);
    for _ in 0..2 {
        let (value, before) = polynomials(degree, z);
        // The derivative of the polynomial of degree n is √n times that of degree n − 1.
        z -= value / ((degree as f64).sqrt() * before);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal_distribution_are_exact() {
        for nodes in 1..=LARGEST {
            let (places, weights) = gauss_hermite("test", nodes).unwrap();
            assert_eq!((places.len(), weights.len()), (nodes, nodes));
            let mut want = 1.0;
            for power in 0..nodes.min(10) as i32 {
                let terms = places.iter().zip(&weights);
                let (even, odd) = terms.fold((0.0, 0.0), |(even, odd), (z, weight)| {
                    (even + weight * z.powi(2 * power), odd + weight * z.powi(2 * power + 1))
                });
                assert!((even / want - 1.0_f64).abs() < 1e-12, "{nodes} nodes, E Z^{}: {even}, {want}", 2 * power);
                assert!(odd.abs() < 1e-12 * want * f64::from(2 * power + 1), "{nodes} nodes: {odd}");
                want *= f64::from(2 * power + 1);
            }
        }
        let (places, weights) = gauss_hermite("test", 3).unwrap();
        let (want, weight) = (3_f64.sqrt(), 1.0 / 6.0);
        assert!((places[0] + want).abs() < 1e-15 && places[1].abs() < 1e-15 && (places[2] - want).abs() < 1e-15);
        assert!((weights[0] - weight).abs() < 1e-15 && (weights[1] - 4.0 * weight).abs() < 1e-15);
    }

    #[test]
    fn the_number_of_nodes_is_checked() {
        let error = gauss_hermite("test", 65).unwrap_err().to_string();
        assert_eq!(error, "test: `nodes` must be from 1 to 64, got 65");
    }
}
