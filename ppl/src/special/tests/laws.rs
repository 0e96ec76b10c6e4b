//! Recurrences, reflections, symmetries and inverses, on random arguments.

use std::f64::consts::PI;

use proptest::prelude::*;

use super::assert_close;
use crate::special::*;

/// Positive numbers over many magnitudes.
fn positive(low_exponent: f64, high_exponent: f64) -> impl Strategy<Value = f64> {
    (low_exponent..high_exponent).prop_map(|exponent| 10_f64.powf(exponent))
}

proptest! {
    #[test]
    fn gamma_recurrences(x in positive(-6.0, 6.0)) {
        assert_close(lgamma(x + 1.0), lgamma(x) + x.ln(), 1e-13, x.ln().abs().max(1.0));
        assert_close(digamma(x + 1.0), digamma(x) + 1.0 / x, 1e-13, 1.0 + 1.0 / x);
        assert_close(trigamma(x + 1.0), trigamma(x) - 1.0 / (x * x), 1e-13, 1.0 / x + 1.0 / (x * x));
        for (order, term) in [(2, 2.0 / x.powi(3)), (3, -6.0 / x.powi(4)), (4, 24.0 / x.powi(5))] {
            assert_close(polygamma(order, x + 1.0), polygamma(order, x) + term, 1e-13, term.abs() * (1.0 + x));
        }
    }

    #[test]
    fn gamma_reflections(x in 0.01_f64..0.99) {
        assert_close(lgamma(x) + lgamma(1.0 - x), (PI / (PI * x).sin()).ln(), 1e-13, 1.0);
        let cotangent = PI / (PI * x).tan();
        assert_close(digamma(1.0 - x) - digamma(x), cotangent, 1e-13, 100.0);
        assert_close(digamma(-x), digamma(1.0 - x) + 1.0 / x, 1e-13, 100.0);
        assert_close(trigamma(-x), trigamma(1.0 - x) + 1.0 / (x * x), 1e-12, 1e-2);
        assert_close(polygamma(2, -x), polygamma(2, 1.0 - x) + 2.0 / x.powi(3), 1e-12, 10.0);
    }

    #[test]
    fn gamma_duplication(x in positive(-3.0, 4.0)) {
        let doubled = (2.0 * x - 1.0) * 2_f64.ln() + lgamma(x) + lgamma(x + 0.5) - 0.5 * PI.ln();
        assert_close(lgamma(2.0 * x), doubled, 1e-13, x.max(1.0));
    }

    #[test]
    fn stirling_correction_is_within_its_bounds(x in positive(-2.0, 8.0)) {
        let correction = stirling_correction(x);
        // 1/(12x + 1) < δ(x) < 1/(12x): Robbins, Am. Math. Mon. 62 (1955)
        let round_off = 1e-14;
        prop_assert!(correction > 1.0 / (12.0 * x + 1.0) - round_off && correction < 1.0 / (12.0 * x) + round_off);
    }

    #[test]
    fn lbeta_is_symmetric_and_recurrent(a in positive(-3.0, 8.0), b in positive(-3.0, 8.0)) {
        prop_assert_eq!(lbeta(a, b), lbeta(b, a));
        // B(a + 1, b) = B(a, b) a / (a + b)
        assert_close(lbeta(a + 1.0, b), lbeta(a, b) + (a / (a + b)).ln(), 1e-13, (a + b).ln().abs().max(1.0));
    }

    #[test]
    fn binomial_coefficients_follow_pascal(n in 2_u32..2_000_000, fraction in 0.0_f64..1.0) {
        let n = f64::from(n);
        let k = (fraction * (n - 1.0)).floor() + 1.0;
        let above = logaddexp(log_binomial_coefficient(n - 1.0, k - 1.0), log_binomial_coefficient(n - 1.0, k.min(n - 1.0)));
        if k < n {
            assert_close(log_binomial_coefficient(n, k), above, 1e-13, 10.0);
        }
        assert_close(log_binomial_coefficient(n, k), log_binomial_coefficient(n, n - k), 1e-13, 1.0);
    }

    #[test]
    fn error_functions_agree(x in -6.0_f64..6.0) {
        assert_close(erf(x) + erfc(x), 1.0, 1e-15, 1.0);
        prop_assert_eq!(erf(-x), -erf(x));
        assert_close(erfcx(x) * (-x * x).exp(), erfc(x), 1e-14, 0.0);
        assert_close(ndtr(x) + ndtr(-x), 1.0, 1e-15, 1.0);
        assert_close(log_ndtr(x).exp(), ndtr(x), 1e-14, 0.0);
    }

    #[test]
    fn error_functions_invert(p in -0.999_f64..0.999, q in positive(-300.0, 0.0)) {
        assert_close(erf(erfinv(p)), p, 1e-14, 0.0);
        // The condition number in the tail is 2x².
        assert_close(erfc(erfcinv(q)), q, 1e-15 * (1.0 - q.ln()), 0.0);
        assert_close(ndtr(ndtri(q)), q, 1e-15 * (1.0 - q.ln()), 0.0);
    }

    #[test]
    fn the_lower_normal_tail_is_between_its_bounds(x in positive(0.0, 9.0)) {
        // 1/x - 1/x³ < Φ(-x) / φ(x) < 1/x
        let log_ratio = log_ndtr(-x) + 0.5 * x * x + 0.5 * (2.0 * PI).ln() + x.ln();
        let round_off = 1e-15 * x * x + 1e-14;
        prop_assert!(log_ratio < round_off && log_ratio > (1.0 - 1.0 / (x * x)).ln() - round_off);
    }

    #[test]
    fn sigmoid_and_softplus_invert(x in -30.0_f64..700.0) {
        assert_close(softplus_inverse(softplus(x)), x, 1e-14, 1.0);
        assert_close(logit(sigmoid(-x.abs())), -x.abs(), 1e-14, 1.0);
        assert_close(softplus(x) - softplus(-x), x, 1e-15, 1.0);
        assert_close(log_sigmoid(x).exp(), sigmoid(x), 1e-13, 0.0);
        assert_close(sigmoid(x) + sigmoid(-x), 1.0, 1e-15, 1.0);
    }

    #[test]
    fn log1mexp_is_its_own_inverse(x in positive(-15.0, 1.5)) {
        // -ln(1 - exp(-x)) is an involution; it is ill-conditioned where x is tiny.
        assert_close(log1mexp(-log1mexp(x)), -x, 1e-13, 1.0);
    }

    #[test]
    fn logsumexp_shifts_and_bounds(values in prop::collection::vec(-50.0_f64..50.0, 1..20), shift in -1e3_f64..1e3) {
        let total = logsumexp(&values);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        prop_assert!(total >= max && total <= max + (values.len() as f64).ln() + 1e-12);
        let shifted: Vec<f64> = values.iter().map(|value| value + shift).collect();
        assert_close(logsumexp(&shifted), total + shift, 1e-12, 1.0);
        let pairwise = values.iter().fold(f64::NEG_INFINITY, |sum, &value| logaddexp(sum, value));
        assert_close(pairwise, total, 1e-13, 1.0);
    }

    #[test]
    fn incomplete_gamma_recurs(a in positive(-3.0, 3.5), ratio in positive(-1.0, 1.0)) {
        let x = a * ratio;
        assert_close(gamma_p(a, x) + gamma_q(a, x), 1.0, 1e-15, 1.0);
        // Q(a + 1, x) = Q(a, x) + xᵃ exp(-x) / Γ(a + 1)
        let mass = (a * x.ln() - x - lgamma(a + 1.0)).exp();
        assert_close(gamma_q(a + 1.0, x), gamma_q(a, x) + mass, 1e-14 * (10.0 + a * 10.0), 1e-290);
    }

    #[test]
    fn incomplete_gamma_inverts(a in positive(-1.0, 6.0), p in positive(-100.0, -0.01)) {
        let conditioning = 1e-14 * (10.0 + a.sqrt() - p.ln());
        let x = gamma_p_inverse(a, p);
        if x > f64::MIN_POSITIVE {
            assert_close(gamma_p(a, x), p, conditioning, 0.0);
        }
        let x = gamma_q_inverse(a, p);
        assert_close(gamma_q(a, x), p, conditioning, 0.0);
    }

    #[test]
    fn incomplete_beta_reflects(a in positive(-4.0, 4.0), b in positive(-4.0, 4.0), numerator in 1_u32..1024) {
        // Binary fractions, so that 1 - x is exact.
        let x = f64::from(numerator) / 1024.0;
        let value = beta_i(a, b, x);
        assert_close(value, beta_i_complement(b, a, 1.0 - x), 1e-15, 0.0);
        assert_close(value + beta_i_complement(a, b, x), 1.0, 1e-14, 1.0);
        prop_assert!((0.0..=1.0).contains(&value));
    }

    #[test]
    fn incomplete_beta_recurs(a in positive(-2.0, 3.0), b in positive(-2.0, 3.0), x in 0.001_f64..0.999) {
        // I_x(a, b) = I_x(a + 1, b) + xᵃ (1 - x)ᵇ / (a B(a, b))
        let mass = (a * x.ln() + b * (-x).ln_1p() - lbeta(a, b)).exp() / a;
        let tolerance = 1e-14 * (10.0 + (a + b) * 10.0);
        assert_close(beta_i(a, b, x), beta_i(a + 1.0, b, x) + mass, tolerance, 1e-300);
    }

    #[test]
    fn incomplete_beta_inverts(a in positive(-0.5, 5.0), b in positive(-0.5, 5.0), p in positive(-60.0, -0.01)) {
        let x = beta_i_inverse(a, b, p);
        if x > f64::MIN_POSITIVE && x < 0.999 {
            assert_close(beta_i(a, b, x), p, 1e-14 * (10.0 + (a + b).sqrt() * 3.0 - 3.0 * p.ln()), 0.0);
        }
    }

    #[test]
    fn distribution_functions_are_monotone(a in positive(-2.0, 5.0), b in positive(-2.0, 5.0), x in 0.01_f64..0.98) {
        prop_assert!(gamma_p(a, a * x) <= gamma_p(a, a * (x + 0.01)));
        prop_assert!(beta_i(a, b, x) <= beta_i(a, b, x + 0.01) * (1.0 + 1e-14));
    }

    #[test]
    fn bessel_functions_recur(v in 0.0_f64..60.0, x in positive(-1.0, 3.0)) {
        // I_v = I_{v+2} + 2 (v + 1) / x · I_{v+1}
        let below = bessel_ive(v + 2.0, x) + 2.0 * (v + 1.0) / x * bessel_ive(v + 1.0, x);
        assert_close(bessel_ive(v, x), below, 1e-12, 1e-280);
        let above = bessel_kve(v, x) + 2.0 * (v + 1.0) / x * bessel_kve(v + 1.0, x);
        assert_close(bessel_kve(v + 2.0, x), above, 1e-12, 0.0);
        // The Wronskian, I_v K_{v+1} + I_{v+1} K_v = 1/x
        let wronskian = bessel_ive(v, x) * bessel_kve(v + 1.0, x) + bessel_ive(v + 1.0, x) * bessel_kve(v, x);
        if wronskian.is_finite() && bessel_ive(v + 1.0, x) > 1e-280 {
            assert_close(wronskian, 1.0 / x, 1e-12, 0.0);
        }
    }

    #[test]
    fn lambert_w_solves_its_equation(x in prop_oneof![-0.367_f64..0.0, positive(-12.0, 100.0)]) {
        let w = lambert_w0(x);
        prop_assert!(w >= -1.0);
        // The condition number of w exp(w) is 1 + w.
        assert_close(w * w.exp(), x, 1e-15 * (5.0 + w.abs()), 0.0);
    }

    #[test]
    fn zeta_functions_recur(s in 1.001_f64..40.0, q in positive(-2.0, 3.0)) {
        assert_close(hurwitz_zeta(s, q), hurwitz_zeta(s, q + 1.0) + q.powf(-s), 1e-13, 0.0);
        // Σ over the two residues of k modulo 2
        let halves = 2_f64.powf(-s) * (hurwitz_zeta(s, 0.5 * q) + hurwitz_zeta(s, 0.5 * q + 0.5));
        assert_close(hurwitz_zeta(s, q), halves, 1e-13, 0.0);
    }

    #[test]
    fn owens_t_is_symmetric_and_bounded(h in -8.0_f64..8.0, a in -20.0_f64..20.0) {
        prop_assert_eq!(owens_t(h, a), owens_t(-h, a));
        prop_assert_eq!(owens_t(h, -a), -owens_t(h, a));
        prop_assert!(owens_t(h, a).abs() <= 0.5 * ndtr(-h.abs()) * (1.0 + 1e-14));
        // T(h, 1) = ½ Φ(h) Φ(-h)
        assert_close(owens_t(h, 1.0), 0.5 * ndtr(h) * ndtr(-h), 1e-14, 0.0);
    }
}
