//! Distributions of counts and categories.

mod bernoulli;
mod binomial;
mod categorical;
mod geometric;
mod negative_binomial;
mod poisson;

pub use self::bernoulli::Bernoulli;
pub use self::binomial::Binomial;
pub use self::categorical::Categorical;
pub(crate) use self::categorical::draw_indices;
pub use self::geometric::Geometric;
pub use self::negative_binomial::NegativeBinomial;
pub use self::poisson::Poisson;
