//! Maps of matrices, and of vectors onto matrices.

mod cholesky_outer_product;
pub(crate) mod lower_cholesky;

pub use self::cholesky_outer_product::CholeskyOuterProduct;
pub use self::lower_cholesky::LowerCholesky;
