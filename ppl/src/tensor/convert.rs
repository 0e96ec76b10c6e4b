//! Conversions from and to numbers, slices, nested arrays, vectors and ndarray.

use ndarray::{Array, ArrayBase, ArrayD, Data, Dimension, IxDyn};

use super::{Shape, Tensor};

impl From<f64> for Tensor {
    fn from(number: f64) -> Self {
        Self::scalar(number)
    }
}

impl From<&f64> for Tensor {
    fn from(number: &f64) -> Self {
        Self::scalar(*number)
    }
}

impl From<&Self> for Tensor {
    fn from(tensor: &Self) -> Self {
        tensor.clone()
    }
}

impl From<Vec<f64>> for Tensor {
    fn from(values: Vec<f64>) -> Self {
        let shape = Shape::from(values.len());
        Self::from_parts(values, shape)
    }
}

impl From<&Vec<f64>> for Tensor {
    fn from(values: &Vec<f64>) -> Self {
        Self::from(values.as_slice())
    }
}

impl From<&[f64]> for Tensor {
    fn from(values: &[f64]) -> Self {
        Self::from(values.to_vec())
    }
}

impl<const N: usize> From<[f64; N]> for Tensor {
    fn from(values: [f64; N]) -> Self {
        Self::from(values.as_slice())
    }
}

impl<const N: usize> From<&[f64; N]> for Tensor {
    fn from(values: &[f64; N]) -> Self {
        Self::from(values.as_slice())
    }
}

impl<const M: usize, const N: usize> From<[[f64; N]; M]> for Tensor {
    fn from(rows: [[f64; N]; M]) -> Self {
        Self::from_parts(rows.as_flattened().to_vec(), Shape::from([M, N]))
    }
}

impl<const L: usize, const M: usize, const N: usize> From<[[[f64; N]; M]; L]> for Tensor {
    fn from(blocks: [[[f64; N]; M]; L]) -> Self {
        Self::from_parts(blocks.as_flattened().as_flattened().to_vec(), Shape::from([L, M, N]))
    }
}

/// Numbers of the types whose every value is an `f64` too, and truth values as 1 and 0.
///
/// Not `i64`, `u64` and `usize`, which may lose digits: write `n as f64`. Not `f32`, because a literal such as 1.5 would
/// then be of a type that the compiler cannot tell: write `f64::from(x)`.
macro_rules! exact {
    ($($number:ty)*) => {
        $(
            impl From<$number> for Tensor {
                fn from(number: $number) -> Self {
                    Self::scalar(f64::from(number))
                }
            }

            impl From<&$number> for Tensor {
                fn from(number: &$number) -> Self {
                    Self::from(*number)
                }
            }

            impl From<&[$number]> for Tensor {
                fn from(values: &[$number]) -> Self {
                    Self::from(values.iter().map(|&value| f64::from(value)).collect::<Vec<f64>>())
                }
            }

            impl From<Vec<$number>> for Tensor {
                fn from(values: Vec<$number>) -> Self {
                    Self::from(values.as_slice())
                }
            }

            impl From<&Vec<$number>> for Tensor {
                fn from(values: &Vec<$number>) -> Self {
                    Self::from(values.as_slice())
                }
            }

            impl<const N: usize> From<[$number; N]> for Tensor {
                fn from(values: [$number; N]) -> Self {
                    Self::from(values.as_slice())
                }
            }

            impl<const N: usize> From<&[$number; N]> for Tensor {
                fn from(values: &[$number; N]) -> Self {
                    Self::from(values.as_slice())
                }
            }

            impl<const M: usize, const N: usize> From<[[$number; N]; M]> for Tensor {
                fn from(rows: [[$number; N]; M]) -> Self {
                    Self::from(rows.map(|row| row.map(f64::from)))
                }
            }
        )*
    };
}

exact! { i8 i16 i32 u8 u16 u32 bool }

/// Owned arrays, shared ones and views, in any memory order.
impl<S: Data<Elem = f64>, D: Dimension> From<ArrayBase<S, D>> for Tensor {
    /// # Panics
    /// Above six axes.
    #[track_caller]
    fn from(array: ArrayBase<S, D>) -> Self {
        Self::from(&array)
    }
}

/// Owned arrays, shared ones and views, in any memory order.
impl<S: Data<Elem = f64>, D: Dimension> From<&ArrayBase<S, D>> for Tensor {
    /// # Panics
    /// Above six axes.
    #[track_caller]
    fn from(array: &ArrayBase<S, D>) -> Self {
        Self::from_parts(array.iter().copied().collect(), Shape::from(array.shape()))
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
