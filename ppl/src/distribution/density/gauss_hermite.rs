//! Gauss–Hermite quadrature: expectations of functions of a standard normal variable.

/// Nodes, in ascending order, and the logarithms of the weights, of which the exponentials sum to 1.
///
/// The rule of n nodes is exact for polynomials of degree 2n − 1.
///
/// # Reference
/// Golub and Welsch, "Calculation of Gauss quadrature rules" (1969): the nodes are the eigenvalues of a symmetric tridiagonal
/// matrix, found here by bisection on its Sturm sequence; the weights are reciprocals of sums of squares of the orthonormal
/// polynomials there.
pub(crate) fn nodes_and_log_weights(size: usize) -> (Vec<f64>, Vec<f64>) {
    // All nodes are within.
    let bound = 2.0 * (size as f64).sqrt() + 1.0;
    // How many eigenvalues of the matrix with off-diagonal entries √1, √2, … are below x: negative pivots.
    let below = |x: f64| {
        let (mut pivot, mut count) = (-x, usize::from(x > 0.0));
        for k in 1..size {
            let divisor = if pivot == 0.0 { f64::MIN_POSITIVE } else { pivot };
            pivot = -x - k as f64 / divisor;
            count += usize::from(pivot < 0.0);
        }
        count
    };
    let node = |index: usize| {
        let (mut low, mut high) = (-bound, bound);
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                return middle;
            }
            if below(middle) > index { high = middle } else { low = middle }
        }
    };
    let mut nodes = vec![0.0; size];
    for index in size.div_ceil(2)..size {
        nodes[index] = node(index);
        nodes[size - 1 - index] = -nodes[index];
    }
    let log_weights = nodes.iter().map(|&x| log_weight(size, x)).collect();
    (nodes, log_weights)
}

/// −ln Σₖ hₖ(x)², k < size, of the orthonormal Hermite polynomials.
fn log_weight(size: usize, x: f64) -> f64 {
    let (mut before, mut last, mut log_scale, mut sum) = (0.0, 1.0, 0.0, 1.0);
    for k in 1..size {
        let next = (x * last - ((k - 1) as f64).sqrt() * before) / (k as f64).sqrt();
        (before, last) = (last, next);
        sum += last * last;
        // The polynomials grow as exp(x² / 4).
        if sum > 1e200 {
            (before, last, sum) = (before * 1e-100, last * 1e-100, sum * 1e-200);
            log_scale += 200.0 * std::f64::consts::LN_10;
        }
    }
    -(sum.ln() + log_scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_exact_for_polynomials() {
        for size in [1, 2, 3, 7, 20, 64, 200] {
            let (nodes, log_weights) = nodes_and_log_weights(size);
            assert!(nodes.windows(2).all(|pair| pair[0] < pair[1]), "{nodes:?}");
            let mut moment = 1.0;
            for degree in 0..size.min(12) {
                // E[z²ᵈ] = 1 · 3 ⋯ (2d − 1)
                let got: f64 = nodes.iter().zip(&log_weights).map(|(x, w)| w.exp() * x.powi(2 * degree as i32)).sum();
                assert!((got / moment - 1.0).abs() < 1e-12, "{size} nodes, degree {degree}: {got} {moment}");
                moment *= (2 * degree + 1) as f64;
            }
        }
    }
}
