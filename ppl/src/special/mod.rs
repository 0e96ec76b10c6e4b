//! Special functions of real numbers, as densities and distribution functions need them.
//!
//! Plain functions on `f64`: none allocates, none fails. An argument outside the domain gives NaN, a pole an infinity.
//! The values of `tests/golden/special.json` are met to a relative error of 1e-13, save where the function itself is
//! ill-conditioned (next to a root, or a tail that the argument cannot resolve).
//!
//! `lgamma`, `erf` and `erfc` are those of the crate `libm`; the inverse error functions and the exponential integral
//! those of `statrs`. What no light crate evaluates accurately is written here, with its reference.
//!
//! | family                                    | file                      |
//! |-------------------------------------------|---------------------------|
//! | gamma function and its derivatives        | `gamma.rs`                |
//! | incomplete gamma function                 | `incomplete_gamma.rs`     |
//! | beta function, binomial coefficient       | `beta.rs`                 |
//! | incomplete beta function                  | `incomplete_beta.rs`      |
//! | error function                            | `error_function.rs`       |
//! | derivatives of quantiles by shapes        | `quantile_derivatives.rs` |
//! | normal distribution function              | `normal.rs`               |
//! | tails with derivatives by the parameters  | `tail.rs`, `dual.rs`, with each family |
//! | stable distributions                      | `stable/`                 |
//! | first passage of a Wiener process         | `first_passage.rs`        |
//! | Student's t distribution                  | `student_t.rs`            |
//! | noncentral gamma distribution             | `noncentral_gamma/`       |
//! | truncated normal distribution             | `truncated_normal.rs`     |
//! | Owen's T function and its complement      | `owens_t.rs`              |
//! | logarithms and exponentials               | `log_exp.rs`              |
//! | modified Bessel functions                 | `bessel.rs`               |
//! | their ratios, and logarithms              | `bessel_ratio.rs`         |
//! | angle from the pole of a sphere           | `polar_angle.rs`          |
//! | zeta functions                            | `zeta.rs`                 |
//! | exponential integral                      | `exponential_integral.rs` |
//! | Lambert W                                 | `lambert_w.rs`            |

mod bessel;
mod bessel_ratio;
mod beta;
mod complex;
mod dual;
mod error_function;
mod exponential_integral;
mod first_passage;
mod gamma;
mod gauss_legendre;
mod incomplete_beta;
mod incomplete_gamma;
mod lambert_w;
mod log_exp;
mod noncentral_gamma;
mod normal;
mod owens_t;
mod polar_angle;
mod polynomial;
mod quantile_derivatives;
mod stable;
mod student_t;
mod tail;
#[cfg(test)]
mod tests;
mod truncated_normal;
mod zeta;

pub(crate) use bessel::log_scaled_bessel_k;
pub use bessel::{bessel_i0e, bessel_i1e, bessel_ive, bessel_kve};
pub(crate) use bessel_ratio::bessel_ratio_complement_slope;
pub use bessel_ratio::{bessel_ratio_complement, log_bessel_ie};
pub use beta::{lbeta, log_binomial_coefficient};
pub use error_function::{erf, erfc, erfcinv, erfcx, erfinv};
pub(crate) use exponential_integral::log_scaled_exponential_integral_slope;
pub use exponential_integral::{exponential_integral_e1, log_scaled_exponential_integral};
pub(crate) use first_passage::{FirstPassage, first_passage, first_passage_quantile};
pub(crate) use gamma::{HALF_LN_2PI, LN_PI};
pub use gamma::{digamma, lgamma, multivariate_lgamma, polygamma, stirling_correction, trigamma};
pub(crate) use gamma::{digamma_difference, stirling_correction_derivative};
pub(crate) use gauss_legendre::GAUSS_LEGENDRE;
pub use incomplete_beta::{beta_i, beta_i_complement, beta_i_inverse};
pub(crate) use incomplete_beta::{beta_tail, log_binomial_mass, logarithms};
pub use incomplete_gamma::{gamma_p, gamma_p_inverse, gamma_q, gamma_q_inverse};
pub(crate) use incomplete_gamma::{gamma_tail, log_poisson_mass};
pub use lambert_w::lambert_w0;
pub use log_exp::{
    expm1x, log_cosh, log_sigmoid, log1mexp, log1p_square, logaddexp, logit, logsumexp, sigmoid, softmax, softplus,
    softplus_inverse, xlog1py, xlogy,
};
pub(crate) use noncentral_gamma::{
    NoncentralGamma, noncentral_gamma, noncentral_gamma_probabilities, noncentral_gamma_quantile,
    noncentral_gamma_quantile_by_parameters,
};
pub(crate) use normal::log_mills_ratio_slope;
pub use normal::{inverse_mills_ratio, log_mills_ratio, log_ndtr, ndtr, ndtri};
pub(crate) use owens_t::log_owens_t_complement_slopes;
pub use owens_t::{log_owens_t_complement, owens_t};
pub(crate) use polar_angle::polar_angle_by_concentration;
pub(crate) use quantile_derivatives::{beta_quantile_by_shapes, gamma_quantile_by_shape, student_t_quantile_by_df};
pub(crate) use stable::{LEAST_STABILITY, stable, stable_quantile};
#[cfg(test)]
pub(crate) use student_t::student_t_lower_tail;
pub(crate) use student_t::{half, student_t_cdf, student_t_log_density, student_t_quantile, student_t_tail};
pub(crate) use tail::Tail;
pub(crate) use truncated_normal::{
    truncated_excess, truncated_log_mass, truncated_normal_tail, truncated_quantile, truncated_quantile_by_ends,
};
pub use zeta::{hurwitz_zeta, zeta};
