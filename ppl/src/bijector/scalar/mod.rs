//! Maps of numbers, elementwise.

mod affine;
mod exp;
mod half_line;
mod identity;
mod interval;
mod power;
mod sigmoid;
mod softplus;
pub(crate) mod tanh;

pub use self::affine::Affine;
pub use self::exp::Exp;
pub use self::half_line::{GreaterThan, LessThan};
pub use self::identity::Identity;
pub use self::interval::Interval;
pub use self::power::Power;
pub use self::sigmoid::Sigmoid;
pub use self::softplus::Softplus;
pub use self::tanh::Tanh;
