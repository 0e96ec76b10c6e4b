//! `FillTriangular`: vectors onto triangular matrices, along a spiral.

use std::sync::Arc;

use super::triangle;
use crate::bijector::{Bijector, real_vector};
use crate::{Constraint, Result, Shape, Tensor};

/// TFP's order of the entries of a triangular matrix: clockwise along a spiral from the last row.
///
/// ```text
/// u = (u_1, …, u_6)              ⎡u_4        ⎤                    ⎡u_1 u_2 u_3⎤
/// forward   lower, n = 3:        ⎢u_6 u_5    ⎥       upper:       ⎢    u_5 u_6⎥       ln |det dx/du| = 0
///                                ⎣u_3 u_2 u_1⎦                    ⎣        u_4⎦
/// ```
///
/// The determinant is that by the entries of the triangle. For the order of the rows see
/// [`LowerTriangular`](crate::bijector::LowerTriangular).
///
/// # Domain and codomain
/// Vectors of n (n + 1) / 2 real numbers → lower (or upper) triangular n × n matrices.
///
/// # Numerics
/// Exact: entries are moved.
///
/// # Reference
/// TFP, `tfp.bijectors.FillTriangular`, `tfp.math.fill_triangular`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, FillTriangular};
///
/// let u = Tensor::from([1.0, 2.0, 3.0]);
/// assert_eq!(FillTriangular::lower().forward(&u)?, Tensor::from([[3.0, 0.0], [2.0, 1.0]]));
/// assert_eq!(FillTriangular::upper().forward(&u)?, Tensor::from([[1.0, 2.0], [0.0, 3.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FillTriangular {
    is_upper: bool,
}

impl FillTriangular {
    /// The map onto lower triangular matrices.
    #[must_use]
    pub fn lower() -> Self {
        Self { is_upper: false }
    }

    /// The map onto upper triangular matrices.
    #[must_use]
    pub fn upper() -> Self {
        Self { is_upper: true }
    }

    /// The index in the vector of entry (row, column) of the matrix.
    ///
    /// The vector, and after it itself backwards without the n entries that come in the first (or last) row only, fill
    /// the whole matrix row by row.
    fn index(self, size: usize, row: usize, column: usize) -> Option<usize> {
        let (entries, position) = (triangle::entries(size), row * size + column);
        match self.is_upper {
            true if column < row => None,
            false if column > row => None,
            true if position < entries => Some(position),
            true => Some(size * (size + 1) - 1 - position),
            false if position < entries - size => Some(size + position),
            false => Some(size * size - 1 - position),
        }
    }
}

impl Bijector for FillTriangular {
    fn name(&self) -> &'static str {
        "FillTriangular"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        match self.is_upper {
            false => Constraint::LowerTriangular,
            true => Constraint::Image { of: Box::new(real_vector()), under: Arc::new(*self) },
        }
    }

    fn codomain_event_rank(&self) -> usize {
        2
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = triangle::matrix_size("FillTriangular", &u.shape())?;
        let x = triangle::fill(u, size, |row, column| self.index(size, row, column));
        Ok((x, Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = triangle::square("FillTriangular", &x.shape())?;
        let u = triangle::unfill(x, size, |row, column| self.index(size, row, column));
        if !self.is_upper {
            return Ok((u, Tensor::zeros(batch)));
        }
        // The set of upper triangular matrices is known by its inverse image.
        let is_inside = Constraint::LowerTriangular.contains(&x.transpose().detach());
        Ok((Tensor::select(is_inside.unsqueeze(-1), u, f64::NAN), Tensor::zeros(batch)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::matrix_size("FillTriangular", shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::square("FillTriangular", shape)?;
        Ok(batch.concat(&Shape::from(triangle::entries(size))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let u = Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 2.0], [5.0, 0.1, -3.0, 1.0, 2.0, 0.0]]);
        Laws::of(&FillTriangular::lower()).codomain(Coordinates::LowerTriangle).hold_at(&u);
        Laws::of(&FillTriangular::upper()).codomain(Coordinates::Volume).hold_at(&u);
        Laws::of(&FillTriangular::lower()).codomain(Coordinates::LowerTriangle).hold_at(&Tensor::from([0.2]));
        Laws::of(&FillTriangular::lower()).are_finite_at(3, &TAILS);
        let full = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(FillTriangular::upper().codomain().contains(&full), 0.0);
    }
}
