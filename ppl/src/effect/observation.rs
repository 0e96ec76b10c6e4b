//! `IntoObservation`: what `observe!` accepts as data.

use ndarray::{ArrayBase, Data, Dimension};

use crate::Tensor;

/// Data for `observe!`: anything that converts to a tensor, or an `Option` of it; `None` makes the site latent, which
/// is how a model predicts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be observed",
    label = "expected a tensor, a number, an array, a `Vec<f64>`, or an `Option` of one"
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

impl IntoObservation for &Option<Tensor> {
    fn into_observation(self) -> Option<Tensor> {
        self.clone()
    }
}

/// Truth values count as 1 and 0.
impl IntoObservation for bool {
    fn into_observation(self) -> Option<Tensor> {
        Some(Tensor::scalar(f64::from(u8::from(self))))
    }
}
