//! The compile-time message for `x[0]`.

use std::ops::Index;

use super::Tensor;

/// What a tensor is indexed with by `[..]`: nothing, because that gives a reference, and a part of a tensor is a value.
///
/// It exists for its message.
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
