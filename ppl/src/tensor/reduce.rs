//! Reductions and scans over axes.

use super::apply::apply;
use super::primitive::Primitive;
use super::{Shape, Tensor, or_panic};
use crate::{Error, Result};

macro_rules! reductions {
    ($($what:literal, $all:ident, $try_all:ident, $axis:ident, $try_axis:ident => $op:ident;)*) => {
        impl Tensor {
            $(
                #[doc = concat!("The ", $what, " of all elements.")]
                ///
                /// # Panics
                /// If there are none, for reductions that have no value then.
                #[must_use]
                #[track_caller]
                pub fn $all(&self) -> Self {
                    or_panic(self.$try_all())
                }

                #[doc = concat!("The ", $what, " of all elements.")]
                ///
                /// # Errors
                /// If there are none, for reductions that have no value then.
                pub fn $try_all(&self) -> Result<Self> {
                    if self.rank() == 1 {
                        return apply(&Primitive::$op { axis: 0 }, &[self]);
                    }
                    apply(&Primitive::$op { axis: 0 }, &[&self.try_reshape(self.size())?])
                }

                #[doc = concat!("The ", $what, " along one axis, which is removed; negative axes count from the right.")]
                ///
                /// # Panics
                /// If there is no such axis.
                #[must_use]
                #[track_caller]
                pub fn $axis(&self, axis: isize) -> Self {
                    or_panic(self.$try_axis(axis))
                }

                #[doc = concat!("The ", $what, " along one axis, which is removed; negative axes count from the right.")]
                ///
                /// # Errors
                /// If there is no such axis.
                pub fn $try_axis(&self, axis: isize) -> Result<Self> {
                    apply(&Primitive::$op { axis: self.shape().axis(stringify!($axis), axis)? }, &[self])
                }
            )*
        }
    };
}

reductions! {
    "sum", sum, try_sum, sum_axis, try_sum_axis => Sum;
    "largest", max, try_max, max_axis, try_max_axis => Max;
    "smallest", min, try_min, min_axis, try_min_axis => Min;
    "logarithm of the sum of the exponentials", logsumexp, try_logsumexp, logsumexp_axis, try_logsumexp_axis => LogSumExp;
}

/// # Reductions and scans
impl Tensor {
    /// The mean of all elements; NaN of none.
    #[must_use]
    pub fn mean(&self) -> Self {
        self.sum() / self.size() as f64
    }

    /// The mean along one axis, which is removed; negative axes count from the right.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn mean_axis(&self, axis: isize) -> Self {
        or_panic(self.try_mean_axis(axis))
    }

    /// The mean along one axis, which is removed; negative axes count from the right.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn try_mean_axis(&self, axis: isize) -> Result<Self> {
        let length = self.shape()[self.shape().axis("mean_axis", axis)?];
        Ok(self.try_sum_axis(axis)? / length as f64)
    }

    /// The sum over several axes, which are removed.
    ///
    /// # Panics
    /// If an axis does not exist or is named twice.
    #[must_use]
    #[track_caller]
    pub fn sum_axes(&self, axes: &[isize]) -> Self {
        or_panic(self.try_sum_axes(axes))
    }

    /// The sum over several axes, which are removed.
    ///
    /// # Errors
    /// If an axis does not exist or is named twice.
    pub fn try_sum_axes(&self, axes: &[isize]) -> Result<Self> {
        let mut resolved =
            axes.iter().map(|&axis| self.shape().axis("sum_axes", axis)).collect::<Result<Vec<usize>>>()?;
        resolved.sort_unstable();
        if resolved.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::InvalidShape {
                operation: "sum_axes",
                expected: format!("axes {axes:?} to be distinct"),
                got: self.shape(),
            });
        }
        resolved.iter().rev().try_fold(self.clone(), |sum, &axis| apply(&Primitive::Sum { axis }, &[&sum]))
    }

    /// The sum over the last `count` axes: what turns elementwise log densities into those of events.
    ///
    /// # Panics
    /// If there are fewer axes.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::ones([2, 3, 4]).sum_rightmost(2).to_vec(), [12.0, 12.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sum_rightmost(&self, count: usize) -> Self {
        or_panic(self.try_sum_rightmost(count))
    }

    /// The twin of [`Tensor::sum_rightmost`] that returns a `Result`.
    ///
    /// # Errors
    /// If there are fewer axes.
    pub fn try_sum_rightmost(&self, count: usize) -> Result<Self> {
        if count == 0 {
            return Ok(self.clone());
        }
        if count > self.rank() {
            return Err(Error::InvalidShape {
                operation: "sum_rightmost",
                expected: format!("at least {count} axes"),
                got: self.shape(),
            });
        }
        let (kept, summed) = self.shape().split_event(count);
        self.try_reshape(kept.concat(&Shape::from(summed.size())))?.try_sum_axis(-1)
    }

    /// Exponentials along an axis, scaled to sum to 1.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn softmax(&self, axis: isize) -> Self {
        or_panic(self.try_softmax(axis))
    }

    /// The twin of [`Tensor::softmax`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn try_softmax(&self, axis: isize) -> Result<Self> {
        Ok(self.try_log_normalised("softmax", axis)?.exp())
    }

    /// The logarithm of `softmax`, without underflow.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn log_softmax(&self, axis: isize) -> Self {
        or_panic(self.try_log_softmax(axis))
    }

    /// The twin of [`Tensor::log_softmax`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn try_log_softmax(&self, axis: isize) -> Result<Self> {
        self.try_log_normalised("log_softmax", axis)
    }

    fn try_log_normalised(&self, operation: &'static str, axis: isize) -> Result<Self> {
        let axis = self.shape().axis(operation, axis)?;
        let normaliser = apply(&Primitive::LogSumExp { axis }, &[self])?;
        self.try_sub(normaliser.try_reshape(self.shape().with(axis, 1))?)
    }

    /// Running sums along an axis.
    ///
    /// # Panics
    /// If there is no such axis.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([1.0, 2.0, 3.0]).cumsum(0).to_vec(), [1.0, 3.0, 6.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn cumsum(&self, axis: isize) -> Self {
        or_panic(self.try_cumsum(axis))
    }

    /// The twin of [`Tensor::cumsum`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn try_cumsum(&self, axis: isize) -> Result<Self> {
        apply(&Primitive::CumSum { axis: self.shape().axis("cumsum", axis)? }, &[self])
    }
}
