//! Distributions of real numbers.

mod beta;
mod cauchy;
mod chi2;
mod exponential;
pub(crate) mod gamma;
mod gumbel;
mod half_cauchy;
mod half_normal;
mod inverse_gamma;
mod laplace;
mod log_normal;
mod logistic;
mod normal;
mod student_t;
mod truncated_normal;
mod uniform;
mod weibull;

pub use self::beta::Beta;
pub use self::cauchy::Cauchy;
pub use self::chi2::Chi2;
pub use self::exponential::Exponential;
pub use self::gamma::Gamma;
pub use self::gumbel::Gumbel;
pub use self::half_cauchy::HalfCauchy;
pub use self::half_normal::HalfNormal;
pub use self::inverse_gamma::InverseGamma;
pub use self::laplace::Laplace;
pub use self::log_normal::LogNormal;
pub use self::logistic::Logistic;
pub use self::normal::Normal;
pub use self::student_t::StudentT;
pub use self::truncated_normal::TruncatedNormal;
pub use self::uniform::Uniform;
pub use self::weibull::Weibull;
