//! Conversions from data to tensors, and to `ndarray`.

use ndarray::{Array, ArrayD, IxDyn};

use super::{Tensor, TensorData};

/// Scalars, and nested arrays, slices, vectors and `ndarray`s of them.
impl<T: TensorData> From<T> for Tensor {
    /// # Panics
    /// Rows of unequal length, more than six axes, and integers that no `f64` is equal to; see [`TensorData`].
    #[track_caller]
    fn from(data: T) -> Self {
        data.build()
    }
}

impl From<&Self> for Tensor {
    fn from(tensor: &Self) -> Self {
        tensor.clone()
    }
}

/// Tensors of one shape along a new first axis, as by [`Tensor::stack`].
impl From<Vec<Tensor>> for Tensor {
    /// # Panics
    /// If there is none, or the shapes differ.
    #[track_caller]
    fn from(tensors: Vec<Tensor>) -> Self {
        Self::stack(&tensors, 0)
    }
}

/// Tensors of one shape along a new first axis, as by [`Tensor::stack`].
impl<const N: usize> From<[Self; N]> for Tensor {
    /// # Panics
    /// If there is none, or the shapes differ.
    #[track_caller]
    fn from(tensors: [Self; N]) -> Self {
        Self::stack(&tensors, 0)
    }
}

/// Tensors of one shape along a new first axis, as by [`Tensor::stack`].
impl<const N: usize> From<[&Self; N]> for Tensor {
    /// # Panics
    /// If there is none, or the shapes differ.
    #[track_caller]
    fn from(tensors: [&Self; N]) -> Self {
        Self::stack(&tensors.map(Self::clone), 0)
    }
}

impl From<Tensor> for ArrayD<f64> {
    #[track_caller]
    fn from(tensor: Tensor) -> Self {
        tensor.to_array()
    }
}

impl Tensor {
    /// The elements as an ndarray.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let array = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
    /// assert_eq!(Tensor::from(array.t()).to_array(), array.t().into_dyn());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to_array(&self) -> ArrayD<f64> {
        self.note_read("to_array");
        Array::from_shape_vec(IxDyn(&self.shape()), self.elements())
            .expect("a tensor has as many elements as its shape")
    }
}
