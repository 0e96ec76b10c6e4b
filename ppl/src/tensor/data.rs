//! `IntoTensor`: the arguments that become tensors. `TensorData`: scalars, and nested arrays of them.

use ndarray::{ArrayBase, Data, Dimension};

use super::{Shape, Tensor};

/// Arguments that become tensors: tensors, references to them and lists of them, and all [`TensorData`].
///
/// It is `Into<Tensor>` with messages of the compiler that say what is expected.
///
/// # Example
/// A function that takes data of any form:
///
/// ```
/// use ppl::{IntoTensor, Tensor};
///
/// fn mean(data: impl IntoTensor) -> f64 {
///     data.into_tensor().mean().item()
/// }
///
/// let (tensor, array) = (Tensor::from([1.0, 2.0]), ndarray::array![[1.0], [2.0]]);
/// assert_eq!([mean([1, 2]), mean(vec![1.0, 2.0]), mean(array), mean(&tensor), mean(1.5)], [1.5; 5]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made a tensor",
    label = "expected a tensor, a scalar, or nested arrays, slices, vectors or `ndarray`s of scalars",
    note = "a sub-model becomes its value by `call!(model)`, a distribution a draw by `sample!(\"name\", distribution)`",
    note = "an iterator becomes a `Vec` by `.collect::<Vec<_>>()`, a `Result` its value by `?`, an `f32` an `f64` by `f64::from`"
)]
pub trait IntoTensor {
    /// The tensor.
    ///
    /// # Panics
    /// As the conversion of [`TensorData`]; for a list of tensors that is empty, or whose shapes differ.
    fn into_tensor(self) -> Tensor;
}

impl<T: TensorData> IntoTensor for T {
    #[track_caller]
    fn into_tensor(self) -> Tensor {
        self.build()
    }
}

macro_rules! tensors {
    ($([$($generics:tt)*] $tensors:ty),*) => {
        $(
            impl<$($generics)*> IntoTensor for $tensors {
                #[track_caller]
                fn into_tensor(self) -> Tensor {
                    Tensor::from(self)
                }
            }
        )*
    };
}

tensors! { [] Tensor, [] &Tensor, [] Vec<Tensor>, [const N: usize] [Tensor; N], [const N: usize] [&Tensor; N] }

/// Data of which a tensor is made: a scalar, or nested arrays, slices, vectors and `ndarray`s of scalars.
///
/// A scalar is an `f64`, an integer, or a `bool`, which counts as 0 or 1. Whatever is `TensorData` can be passed where a
/// function takes `impl IntoTensor`. `f32` is not among them: the type of a literal such as 1.5 would be ambiguous
/// then, so that `let scale = 1.5;` could not be a parameter and have methods of `f64` called.
///
/// # Example
/// ```
/// use ppl::Tensor;
///
/// assert_eq!(Tensor::from([1, 2, 3]), Tensor::from(vec![1.0, 2.0, 3.0]));
/// assert_eq!(Tensor::from(vec![vec![1.5, 2.0], vec![0.0, 3.0]]).shape().to_string(), "[2, 2]");
/// assert_eq!(Tensor::from(vec![[1_u8, 2], [3, 4], [5, 6]]).shape().to_string(), "[3, 2]");
/// assert_eq!(Tensor::from([true, false]), Tensor::from([1.0, 0.0]));
/// ```
///
/// # Panics
/// The conversion panics for rows of unequal length, for more than six axes, and for an integer that no `f64` is equal
/// to, which is beyond 2⁵³.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no scalar of which a tensor is made",
    label = "expected scalars of type `f64`, an integer type or `bool`, alone or in arrays, slices, vectors or `ndarray`s",
    note = "an `f32` is widened: `y.iter().map(|&y| f64::from(y)).collect::<Vec<_>>()`, or `y.mapv(f64::from)` of an `ndarray`"
)]
pub trait TensorData {
    /// Sizes of the axes, outermost first.
    ///
    /// # Panics
    /// If the rows of a nested vector differ in their shape.
    fn data_shape(&self) -> Shape;

    /// Appends the scalars in row-major order.
    fn append_to(&self, values: &mut Vec<f64>);

    /// The shape of an element of an empty array.
    #[doc(hidden)]
    fn shape_of_none() -> Shape {
        Shape::SCALAR
    }

    /// Appends those of a slice, at once where they need no conversion.
    #[doc(hidden)]
    fn append_slice(slice: &[Self], values: &mut Vec<f64>)
    where
        Self: Sized,
    {
        slice.iter().for_each(|data| data.append_to(values));
    }

    /// The scalars of a vector, which is taken over where they need no conversion.
    #[doc(hidden)]
    fn into_values(data: Vec<Self>) -> Vec<f64>
    where
        Self: Sized,
    {
        let mut values = Vec::with_capacity(data.len());
        Self::append_slice(&data, &mut values);
        values
    }

    /// The tensor.
    #[doc(hidden)]
    #[track_caller]
    fn build(self) -> Tensor
    where
        Self: Sized,
    {
        let shape = self.data_shape();
        let mut values = Vec::with_capacity(shape.size());
        self.append_to(&mut values);
        Tensor::from_parts(values, shape)
    }
}

macro_rules! scalars {
    ($($scalar:ty => |$x:ident| $converted:expr),* $(,)?) => {
        $(
            impl TensorData for $scalar {
                fn data_shape(&self) -> Shape {
                    Shape::SCALAR
                }

                fn append_to(&self, values: &mut Vec<f64>) {
                    let $x = *self;
                    values.push($converted);
                }

                #[track_caller]
                fn build(self) -> Tensor {
                    let $x = self;
                    Tensor::scalar($converted)
                }
            }
        )*
    };
}

scalars! {
    bool => |x| f64::from(u8::from(x)),
    i8 => |x| f64::from(x), i16 => |x| f64::from(x), i32 => |x| f64::from(x),
    u8 => |x| f64::from(x), u16 => |x| f64::from(x), u32 => |x| f64::from(x),
    i64 => |x| exact(x.into(), x as f64), u64 => |x| exact(x.into(), x as f64),
    isize => |x| exact(x as i128, x as f64), usize => |x| exact(x as i128, x as f64),
}

/// The `f64` that is equal to an integer.
#[track_caller]
fn exact(integer: i128, converted: f64) -> f64 {
    assert!(converted as i128 == integer, "no f64 is equal to the integer {integer}: its digits end at 2^53");
    converted
}

impl TensorData for f64 {
    fn data_shape(&self) -> Shape {
        Shape::SCALAR
    }

    fn append_to(&self, values: &mut Vec<f64>) {
        values.push(*self);
    }

    fn append_slice(slice: &[Self], values: &mut Vec<f64>) {
        values.extend_from_slice(slice);
    }

    fn into_values(data: Vec<Self>) -> Vec<f64> {
        data
    }

    fn build(self) -> Tensor {
        Tensor::scalar(self)
    }
}

impl<T: TensorData> TensorData for [T] {
    #[track_caller]
    fn data_shape(&self) -> Shape {
        let inner = self.first().map_or_else(T::shape_of_none, T::data_shape);
        for (row, data) in self.iter().enumerate() {
            let shape = data.data_shape();
            assert!(
                shape == inner,
                "the rows of a tensor are of one shape, but row 0 has shape {inner} and row {row} shape {shape}"
            );
        }
        Shape::from(self.len()).concat(&inner)
    }

    fn append_to(&self, values: &mut Vec<f64>) {
        T::append_slice(self, values);
    }
}

impl<T: TensorData, const N: usize> TensorData for [T; N] {
    #[track_caller]
    fn data_shape(&self) -> Shape {
        self.as_slice().data_shape()
    }

    fn append_to(&self, values: &mut Vec<f64>) {
        T::append_slice(self, values);
    }

    fn shape_of_none() -> Shape {
        Shape::from(N).concat(&T::shape_of_none())
    }
}

impl<T: TensorData> TensorData for Vec<T> {
    #[track_caller]
    fn data_shape(&self) -> Shape {
        self.as_slice().data_shape()
    }

    fn append_to(&self, values: &mut Vec<f64>) {
        T::append_slice(self, values);
    }

    fn shape_of_none() -> Shape {
        Shape::from(0).concat(&T::shape_of_none())
    }

    #[track_caller]
    fn build(self) -> Tensor {
        let shape = self.data_shape();
        Tensor::from_parts(T::into_values(self), shape)
    }
}

impl<T: TensorData + ?Sized> TensorData for &T {
    #[track_caller]
    fn data_shape(&self) -> Shape {
        (**self).data_shape()
    }

    fn append_to(&self, values: &mut Vec<f64>) {
        (**self).append_to(values);
    }

    fn shape_of_none() -> Shape {
        T::shape_of_none()
    }
}

/// Owned arrays, shared ones and views, in any memory order.
impl<T: TensorData, S: Data<Elem = T>, D: Dimension> TensorData for ArrayBase<S, D> {
    #[track_caller]
    fn data_shape(&self) -> Shape {
        let inner = self.first().map_or_else(T::shape_of_none, T::data_shape);
        Shape::from(self.shape()).concat(&inner)
    }

    fn append_to(&self, values: &mut Vec<f64>) {
        match self.as_slice() {
            Some(slice) => T::append_slice(slice, values),
            None => self.iter().for_each(|data| data.append_to(values)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_made<T: IntoTensor>(data: T, values: &[f64], shape: &[usize]) {
        let tensor = data.into_tensor();
        assert_eq!((tensor.to_vec().as_slice(), tensor.shape().dims()), (values, shape));
    }

    #[test]
    fn scalars_of_every_type() {
        assert_made(2, &[2.0], &[]);
        assert_made(2.5, &[2.5], &[]);
        assert_made(true, &[1.0], &[]);
        assert_made(-(1_i64 << 53), &[-9_007_199_254_740_992.0], &[]);
        assert_made(u64::MAX - 2047, &[18_446_744_073_709_549_568.0], &[]);
        assert_made(7_usize, &[7.0], &[]);
        assert_made(3_u8, &[3.0], &[]);
    }

    #[test]
    #[should_panic(expected = "no f64 is equal to the integer 9007199254740993")]
    fn an_integer_never_loses_digits() {
        let _ = Tensor::from(vec![1_i64, (1 << 53) + 1]);
    }

    #[test]
    fn nested_data_of_every_kind() {
        let six = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_made([[1, 2, 3], [4, 5, 6]], &six, &[2, 3]);
        assert_made(vec![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &six, &[3, 2]);
        assert_made(vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]], &six, &[2, 3]);
        assert_made([[[1_u8], [2], [3]], [[4], [5], [6]]], &six, &[2, 3, 1]);
        assert_made(&six[..], &six, &[6]);
        assert_made(vec![1_usize, 2], &six[..2], &[2]);
        assert_made(vec![&1.0, &2.0], &six[..2], &[2]);
        assert_made(&[vec![1_i64, 2, 3], vec![4, 5, 6]], &six, &[2, 3]);
        assert_made(ndarray::array![[1, 4], [2, 5], [3, 6]].t(), &six, &[2, 3]);
        assert_made(ndarray::array![true, false], &[1.0, 0.0], &[2]);
        assert_made(vec![ndarray::array![1_u8, 2], ndarray::array![3, 4]], &six[..4], &[2, 2]);
    }

    #[test]
    fn empty_data_keep_the_axes_that_their_types_tell() {
        assert_made(Vec::<f64>::new(), &[], &[0]);
        assert_made(Vec::<[i32; 3]>::new(), &[], &[0, 3]);
        assert_made(Vec::<Vec<f64>>::new(), &[], &[0, 0]);
    }

    #[test]
    #[should_panic(expected = "of one shape, but row 0 has shape [2] and row 1 shape [1]")]
    fn rows_of_unequal_length_are_refused() {
        let _ = Tensor::from(vec![vec![1.0, 2.0], vec![3.0]]);
    }
}
