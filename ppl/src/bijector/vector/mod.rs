//! Maps of vectors.

mod lower_cholesky_affine;
mod ordered;
mod stick_breaking;

pub use self::lower_cholesky_affine::LowerCholeskyAffine;
pub use self::ordered::Ordered;
pub use self::stick_breaking::StickBreaking;
