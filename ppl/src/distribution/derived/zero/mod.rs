//! Counts with more or fewer zeros: zero inflation and hurdles.

mod gate;
mod hurdle;
mod named;
mod truncated;
mod zero_inflated;

pub use self::hurdle::Hurdle;
pub use self::named::{ZeroInflatedNegativeBinomial, ZeroInflatedPoisson};
pub use self::zero_inflated::ZeroInflated;
