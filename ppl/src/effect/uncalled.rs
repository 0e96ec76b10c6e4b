//! A sub-model in place of its value: operators whose errors say what to write, `call!(..)`.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

use super::Bound;
use crate::Tensor;

/// The value of a model that was not run, which there is not: no type implements this trait.
///
/// Operators of [`Bound`] models ask for it, so that the compiler says what to write.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn noise() -> Tensor {
///     sample!("noise", Normal::new(0.0, 1.0))
/// }
///
/// #[model]
/// fn shifted() -> Tensor {
///     5.0 + call!(noise())
/// }
///
/// assert_eq!(shifted().output(0)?, 5.0 + noise().output(0)?);
/// # Ok::<(), ppl::Error>(())
/// ```
///
/// Without `call!` it does not compile:
///
/// ```compile_fail,E0277
/// # use ppl::prelude::*;
/// # #[model]
/// # fn noise() -> Tensor {
/// #     sample!("noise", Normal::new(0.0, 1.0))
/// # }
/// #[model]
/// fn shifted() -> Tensor {
///     5.0 + noise()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a model is not the value that it returns",
    label = "this model does not run here: write `call!(..)` around it",
    note = "inside of another model, `call!(weather())` runs the model `weather()` and is its value"
)]
pub trait ValueOf<M> {
    /// The value.
    fn value_of(model: M) -> Self;
}

/// An operand that there is not.
///
/// With two of them an operator is certainly defined for models, and not for one operand alone: so the compiler looks at the
/// operand that is written, and tells what that lacks.
#[doc(hidden)]
#[derive(Debug)]
pub enum NoOperand<const N: usize> {}

/// An operator of a model and another operand, on either side.
macro_rules! operators {
    ($($operator:ident $method:ident),+) => {
        $(
            operators!(@of $operator $method [] Bound<B>);
            operators!(@of $operator $method ['a,] &'a Bound<B>);
        )+
    };
    (@of $operator:ident $method:ident [$($lifetime:tt)*] $model:ty) => {
        operators!(@none $operator $method [$($lifetime)*] $model, NoOperand<0>);
        operators!(@none $operator $method [$($lifetime)*] $model, NoOperand<1>);
        operators!(@between $operator $method [$($lifetime)*] $model, [] f64);
        operators!(@between $operator $method [$($lifetime)*] $model, [] Tensor);
        operators!(@between $operator $method [$($lifetime)*] $model, ['b,] &'b Tensor);
    };
    (@none $operator:ident $method:ident [$($lifetime:tt)*] $model:ty, $none:ty) => {
        impl<$($lifetime)* B> $operator<$none> for $model {
            type Output = Tensor;

            fn $method(self, other: $none) -> Tensor {
                match other {}
            }
        }
    };
    (@between $operator:ident $method:ident [$($own:tt)*] $model:ty, [$($others:tt)*] $other:ty) => {
        impl<$($own)* $($others)* B> $operator<$other> for $model
        where
            Tensor: ValueOf<$model>,
        {
            type Output = Tensor;

            fn $method(self, other: $other) -> Tensor {
                Tensor::value_of(self).$method(other)
            }
        }

        impl<$($own)* $($others)* B> $operator<$model> for $other
        where
            Tensor: ValueOf<$model>,
        {
            type Output = Tensor;

            fn $method(self, model: $model) -> Tensor {
                self.$method(Tensor::value_of(model))
            }
        }
    };
}

operators!(Add add, Sub sub, Mul mul, Div div);

/// A comparison of a model and another operand.
macro_rules! comparisons {
    (@none $($none:ty),+) => {
        $(
            impl<B> PartialEq<$none> for Bound<B> {
                fn eq(&self, other: &$none) -> bool {
                    match *other {}
                }
            }

            impl<B> PartialOrd<$none> for Bound<B> {
                fn partial_cmp(&self, other: &$none) -> Option<Ordering> {
                    match *other {}
                }
            }
        )+
    };
    ($($other:ty),+) => {
        $(
            impl<B> PartialEq<$other> for Bound<B>
            where
                Tensor: for<'a> ValueOf<&'a Bound<B>>,
            {
                fn eq(&self, other: &$other) -> bool {
                    Tensor::value_of(self) == *other
                }
            }

            impl<B> PartialOrd<$other> for Bound<B>
            where
                Tensor: for<'a> ValueOf<&'a Bound<B>>,
            {
                fn partial_cmp(&self, other: &$other) -> Option<Ordering> {
                    Tensor::value_of(self).partial_cmp(other)
                }
            }
        )+
    };
}

comparisons!(@none NoOperand<0>, NoOperand<1>);
comparisons!(f64, Tensor);
