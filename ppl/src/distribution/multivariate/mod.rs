//! Distributions of vectors and matrices.

mod adjacency;
mod bartlett;
mod circulant_normal;
mod conditional_autoregressive;
mod dirichlet;
mod factored;
mod gaussian_copula;
mod gaussian_markov_random_field;
mod intrinsic_autoregressive;
mod inverse_wishart;
mod lkj;
mod lkj_cholesky;
mod logistic_normal;
mod matrix_normal;
mod multivariate_normal;
mod multivariate_student_t;
mod vector_diffeomixture;
mod vector_exponential_diag;
mod wishart;
mod zero_sum_normal;

pub use self::adjacency::Adjacency;
pub use self::circulant_normal::CirculantNormal;
pub use self::conditional_autoregressive::CAR;
pub use self::dirichlet::Dirichlet;
pub use self::gaussian_copula::GaussianCopula;
pub use self::gaussian_markov_random_field::GaussianMarkovRandomField;
pub use self::intrinsic_autoregressive::ICAR;
pub use self::inverse_wishart::InverseWishart;
pub use self::lkj::LKJ;
pub use self::lkj_cholesky::LKJCholesky;
pub use self::logistic_normal::LogisticNormal;
pub use self::matrix_normal::MatrixNormal;
pub use self::multivariate_normal::MultivariateNormal;
pub use self::multivariate_student_t::MultivariateStudentT;
pub use self::vector_diffeomixture::VectorDiffeomixture;
pub use self::vector_exponential_diag::VectorExponentialDiag;
pub use self::wishart::Wishart;
pub use self::zero_sum_normal::ZeroSumNormal;
pub use crate::tensor::SparsityPattern;
use crate::{Result, Tensor};

/// Rows times matrices; of one matrix for a whole batch, a single product.
fn rows_times(rows: &Tensor, matrix: &Tensor) -> Result<Tensor> {
    if matrix.rank() == 2 {
        return rows.try_matmul(matrix);
    }
    rows.unsqueeze(-2).try_matmul(matrix)?.try_squeeze(-2)
}
