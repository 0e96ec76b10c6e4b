//! Bijectors derived from others, from functions and from networks.

mod blockwise;
mod cached;
mod chain;
mod conditioner;
mod cumulative_distribution;
mod image;
mod independent;
mod inline;
mod inverse;
mod masked_autoregressive_flow;
mod real_nvp;
mod stack;

pub use self::blockwise::Blockwise;
pub use self::cached::Cached;
pub use self::chain::Chain;
pub use self::cumulative_distribution::CumulativeDistribution;
pub(crate) use self::image::{check_domain, image};
pub use self::independent::Independent;
pub use self::inline::Inline;
pub use self::inverse::Inverse;
pub use self::masked_autoregressive_flow::MaskedAutoregressiveFlow;
pub use self::real_nvp::RealNvp;
pub use self::stack::Stack;
