//! Measures without a density of their own: point masses, samples, improper priors, factors.

mod delta;
mod empirical;
mod improper_uniform;
mod unit;

pub use self::delta::Delta;
pub use self::empirical::Empirical;
pub use self::improper_uniform::{Flat, HalfFlat, ImproperUniform};
pub use self::unit::Unit;
