//! Maps of matrices, and of vectors onto matrices.

mod cholesky_outer_product;
mod fill_triangular;
pub(crate) mod lower_cholesky;
mod lower_triangular;
mod softplus_lower_cholesky;
mod stochastic_matrix;
mod triangle;

pub use self::cholesky_outer_product::CholeskyOuterProduct;
pub use self::fill_triangular::FillTriangular;
pub use self::lower_cholesky::LowerCholesky;
pub use self::lower_triangular::LowerTriangular;
pub use self::softplus_lower_cholesky::SoftplusLowerCholesky;
pub use self::stochastic_matrix::StochasticMatrix;
