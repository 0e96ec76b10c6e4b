//! `Batch`: data that come a part at a time.

use ppl::{Shape, Tensor};

/// Data as tensors, for [`SviState::run_batches`](super::SviState::run_batches): a tensor, a tuple, an array or a vector
/// of them.
///
/// # Example
/// A batch whose parts have names:
/// ```
/// use ppl::Tensor;
/// use ppl_infer::svi::{Batch, Minibatches};
///
/// #[derive(Clone)]
/// struct Rows {
///     x: Tensor,
///     y: Tensor,
/// }
///
/// impl Batch for Rows {
///     fn tensors(&self) -> Vec<Tensor> {
///         vec![self.x.clone(), self.y.clone()]
///     }
///
///     fn with_tensors(&self, tensors: &[Tensor]) -> Self {
///         Self { x: tensors[0].clone(), y: tensors[1].clone() }
///     }
/// }
///
/// let rows = Rows { x: Tensor::arange(10), y: Tensor::arange(10) * 2.0 };
/// for batch in Minibatches::new(rows, 4)?.epoch(0) {
///     assert_eq!(batch.y, batch.x * 2.0);
/// }
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a batch of data",
    label = "expected a `Tensor`, or a tuple, an array or a `Vec` of them",
    note = "an iterator over references to batches becomes one over batches by `.cloned()`, which copies no data"
)]
pub trait Batch: Clone {
    /// The tensors.
    fn tensors(&self) -> Vec<Tensor>;

    /// The same with other tensors, of the same shapes and in the order of [`tensors`](Self::tensors).
    #[must_use]
    fn with_tensors(&self, tensors: &[Tensor]) -> Self;
}

/// What programs are recorded for.
pub(super) fn shapes(batch: &impl Batch) -> Vec<Shape> {
    batch.tensors().iter().map(Tensor::shape).collect()
}

impl Batch for Tensor {
    fn tensors(&self) -> Vec<Tensor> {
        vec![self.clone()]
    }

    fn with_tensors(&self, tensors: &[Tensor]) -> Self {
        tensors[0].clone()
    }
}

impl Batch for Vec<Tensor> {
    fn tensors(&self) -> Vec<Tensor> {
        self.clone()
    }

    fn with_tensors(&self, tensors: &[Tensor]) -> Self {
        tensors.to_vec()
    }
}

impl<const N: usize> Batch for [Tensor; N] {
    fn tensors(&self) -> Vec<Tensor> {
        self.to_vec()
    }

    fn with_tensors(&self, tensors: &[Tensor]) -> Self {
        std::array::from_fn(|place| tensors[place].clone())
    }
}

impl Batch for (Tensor, Tensor) {
    fn tensors(&self) -> Vec<Tensor> {
        vec![self.0.clone(), self.1.clone()]
    }

    fn with_tensors(&self, tensors: &[Tensor]) -> Self {
        (tensors[0].clone(), tensors[1].clone())
    }
}

impl Batch for (Tensor, Tensor, Tensor) {
    fn tensors(&self) -> Vec<Tensor> {
        vec![self.0.clone(), self.1.clone(), self.2.clone()]
    }

    fn with_tensors(&self, tensors: &[Tensor]) -> Self {
        (tensors[0].clone(), tensors[1].clone(), tensors[2].clone())
    }
}
