//! Each function against the finite differences of its integral.

use super::assert_close;
use crate::special::*;

/// Central difference of order four.
fn derivative(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3 * x.abs().max(0.1);
    (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
}

const POSITIVE: [f64; 9] = [0.05, 0.3, 1.0, 1.46, 2.0, 5.5, 9.99, 40.0, 3e3];
const REAL: [f64; 10] = [-30.0, -6.0, -1.01, -0.99, -0.2, 0.0, 0.4, 1.3, 4.0, 8.0];

#[test]
fn digamma_is_the_derivative_of_lgamma() {
    for x in POSITIVE {
        assert_close(derivative(lgamma, x), digamma(x), 1e-8, 0.1);
    }
    for x in [-0.5, -1.3, -7.8] {
        assert_close(derivative(lgamma, x), digamma(x), 1e-5, 0.1);
    }
}

#[test]
fn trigamma_is_the_derivative_of_digamma() {
    for x in POSITIVE {
        assert_close(derivative(digamma, x), trigamma(x), 1e-7, 1e-6);
    }
}

#[test]
fn a_polygamma_function_is_the_derivative_of_that_before() {
    for order in 0..5 {
        for x in POSITIVE {
            assert_close(derivative(|x| polygamma(order, x), x), polygamma(order + 1, x), 1e-7, 1e-6);
        }
    }
}

#[test]
fn the_derivative_of_erf_is_the_gaussian() {
    let gaussian = |x: f64| std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp();
    for x in [-2.0, -0.5, 0.0, 0.3, 1.7] {
        assert_close(derivative(erf, x), gaussian(x), 1e-8, 1.0);
        assert_close(derivative(erfc, x), -gaussian(x), 1e-8, 1.0);
    }
}

#[test]
fn the_inverse_mills_ratio_is_the_derivative_of_log_ndtr() {
    for x in REAL {
        assert_close(derivative(log_ndtr, x), inverse_mills_ratio(x), 1e-7, 1e-6);
    }
}

#[test]
fn sigmoid_is_the_derivative_of_softplus() {
    for x in REAL {
        assert_close(derivative(softplus, x), sigmoid(x), 1e-8, 1e-6);
        assert_close(derivative(log_sigmoid, x), sigmoid(-x), 1e-8, 1e-6);
        assert_close(derivative(log_cosh, x), x.tanh(), 1e-8, 1e-3);
    }
}

#[test]
fn the_derivative_of_gamma_p_is_the_gamma_density() {
    for (a, x) in [(0.3, 0.2), (0.9, 1.6), (2.5, 3.0), (24.9, 25.0), (25.1, 25.0), (30.0, 39.1), (400.0, 380.0)] {
        let density = f64::exp((a - 1.0) * f64::ln(x) - x - lgamma(a));
        assert_close(derivative(|x| gamma_p(a, x), x), density, 1e-7, 1e-3);
        assert_close(derivative(|x| gamma_q(a, x), x), -density, 1e-7, 1e-3);
    }
}

#[test]
fn the_derivative_of_beta_i_is_the_beta_density() {
    for (a, b, x) in [(0.5, 0.5, 0.2), (0.9, 3.0, 0.4), (2.0, 7.0, 0.3), (12.0, 11.0, 0.5), (3.0, 0.4, 0.7)] {
        let density = f64::exp((a - 1.0) * f64::ln(x) + (b - 1.0) * f64::ln_1p(-x) - lbeta(a, b));
        assert_close(derivative(|x| beta_i(a, b, x), x), density, 1e-7, 1e-3);
    }
}

#[test]
fn the_derivative_of_the_exponential_integral() {
    for x in [0.2, 0.99, 1.01, 5.0] {
        assert_close(derivative(exponential_integral_e1, x), -(-x).exp() / x, 1e-8, 1e-6);
    }
}

#[test]
fn bessel_functions_satisfy_their_derivative_relations() {
    for x in [0.3, 2.0, 19.0, 21.0, 90.0] {
        // I₀' = I₁, with the scaling
        assert_close(derivative(bessel_i0e, x), bessel_i1e(x) - bessel_i0e(x), 1e-6, 1e-3);
        // K₀' = -K₁
        let k0e = |x| bessel_kve(0.0, x);
        assert_close(derivative(k0e, x), k0e(x) - bessel_kve(1.0, x), 1e-6, 1e-3);
    }
}

#[test]
fn the_derivative_of_owens_t_in_its_second_argument() {
    for (h, a) in [(0.3_f64, 0.4_f64), (1.0, 0.9), (1.0, 1.4), (2.0, -3.0)] {
        let integrand = f64::exp(-0.5 * h * h * (1.0 + a * a)) / (1.0 + a * a) / (2.0 * std::f64::consts::PI);
        assert_close(derivative(|a| owens_t(h, a), a), integrand, 1e-7, 1e-4);
    }
}
