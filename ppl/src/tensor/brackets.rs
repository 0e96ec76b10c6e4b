//! The compile-time message for `x[0]`.

use std::ops::Index;

use super::Tensor;

/// What a tensor is indexed with by `[..]`: nothing, because that gives a reference, and a part of a tensor is a value.
///
/// It exists for its message.
///
/// # Example
/// ```
/// use ppl::Tensor;
///
/// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(x.get(1).to_vec(), [4.0, 5.0, 6.0]);
/// assert_eq!(x.index(1, 0).to_vec(), [1.0, 4.0]);
/// assert_eq!(x.get(1).get(2).item(), 6.0);
/// ```
///
/// Brackets do not compile:
///
/// ```compile_fail,E0277
/// # use ppl::Tensor;
/// # let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let row = &x[1];
/// ```
#[diagnostic::on_unimplemented(
    message = "a `Tensor` is not indexed by `[..]`, which gives a reference: its parts are tensors of their own",
    label = "write `x.get(i)`",
    note = "`x.get(i)` is an element of a vector or a row of a matrix, `x.slice(0, a..b)` a range, `x.index(axis, i)` a \
            part of another axis, `x.take(0, &indices)` several parts"
)]
pub trait Brackets {
    /// The part of a tensor at this index.
    fn part<'a>(&self, tensor: &'a Tensor) -> &'a Tensor;
}

impl<I: Brackets> Index<I> for Tensor {
    type Output = Self;

    fn index(&self, index: I) -> &Self {
        index.part(self)
    }
}
