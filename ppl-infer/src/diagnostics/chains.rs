//! What the chain diagnostics share: when draws can be diagnosed, and splitting chains in halves.

use ndarray::{Array2, ArrayView2, Axis, concatenate};

/// Fewest draws in a chain for which R̂ and the effective sample size are defined: two in each half.
const FEWEST_DRAWS: usize = 4;

/// Whether there is a chain, each has enough draws, and none is NaN.
pub(super) fn can_be_diagnosed(draws: ArrayView2<'_, f64>) -> bool {
    draws.nrows() > 0 && draws.ncols() >= FEWEST_DRAWS && !draws.iter().any(|draw| draw.is_nan())
}

/// First and second half of each chain as chains of their own: twice the rows, half the columns.
///
/// Splitting makes a trend within a chain visible as a difference between chains. The middle draw of an odd number is
/// dropped.
pub(super) fn split(draws: ArrayView2<'_, f64>) -> Array2<f64> {
    let half = draws.ncols() / 2;
    let (first, _) = draws.split_at(Axis(1), half);
    let (_, second) = draws.split_at(Axis(1), draws.ncols() - half);
    concatenate(Axis(0), &[first, second]).expect("both halves have the same number of draws")
}

/// The draws in one piece, chain after chain.
pub(super) fn contiguous(draws: ArrayView2<'_, f64>) -> Array2<f64> {
    draws.as_standard_layout().into_owned()
}

/// The chains of draws in one piece.
pub(super) fn rows(chains: &Array2<f64>) -> impl Iterator<Item = &[f64]> {
    chains.outer_iter().map(|chain| chain.to_slice().expect("chains are contiguous"))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{can_be_diagnosed, split};

    #[test]
    fn splitting_an_odd_chain_drops_its_middle_draw() {
        let draws = array![[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]];
        assert_eq!(split(draws.view()), array![[1.0, 2.0], [6.0, 7.0], [4.0, 5.0], [9.0, 10.0]]);
    }

    #[test]
    fn empty_short_and_nan_chains_cannot_be_diagnosed() {
        assert!(!can_be_diagnosed(Array2::zeros((0, 10)).view()));
        assert!(!can_be_diagnosed(Array2::zeros((4, 3)).view()));
        assert!(can_be_diagnosed(Array2::zeros((1, 4)).view()));
        assert!(!can_be_diagnosed(array![[1.0, 2.0, f64::NAN, 4.0]].view()));
    }
}
