//! Loops over the first axis.

use std::iter::FusedIterator;
use std::ops::Range;

use super::{Tensor, fail};
use crate::Error;

/// The parts of a tensor along its first axis, one after the other; made by [`Tensor::iter`].
///
/// # Example
/// ```
/// use ppl::Tensor;
///
/// let series = Tensor::from([[1.0, 2.0], [3.0, 5.0], [4.0, 9.0]]);
/// let mut steps = Vec::new();
/// for (before, after) in series.iter().zip(series.iter().skip(1)) {
///     steps.push((after - before).to_vec());
/// }
/// assert_eq!(steps, [[2.0, 3.0], [1.0, 4.0]]);
/// assert_eq!(series.iter().next_back(), Some(Tensor::from([4.0, 9.0])));
/// ```
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    tensor: &'a Tensor,
    indices: Range<usize>,
}

/// # Loops
impl Tensor {
    /// The elements of a vector, the rows of a matrix: [`get`](Self::get) at each index of the first axis. A loop
    /// `for y in &data` is over these.
    ///
    /// # Panics
    /// If this is a scalar.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let rows = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// let sums: Vec<f64> = rows.iter().map(|row| row.sum().item()).collect();
    /// assert_eq!(sums, [3.0, 7.0]);
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_> {
        Iter { tensor: self, indices: 0..self.first_axis("iter") }
    }

    /// Size of the first axis: the length of a vector, the number of rows of a matrix, as many as [`iter`](Self::iter)
    /// goes over. All elements are counted by [`size`](Self::size).
    ///
    /// # Panics
    /// If this is a scalar.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let rows = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!((rows.len(), rows.size(), rows.is_empty()), (2, 6, false));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn len(&self) -> usize {
        self.first_axis("len")
    }

    /// Whether the first axis has size 0.
    ///
    /// # Panics
    /// If this is a scalar.
    #[must_use]
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.first_axis("is_empty") == 0
    }

    #[track_caller]
    fn first_axis(&self, operation: &'static str) -> usize {
        match self.shape().first() {
            Some(&size) => size,
            None => {
                fail(Error::InvalidShape { operation, expected: "at least one axis".to_owned(), got: self.shape() })
            }
        }
    }
}

impl<'a> IntoIterator for &'a Tensor {
    type Item = Tensor;
    type IntoIter = Iter<'a>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Iterator for Iter<'_> {
    type Item = Tensor;

    fn next(&mut self) -> Option<Tensor> {
        Some(self.tensor.get(self.indices.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.indices.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Tensor> {
        Some(self.tensor.get(self.indices.next_back()?))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl FusedIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    #[test]
    fn goes_over_the_first_axis() {
        let matrix = Tensor::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        let rows: Vec<Vec<f64>> = matrix.iter().map(|row| row.to_vec()).collect();
        assert_eq!(rows, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        assert_eq!(matrix.iter().len(), 3);
        assert_eq!(matrix.iter().next_back(), Some(Tensor::from([5.0, 6.0])));
        assert_eq!(Tensor::zeros([0, 2]).iter().next(), None);
        let mut sum = 0.0;
        for element in &Tensor::arange(4) {
            sum += element.item();
        }
        assert_eq!(sum, 6.0);
    }

    /// d/dx Σ_i i xᵢ² = 2 i xᵢ.
    #[test]
    fn gradients_flow_through_the_parts() {
        let x = Tensor::from([1.0, 2.0, 3.0]);
        let weighted = |x: &Tensor| {
            x.iter().enumerate().map(|(i, x)| i as f64 * x.square()).fold(0.0.into(), |a: Tensor, b| a + b)
        };
        let (_, gradient) = grad(|inputs| weighted(&inputs[0]), &[x]).unwrap();
        assert_eq!(gradient[0].to_vec(), [0.0, 4.0, 12.0]);
    }

    #[test]
    #[should_panic(expected = "iter: expected at least one axis, got shape []")]
    fn a_scalar_has_no_parts() {
        let _ = Tensor::from(1.0).iter();
    }
}
