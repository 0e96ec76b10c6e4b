//! `StochasticMatrix`: matrices onto those whose rows, or columns, are simplices.

use crate::bijector::{Bijector, StickBreaking, split_event};
use crate::{Constraint, Result, Shape, Tensor};

/// [`StickBreaking`] of every row of a matrix, or of every column.
///
/// ```text
/// forward   each row of x is StickBreaking(the row of u)      ln |det dx/du| = Σ_rows of the simplex's
/// inverse   each row of u is StickBreaking⁻¹(the row of x)    ln |det du/dx| = Σ_rows of the simplex's
/// ```
///
/// The determinant is that by the first K − 1 entries of each row (or column).
///
/// # Domain and codomain
/// Real R × (K − 1) matrices → R × K matrices whose rows are simplices, as the transition probabilities of a Markov
/// chain are; or real (K − 1) × C matrices → K × C matrices whose columns are.
///
/// # Numerics
/// Those of [`StickBreaking`].
///
/// # Reference
/// Stan Reference Manual, "Stochastic matrix".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, StochasticMatrix};
///
/// let transitions = StochasticMatrix::rows().forward(&Tensor::from([[0.3], [-1.0], [2.0]]))?;
/// assert_eq!(transitions.shape().dims(), [3, 2]);
/// assert!((transitions.sum_axis(-1) - 1.0).abs().max() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StochasticMatrix {
    by_columns: bool,
}

impl StochasticMatrix {
    /// The map onto matrices whose rows are simplices.
    #[must_use]
    pub fn rows() -> Self {
        Self { by_columns: false }
    }

    /// The map onto matrices whose columns are simplices.
    #[must_use]
    pub fn columns() -> Self {
        Self { by_columns: true }
    }

    /// The matrices with what is mapped in their rows.
    fn by_rows(self, matrix: &Tensor) -> Tensor {
        if self.by_columns { matrix.transpose() } else { matrix.clone() }
    }

    /// Likewise of shapes.
    fn shape_by_rows(self, shape: &Shape) -> Result<Shape> {
        let (batch, matrix) = split_event("StochasticMatrix", shape, 2)?;
        Ok(if self.by_columns { batch.concat(&Shape::from([matrix[1], matrix[0]])) } else { *shape })
    }
}

impl Bijector for StochasticMatrix {
    fn name(&self) -> &'static str {
        "StochasticMatrix"
    }

    fn domain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn codomain(&self) -> Constraint {
        if self.by_columns { Constraint::ColumnStochasticMatrix } else { Constraint::RowStochasticMatrix }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        split_event("StochasticMatrix", &u.shape(), 2)?;
        let (x, log_det) = StickBreaking.forward_and_log_det(&self.by_rows(u))?;
        Ok((self.by_rows(&x), log_det.sum_axis(-1)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        split_event("StochasticMatrix", &x.shape(), 2)?;
        let (u, log_det) = StickBreaking.inverse_and_log_det(&self.by_rows(x))?;
        Ok((self.by_rows(&u), log_det.sum_axis(-1)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.shape_by_rows(&StickBreaking.forward_shape(&self.shape_by_rows(shape)?)?)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.shape_by_rows(&StickBreaking.inverse_shape(&self.shape_by_rows(shape)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let u = Tensor::from([[[-2.0, 0.3], [1.7, 0.4], [-1.0, 2.0]], [[5.0, 0.1], [-3.0, 1.0], [2.0, 0.0]]]);
        let rows = StochasticMatrix::rows();
        Laws::of(&rows).codomain(Coordinates::AllButLast).hold_at(&u);
        Laws::of(&rows).codomain(Coordinates::AllButLast).are_finite_at([2, 2], &TAILS);
        let columns = StochasticMatrix::columns();
        Laws::of(&columns).codomain(Coordinates::AllButLastRow).hold_at(&u);
        Laws::of(&columns).codomain(Coordinates::AllButLastRow).are_finite_at([2, 2], &TAILS);
    }

    /// Entries that underflow keep their logarithms.
    #[test]
    fn small_probabilities_keep_their_digits() {
        for matrix in [StochasticMatrix::rows(), StochasticMatrix::columns()] {
            let x = matrix.forward(&Tensor::from([[-800.0, 3.0], [2.0, 1.0]])).unwrap();
            assert_eq!(x.min(), 0.0);
            assert!(x.ln().min().item() > -802.0);
        }
    }
}
