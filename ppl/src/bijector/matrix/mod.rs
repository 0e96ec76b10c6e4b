//! Maps of matrices, and of vectors onto matrices.

mod cholesky_outer_product;
mod cholesky_to_inv_cholesky;
mod correlation_cholesky;
mod correlation_outer_product;
mod fill_scale_tril;
mod fill_triangular;
pub(crate) mod lower_cholesky;
mod lower_triangular;
mod matrix_inverse_tril;
mod reshape;
mod row_normalized_cholesky;
mod scaled_unit_lower_cholesky;
mod softplus_lower_cholesky;
mod stochastic_matrix;
mod transform_diagonal;
mod transpose;
mod triangle;

pub use self::cholesky_outer_product::CholeskyOuterProduct;
pub use self::cholesky_to_inv_cholesky::CholeskyToInvCholesky;
pub use self::correlation_cholesky::CorrelationCholesky;
pub use self::correlation_outer_product::CorrelationOuterProduct;
pub use self::fill_scale_tril::FillScaleTriL;
pub use self::fill_triangular::FillTriangular;
pub use self::lower_cholesky::LowerCholesky;
pub use self::lower_triangular::LowerTriangular;
pub use self::matrix_inverse_tril::MatrixInverseTriL;
pub use self::reshape::Reshape;
pub use self::row_normalized_cholesky::RowNormalizedCholesky;
pub use self::scaled_unit_lower_cholesky::ScaledUnitLowerCholesky;
pub use self::softplus_lower_cholesky::SoftplusLowerCholesky;
pub use self::stochastic_matrix::StochasticMatrix;
pub use self::transform_diagonal::TransformDiagonal;
pub use self::transpose::Transpose;
