//! Parts of tensors, by constant indices, and their joining.

use std::ops::Range;

use super::apply::apply;
use super::primitive::Primitive;
use super::{Tensor, or_panic, record};
use crate::{Error, Result};

/// Places of an axis, as [`Tensor::gather`] takes them: numbers, or the members of a plate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of indices",
    label = "expected `usize`s, as a slice, an array or a `Vec`, or the index of a plate"
)]
pub trait Indices {
    /// The places, those of this run if others may be drawn in another.
    fn indices(&self) -> &[usize];

    /// What the indices are below in any run, if others may be drawn in another; 0 if not.
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
    /// The part of an axis in `range`.
    ///
    /// # Panics
    /// If the range leaves the axis.
    ///
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::arange(5).slice(0, 1..3).to_vec(), [1.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn slice(&self, axis: isize, range: Range<usize>) -> Self {
        or_panic(self.try_slice(axis, range))
    }

    /// The twin of [`Tensor::slice`] that returns a `Result`.
    ///
    /// # Errors
    /// If the range leaves the axis.
    pub fn try_slice(&self, axis: isize, range: Range<usize>) -> Result<Self> {
        let axis = self.shape().axis("slice", axis)?;
        apply(&Primitive::Slice { axis, start: range.start, end: range.end }, &[self])
    }

    /// One place of an axis, which is removed.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    #[track_caller]
    pub fn index(&self, axis: isize, place: usize) -> Self {
        or_panic(self.try_index(axis, place))
    }

    /// The twin of [`Tensor::index`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such place.
    pub fn try_index(&self, axis: isize, place: usize) -> Result<Self> {
        let axis = self.shape().axis("index", axis)?;
        if place >= self.shape()[axis] {
            return Err(Error::InvalidShape {
                operation: "index",
                expected: format!("place {place} within axis {axis}"),
                got: self.shape(),
            });
        }
        let part = apply(&Primitive::Slice { axis, start: place, end: place + 1 }, &[self])?;
        part.try_reshape(self.shape().without(axis))
    }

    /// Place `place` of the first axis, which is removed: an element of a vector, a row of a matrix.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    #[track_caller]
    pub fn get(&self, place: usize) -> Self {
        or_panic(self.try_get(place))
    }

    /// The twin of [`Tensor::get`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such place.
    pub fn try_get(&self, place: usize) -> Result<Self> {
        self.try_index(0, place)
    }

    /// The places `indices` of an axis, in that order and as often as named.
    ///
    /// # Panics
    /// If an index leaves the axis, or would for other members of a subsampled plate.
    ///
    /// ```
    /// # use ppl::Tensor;
    /// let effects = Tensor::from([10.0, 20.0]);
    /// assert_eq!(effects.gather(0, &[1, 0, 1]).to_vec(), [20.0, 10.0, 20.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn gather<I: Indices + ?Sized>(&self, axis: isize, indices: &I) -> Self {
        or_panic(self.try_gather(axis, indices))
    }

    /// The twin of [`Tensor::gather`] that returns a `Result`.
    ///
    /// # Errors
    /// If an index leaves the axis, or would for other members of a subsampled plate.
    pub fn try_gather<I: Indices + ?Sized>(&self, axis: isize, indices: &I) -> Result<Self> {
        let axis = self.shape().axis("gather", axis)?;
        if indices.bound() > self.shape()[axis] {
            return Err(Error::InvalidShape {
                operation: "gather",
                expected: format!("{} places along axis {axis}, of which a plate may draw any", indices.bound()),
                got: self.shape(),
            });
        }
        let primitive = Primitive::Gather { axis, indices: indices.indices().into() };
        match indices.drawn() {
            Some(drawn) if record::is_open() => record::gather(&primitive, axis, self, drawn),
            _ => apply(&primitive, &[self]),
        }
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
