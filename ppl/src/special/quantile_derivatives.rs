//! Derivatives of the quantiles of gamma and beta distributions by the shapes, at a fixed probability.
//!
//! With F the distribution function and f the density of x they are −(∂F/∂a) / f. The factors in which the tail and the
//! density agree are left out before anything is computed: no exponential and no gamma function is needed, and nothing
//! underflows in a tail.

use super::gamma::{digamma, digamma_difference, stirling_correction};
use super::incomplete_gamma::{UNIFORM_COEFFICIENTS, is_uniform};
use super::log_exp::x_minus_log1p;

/// Enough terms for every series and continued fraction below; they stop much earlier.
const MAX_TERMS: u32 = 100_000;

/// Derivative of the quantile `x` of Gamma(a, 1) by `a`, at a fixed probability.
///
/// ```text
/// dx/da = −(∂P(a, x)/∂a) / (xᵃ⁻¹ exp(-x) / Γ(a))
/// ```
///
/// # Reference
/// Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018; the series, fractions
/// and expansions that are differentiated are those of [`gamma_p`](super::gamma_p).
pub(crate) fn gamma_quantile_by_shape(a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x > 0.0) || a.is_infinite() || x.is_infinite() {
        return f64::NAN;
    }
    if is_uniform(a, x) {
        by_uniform_expansion(a, x)
    } else if x < a + 2.0 {
        // Somewhat beyond the mean the terms of the series lose a digit, and it is much faster.
        by_power_series(a, x)
    } else {
        by_continued_fraction(a, x)
    }
}

/// With `P = xᵃ exp(-x) / Γ(a + 1) · S`, `S = Σ xⁿ / ((a + 1) … (a + n))`:
///
/// ```text
/// dx/da = −x/a · (S (ln x − ψ(a + 1)) + ∂S/∂a)
/// ```
fn by_power_series(a: f64, x: f64) -> f64 {
    let (mut term, mut harmonic) = (1.0, 0.0);
    let (mut sum, mut by_shape) = (1.0, 0.0);
    for n in 1..MAX_TERMS {
        let reciprocal = 1.0 / (a + f64::from(n));
        term *= x * reciprocal;
        harmonic += reciprocal;
        sum += term;
        by_shape -= term * harmonic;
        if term < 1e-17 * sum {
            break;
        }
    }
    -x / a * (sum * (x.ln() - digamma(a + 1.0)) + by_shape)
}

/// With `Q = xᵃ exp(-x) / Γ(a) · h`, `h` the continued fraction:
///
/// ```text
/// dx/da = x h (ln x − ψ(a) + ∂(ln h)/∂a)
/// ```
fn by_continued_fraction(a: f64, x: f64) -> f64 {
    // Lentz's method, in which c, as its reciprocal, and d have the derivatives of their logarithms with them.
    let mut b = x + 1.0 - a;
    let mut d = 1.0 / b;
    let mut log_d = d;
    let (mut reciprocal_c, mut log_c) = (0.0, 0.0);
    let (mut fraction, mut log_fraction) = (d, log_d);
    for n in 1..MAX_TERMS {
        let n = f64::from(n);
        let numerator = n * (a - n);
        b += 2.0;
        let by_shape = d * (n + numerator * log_d) - 1.0;
        d = 1.0 / (b + numerator * d);
        log_d = -by_shape * d;
        let by_shape = reciprocal_c * (n - numerator * log_c) - 1.0;
        let c = b + numerator * reciprocal_c;
        reciprocal_c = 1.0 / c;
        log_c = by_shape * reciprocal_c;
        let (factor, log_factor) = (c * d, log_c + log_d);
        fraction *= factor;
        log_fraction += log_factor;
        if (factor - 1.0).abs() < 1e-15 && log_factor.abs() <= 1e-15 * log_fraction.abs() {
            break;
        }
    }
    x * fraction * (x.ln() - digamma(a) + log_fraction)
}

/// With `Q = ½ erfc(η √(a/2)) + exp(-a η²/2) / √(2πa) · T(a, η)` and λ = x / a, μ = λ − 1, ½ η² = μ − ln λ:
///
/// ```text
/// dx/da = λ Γ*(a) (μ/η − η/2 + T (ln λ − 1/(2a)) − μ/(aη) ∂T/∂η + ∂T/∂a)
/// ```
///
/// where Γ* is the exponential of Stirling's correction.
fn by_uniform_expansion(a: f64, x: f64) -> f64 {
    let deviation = (x - a) / a;
    let half_square = x_minus_log1p(deviation);
    let eta = (2.0 * half_square).sqrt().copysign(deviation);
    let ratio = if deviation == 0.0 { 1.0 } else { deviation / eta };
    // T as in `uniform_remainder`, with its derivatives.
    let f = &UNIFORM_COEFFICIENTS;
    let (mut above, mut current) = (f[21], f[20]);
    let (mut above_by_shape, mut current_by_shape) = (0.0, 0.0);
    let (mut sum, mut by_eta, mut by_shape) = (above, 0.0, 0.0);
    for n in (1..21).rev() {
        by_eta = by_eta * eta + sum;
        sum = sum * eta + current;
        by_shape = by_shape * eta + current_by_shape;
        let factor = (n as f64 + 1.0) / a;
        let next = f[n] + factor * above;
        let next_by_shape = factor * (above_by_shape - above / a);
        (above, current) = (current, next);
        (above_by_shape, current_by_shape) = (current_by_shape, next_by_shape);
    }
    by_eta = by_eta * eta + sum;
    sum = sum * eta + current;
    by_shape = by_shape * eta + current_by_shape;
    let divisor = 1.0 + above / a;
    let divisor_by_shape = (above_by_shape - above / a) / a;
    let (value, by_eta) = (sum / divisor, by_eta / divisor);
    let by_shape = (by_shape - value * divisor_by_shape) / divisor;
    let log_ratio = deviation - half_square;
    let slope = ratio - 0.5 * eta + value * (log_ratio - 0.5 / a) - ratio / a * by_eta + by_shape;
    (1.0 + deviation) * stirling_correction(a).exp() * slope
}

/// Derivatives of the quantile `x` of Beta(a, b) by `a` and by `b`, at a fixed probability.
///
/// ```text
/// dx/da = −(∂I_x(a, b)/∂a) / (xᵃ⁻¹ (1 − x)ᵇ⁻¹ / B(a, b))
/// ```
///
/// # Reference
/// Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018; DLMF 8.17.8 for the
/// series.
pub(crate) fn beta_quantile_by_shapes(a: f64, b: f64, x: f64) -> [f64; 2] {
    beta_pair(a, b, x, 1.0 - x)
}

/// Derivative of the quantile `t` of the standard t distribution by the degrees of freedom `df`, at a fixed probability.
///
/// ```text
/// dt/dν = ½ t (1/ν + ∂w/∂b / (2 w (1 − w))),   w = t² / (ν + t²)
/// ```
///
/// where w has the distribution Beta(½, b), b = ½ ν.
pub(crate) fn student_t_quantile_by_df(t: f64, df: f64) -> f64 {
    if t == 0.0 {
        return 0.0;
    }
    let square = t * t;
    let (w, rest) = (square / (df + square), df / (df + square));
    let [_, by_b] = beta_pair(0.5, 0.5 * df, w, rest);
    0.5 * t * (1.0 / df + by_b / (2.0 * w * rest))
}

/// [`beta_quantile_by_shapes`] with `y = 1 - x`, so that neither has to be near one.
fn beta_pair(a: f64, b: f64, x: f64, y: f64) -> [f64; 2] {
    if !(a > 0.0 && b > 0.0 && x > 0.0 && y > 0.0) || a.is_infinite() || b.is_infinite() {
        return [f64::NAN; 2];
    }
    // Series and fraction are right below the mean, or above it with the ends changed. Within two standard deviations of
    // it a series is right beyond, too, with a digit less at most: that in the smaller variable has fewer terms.
    let total = a + b;
    let distance = if x <= y { a - total * x } else { total * y - b };
    let is_near_mean = distance * distance * (total + 1.0) < 4.0 * a * b;
    let mirrored = |[by_b, by_a]: [f64; 2]| [-by_a, -by_b];
    let is_short = |x: f64, a: f64| x < 0.7 && a < 3000.0;
    let is_below = distance >= 0.0;
    let is_left = if is_near_mean { x <= y } else { is_below };
    if is_left && is_short(x, a) {
        by_series(a, b, x, y)
    } else if !is_left && is_short(y, b) {
        mirrored(by_series(b, a, y, x))
    } else if is_below {
        by_fraction(a, b, x, y)
    } else {
        mirrored(by_fraction(b, a, y, x))
    }
}

/// With `I = xᵃ yᵇ / (a B(a, b)) · S`, `y = 1 − x`, `S = Σ (a + b)ₙ xⁿ / (a + 1)ₙ`:
///
/// ```text
/// dx/da = −x y / a · (S (ln x − ψ(a + 1) + ψ(a + b)) + ∂S/∂a)
/// dx/db = −x y / a · (S (ln y − ψ(b) + ψ(a + b)) + ∂S/∂b)
/// ```
fn by_series(a: f64, b: f64, x: f64, y: f64) -> [f64; 2] {
    let total = a + b;
    // Sums of 1 / (a + b + k), and of 1 / (a + b + k) − 1 / (a + 1 + k).
    let (mut term, mut harmonic, mut difference) = (1.0, 0.0, 0.0);
    let (mut sum, mut by_a, mut by_b) = (1.0, 0.0, 0.0);
    for n in 0..MAX_TERMS {
        let n = f64::from(n);
        let (rising, falling) = (total + n, a + 1.0 + n);
        // One division for both reciprocals.
        let reciprocal = 1.0 / (rising * falling);
        term *= x * rising * rising * reciprocal;
        harmonic += falling * reciprocal;
        difference += (1.0 - b) * reciprocal;
        sum += term;
        by_a += term * difference;
        by_b += term * harmonic;
        // What is to come is a geometric series at most, once the terms fall.
        if term < 1e-17 * y * sum && term * harmonic < 1e-17 * y * by_b {
            break;
        }
    }
    let (ln_x, ln_y) = if x <= y { (x.ln(), (-x).ln_1p()) } else { ((-y).ln_1p(), y.ln()) };
    let factor = -x * y / a;
    [
        factor * (sum * (ln_x + digamma_difference(a + 1.0, b - 1.0)) + by_a),
        factor * (sum * (ln_y + digamma_difference(b, a)) + by_b),
    ]
}

/// With `I = xᵃ yᵇ / (B(a, b) h)`, `y = 1 − x`, `h` the continued fraction of [`beta_i`](super::beta_i):
///
/// ```text
/// dx/da = −x y / h · (ln x − ψ(a) + ψ(a + b) − ∂(ln h)/∂a)
/// dx/db = −x y / h · (ln y − ψ(b) + ψ(a + b) − ∂(ln h)/∂b)
/// ```
fn by_fraction(a: f64, b: f64, x: f64, y: f64) -> [f64; 2] {
    let distance = if x <= y { a - (a + b) * x } else { (a + b) * y - b };
    let first = 1.0 / (distance + 1.0);
    let mut fraction = a * (distance + 1.0) / (a + 1.0);
    let mut log_fraction = [1.0 / (a * (a + 1.0)) + y * first, -x * first];
    // As for the gamma distribution.
    let (mut reciprocal_c, mut log_c) = (1.0 / fraction, log_fraction);
    let (mut d, mut log_d) = (0.0, [0.0; 2]);
    let mut middle = 1.0 / (a + 1.0);
    for m in 1..MAX_TERMS {
        let m = f64::from(m);
        let (left, right, next) = (a + m - 1.0, a + b + m - 1.0, 1.0 / (a + 2.0 * m + 1.0));
        let factor = left * middle * (right * middle) * m * x * x;
        let numerator = factor * (b - m);
        let by_right = 1.0 / right;
        let by_numerator = [numerator * (1.0 / left + by_right - 2.0 * middle), numerator * by_right + factor];
        let (slope, rest) = ((a + m) * next, distance + 1.0 + m * (1.0 + y));
        let denominator = m + m * (b - m) * x * middle + slope * rest;
        let by_denominator = [
            (m + 1.0) * next * next * rest + slope * y - m * (b - m) * x * middle * middle,
            m * x * middle - slope * x,
        ];
        let c = denominator + numerator * reciprocal_c;
        let next_d = 1.0 / (denominator + numerator * d);
        let mut log_factor = [0.0; 2];
        for which in 0..2 {
            let by_c = by_denominator[which] + reciprocal_c * (by_numerator[which] - numerator * log_c[which]);
            let by_d = by_denominator[which] + d * (by_numerator[which] + numerator * log_d[which]);
            log_c[which] = by_c / c;
            log_d[which] = -by_d * next_d;
            log_factor[which] = log_c[which] + log_d[which];
            log_fraction[which] += log_factor[which];
        }
        (reciprocal_c, d, middle) = (1.0 / c, next_d, next);
        let factor = c * d;
        fraction *= factor;
        let is_small = |which: usize| log_factor[which].abs() <= 1e-15 * log_fraction[which].abs();
        if (factor - 1.0).abs() < 1e-15 && is_small(0) && is_small(1) {
            break;
        }
    }
    let factor = -x * y / fraction;
    [
        factor * (((if x <= y { x.ln() } else { (-y).ln_1p() }) + digamma_difference(a, b)) - log_fraction[0]),
        factor * (((if x <= y { (-x).ln_1p() } else { y.ln() }) + digamma_difference(b, a)) - log_fraction[1]),
    ]
}
