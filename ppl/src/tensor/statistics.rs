//! Variances, standard deviations and products.

use super::{Tensor, or_panic};
use crate::{Error, Result};

macro_rules! spreads {
    ($($what:literal, $all:ident, $try_all:ident, $axis:ident, $try_axis:ident => $of_squares:expr;)*) => {
        /// # Statistics
        impl Tensor {
            $(
                #[doc = concat!("The ", $what, " of all elements.")]
                ///
                /// The sum of the squared deviations from the mean is divided by the count less `ddof`: 0 for the
                /// population's (NumPy's default), 1 for the unbiased estimate of the variance (torch's default).
                ///
                /// # Panics
                /// If there are no more than `ddof` elements.
                ///
                /// # Example
                /// ```
                /// # use ppl::Tensor;
                /// let x = Tensor::from([1, 2, 3, 6]);
                /// assert_eq!(x.var(0).item(), 3.5);
                /// assert_eq!(x.std(0).item(), 3.5_f64.sqrt());
                /// assert_eq!(x.var(1).item(), 14.0 / 3.0);
                /// ```
                #[must_use]
                #[track_caller]
                pub fn $all(&self, ddof: usize) -> Self {
                    or_panic(self.$try_all(ddof))
                }

                #[doc = concat!("The twin of [`Tensor::", stringify!($all), "`] that returns a `Result`.")]
                ///
                /// # Errors
                /// If there are no more than `ddof` elements.
                pub fn $try_all(&self, ddof: usize) -> Result<Self> {
                    self.try_reshape(self.size())?.try_spread(stringify!($all), 0, ddof).map($of_squares)
                }

                #[doc = concat!("The ", $what, " along one axis, which is removed, with `ddof` as in [`", stringify!($all), "`](Self::", stringify!($all), ").")]
                ///
                /// # Panics
                /// If there is no such axis, or it has no more than `ddof` elements.
                #[must_use]
                #[track_caller]
                pub fn $axis(&self, axis: isize, ddof: usize) -> Self {
                    or_panic(self.$try_axis(axis, ddof))
                }

                #[doc = concat!("The twin of [`Tensor::", stringify!($axis), "`] that returns a `Result`.")]
                ///
                /// # Errors
                /// If there is no such axis, or it has no more than `ddof` elements.
                pub fn $try_axis(&self, axis: isize, ddof: usize) -> Result<Self> {
                    self.try_spread(stringify!($axis), axis, ddof).map($of_squares)
                }
            )*
        }
    };
}

spreads! {
    "variance", var, try_var, var_axis, try_var_axis => |variance| variance;
    "standard deviation", std, try_std, std_axis, try_std_axis => |variance| variance.sqrt();
}

impl Tensor {
    /// The variance along an axis.
    fn try_spread(&self, operation: &'static str, axis: isize, ddof: usize) -> Result<Self> {
        let axis = self.shape().axis(operation, axis)?;
        let count = self.shape()[axis];
        if count <= ddof {
            return Err(Error::InvalidShape {
                operation,
                expected: format!("more than {ddof} elements along axis {axis} (`ddof` is {ddof})"),
                got: self.shape(),
            });
        }
        let mean = self.try_mean_axis(axis as isize)?.try_reshape(self.shape().with(axis, 1))?;
        let deviations = self.try_sub(mean)?;
        Ok(deviations.square().try_sum_axis(axis as isize)? / (count - ddof) as f64)
    }

    /// The product of all elements; 1 of none.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([2, 3, 4]).prod().item(), 24.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn prod(&self) -> Self {
        or_panic(self.try_reshape(self.size()).and_then(|elements| elements.try_prod_axis(0)))
    }

    /// The product along one axis, which is removed; 1 of none.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn prod_axis(&self, axis: isize) -> Self {
        or_panic(self.try_prod_axis(axis))
    }

    /// The twin of [`Tensor::prod_axis`] that returns a `Result`.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn try_prod_axis(&self, axis: isize) -> Result<Self> {
        let along = self.shape().axis("prod_axis", axis)?;
        let mut factors = self.clone();
        // The first half times the second until one is left: few operations, and exact gradients where a factor is 0.
        loop {
            let count = factors.shape()[along];
            match count {
                0 => return Ok(Self::ones(self.shape().without(along))),
                1 => return factors.try_squeeze(along as isize),
                _ => {}
            }
            let half = count / 2;
            let axis = along as isize;
            let mut product = factors.try_slice(axis, ..half)?.try_mul(factors.try_slice(axis, half..2 * half)?)?;
            if count % 2 == 1 {
                product = Self::try_concat(&[product, factors.try_slice(axis, 2 * half..)?], axis)?;
            }
            factors = product;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    #[test]
    fn variances_along_an_axis_are_those_of_its_lines() {
        let x = Tensor::from([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]]);
        assert_eq!(x.var_axis(1, 1).to_vec(), [7.0, 0.0]);
        assert_eq!(x.std_axis(0, 0).to_vec(), [1.5, 1.0, 1.0]);
        let error = x.try_var_axis(0, 2).unwrap_err().to_string();
        assert_eq!(error, "var_axis: expected more than 2 elements along axis 0 (`ddof` is 2), got shape [2, 3]");
    }

    /// The variance of large numbers keeps its digits, and its gradient is 2 (x − mean) / (n − ddof).
    #[test]
    fn the_variance_and_its_gradient_do_not_cancel() {
        let x = Tensor::from([1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]);
        let (value, gradient) = grad(|x| x[0].var(1), &[x]).unwrap();
        assert_eq!((value, gradient[0].to_vec()), (1.0, vec![-1.0, 0.0, 1.0]));
    }

    /// ∂/∂xᵢ Π x = Π_{j≠i} xⱼ, also where a factor is 0.
    #[test]
    fn products_of_any_length_and_their_gradients() {
        for length in 1..9_usize {
            let x = Tensor::arange(length) - 2.0;
            let (value, gradient) = grad(|x| x[0].prod(), std::slice::from_ref(&x)).unwrap();
            let x = x.to_vec();
            assert_eq!(value, x.iter().product::<f64>());
            let others = |i: usize| x.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, x)| x).product::<f64>();
            assert_eq!(gradient[0].to_vec(), (0..length).map(others).collect::<Vec<_>>());
        }
        assert_eq!(Tensor::ones([0, 2]).prod_axis(0).to_vec(), [1.0, 1.0]);
        assert_eq!(Tensor::from([[1, 2], [3, 4], [5, 6]]).prod_axis(0).to_vec(), [15.0, 48.0]);
    }
}
