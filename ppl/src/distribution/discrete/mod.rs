//! Distributions of counts, categories and rankings.

mod bernoulli;
mod beta_binomial;
mod beta_negative_binomial;
mod binomial;
mod categorical;
mod count_vectors;
mod dirichlet_multinomial;
mod discrete_uniform;
mod finite_discrete;
mod gamma_poisson;
mod geometric;
mod multinomial;
mod negative_binomial;
mod one_hot_categorical;
mod one_hot_categorical_straight_through;
mod ordered;
mod plackett_luce;
mod poisson;
mod poisson_log_normal;
mod probit_bernoulli;
mod skellam;
#[cfg(test)]
mod tests;
mod zipf;

pub use self::bernoulli::Bernoulli;
pub use self::beta_binomial::BetaBinomial;
pub use self::beta_negative_binomial::BetaNegativeBinomial;
pub use self::binomial::Binomial;
pub use self::categorical::Categorical;
pub(crate) use self::categorical::draw_category;
pub use self::dirichlet_multinomial::DirichletMultinomial;
pub use self::discrete_uniform::DiscreteUniform;
pub use self::finite_discrete::FiniteDiscrete;
pub use self::gamma_poisson::GammaPoisson;
pub use self::geometric::Geometric;
pub use self::multinomial::Multinomial;
pub use self::negative_binomial::NegativeBinomial;
pub use self::one_hot_categorical::OneHotCategorical;
pub use self::one_hot_categorical_straight_through::OneHotCategoricalStraightThrough;
pub use self::ordered::{OrderedLogistic, OrderedProbit};
pub use self::plackett_luce::PlackettLuce;
pub use self::poisson::Poisson;
pub use self::poisson_log_normal::PoissonLogNormalQuadratureCompound;
pub use self::probit_bernoulli::ProbitBernoulli;
pub use self::skellam::Skellam;
pub use self::zipf::Zipf;
