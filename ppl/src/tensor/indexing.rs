//! Parts of tensors, by constant indices, and their joining.

use std::ops::{Bound, RangeBounds};

use super::apply::apply;
use super::primitive::{Primitive, room_for_index};
use super::{IntoTensor, Tensor, or_panic, record};
use crate::{Error, Result};

/// Indices of an axis, as [`Tensor::take`] takes them: integers, or the members of a plate.
///
/// # Example
/// A factor of one's own, whose codes choose from the effects of its levels:
///
/// ```
/// use ppl::{Indices, Tensor};
///
/// struct Counties {
///     codes: Vec<usize>,
/// }
///
/// impl Indices for Counties {
///     fn indices(&self) -> &[usize] {
///         &self.codes
///     }
/// }
///
/// let houses = Counties { codes: vec![1, 0, 1] };
/// let effects = Tensor::from([10.0, 20.0]);
/// assert_eq!(effects.take(0, &houses).to_vec(), [20.0, 10.0, 20.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of indices",
    label = "expected `usize`s, as a slice, an array or a `Vec`, or the index of a plate"
)]
pub trait Indices {
    /// The indices, those of this run if others may be drawn in another.
    fn indices(&self) -> &[usize];

    /// Exclusive upper bound of the indices in any run, if others may be drawn in another; 0 if not.
    #[doc(hidden)]
    fn bound(&self) -> usize {
        0
    }

    /// The same, if a function that is being recorded draws them anew at each evaluation.
    #[doc(hidden)]
    fn drawn(&self) -> Option<&Tensor> {
        None
    }
}

impl Indices for [usize] {
    fn indices(&self) -> &[usize] {
        self
    }
}

impl<const N: usize> Indices for [usize; N] {
    fn indices(&self) -> &[usize] {
        self
    }
}

impl Indices for Vec<usize> {
    fn indices(&self) -> &[usize] {
        self
    }
}

/// # Parts and joins
impl Tensor {
    /// The part of an axis in `range`, which may have open ends.
    ///
    /// # Panics
    /// If the range leaves the axis.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::arange(5).slice(0, 1..3).to_vec(), [1.0, 2.0]);
    /// assert_eq!(Tensor::arange(5).slice(0, 3..).to_vec(), [3.0, 4.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn slice(&self, axis: isize, range: impl RangeBounds<usize>) -> Self {
        or_panic(self.try_slice(axis, range))
    }

    /// The twin of [`Tensor::slice`] that returns a `Result`.
    ///
    /// # Errors
    /// If the range leaves the axis.
    pub fn try_slice(&self, axis: isize, range: impl RangeBounds<usize>) -> Result<Self> {
        let axis = self.shape().axis("slice", axis)?;
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => self.shape()[axis],
        };
        apply(&Primitive::Slice { axis, start, end }, &[self])
    }

    /// The part at one index of an axis, which is removed.
    ///
    /// # Panics
    /// If the index leaves the axis.
    #[must_use]
    #[track_caller]
    pub fn index(&self, axis: isize, index: usize) -> Self {
        or_panic(self.try_index(axis, index))
    }

    /// The twin of [`Tensor::index`] that returns a `Result`.
    ///
    /// # Errors
    /// If the index leaves the axis.
    pub fn try_index(&self, axis: isize, index: usize) -> Result<Self> {
        self.try_index_of("index", axis, index)
    }

    fn try_index_of(&self, operation: &'static str, axis: isize, index: usize) -> Result<Self> {
        let axis = self.shape().axis(operation, axis)?;
        if index >= self.shape()[axis] {
            let expected = room_for_index(index, axis);
            return Err(Error::InvalidShape { operation, expected, got: self.shape() });
        }
        let part = apply(&Primitive::Slice { axis, start: index, end: index + 1 }, &[self])?;
        part.try_reshape(self.shape().without(axis))
    }

    /// The part at one index of the first axis, which is removed: an element of a vector, a row of a matrix.
    ///
    /// # Panics
    /// If the index leaves the axis.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([[1, 2], [3, 4]]).get(1).to_vec(), [3.0, 4.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get(&self, index: usize) -> Self {
        or_panic(self.try_get(index))
    }

    /// The twin of [`Tensor::get`] that returns a `Result`.
    ///
    /// # Errors
    /// If the index leaves the axis.
    pub fn try_get(&self, index: usize) -> Result<Self> {
        self.try_index_of("get", 0, index)
    }

    /// The parts at `indices` of an axis, in that order and as often as named (NumPy's `take`, torch's `index_select`).
    ///
    /// # Panics
    /// If an index leaves the axis, or would for other members of a subsampled plate.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let effects = Tensor::from([10.0, 20.0]);
    /// assert_eq!(effects.take(0, &[1, 0, 1]).to_vec(), [20.0, 10.0, 20.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn take<I: Indices + ?Sized>(&self, axis: isize, indices: &I) -> Self {
        or_panic(self.try_take(axis, indices))
    }

    /// The twin of [`Tensor::take`] that returns a `Result`.
    ///
    /// # Errors
    /// If an index leaves the axis, or would for other members of a subsampled plate.
    pub fn try_take<I: Indices + ?Sized>(&self, axis: isize, indices: &I) -> Result<Self> {
        let axis = self.shape().axis("take", axis)?;
        if indices.bound() > self.shape()[axis] {
            return Err(Error::InvalidShape {
                operation: "take",
                expected: format!("{} elements along axis {axis}, of which a plate may draw any", indices.bound()),
                got: self.shape(),
            });
        }
        let primitive = Primitive::Gather { axis, indices: indices.indices().into() };
        match indices.drawn() {
            Some(drawn) if record::is_open() => record::gather(&primitive, axis, self, drawn),
            _ => apply(&primitive, &[self]),
        }
    }

    /// For each element of `indices` the element at that index of an axis, all other indices being equal (NumPy's
    /// `take_along_axis`, torch's `gather`).
    ///
    /// The result has the shape of `indices`. To sort by a key: `x.take_along_axis(0, key.argsort(0))`.
    ///
    /// # Panics
    /// If the shapes differ along another axis, or an index is no integer or leaves the axis.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let x = Tensor::from([[10, 20, 30], [40, 50, 60]]);
    /// assert_eq!(x.take_along_axis(1, [[2], [0]]).to_vec(), [30.0, 40.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn take_along_axis(&self, axis: isize, indices: impl IntoTensor) -> Self {
        or_panic(self.try_take_along_axis(axis, indices))
    }

    /// The twin of [`Tensor::take_along_axis`] that returns a `Result`.
    ///
    /// # Errors
    /// If the shapes differ along another axis, or an index is no integer or leaves the axis.
    #[track_caller]
    pub fn try_take_along_axis(&self, axis: isize, indices: impl IntoTensor) -> Result<Self> {
        const OPERATION: &str = "take_along_axis";
        let indices = indices.into_tensor();
        let axis = self.shape().axis(OPERATION, axis)?;
        let fits = indices.rank() == self.rank() && indices.shape().without(axis) == self.shape().without(axis);
        if !fits {
            return Err(Error::ShapeMismatch {
                operation: OPERATION,
                relation: "agree along all other axes",
                left: self.shape(),
                right: indices.shape(),
            });
        }
        indices.note_read(OPERATION);
        let (length, count) = (self.shape()[axis], indices.shape()[axis]);
        let inner: usize = self.shape()[axis + 1..].iter().product();
        let mut offsets = Vec::with_capacity(indices.size());
        for (element, index) in indices.elements().into_iter().enumerate() {
            if !(index >= 0.0 && index < length as f64 && index.fract() == 0.0) {
                return Err(Error::InvalidArgument {
                    operation: OPERATION,
                    argument: "indices",
                    expected: format!("integers from 0 to below {length}, the size of axis {axis}"),
                    got: index.to_string(),
                });
            }
            let (outer, within) = (element / (count * inner), element % inner);
            offsets.push((outer * length + index as usize) * inner + within);
        }
        self.try_reshape(self.size())?.try_take(0, &offsets)?.try_reshape(indices.shape())
    }

    /// The axis in reverse order.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn flip(&self, axis: isize) -> Self {
        or_panic(self.try_flip(axis))
    }

    /// The twin of [`Tensor::flip`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn try_flip(&self, axis: isize) -> Result<Self> {
        apply(&Primitive::Flip { axis: self.shape().axis("flip", axis)? }, &[self])
    }

    /// Joins tensors along an existing axis.
    ///
    /// # Panics
    /// If there are none, or they disagree outside that axis.
    #[must_use]
    #[track_caller]
    pub fn concat(tensors: &[Self], axis: isize) -> Self {
        or_panic(Self::try_concat(tensors, axis))
    }

    /// The twin of [`Tensor::concat`] that returns a `Result`.
    ///
    /// # Errors
    /// If there are none, or they disagree outside that axis.
    pub fn try_concat(tensors: &[Self], axis: isize) -> Result<Self> {
        let first = first("concat", tensors)?;
        let axis = first.shape().axis("concat", axis)?;
        apply(&Primitive::Concat { axis }, &tensors.iter().collect::<Vec<_>>())
    }

    /// Joins tensors of one shape along a new axis.
    ///
    /// # Panics
    /// If there are none, or their shapes differ.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let rows = [Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0])];
    /// assert_eq!(Tensor::stack(&rows, 0), Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn stack(tensors: &[Self], axis: isize) -> Self {
        or_panic(Self::try_stack(tensors, axis))
    }

    /// The twin of [`Tensor::stack`] that returns a `Result`.
    ///
    /// # Errors
    /// If there are none, or their shapes differ.
    pub fn try_stack(tensors: &[Self], axis: isize) -> Result<Self> {
        let first = first("stack", tensors)?;
        if let Some(other) = tensors.iter().find(|tensor| tensor.shape() != first.shape()) {
            return Err(Error::ShapeMismatch {
                operation: "stack",
                relation: "agree",
                left: first.shape(),
                right: other.shape(),
            });
        }
        let shape = first.shape().with_new_axis("stack", axis)?;
        let parts = tensors.iter().map(|tensor| tensor.try_reshape(shape)).collect::<Result<Vec<_>>>()?;
        Self::try_concat(&parts, axis)
    }

    /// The diagonals of square matrices in the last two axes.
    ///
    /// # Panics
    /// If the last two axes differ.
    #[must_use]
    #[track_caller]
    pub fn diagonal(&self) -> Self {
        or_panic(self.try_diagonal())
    }

    /// The twin of [`Tensor::diagonal`] that returns a `Result`.
    ///
    /// # Errors
    /// If the last two axes differ.
    pub fn try_diagonal(&self) -> Result<Self> {
        apply(&Primitive::Diagonal, &[self])
    }
}

/// The first of the tensors to be joined.
fn first<'a>(operation: &'static str, tensors: &'a [Tensor]) -> Result<&'a Tensor> {
    tensors.first().ok_or_else(|| Error::InvalidArgument {
        operation,
        argument: "tensors",
        expected: "at least one tensor".to_owned(),
        got: "none".to_owned(),
    })
}
