//! Energy Bayesian fraction of missing information.

use ndarray::ArrayView2;

use super::{
    chains::{contiguous, rows},
    moments::{mean, variance},
};

/// Energy Bayesian fraction of missing information (E-BFMI) of each chain.
///
/// ```text
/// E-BFMI = mean (E_n − E_{n−1})² / Var(E)
/// ```
///
/// How much of the spread of the energy one resampling of the momentum covers. Below 0.3 the chain moves through the
/// energies like a slow random walk, and its tails are explored badly: the remedy is another parametrisation, not more
/// draws.
///
/// # Shapes
/// `energy` is chain × draw; the result has one value a chain.
///
/// # Degenerate input
/// NaN for a chain of constant or non-finite energy, and for one of fewer than two draws.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::diagnostics::bfmi;
///
/// // Differences 1, 1, 1 against a variance of 5/3.
/// let fraction = bfmi(array![[1.0, 2.0, 3.0, 4.0]].view());
/// assert!((fraction[0] - 0.6).abs() < 1e-15);
/// ```
///
/// # Reference
/// Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo".
pub fn bfmi(energy: ArrayView2<'_, f64>) -> Vec<f64> {
    let of_chain = |chain: &[f64]| {
        let squares: Vec<f64> = chain.iter().zip(chain.iter().skip(1)).map(|(a, b)| (b - a).powi(2)).collect();
        mean(&squares) / variance(chain)
    };
    rows(&contiguous(energy)).map(of_chain).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::bfmi;

    #[test]
    fn one_value_a_chain_and_nan_where_undefined() {
        let fractions = bfmi(array![[5.0, 5.0, 5.0], [0.0, 1.0, f64::NAN], [1.0, -1.0, 1.0]].view());
        assert!(fractions[0].is_nan());
        assert!(fractions[1].is_nan());
        assert!((fractions[2] - 3.0).abs() < 1e-15);
        assert!(bfmi(Array2::zeros((0, 3)).view()).is_empty());
        assert!(bfmi(Array2::zeros((1, 1)).view())[0].is_nan());
        assert!(bfmi(Array2::zeros((1, 0)).view())[0].is_nan());
    }
}
