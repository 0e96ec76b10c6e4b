//! Reductions and scans over axes.

use super::apply::apply;
use super::primitive::Primitive;
use super::{Shape, Tensor, or_panic};
use crate::{Error, Result};

macro_rules! reductions {
    ($($what:literal, $all:ident, $axis:ident, $try_axis:ident => $op:ident;)*) => {
        impl Tensor {
            $(
                #[doc = concat!("The ", $what, " of all elements.")]
                ///
                /// # Panics
                /// If there are none, for reductions that have no value then.
                #[must_use]
                #[track_caller]
                pub fn $all(&self) -> Self {
                    or_panic(self.flat().$try_axis(0))
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
    "sum", sum, sum_axis, try_sum_axis => Sum;
    "largest", max, max_axis, try_max_axis => Max;
    "smallest", min, min_axis, try_min_axis => Min;
    "logarithm of the sum of the exponentials", logsumexp, logsumexp_axis, try_logsumexp_axis => LogSumExp;
}

/// # Reductions and scans
impl Tensor {
    /// All elements along one axis.
    fn flat(&self) -> Self {
        if self.rank() == 1 {
            return self.clone();
        }
        // A reshape to as many elements cannot fail.
        or_panic(apply(&Primitive::Reshape(Shape::from(self.size())), &[self]))
    }

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
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::ones([2, 3, 4]).sum_rightmost(2).to_vec(), [12.0, 12.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sum_rightmost(&self, count: usize) -> Self {
        if count == 0 {
            return self.clone();
        }
        let (kept, summed) = self.shape().split_event(count);
        let merged = self.reshape(kept.concat(&Shape::from(summed.size())));
        merged.sum_axis(-1)
    }

    /// Exponentials along an axis, scaled to sum to 1.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn softmax(&self, axis: isize) -> Self {
        self.log_softmax(axis).exp()
    }

    /// The logarithm of `softmax`, without underflow.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn log_softmax(&self, axis: isize) -> Self {
        let normaliser = self.logsumexp_axis(axis);
        self - normaliser.unsqueeze(if axis < 0 { axis } else { axis.min(normaliser.rank() as isize) })
    }

    /// Running sums along an axis.
    ///
    /// # Panics
    /// If there is no such axis.
    ///
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
