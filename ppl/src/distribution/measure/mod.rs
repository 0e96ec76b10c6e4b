//! Measures that are no densities: point masses and improper priors.

mod delta;

pub use self::delta::Delta;
