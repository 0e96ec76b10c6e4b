//! `IntoObservation`: the types of data that `observe!` accepts.

use crate::Tensor;
use crate::tensor::{IntoTensor, TensorData};

/// Data for `observe!`: anything that becomes a tensor, or an `Option` of it; `None` makes the site latent, which is how a
/// model predicts.
///
/// # Example
/// One model for data of any form, and for none:
///
/// ```
/// use ppl::effect::IntoObservation;
/// use ppl::prelude::*;
///
/// #[model]
/// fn heights(y: impl IntoObservation + Clone) {
///     plate!("person", 2, {
///         observe!("y", Normal::new(170.0, 10.0), y);
///     });
/// }
///
/// assert_eq!(heights([160.0, 181.0]).trace(0)?.get(heights::y)?.to_vec(), [160.0, 181.0]);
/// // Without data the site is latent and draws.
/// let predicted = heights(None::<Tensor>).trace(0)?;
/// assert_eq!(predicted.latent_values().map(|(name, _)| name).collect::<Vec<_>>(), ["y"]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be observed",
    label = "expected a tensor, a scalar, nested arrays, slices, vectors or `ndarray`s of scalars, or an `Option` of them",
    note = "a sub-model becomes its value by `call!(model)`, an iterator a `Vec` by `.collect::<Vec<_>>()`, a `Result` its value by `?`",
    note = "the order is `observe!(\"name\", distribution, data)`"
)]
pub trait IntoObservation {
    /// The data, if there are any.
    fn into_observation(self) -> Option<Tensor>;
}

impl<T: TensorData> IntoObservation for T {
    fn into_observation(self) -> Option<Tensor> {
        Some(self.into_tensor())
    }
}

impl IntoObservation for Tensor {
    fn into_observation(self) -> Option<Tensor> {
        Some(self)
    }
}

impl IntoObservation for &Tensor {
    fn into_observation(self) -> Option<Tensor> {
        Some(self.clone())
    }
}

impl<T: IntoTensor> IntoObservation for Option<T> {
    fn into_observation(self) -> Option<Tensor> {
        self.map(IntoTensor::into_tensor)
    }
}

impl IntoObservation for &Option<Tensor> {
    fn into_observation(self) -> Option<Tensor> {
        self.clone()
    }
}
