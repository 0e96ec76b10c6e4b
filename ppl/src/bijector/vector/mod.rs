//! Maps of vectors.

mod l1_ball;
mod lower_cholesky_affine;
mod ordered;
mod positive_ordered;
mod stick_breaking;
mod unit_vector;
mod zero_sum;

pub use self::l1_ball::L1Ball;
pub use self::lower_cholesky_affine::LowerCholeskyAffine;
pub use self::ordered::Ordered;
pub use self::positive_ordered::PositiveOrdered;
pub use self::stick_breaking::StickBreaking;
pub use self::unit_vector::UnitVector;
pub use self::zero_sum::ZeroSum;
