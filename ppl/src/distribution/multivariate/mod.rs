//! Distributions of vectors and matrices.

mod dirichlet;
mod multivariate_normal;

pub use self::dirichlet::Dirichlet;
pub use self::multivariate_normal::MultivariateNormal;
