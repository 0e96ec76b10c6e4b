//! The regularised incomplete beta function and its inverse.

use std::f64::consts::PI;

use super::beta::{lbeta, lgamma_difference};
use super::dual::{self, Dual};
use super::gamma::{digamma, digamma_difference, lgamma1p, stirling_correction};
use super::incomplete_gamma::within;
use super::log_exp::x_minus_log1p;
use super::normal::ndtri;
use super::tail::Tail;

/// Enough terms for the continued fraction, which takes about `√max(a, b)` of them.
const MAX_TERMS: u32 = 100_000;

/// Regularised incomplete beta function, the distribution function of Beta(a, b) at `x`.
///
/// ```text
/// I_x(a, b) = 1/B(a, b) ∫₀ˣ tᵃ⁻¹ (1 - t)ᵇ⁻¹ dt,   a, b > 0, 0 ≤ x ≤ 1
/// ```
///
/// Full relative precision in the lower tail; the upper tail is `I_{1-x}(b, a)`, see [`beta_i_complement`].
///
/// # Example
/// ```
/// use ppl::special::beta_i;
///
/// assert!((beta_i(2.0, 1.0, 0.3) - 0.09).abs() < 1e-15);
/// ```
///
/// # Reference
/// Didonato and Morris, "Algorithm 708", ACM TOMS 18 (1992), function `BFRAC`.
pub fn beta_i(a: f64, b: f64, x: f64) -> f64 {
    beta_i_pair(a, b, x, 1.0 - x).0
}

/// `1 - I_x(a, b)`, with full relative precision in the upper tail.
///
/// # Example
/// ```
/// use ppl::special::beta_i_complement;
///
/// assert!((beta_i_complement(1.0, 200.0, 0.5) / 0.5_f64.powi(200) - 1.0).abs() < 1e-13);
/// ```
///
/// # Reference
/// As [`beta_i`].
pub fn beta_i_complement(a: f64, b: f64, x: f64) -> f64 {
    beta_i_pair(a, b, x, 1.0 - x).1
}

/// `I_x(a, b)` and its complement. `y = 1 - x` is an argument of its own, so that neither has to be near one.
fn beta_i_pair(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if !(a > 0.0 && b > 0.0 && x >= 0.0 && y >= 0.0) || a.is_infinite() || b.is_infinite() {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if y == 0.0 {
        return (1.0, 0.0);
    }
    // A shape below one puts mass near its end, and the opposite tail may be what the mass there leaves of one.
    if a < 1.0 && x < 0.5 && b * x < 1.0 {
        return small_shape(a, b, x);
    }
    if b < 1.0 && y < 0.5 && a * y < 1.0 {
        let (upper, lower) = small_shape(b, a, y);
        return (lower, upper);
    }
    // The fraction converges fast up to the mean, and its value is the tail there.
    if distance_to_mean(a, b, x, y) >= 0.0 {
        let lower = (binomial_mass(a, b, x, y) / continued_fraction(a, b, x, y)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (binomial_mass(b, a, y, x) / continued_fraction(b, a, y, x)).min(1.0);
        (1.0 - upper, upper)
    }
}

/// `I_x(a, b)` and its complement for `a < 1` and small `x`, from the power series.
///
/// ```text
/// I = L (1 + r),   1 - I = (1 - L) - L r,   L = xᵃ / (a B(a, b)),   r = a Σ_{n ≥ 1} (1 - b)ₙ xⁿ / (n! (a + n))
/// ```
///
/// # Reference
/// DLMF 8.17.7; Didonato and Morris (1992), functions `BPSER` and `APSER`.
fn small_shape(a: f64, b: f64, x: f64) -> (f64, f64) {
    let (mut power, mut sum) = (1.0, 0.0);
    for n in 1..200 {
        let n = f64::from(n);
        power *= (n - b) / n * x;
        let term = power / (a + n);
        sum += term;
        if term.abs() <= 1e-17 * sum.abs() {
            break;
        }
    }
    let rest = a * sum;
    let exponent = a * x.ln() - lgamma1p(a) + lgamma_difference(b, a);
    let leading = exponent.exp();
    (leading * (1.0 + rest), -exponent.exp_m1() - leading * rest)
}

/// `a - (a + b) x`, from the smaller of `x` and `y`.
fn distance_to_mean(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= y { a - (a + b) * x } else { (a + b) * y - b }
}

/// `xᵃ yᵇ / B(a, b)`, with `y = 1 - x`: `x (1 - x)` times the density of Beta(a, b).
///
/// For large `a` and `b` the exponent is a sum of Loader's `φ`, in which nothing cancels near the mode:
///
/// ```text
/// a ln(x / x₀) + b ln(y / y₀) = -a φ(-λ/a) - b φ(λ/b),   φ(t) = t - ln(1 + t),   x₀ = a / (a + b),   λ = a - (a + b) x
/// ```
///
/// # Reference
/// Didonato and Morris (1992), function `BRCOMP`; Loader (2000).
fn binomial_mass(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if a.min(b) < 10.0 {
        let (ln_x, ln_y) = logarithms(x, y);
        return (a * ln_x + b * ln_y - lbeta(a, b)).exp();
    }
    let (exponent, correction) = binomial_exponent(a, b, x, y);
    (a * (b / (a + b)) / (2.0 * PI)).sqrt() * (-exponent - correction).exp()
}

/// Minus the exponent of [`binomial_mass`] for large shapes, and what Stirling's formula leaves.
fn binomial_exponent(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    let distance = distance_to_mean(a, b, x, y);
    let total = a + b;
    let part = |shape: f64, deviation: f64, ratio: f64| {
        // Far below the mode 1 + deviation would round.
        if deviation < -0.4 { shape * (deviation - ratio.ln()) } else { shape * x_minus_log1p(deviation) }
    };
    let exponent = part(a, -distance / a, x * total / a) + part(b, distance / b, y * total / b);
    (exponent, stirling_correction(a) + stirling_correction(b) - stirling_correction(total))
}

/// `xᵃ yᵇ / (B(a, b) I_x(a, b))` as a continued fraction, evaluated by Lentz's method.
///
/// # Reference
/// Didonato and Morris (1992), equation 9; its terms are positive below the mean.
fn continued_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let distance = distance_to_mean(a, b, x, y);
    let mut fraction = a * (distance + 1.0) / (a + 1.0);
    let (mut c, mut d) = (fraction, 0.0);
    for m in 1..MAX_TERMS {
        let m = f64::from(m);
        let middle = a + 2.0 * m - 1.0;
        // Each factor is of a shape and x, such that none overflows.
        let numerator = (a + m - 1.0) / middle * ((a + b + m - 1.0) / middle * x) * m * ((b - m) * x);
        let denominator = m + m * (b - m) * x / middle + (a + m) / (middle + 2.0) * (distance + 1.0 + m * (1.0 + y));
        d = 1.0 / (denominator + numerator * d);
        c = denominator + numerator / c;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// One of the tails of Beta(a, b) at `x = 1 - y` between 0 and 1, with its derivatives by `a` and `b`.
///
/// The methods of [`beta_i_pair`], differentiated as they are computed.
///
/// # Reference
/// Boik and Robinson-Cox, "Derivatives of the incomplete beta function", J. Stat. Softw. 3 (1998).
pub(crate) fn beta_tail(a: f64, b: f64, x: f64, y: f64) -> Tail<2> {
    let is_valid = a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite() && x > 0.0 && y > 0.0;
    if !is_valid {
        return Tail { is_lower: true, log: f64::NAN, by: [f64::NAN; 2] };
    }
    let swapped = |tail: Tail<2>| Tail { by: [tail.by[1], tail.by[0]], ..tail.mirrored() };
    if a < 1.0 && x < 0.5 && b * x < 1.0 {
        small_shape_tail(a, b, x)
    } else if b < 1.0 && y < 0.5 && a * y < 1.0 {
        swapped(small_shape_tail(b, a, y))
    } else if distance_to_mean(a, b, x, y) >= 0.0 {
        tail_below_mean(a, b, x, y)
    } else {
        swapped(tail_below_mean(b, a, y, x))
    }
}

/// The lower tail, by the continued fraction.
fn tail_below_mean(a: f64, b: f64, x: f64, y: f64) -> Tail<2> {
    let [shape_a, shape_b] = [Dual::<2>::variable(a, 0), Dual::variable(b, 1)];
    let distance = Dual { value: distance_to_mean(a, b, x, y), by: [y, -x] };
    let first = shape_a * (distance + 1.0) / (shape_a + 1.0);
    let fraction = dual::continued_fraction(
        first,
        (1..MAX_TERMS).map(|m| {
            let m = f64::from(m);
            let middle = (shape_a + (2.0 * m - 1.0)).recip();
            let rest = (shape_b * -1.0 + m) * -m * x;
            let numerator = (shape_a + (m - 1.0)) * middle * ((shape_a + shape_b + (m - 1.0)) * middle * x) * rest;
            let last = (shape_a + m) / (shape_a + (2.0 * m + 1.0));
            (numerator, rest * middle + last * (distance + (1.0 + m * (1.0 + y))) + m)
        }),
    );
    let (ln_x, ln_y) = logarithms(x, y);
    let by_fraction = fraction.log_derivatives();
    let by_a = ln_x + digamma_difference(a, b) - by_fraction[0];
    let by_b = ln_y + digamma_difference(b, a) - by_fraction[1];
    Tail { is_lower: true, log: log_binomial_mass(a, b, x, y) - fraction.value.ln(), by: [by_a, by_b] }
}

/// The derivatives of [`small_shape`], of which the smaller one is the tail.
fn small_shape_tail(a: f64, b: f64, x: f64) -> Tail<2> {
    let [shape_a, shape_b] = [Dual::<2>::variable(a, 0), Dual::variable(b, 1)];
    let (mut power, mut sum) = (Dual::constant(1.0), Dual::constant(0.0));
    for n in 1..200 {
        let n = f64::from(n);
        power = power * (shape_b * -1.0 + n) * (x / n);
        let term = power / (shape_a + n);
        sum = sum + term;
        let small = |term: f64, sum: f64| term.abs() <= 1e-17 * sum.abs();
        if small(term.value, sum.value) && small(term.by[0], sum.by[0]) && small(term.by[1], sum.by[1]) {
            break;
        }
    }
    let rest = shape_a * sum;
    let value = a * x.ln() - lgamma1p(a) + lgamma_difference(b, a);
    let exponent = Dual { value, by: [x.ln() + digamma(a + b) - digamma(1.0 + a), digamma_difference(b, a)] };
    let leading = value.exp();
    let upper = -value.exp_m1() - leading * rest.value;
    if upper > 0.5 {
        let by = (rest + 1.0).log_derivatives();
        let by = std::array::from_fn(|number| exponent.by[number] + by[number]);
        Tail { is_lower: true, log: value + rest.value.ln_1p(), by }
    } else {
        let by = std::array::from_fn(|number| {
            -leading * ((1.0 + rest.value) * exponent.by[number] + rest.by[number]) / upper
        });
        Tail { is_lower: false, log: upper.ln(), by }
    }
}

/// ln x and ln y, the larger number's from the smaller one.
pub(crate) fn logarithms(x: f64, y: f64) -> (f64, f64) {
    if x <= y { (x.ln(), (-x).ln_1p()) } else { ((-y).ln_1p(), y.ln()) }
}

/// The logarithm of [`binomial_mass`], which does not underflow.
pub(crate) fn log_binomial_mass(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if a.min(b) < 10.0 {
        let (ln_x, ln_y) = logarithms(x, y);
        return a * ln_x + b * ln_y - lbeta(a, b);
    }
    let (exponent, correction) = binomial_exponent(a, b, x, y);
    0.5 * (a * (b / (a + b)) / (2.0 * PI)).ln() - exponent - correction
}

/// Inverse of [`beta_i`] in `x`: the quantile of Beta(a, b) at `p`.
///
/// Newton's method for the logarithm of the smaller tail, in the log odds of `x`: it is concave there, because the
/// density of the log odds is log-concave, so that the iteration converges from every start.
///
/// # Example
/// ```
/// use ppl::special::{beta_i, beta_i_inverse};
///
/// assert!((beta_i(2.5, 4.0, beta_i_inverse(2.5, 4.0, 0.1)) - 0.1).abs() < 1e-15);
/// ```
///
/// # Reference
/// Prékopa, "On logarithmic concave measures and functions" (1973); the start is that of Abramowitz and
/// Stegun 26.5.22.
pub fn beta_i_inverse(a: f64, b: f64, p: f64) -> f64 {
    let q = 1.0 - p;
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&p)) || a.is_infinite() || b.is_infinite() {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return p;
    }
    let (mut x, mut y) = initial_quantile(a, b, p, q);
    if x < f64::MIN_POSITIVE || y < f64::MIN_POSITIVE {
        return x;
    }
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    for _ in 0..200 {
        let (lower, upper) = beta_i_pair(a, b, x, y);
        let odds = x / y;
        let below = if p <= q { lower < p } else { upper > q };
        if below {
            low = odds;
        } else {
            high = odds;
        }
        // The derivative of I in the log odds.
        let slope = binomial_mass(a, b, x, y);
        let step = if p <= q { lower * (p / lower).ln() } else { -upper * (q / upper).ln() } / slope;
        let converged = step.abs() < 1e-9;
        let odds = odds * step.clamp(-4.0, 4.0).exp();
        let odds = if converged { odds } else { within(low, high, odds) };
        (x, y) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
        if converged {
            break;
        }
    }
    x
}

/// Where the iteration of [`beta_i_inverse`] starts: `x` and `1 - x`.
fn initial_quantile(a: f64, b: f64, p: f64, q: f64) -> (f64, f64) {
    if a > 1.0 && b > 1.0 {
        // Abramowitz and Stegun 26.5.22
        let z = if p <= q { -ndtri(p) } else { ndtri(q) };
        let lambda = (z * z - 3.0) / 6.0;
        let (inverse_a, inverse_b) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let h = 2.0 / (inverse_a + inverse_b);
        let root = (h + lambda).max(0.0).sqrt();
        let w = z * root / h - (inverse_b - inverse_a) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * h));
        let odds = a / b * (-2.0 * w).exp();
        return (odds / (1.0 + odds), 1.0 / (1.0 + odds));
    }
    // I ≈ xᵃ / (a B) near zero, 1 - I ≈ yᵇ / (b B) near one
    let log_beta = lbeta(a, b);
    let x = ((p.ln() + a.ln() + log_beta) / a).exp();
    let y = ((q.ln() + b.ln() + log_beta) / b).exp();
    if x < 0.5 {
        (x, 1.0 - x)
    } else if y < 0.5 {
        (1.0 - y, y)
    } else {
        (0.5, 0.5)
    }
}
