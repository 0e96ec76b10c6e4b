//! New shapes for the same elements.

use super::apply::apply;
use super::primitive::Primitive;
use super::{Shape, Tensor, or_panic};
use crate::{Error, Result};

/// # Shape
impl Tensor {
    /// The elements in row-major order under another shape of the same size.
    ///
    /// # Panics
    /// If the sizes differ.
    #[must_use]
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Self {
        or_panic(self.try_reshape(shape))
    }

    /// The twin of [`Tensor::reshape`] that returns a `Result`.
    ///
    /// # Errors
    /// If the sizes differ.
    #[track_caller]
    pub fn try_reshape(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        if shape == self.shape() { Ok(self.clone()) } else { apply(&Primitive::Reshape(shape), &[self]) }
    }

    /// Repeats along new axes on the left and along axes of size 1, by NumPy's rule.
    ///
    /// # Panics
    /// If the tensor does not broadcast to that shape.
    #[must_use]
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Self {
        or_panic(self.try_broadcast_to(shape))
    }

    /// The twin of [`Tensor::broadcast_to`] that returns a `Result`.
    ///
    /// # Errors
    /// If the tensor does not broadcast to that shape.
    #[track_caller]
    pub fn try_broadcast_to(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        if shape == self.shape() { Ok(self.clone()) } else { apply(&Primitive::BroadcastTo(shape), &[self]) }
    }

    /// Swaps the last two axes.
    ///
    /// # Panics
    /// If there are fewer than two.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.transpose().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn transpose(&self) -> Self {
        or_panic(self.try_transpose())
    }

    /// The twin of [`Tensor::transpose`] that returns a `Result`.
    ///
    /// # Errors
    /// If there are fewer than two axes.
    pub fn try_transpose(&self) -> Result<Self> {
        let rank = self.rank();
        if rank < 2 {
            return Err(Error::InvalidShape {
                operation: "transpose",
                expected: "at least two axes".to_owned(),
                got: self.shape(),
            });
        }
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(rank - 2, rank - 1);
        self.try_permute(&order)
    }

    /// Puts the axes in another order: axis `i` of the result is axis `order[i]` of this.
    ///
    /// # Panics
    /// If `order` does not name each axis once.
    #[must_use]
    #[track_caller]
    pub fn permute(&self, order: &[usize]) -> Self {
        or_panic(self.try_permute(order))
    }

    /// The twin of [`Tensor::permute`] that returns a `Result`.
    ///
    /// # Errors
    /// If `order` does not name each axis once.
    pub fn try_permute(&self, order: &[usize]) -> Result<Self> {
        apply(&Primitive::Permute(order.to_vec()), &[self])
    }

    /// Inserts an axis of size 1, so that it becomes axis `axis` of the result; −1 puts it last.
    ///
    /// # Panics
    /// If there is no such place, or the tensor has six axes.
    #[must_use]
    #[track_caller]
    pub fn unsqueeze(&self, axis: isize) -> Self {
        or_panic(self.try_unsqueeze(axis))
    }

    /// The twin of [`Tensor::unsqueeze`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such place, or the tensor has six axes.
    pub fn try_unsqueeze(&self, axis: isize) -> Result<Self> {
        self.try_reshape(self.shape().with_new_axis("unsqueeze", axis)?)
    }

    /// Removes an axis of size 1.
    ///
    /// # Panics
    /// If there is no such axis, or its size is not 1.
    #[must_use]
    #[track_caller]
    pub fn squeeze(&self, axis: isize) -> Self {
        or_panic(self.try_squeeze(axis))
    }

    /// The twin of [`Tensor::squeeze`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis, or its size is not 1.
    pub fn try_squeeze(&self, axis: isize) -> Result<Self> {
        let shape = self.shape();
        let place = shape.axis("squeeze", axis)?;
        if shape[place] != 1 {
            return Err(Error::InvalidShape {
                operation: "squeeze",
                expected: format!("axis {axis} of size 1"),
                got: shape,
            });
        }
        self.try_reshape(shape.without(place))
    }
}
