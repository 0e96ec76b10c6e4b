//! The operators `+` and `*` of kernels.

use std::ops::{Add, Mul};

use super::{
    Constant, ExponentiatedQuadratic, Kernel, Linear, MaternFiveHalves, MaternOneHalf, MaternThreeHalves, Periodic,
    Polynomial, Product, RationalQuadratic, Sum, WhiteNoise,
};
use crate::Result;
use crate::tensor::fail;

macro_rules! operators {
    ($($Left:ident),+ $(,)?) => {
        $(
            impl<Right: Kernel> Add<Right> for $Left {
                type Output = Sum;

                /// # Panics
                /// Batches that do not broadcast.
                #[track_caller]
                fn add(self, right: Right) -> Sum {
                    or_fail(Sum::new(self, right))
                }
            }

            impl<Right: Kernel> Mul<Right> for $Left {
                type Output = Product;

                /// # Panics
                /// Batches that do not broadcast.
                #[track_caller]
                fn mul(self, right: Right) -> Product {
                    or_fail(Product::new(self, right))
                }
            }
        )+
    };
}

operators! {
    Constant, ExponentiatedQuadratic, Linear, MaternFiveHalves, MaternOneHalf, MaternThreeHalves, Periodic, Polynomial,
    Product, RationalQuadratic, Sum, WhiteNoise,
}

/// The kernel, or a failure as that of an operator of tensors.
#[track_caller]
fn or_fail<T>(result: Result<T>) -> T {
    match result {
        Ok(kernel) => kernel,
        Err(error) => fail(error),
    }
}
