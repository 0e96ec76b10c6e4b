//! The arithmetic operators, for values and references, tensors and numbers.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::apply::apply;
use super::elementwise::{Binary, Unary};
use super::primitive::Primitive;
use super::{Tensor, or_panic};
use crate::Result;

macro_rules! operator {
    ($trait:ident, $method:ident, $try_method:ident, $op:expr, $doc:literal) => {
        impl Tensor {
            #[doc = concat!("The ", $doc, ", broadcast by NumPy's rule.")]
            ///
            /// # Errors
            /// Shapes that do not broadcast.
            pub fn $try_method(&self, other: impl Into<Self>) -> Result<Self> {
                apply(&Primitive::Binary($op), &[self, &other.into()])
            }
        }

        operator!(@impl $trait, $method, $op, Tensor, Tensor, |a| &a, |b| &b);
        operator!(@impl $trait, $method, $op, Tensor, &Tensor, |a| &a, |b| b);
        operator!(@impl $trait, $method, $op, &Tensor, Tensor, |a| a, |b| &b);
        operator!(@impl $trait, $method, $op, &Tensor, &Tensor, |a| a, |b| b);
        operator!(@impl $trait, $method, $op, Tensor, f64, |a| &a, |b| &Tensor::scalar(b));
        operator!(@impl $trait, $method, $op, &Tensor, f64, |a| a, |b| &Tensor::scalar(b));
        operator!(@impl $trait, $method, $op, f64, Tensor, |a| &Tensor::scalar(a), |b| &b);
        operator!(@impl $trait, $method, $op, f64, &Tensor, |a| &Tensor::scalar(a), |b| b);
    };
    (@impl $trait:ident, $method:ident, $op:expr, $left:ty, $right:ty, |$a:ident| $by_a:expr, |$b:ident| $by_b:expr) => {
        impl $trait<$right> for $left {
            type Output = Tensor;

            /// # Panics
            /// Shapes that do not broadcast.
            #[track_caller]
            fn $method(self, other: $right) -> Tensor {
                let ($a, $b) = (self, other);
                or_panic(apply(&Primitive::Binary($op), &[$by_a, $by_b]))
            }
        }
    };
}

operator!(Add, add, try_add, Binary::Add, "sum");
operator!(Sub, sub, try_sub, Binary::Sub, "difference");
operator!(Mul, mul, try_mul, Binary::Mul, "product");
operator!(Div, div, try_div, Binary::Div, "quotient");

impl Neg for Tensor {
    type Output = Tensor;

    #[track_caller]
    fn neg(self) -> Tensor {
        self.unary(Unary::Neg)
    }
}

impl Neg for &Tensor {
    type Output = Tensor;

    #[track_caller]
    fn neg(self) -> Tensor {
        self.unary(Unary::Neg)
    }
}

/// The sum of tensors, broadcast against each other; the scalar 0 for none.
impl std::iter::Sum for Tensor {
    #[track_caller]
    fn sum<I: Iterator<Item = Self>>(tensors: I) -> Self {
        let mut sum: Option<Self> = None;
        for tensor in tensors {
            sum = Some(match sum {
                Some(sum) => sum + tensor,
                None => tensor,
            });
        }
        sum.unwrap_or_else(|| Self::scalar(0.0))
    }
}
