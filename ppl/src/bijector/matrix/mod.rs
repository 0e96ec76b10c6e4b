//! Maps of matrices, and of vectors onto matrices.

mod cholesky_outer_product;
mod correlation_cholesky;
mod correlation_outer_product;
pub(crate) mod lower_cholesky;
mod row_normalized_cholesky;

pub use self::cholesky_outer_product::CholeskyOuterProduct;
pub use self::correlation_cholesky::CorrelationCholesky;
pub use self::correlation_outer_product::CorrelationOuterProduct;
pub use self::lower_cholesky::LowerCholesky;
pub use self::row_normalized_cholesky::RowNormalizedCholesky;
