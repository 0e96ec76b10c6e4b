//! Comparisons: elementwise ones that give tensors of 0 and 1, and those of scalars that give a `bool`.

use std::cmp::Ordering;

use super::apply::apply;
use super::elementwise::Comparison;
use super::primitive::Primitive;
use super::{IntoTensor, Tensor, or_panic};
use crate::Result;

macro_rules! comparisons {
    ($($(#[$doc:meta])* $method:ident, $try_method:ident => $op:ident;)*) => {
        /// # Comparisons
        ///
        /// Elementwise, broadcast, 1 where it holds and 0 where it does not; the derivative is 0.
        impl Tensor {
            $(
                $(#[$doc])*
                ///
                /// # Panics
                /// Shapes that do not broadcast.
                #[must_use]
                #[track_caller]
                pub fn $method(&self, other: impl IntoTensor) -> Self {
                    or_panic(self.$try_method(other))
                }

                $(#[$doc])*
                ///
                /// # Errors
                /// Shapes that do not broadcast.
                pub fn $try_method(&self, other: impl IntoTensor) -> Result<Self> {
                    apply(&Primitive::Compare(Comparison::$op), &[&self.untracked(), &other.into_tensor().untracked()])
                }
            )*
        }
    };
}

comparisons! {
    /// Where this is greater.
    greater, try_greater => Greater;
    /// Where this is greater or equal.
    greater_equal, try_greater_equal => GreaterEqual;
    /// Where this is less.
    less, try_less => Less;
    /// Where this is less or equal.
    less_equal, try_less_equal => LessEqual;
    /// Where both are equal.
    equal, try_equal => Equal;
    /// Where they differ.
    not_equal, try_not_equal => NotEqual;
}

impl Tensor {
    /// `if_true` where the condition is not 0, `if_false` where it is, broadcast (NumPy's `where`).
    ///
    /// The gradient by the branch that was not chosen is exactly 0, even where that branch is NaN or infinite, and on
    /// the CPU elementwise operations pass it on as 0. On a CUDA device the operations that led to such a value turn 0
    /// into NaN: feed them a harmless argument there.
    ///
    /// # Panics
    /// Shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let x = Tensor::from([-1.0, 2.0]);
    /// assert_eq!(Tensor::select(x.greater(0.0), &x, 0.0).to_vec(), [0.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn select(condition: impl IntoTensor, if_true: impl IntoTensor, if_false: impl IntoTensor) -> Self {
        or_panic(Self::try_select(condition, if_true, if_false))
    }

    /// The twin of [`Tensor::select`] that returns a `Result`.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    pub fn try_select(condition: impl IntoTensor, if_true: impl IntoTensor, if_false: impl IntoTensor) -> Result<Self> {
        apply(
            &Primitive::Select,
            &[&condition.into_tensor().untracked(), &if_true.into_tensor(), &if_false.into_tensor()],
        )
    }
}

/// Same shape and same elements; NaN equals nothing.
#[allow(clippy::partialeq_ne_impl, reason = "the default `ne` would read in the standard library, not at the caller")]
impl PartialEq for Tensor {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other, "==")
    }

    #[track_caller]
    fn ne(&self, other: &Self) -> bool {
        !self.is_same(other, "!=")
    }
}

impl Tensor {
    #[track_caller]
    fn is_same(&self, other: &Self, by: &'static str) -> bool {
        if self.shape() != other.shape() {
            return false;
        }
        self.note_read(by);
        other.note_read(by);
        self.elements() == other.elements()
    }
}

/// The operators of `PartialOrd`, whose defaults would panic in the standard library and not at the caller.
macro_rules! order_operators {
    ($other:ty, |$name:ident, $by:ident| $number:expr) => {
        #[track_caller]
        fn lt(&self, $name: &$other) -> bool {
            let $by = "<";
            self.read_number($by) < $number
        }

        #[track_caller]
        fn le(&self, $name: &$other) -> bool {
            let $by = "<=";
            self.read_number($by) <= $number
        }

        #[track_caller]
        fn gt(&self, $name: &$other) -> bool {
            let $by = ">";
            self.read_number($by) > $number
        }

        #[track_caller]
        fn ge(&self, $name: &$other) -> bool {
            let $by = ">=";
            self.read_number($by) >= $number
        }
    };
}

/// Of tensors with one element; use [`Tensor::less`] and its kin for elementwise comparisons.
impl PartialOrd for Tensor {
    /// # Panics
    /// If one has not exactly one element.
    #[track_caller]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.read_number("partial_cmp").partial_cmp(&other.read_number("partial_cmp"))
    }

    order_operators!(Self, |other, by| other.read_number(by));
}

/// Comparisons with the types of literals.
macro_rules! comparisons_with_scalars {
    ($($tensor:ty, $scalar:ty;)*) => {
        $(
            /// Of a tensor with one element.
            #[allow(clippy::partialeq_ne_impl, reason = "the default `ne` would panic in the standard library")]
            impl PartialEq<$scalar> for $tensor {
                /// # Panics
                /// If there is not exactly one element.
                #[track_caller]
                fn eq(&self, other: &$scalar) -> bool {
                    self.read_number("==") == f64::from(*other)
                }

                #[track_caller]
                fn ne(&self, other: &$scalar) -> bool {
                    self.read_number("!=") != f64::from(*other)
                }
            }

            /// Of a tensor with one element; use [`Tensor::less`] and its kin for elementwise comparisons.
            impl PartialOrd<$scalar> for $tensor {
                /// # Panics
                /// If there is not exactly one element.
                #[track_caller]
                fn partial_cmp(&self, other: &$scalar) -> Option<Ordering> {
                    self.read_number("partial_cmp").partial_cmp(&f64::from(*other))
                }

                order_operators!($scalar, |other, by| f64::from(*other));
            }
        )*
    };
}

comparisons_with_scalars! { Tensor, f64; Tensor, i32; &Tensor, f64; &Tensor, i32; }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_compare_with_literals_also_by_reference() {
        let x = Tensor::from(2.0);
        let by_reference = &x;
        assert!(x > 1 && x <= 2.0 && x != 3);
        assert!(by_reference > 1.0 && by_reference < 3 && by_reference == 2);
    }
}
