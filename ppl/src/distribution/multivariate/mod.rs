//! Distributions of vectors and matrices.

mod dirichlet;
mod factored;
mod lkj;
mod lkj_cholesky;
mod multivariate_normal;

pub use self::dirichlet::Dirichlet;
pub use self::lkj::LKJ;
pub use self::lkj_cholesky::LKJCholesky;
pub use self::multivariate_normal::MultivariateNormal;
