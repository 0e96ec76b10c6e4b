//! Distributions derived from others.

mod expanded;
mod independent;
mod masked;
mod transformed;

pub use self::expanded::Expanded;
pub(crate) use self::expanded::sample_expanded;
pub use self::independent::Independent;
pub use self::masked::Masked;
pub use self::transformed::Transformed;
