//! Distributions of vectors and matrices.

mod bartlett;
mod dirichlet;
mod factored;
mod inverse_wishart;
mod lkj;
mod lkj_cholesky;
mod matrix_normal;
mod multivariate_normal;
mod multivariate_student_t;
mod wishart;

pub use self::dirichlet::Dirichlet;
pub use self::inverse_wishart::InverseWishart;
pub use self::lkj::LKJ;
pub use self::lkj_cholesky::LKJCholesky;
pub use self::matrix_normal::MatrixNormal;
pub use self::multivariate_normal::MultivariateNormal;
pub use self::multivariate_student_t::MultivariateStudentT;
pub use self::wishart::Wishart;
