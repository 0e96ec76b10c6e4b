//! Distributions derived from others.

mod batch_capabilities;
mod batch_reshaped;
mod blockwise;
mod bounds;
mod censored;
mod expanded;
mod folded;
mod iid;
mod independent;
mod masked;
mod mixture;
mod quantized;
mod transformed;
mod truncated;
mod truncated_cauchy;
mod truncated_polya_gamma;
mod zero;

pub use self::batch_reshaped::BatchReshaped;
pub use self::blockwise::Blockwise;
pub use self::bounds::{Bounds, IntoBounds};
pub use self::censored::Censored;
pub use self::expanded::Expanded;
pub(crate) use self::expanded::sample_expanded;
pub use self::folded::Folded;
pub use self::iid::Iid;
pub use self::independent::Independent;
pub use self::masked::Masked;
pub use self::mixture::{Mixture, MixtureSameFamily};
pub use self::quantized::Quantized;
pub use self::transformed::Transformed;
pub use self::truncated::Truncated;
pub use self::truncated_cauchy::TruncatedCauchy;
pub use self::truncated_polya_gamma::TruncatedPolyaGamma;
pub use self::zero::{Hurdle, ZeroInflated, ZeroInflatedNegativeBinomial, ZeroInflatedPoisson};
