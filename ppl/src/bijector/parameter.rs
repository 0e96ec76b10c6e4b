//! Checks of the tensors that bijectors hold, shared by all.

use crate::{Error, Result, Shape, Tensor};

/// The shape to which two shapes broadcast.
pub(super) fn broadcast(bijector: &'static str, left: &Shape, right: &Shape) -> Result<Shape> {
    left.broadcast(right).ok_or(Error::ShapeMismatch {
        operation: bijector,
        relation: "broadcast",
        left: *left,
        right: *right,
    })
}

/// Checks the elements of a constant; one that is being differentiated is not inspected.
pub(super) fn check(
    bijector: &'static str,
    argument: &'static str,
    value: &Tensor,
    expected: &str,
    accepts: impl Fn(f64) -> bool,
) -> Result<()> {
    if value.is_tracked() {
        return Ok(());
    }
    match value.elements().into_iter().find(|&element| !accepts(element)) {
        None => Ok(()),
        Some(element) => Err(Error::InvalidArgument {
            operation: bijector,
            argument,
            expected: expected.to_owned(),
            got: element.to_string(),
        }),
    }
}
