//! `IntoObservation`: the types of data that `observe!` accepts.

use ndarray::{ArrayBase, Data, Dimension};

use crate::Tensor;

/// Data for `observe!`: anything that converts to a tensor, or an `Option` of it; `None` makes the site latent, which
/// is how a model predicts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be observed",
    label = "expected a tensor, a number, an array, a `Vec<f64>`, or an `Option` of one",
    note = "numbers of a type that may lose digits, and `f32`, are converted first: `y.iter().map(|&y| y as f64).collect::<Vec<f64>>()`, \
            or `y.mapv(|y| y as f64)` of an ndarray",
    note = "the order is `observe!(\"name\", distribution, data)`"
)]
pub trait IntoObservation {
    /// The data, if there are any.
    fn into_observation(self) -> Option<Tensor>;
}

macro_rules! observations {
    ($([$($generics:tt)*] $type:ty;)*) => {
        $(
            impl<$($generics)*> IntoObservation for $type {
                fn into_observation(self) -> Option<Tensor> {
                    Some(self.into())
                }
            }

            impl<$($generics)*> IntoObservation for Option<$type> {
                fn into_observation(self) -> Option<Tensor> {
                    self.map(Into::into)
                }
            }
        )*
    };
}

observations! {
    [] Tensor;
    [] &Tensor;
    [] f64;
    [] &f64;
    [] Vec<f64>;
    [] &Vec<f64>;
    [] &[f64];
    [const N: usize] [f64; N];
    [const N: usize] &[f64; N];
    [const M: usize, const N: usize] [[f64; N]; M];
    [S: Data<Elem = f64>, D: Dimension] ArrayBase<S, D>;
    [S: Data<Elem = f64>, D: Dimension] &ArrayBase<S, D>;
}

macro_rules! exact_observations {
    ($($number:ty)*) => {
        $(
            observations! {
                [] $number;
                [] Vec<$number>;
                [] &Vec<$number>;
                [] &[$number];
                [const N: usize] [$number; N];
                [const N: usize] &[$number; N];
            }
        )*
    };
}

// As they convert to tensors; truth values count as 1 and 0.
exact_observations! { i8 i16 i32 u8 u16 u32 bool }

impl IntoObservation for &Option<Tensor> {
    fn into_observation(self) -> Option<Tensor> {
        self.clone()
    }
}
