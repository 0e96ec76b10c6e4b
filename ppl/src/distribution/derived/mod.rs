//! Distributions derived from others.

mod expanded;
mod iid;
mod independent;
mod masked;
mod mixture;
mod transformed;
mod zero;

pub use self::expanded::Expanded;
pub use self::iid::Iid;
pub use self::independent::Independent;
pub use self::masked::Masked;
pub use self::mixture::{Mixture, MixtureSameFamily};
pub use self::transformed::Transformed;
pub use self::zero::{Hurdle, ZeroInflated, ZeroInflatedNegativeBinomial, ZeroInflatedPoisson};
