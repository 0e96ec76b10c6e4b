//! The arithmetic operators, for values and references, tensors and scalars.
//!
//! A scalar operand is an `f64` or an `i32`, the types of literals. Further types would make the type of a literal
//! ambiguous, so that `(2 * x).exp()` would not compile: write `n as f64`.
//!
//! ```
//! use ppl::Tensor;
//!
//! let mut x = Tensor::from([1, 2]);
//! x += 1;
//! x *= Tensor::from([2.0, 0.5]);
//! assert_eq!((2 * &x - 1).to_vec(), [7.0, 2.0]);
//! ```

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::apply::apply;
use super::elementwise::{Binary, Unary};
use super::primitive::Primitive;
use super::{IntoTensor, Tensor, or_panic};
use crate::Result;

macro_rules! operator {
    ($trait:ident, $method:ident, $assign_trait:ident, $assign:ident, $try_method:ident, $op:expr, $doc:literal) => {
        impl Tensor {
            #[doc = concat!("The ", $doc, ", broadcast by NumPy's rule.")]
            ///
            /// # Errors
            /// Shapes that do not broadcast.
            pub fn $try_method(&self, other: impl IntoTensor) -> Result<Self> {
                apply(&Primitive::Binary($op), &[self, &other.into_tensor()])
            }
        }

        operator!(@impl $trait, $method, $op, Tensor, Tensor, |a| &a, |b| &b);
        operator!(@impl $trait, $method, $op, Tensor, &Tensor, |a| &a, |b| b);
        operator!(@impl $trait, $method, $op, &Tensor, Tensor, |a| a, |b| &b);
        operator!(@impl $trait, $method, $op, &Tensor, &Tensor, |a| a, |b| b);
        operator!(@scalar $trait, $method, $op, f64);
        operator!(@scalar $trait, $method, $op, i32);

        impl<T> $assign_trait<T> for Tensor
        where
            for<'a> &'a Self: $trait<T, Output = Self>,
        {
            /// # Panics
            /// Shapes that do not broadcast.
            #[track_caller]
            fn $assign(&mut self, other: T) {
                *self = (&*self).$method(other);
            }
        }
    };
    (@scalar $trait:ident, $method:ident, $op:expr, $scalar:ty) => {
        operator!(@impl $trait, $method, $op, Tensor, $scalar, |a| &a, |b| &Tensor::scalar(b.into()));
        operator!(@impl $trait, $method, $op, &Tensor, $scalar, |a| a, |b| &Tensor::scalar(b.into()));
        operator!(@impl $trait, $method, $op, $scalar, Tensor, |a| &Tensor::scalar(a.into()), |b| &b);
        operator!(@impl $trait, $method, $op, $scalar, &Tensor, |a| &Tensor::scalar(a.into()), |b| b);
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

operator!(Add, add, AddAssign, add_assign, try_add, Binary::Add, "sum");
operator!(Sub, sub, SubAssign, sub_assign, try_sub, Binary::Sub, "difference");
operator!(Mul, mul, MulAssign, mul_assign, try_mul, Binary::Mul, "product");
operator!(Div, div, DivAssign, div_assign, try_div, Binary::Div, "quotient");

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

/// The sum of tensors, broadcast against each other; the scalar 0 for none.
impl<'a> std::iter::Sum<&'a Self> for Tensor {
    #[track_caller]
    fn sum<I: Iterator<Item = &'a Self>>(tensors: I) -> Self {
        tensors.cloned().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    #[test]
    fn integers_and_floats_on_either_side() {
        let x = Tensor::from([1, 2, 3]);
        assert_eq!((2 * &x + 1).to_vec(), [3.0, 5.0, 7.0]);
        assert_eq!((6 / &x - 0.5).to_vec(), [5.5, 2.5, 1.5]);
        assert_eq!((1 - 2 * (x / 2)).exp().ln().sum().item(), -3.0);
    }

    #[test]
    fn sums_of_an_iterator_broadcast() {
        let parts = [Tensor::from(1), Tensor::from([2, 3])];
        assert_eq!(parts.iter().sum::<Tensor>().to_vec(), [3.0, 4.0]);
        assert_eq!(parts.into_iter().sum::<Tensor>().to_vec(), [3.0, 4.0]);
        assert_eq!([].iter().sum::<Tensor>().item(), 0.0);
    }

    #[test]
    fn assignments_broadcast_and_are_differentiated() {
        let mut x = Tensor::from(1.0);
        x += Tensor::from([1, 2]);
        x *= 2;
        x -= 1.0;
        x /= &Tensor::from([1, 5]);
        assert_eq!(x.to_vec(), [3.0, 1.0]);
        // d/dx (2x)³ = 24 x².
        let (_, gradient) = grad(
            |inputs| {
                let mut product = Tensor::from(1);
                for _ in 0..3 {
                    product *= 2 * &inputs[0];
                }
                product
            },
            &[Tensor::from(0.5)],
        )
        .unwrap();
        assert_eq!(gradient[0].item(), 6.0);
    }
}
