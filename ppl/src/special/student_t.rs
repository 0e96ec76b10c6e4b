//! The standard t distribution.

use super::beta::{lbeta, lgamma_difference};
use super::gamma::{digamma, lgamma1p};
use super::incomplete_beta::{beta_i, beta_i_complement, beta_i_inverse, beta_tail, log_binomial_mass};
use super::log_exp::log1p_square;
use super::polynomial::polynomial;
use super::tail::Tail;

/// Half of a positive number. The smallest number has no half: it stays, for none is 0.
pub(crate) fn half(x: f64) -> f64 {
    let half = 0.5 * x;
    if half == 0.0 { x } else { half }
}

/// From this many degrees of freedom on, the derivative by them is a quadrature.
const MANY: f64 = 160.0;

/// Distribution function of the standard t distribution, with full relative precision in the lower tail.
pub(crate) fn student_t_cdf(t: f64, df: f64) -> f64 {
    if t > 0.0 { 1.0 - student_t_lower_tail(-t, df) } else { student_t_lower_tail(t, df) }
}

/// P(T ≤ t) for t ≤ 0, which is ½ I(ν / (ν + t²); ½ν, ½).
pub(crate) fn student_t_lower_tail(t: f64, df: f64) -> f64 {
    let square = t * t;
    if square.is_infinite() {
        return if t.is_infinite() { 0.0 } else { power_tail(df, -t, true).log.exp() };
    }
    let near_zero = square / (df + square);
    // The argument that is the smaller one is the one without round-off.
    0.5 * if near_zero < 0.5 {
        beta_i_complement(0.5, half(df), near_zero)
    } else {
        beta_i(half(df), 0.5, df / (df + square))
    }
}

/// Log density of the standard t distribution.
pub(crate) fn student_t_log_density(t: f64, df: f64) -> f64 {
    -0.5 * (df + 1.0) * log1p_square(t / df.sqrt()) - lbeta(half(df), 0.5) - 0.5 * df.ln()
}

/// Quantile of the standard t distribution.
pub(crate) fn student_t_quantile(p: f64, df: f64) -> f64 {
    if p > 0.5 {
        return -student_t_quantile(1.0 - p, df);
    }
    if p == 0.0 || p == 0.5 {
        return if p == 0.0 { f64::NEG_INFINITY } else { 0.0 };
    }
    let x = beta_i_inverse(half(df), 0.5, 2.0 * p);
    let mut t = if x > 0.5 {
        let near_zero = beta_i_inverse(0.5, half(df), 1.0 - 2.0 * p);
        -(df * near_zero / (1.0 - near_zero)).sqrt()
    } else {
        -(df / x * (1.0 - x)).sqrt()
    };
    // Newton's method for the logarithm of the tail restores the digits that 1 - 2p or 1 - x lost.
    for _ in 0..3 {
        let tail = student_t_lower_tail(t, df);
        let step = (tail / p).ln() * (tail.ln() - student_t_log_density(t, df)).exp();
        if !step.is_finite() {
            break;
        }
        t -= step;
    }
    t
}

/// One of the tails of the standard t distribution, with its derivative by `df`.
///
/// The tail beyond |t| is ½ I(ν / (ν + t²); ½ν, ½), whose derivatives by the shape and by the argument are of size 1/ν, but
/// cancel to 1/ν²: for many degrees of freedom the derivative is taken as the mean of ∂ ln p / ∂ν over the tail instead.
pub(crate) fn student_t_tail(df: f64, t: f64) -> Tail<1> {
    if !(df > 0.0 && df.is_finite() && t.is_finite()) {
        return Tail { is_lower: true, log: f64::NAN, by: [f64::NAN] };
    }
    let is_lower = t <= 0.0;
    let t = t.abs();
    let square = t * t;
    let total = df + square;
    // Where t² overflows, ν + t² is t².
    let (x, y) = if square.is_infinite() { (df / t / t, 1.0) } else { (df / total, square / total) };
    if y == 0.0 {
        return Tail { is_lower, log: -std::f64::consts::LN_2, by: [0.0] };
    }
    if x < f64::MIN_POSITIVE {
        return power_tail(df, t, is_lower);
    }
    let shapes = (half(df), 0.5);
    let beta = beta_tail(shapes.0, shapes.1, x, y);
    let log_beta = beta.log_of(true);
    let by = if df > MANY {
        mean_score(df, t)
    } else {
        // dx/dν is x y / ν, and the density times x y is the mass.
        let mass = log_binomial_mass(shapes.0, shapes.1, x, y);
        0.5 * beta.log_of_by(true, 0) + (mass - log_beta).exp() / df
    };
    Tail { is_lower, log: log_beta - std::f64::consts::LN_2, by: [by] }
}

/// The tail where ν / t² underflows: I(x; ½ν, ½) is its first term, xᵃ / (a B(a, ½)) with a = ½ν.
fn power_tail(df: f64, t: f64, is_lower: bool) -> Tail<1> {
    let (a, ln_x) = (half(df), df.ln() - 2.0 * t.ln());
    let log = a * ln_x - lgamma1p(a) + lgamma_difference(0.5, a) - std::f64::consts::LN_2;
    let by = 0.5 * (ln_x + digamma(a + 0.5) - digamma(a)) + 0.5 - df.recip();
    Tail { is_lower, log, by: [by] }
}

/// The mean of ∂ ln p / ∂ν over the tail beyond `t ≥ 0`, for many degrees of freedom ν.
///
/// The double exponential rule for half lines, with the length over which the density falls as its unit.
///
/// # Reference
/// Takahasi and Mori, "Double exponential formulas for numerical integration" (1974).
fn mean_score(df: f64, t: f64) -> f64 {
    const STEP: f64 = 1.0 / 16.0;

    let total = df + t * t;
    let constant = score_at_zero(df);
    let width = (1.0 + (df + 1.0) * t / total).recip();
    let (mut mass, mut sum) = (0.0, 0.0);
    for number in -64..=48 {
        let at = f64::from(number) * STEP;
        let beyond = width * (std::f64::consts::FRAC_PI_2 * at.sinh()).exp();
        // The logarithm of the density relative to that at t.
        let log_density = -0.5 * (df + 1.0) * (beyond * (2.0 * t + beyond) / total).ln_1p();
        let weight = beyond * at.cosh() * log_density.exp();
        if weight > 0.0 {
            mass += weight;
            sum += weight * (constant + score_beyond_zero(df, t + beyond));
        }
    }
    sum / mass
}

/// ½ (ψ(½(ν + 1)) − ψ(½ν) − 1/ν), by its asymptotic series (DLMF 5.11.8).
fn score_at_zero(df: f64) -> f64 {
    let inverse = 4.0 / (df * df);
    0.5 * inverse * polynomial(inverse, &[1.0 / 8.0, -1.0 / 64.0, 1.0 / 128.0, -17.0 / 2_048.0])
}

/// −½ ln(1 + q) + ½ (1 + 1/ν) q / (1 + q), with q = t²/ν.
fn score_beyond_zero(df: f64, t: f64) -> f64 {
    let q = t * (t / df);
    let difference = if q < 0.02 {
        // q / (1 + q) − ln(1 + q) = Σ (−1)ᵏ⁺¹ (k − 1) / k qᵏ
        let series = [1.0 / 2.0, -2.0 / 3.0, 3.0 / 4.0, -4.0 / 5.0, 5.0 / 6.0, -6.0 / 7.0, 7.0 / 8.0, -8.0 / 9.0];
        -q * q * polynomial(q, &series)
    } else {
        q / (1.0 + q) - q.ln_1p()
    };
    0.5 * (difference + q / (1.0 + q) / df)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::gamma::digamma_difference;

    /// mpmath with 60 digits: of few degrees of freedom most of the mass is beyond all numbers.
    #[test]
    fn the_tail_goes_on_where_squares_overflow() {
        for (t, want) in [(1e300, 0.499_996_496_617_196_52), (1e160, 0.499_998_108_418_065_95)] {
            let got = student_t_lower_tail(-t, 1e-8);
            assert!((got / want - 1.0).abs() < 1e-15, "{t}: {got}, {want}");
        }
        assert_eq!(student_t_cdf(1.0, 5e-324), 0.5);
    }

    #[test]
    fn the_methods_for_few_and_many_degrees_of_freedom_meet() {
        for t in [0.3_f64, 1.0, 2.5, 10.0, 100.0] {
            let few = student_t_tail(MANY, -t).by[0];
            let many = mean_score(MANY, t);
            assert!((few / many - 1.0).abs() < 1e-10, "{t}: {few:e}, {many:e}");
        }
        let want = 0.5 * (digamma_difference(0.5 * MANY, 0.5) - 1.0 / MANY);
        assert!((score_at_zero(MANY) / want - 1.0).abs() < 1e-10);
    }
}
