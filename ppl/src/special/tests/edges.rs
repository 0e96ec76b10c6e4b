//! Poles, ends of domains, infinities and NaN.

use crate::special::*;

const INFINITY: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn poles_and_ends_of_domains() {
    assert_eq!(lgamma(0.0), INFINITY);
    assert_eq!(lgamma(-3.0), INFINITY);
    assert!(digamma(0.0).is_nan());
    assert!(digamma(-3.0).is_nan());
    assert_eq!(trigamma(-3.0), INFINITY);
    assert_eq!((erfinv(-1.0), erfinv(1.0)), (-INFINITY, INFINITY));
    assert_eq!((erfcinv(0.0), erfcinv(2.0)), (INFINITY, -INFINITY));
    assert_eq!((ndtri(0.0), ndtri(1.0)), (-INFINITY, INFINITY));
    assert_eq!((logit(0.0), logit(1.0)), (-INFINITY, INFINITY));
    assert_eq!((log1mexp(0.0), log1mexp(INFINITY)), (-INFINITY, 0.0));
    assert_eq!(softplus_inverse(0.0), -INFINITY);
    assert_eq!((zeta(1.0), hurwitz_zeta(2.0, 0.0)), (INFINITY, INFINITY));
    assert_eq!((bessel_kve(0.0, 0.0), bessel_ive(0.0, 0.0), bessel_ive(2.0, 0.0)), (INFINITY, 1.0, 0.0));
    assert_eq!(exponential_integral_e1(0.0), INFINITY);
    assert_eq!(lambert_w0(-(-1.0_f64).exp()), -1.0);
    assert_eq!((gamma_p(2.0, 0.0), gamma_q(2.0, 0.0)), (0.0, 1.0));
    assert_eq!((gamma_p_inverse(2.0, 0.0), gamma_p_inverse(2.0, 1.0)), (0.0, INFINITY));
    assert_eq!((beta_i(2.0, 3.0, 0.0), beta_i(2.0, 3.0, 1.0)), (0.0, 1.0));
    assert_eq!((beta_i_inverse(2.0, 3.0, 0.0), beta_i_inverse(2.0, 3.0, 1.0)), (0.0, 1.0));
    assert_eq!(log_binomial_coefficient(7.0, 7.0), 0.0);
}

#[test]
fn infinities() {
    assert_eq!((erfcx(INFINITY), erfcx(-INFINITY)), (0.0, INFINITY));
    assert_eq!((ndtr(-INFINITY), ndtr(INFINITY)), (0.0, 1.0));
    assert_eq!((log_ndtr(-INFINITY), log_ndtr(INFINITY)), (-INFINITY, 0.0));
    assert_eq!((inverse_mills_ratio(-INFINITY), inverse_mills_ratio(INFINITY)), (INFINITY, 0.0));
    assert_eq!((softplus(-INFINITY), softplus(INFINITY)), (0.0, INFINITY));
    assert_eq!((sigmoid(-INFINITY), sigmoid(INFINITY)), (0.0, 1.0));
    assert_eq!(logaddexp(-INFINITY, -INFINITY), -INFINITY);
    assert_eq!(logaddexp(INFINITY, -INFINITY), INFINITY);
    assert_eq!(logsumexp(&[-INFINITY, -INFINITY]), -INFINITY);
    assert_eq!(logsumexp(&[INFINITY, 1.0]), INFINITY);
    assert_eq!(log_cosh(-INFINITY), INFINITY);
    assert_eq!((gamma_p(2.0, INFINITY), gamma_q(2.0, INFINITY)), (1.0, 0.0));
    assert_eq!((bessel_ive(1.0, INFINITY), bessel_kve(1.0, INFINITY)), (0.0, 0.0));
    assert_eq!((digamma(INFINITY), trigamma(INFINITY)), (INFINITY, 0.0));
    assert_eq!(zeta(INFINITY), 1.0);
    assert_eq!(exponential_integral_e1(INFINITY), 0.0);
    assert_eq!((owens_t(INFINITY, 1.0), owens_t(1.0, INFINITY)), (0.0, 0.5 * ndtr(-1.0)));
}

#[test]
fn outside_of_the_domain_is_nan() {
    for value in [
        erfinv(1.5),
        erfcinv(-0.1),
        ndtri(1.1),
        gamma_p(-1.0, 1.0),
        gamma_q(1.0, -1.0),
        gamma_p_inverse(1.0, 1.5),
        beta_i(-1.0, 1.0, 0.5),
        beta_i(1.0, 1.0, 1.5),
        beta_i_inverse(1.0, 1.0, -0.5),
        bessel_ive(-1.0, 1.0),
        bessel_kve(1.0, -1.0),
        zeta(0.5),
        exponential_integral_e1(-1.0),
        lambert_w0(-0.4),
    ] {
        assert!(value.is_nan(), "got {value}");
    }
}

#[test]
fn nan_goes_through() {
    let unary: [fn(f64) -> f64; 21] = [
        lgamma,
        digamma,
        trigamma,
        stirling_correction,
        erf,
        erfc,
        erfcx,
        erfinv,
        erfcinv,
        ndtr,
        log_ndtr,
        ndtri,
        inverse_mills_ratio,
        softplus,
        sigmoid,
        logit,
        log_cosh,
        bessel_i0e,
        lambert_w0,
        zeta,
        exponential_integral_e1,
    ];
    for (i, function) in unary.iter().enumerate() {
        assert!(function(NAN).is_nan(), "function {i}");
    }
    let binary: [fn(f64, f64) -> f64; 10] =
        [lbeta, gamma_p, gamma_q, gamma_p_inverse, bessel_ive, bessel_kve, hurwitz_zeta, owens_t, logaddexp, xlogy];
    for (i, function) in binary.iter().enumerate() {
        assert!(function(NAN, 1.0).is_nan(), "function {i}, first argument");
        assert!(function(1.0, NAN).is_nan(), "function {i}, second argument");
    }
    assert!(polygamma(2, NAN).is_nan() && polygamma(3, -0.5).is_nan() && polygamma(2, -3.0).is_nan());
    assert!(xlogy(0.0, NAN).is_nan() && xlog1py(0.0, NAN).is_nan());
    assert!(logsumexp(&[NAN, 1.0]).is_nan() && logsumexp(&[INFINITY, NAN]).is_nan());
}
