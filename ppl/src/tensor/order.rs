//! Order of the elements: positions of extrema, and sorting.
//!
//! Positions are not differentiated, and depend on the values: a model that is recorded is run each time if it asks for
//! those of a latent value.

use std::cmp::Ordering;

use super::{Tensor, fail, or_panic};
use crate::{Error, Result};

/// Ascending, NaN last.
fn ascending(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// The index of the first element that comes before all others, or of the first NaN.
fn position_of(elements: impl Iterator<Item = f64>, comes_before: fn(f64, f64) -> bool) -> Option<usize> {
    let first = |best: Option<(usize, f64)>, (index, element): (usize, f64)| match best {
        Some((_, value)) if value.is_nan() || !(comes_before(element, value) || element.is_nan()) => best,
        _ => Some((index, element)),
    };
    elements.enumerate().fold(None, first).map(|(index, _)| index)
}

macro_rules! positions {
    ($($what:literal, $all:ident, $try_all:ident, $axis:ident, $try_axis:ident => $comes_before:expr;)*) => {
        /// # Order
        ///
        /// # Example
        /// ```
        /// # use ppl::Tensor;
        /// let x = Tensor::from([[3, 9, 4], [7, 1, 8]]);
        /// assert_eq!((x.argmax(), x.argmin()), (1, 4));
        /// assert_eq!(x.argmax_axis(1).to_vec(), [1.0, 2.0]);
        /// assert_eq!(x.argmin_axis(0).to_vec(), [0.0, 1.0, 0.0]);
        /// ```
        impl Tensor {
            $(
                #[doc = concat!("The index of the ", $what, " element in row-major order, of several the first; of a NaN if there is one.")]
                ///
                /// # Panics
                /// If there are no elements.
                #[must_use]
                #[track_caller]
                pub fn $all(&self) -> usize {
                    match self.$try_all() {
                        Ok(index) => index,
                        Err(error) => fail(error),
                    }
                }

                #[doc = concat!("The twin of [`Tensor::", stringify!($all), "`] that returns a `Result`.")]
                ///
                /// # Errors
                /// If there are no elements.
                #[track_caller]
                pub fn $try_all(&self) -> Result<usize> {
                    self.note_read(stringify!($all));
                    position_of(self.elements().into_iter(), $comes_before).ok_or_else(|| none(stringify!($all), self))
                }

                #[doc = concat!("The indices of the ", $what, " elements along one axis, which is removed; of NaN where there are some.")]
                ///
                /// # Panics
                /// If there is no such axis, or it has no elements.
                #[must_use]
                #[track_caller]
                pub fn $axis(&self, axis: isize) -> Self {
                    or_panic(self.$try_axis(axis))
                }

                #[doc = concat!("The twin of [`Tensor::", stringify!($axis), "`] that returns a `Result`.")]
                ///
                /// # Errors
                /// If there is no such axis, or it has no elements.
                #[track_caller]
                pub fn $try_axis(&self, axis: isize) -> Result<Self> {
                    let axis = self.shape().axis(stringify!($axis), axis)?;
                    self.note_read(stringify!($axis));
                    let shape = self.shape().without(axis);
                    let (outer, length, inner) = self.shape().around(axis);
                    if length == 0 {
                        return Err(none(stringify!($axis), self));
                    }
                    let elements = self.elements();
                    let mut indices = Vec::with_capacity(shape.size());
                    for line in 0..outer * inner {
                        let along = elements.iter().skip(start_of(line, length, inner)).step_by(inner).take(length);
                        indices.extend(position_of(along.copied(), $comes_before).map(|index| index as f64));
                    }
                    Ok(Self::from_parts(indices, shape))
                }
            )*
        }
    };
}

positions! {
    "largest", argmax, try_argmax, argmax_axis, try_argmax_axis => |a, b| a > b;
    "smallest", argmin, try_argmin, argmin_axis, try_argmin_axis => |a, b| a < b;
}

/// Offset of the first element of a line along an axis.
fn start_of(line: usize, length: usize, inner: usize) -> usize {
    line / inner * length * inner + line % inner
}

fn none(operation: &'static str, tensor: &Tensor) -> Error {
    Error::InvalidShape { operation, expected: "at least one element".to_owned(), got: tensor.shape() }
}

impl Tensor {
    /// For each position along an axis the index of the element that stands there when sorted: ascending, NaN last,
    /// equal elements in their order.
    ///
    /// # Panics
    /// If there is no such axis.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let x = Tensor::from([30, 10, 20]);
    /// assert_eq!(x.argsort(0).to_vec(), [1.0, 2.0, 0.0]);
    /// assert_eq!(x.take_along_axis(0, x.argsort(0)), x.sort(0));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn argsort(&self, axis: isize) -> Self {
        or_panic(self.try_argsort(axis))
    }

    /// The twin of [`Tensor::argsort`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis.
    #[track_caller]
    pub fn try_argsort(&self, axis: isize) -> Result<Self> {
        let axis = self.shape().axis("argsort", axis)?;
        self.note_read("argsort");
        let (outer, length, inner) = self.shape().around(axis);
        let elements = self.elements();
        let mut indices = vec![0.0; elements.len()];
        for line in 0..outer * inner {
            let start = start_of(line, length, inner);
            let mut order: Vec<usize> = (0..length).collect();
            order.sort_by(|&a, &b| ascending(elements[start + a * inner], elements[start + b * inner]));
            for (position, index) in order.into_iter().enumerate() {
                indices[start + position * inner] = index as f64;
            }
        }
        Ok(Self::from_parts(indices, self.shape()))
    }

    /// The elements along an axis in ascending order, NaN last. Gradients go back to where the elements came from.
    ///
    /// # Panics
    /// If there is no such axis.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([[3, 1, 2], [9, 8, 7]]).sort(-1), Tensor::from([[1, 2, 3], [7, 8, 9]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sort(&self, axis: isize) -> Self {
        or_panic(self.try_sort(axis))
    }

    /// The twin of [`Tensor::sort`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis.
    #[track_caller]
    pub fn try_sort(&self, axis: isize) -> Result<Self> {
        let axis = self.shape().axis("sort", axis)? as isize;
        self.try_take_along_axis(axis, self.try_argsort(axis)?)
    }

    /// Differences of neighbours along an axis, which becomes one shorter.
    ///
    /// # Panics
    /// If there is no such axis, or it has no elements.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([1, 4, 9, 16]).diff(0).to_vec(), [3.0, 5.0, 7.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn diff(&self, axis: isize) -> Self {
        or_panic(self.try_diff(axis))
    }

    /// The twin of [`Tensor::diff`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis, or it has no elements.
    pub fn try_diff(&self, axis: isize) -> Result<Self> {
        let resolved = self.shape().axis("diff", axis)?;
        let Some(last) = self.shape()[resolved].checked_sub(1) else { return Err(none("diff", self)) };
        self.try_slice(axis, 1..)?.try_sub(self.try_slice(axis, ..last)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    #[test]
    fn positions_of_extrema_are_those_of_numpy() {
        let x = Tensor::from([[1, 5, 5], [7, 0, 7]]);
        assert_eq!((x.argmax(), x.argmin()), (3, 4));
        assert_eq!(x.argmax_axis(1).to_vec(), [1.0, 0.0]);
        assert_eq!(x.argmax_axis(0).to_vec(), [1.0, 0.0, 1.0]);
        assert_eq!(x.argmin_axis(-2).to_vec(), [0.0, 1.0, 0.0]);
        assert_eq!(Tensor::from([1.0, f64::NAN, 9.0, f64::NAN]).argmax(), 1);
        assert_eq!(
            Tensor::zeros([0]).try_argmin().unwrap_err().to_string(),
            none("argmin", &Tensor::zeros([0])).to_string()
        );
    }

    /// Of shape [2, 3, 2], along the axis in the middle.
    #[test]
    fn sorting_is_along_one_axis_and_puts_nan_last() {
        let x = Tensor::new([6., 1., 2., 3., 4., 0., 9., 9., 7., 8., 8., 7.], (2, 3, 2)).unwrap();
        assert_eq!(x.sort(1).to_vec(), [2., 0., 4., 1., 6., 3., 7., 7., 8., 8., 9., 9.]);
        let sorted = Tensor::from([f64::NAN, 2.0, f64::NEG_INFINITY]).sort(0).to_vec();
        assert_eq!(sorted[..2], [f64::NEG_INFINITY, 2.0]);
        assert!(sorted[2].is_nan());
    }

    /// d/dx Σ_i i · sorted(x)ᵢ is the rank of each element.
    #[test]
    fn gradients_of_a_sort_go_to_the_elements() {
        let ranks = Tensor::arange(3);
        let (_, gradient) = grad(|x| (x[0].sort(0) * &ranks).sum(), &[Tensor::from([3.0, 1.0, 2.0])]).unwrap();
        assert_eq!(gradient[0].to_vec(), [2.0, 0.0, 1.0]);
    }

    #[test]
    fn an_index_that_leaves_the_axis_is_an_error() {
        let x = Tensor::from([[1, 2], [3, 4]]);
        for (indices, message) in [
            ([[0.0, 2.0]], "take_along_axis: `indices` must be integers from 0 to below 2, the size of axis 0, got 2"),
            (
                [[0.5, 0.0]],
                "take_along_axis: `indices` must be integers from 0 to below 2, the size of axis 0, got 0.5",
            ),
        ] {
            assert_eq!(x.try_take_along_axis(0, indices).unwrap_err().to_string(), message);
        }
        assert!(x.try_take_along_axis(0, [0, 1]).is_err());
        assert!(x.try_take_along_axis(0, [[0]]).is_err());
    }
}
