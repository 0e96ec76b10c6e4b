//! Mixtures: each draw comes from one of several components.

mod choice;
mod heterogeneous;
mod same_family;
mod stacked;
mod support;

pub use self::heterogeneous::Mixture;
pub use self::same_family::MixtureSameFamily;
