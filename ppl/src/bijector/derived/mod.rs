//! Bijectors derived from others.

mod cached;
mod chain;
mod image;
mod independent;
mod inverse;

pub use self::cached::Cached;
pub use self::chain::Chain;
pub(crate) use self::image::{check_domain, image};
pub use self::independent::Independent;
pub use self::inverse::Inverse;
