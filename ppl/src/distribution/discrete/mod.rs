//! Distributions of counts and categories.

mod bernoulli;
mod beta_binomial;
mod binomial;
mod categorical;
mod count_vectors;
mod dirichlet_multinomial;
mod gamma_poisson;
mod geometric;
mod multinomial;
mod negative_binomial;
mod ordered;
mod poisson;

pub use self::bernoulli::Bernoulli;
pub use self::beta_binomial::BetaBinomial;
pub use self::binomial::Binomial;
pub use self::categorical::Categorical;
pub(crate) use self::categorical::draw_category;
pub use self::dirichlet_multinomial::DirichletMultinomial;
pub use self::gamma_poisson::GammaPoisson;
pub use self::geometric::Geometric;
pub use self::multinomial::Multinomial;
pub use self::negative_binomial::NegativeBinomial;
pub use self::ordered::{OrderedLogistic, OrderedProbit};
pub use self::poisson::Poisson;
