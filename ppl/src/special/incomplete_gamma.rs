//! The regularised incomplete gamma functions and their inverses.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use super::dual::{self, Dual};
use super::error_function::erfcx;
use super::gamma::{digamma, lgamma, lgamma1p, stirling_correction};
use super::log_exp::x_minus_log1p;
use super::normal::ndtri;
use super::polynomial::polynomial;
use super::tail::Tail;

/// From this shape on, the uniform expansion serves where `x` is within [`UNIFORM_WIDTH`] of the shape, relatively.
const UNIFORM_SHAPE: f64 = 25.0;
const UNIFORM_WIDTH: f64 = 0.3;

/// Enough terms for every series and continued fraction below; they stop much earlier.
const MAX_TERMS: u32 = 100_000;

/// Regularised lower incomplete gamma function, the distribution function of Gamma(a, 1) at `x`.
///
/// ```text
/// P(a, x) = 1/Γ(a) ∫₀ˣ tᵃ⁻¹ exp(-t) dt,   a > 0, x ≥ 0
/// ```
///
/// Full relative precision in the lower tail. See [`gamma_q`] for the upper one.
///
/// # Example
/// ```
/// use ppl::special::gamma_p;
///
/// assert!((gamma_p(1.0, 2.0) - (1.0 - (-2.0_f64).exp())).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 8.11.4 (series), 8.9.2 (continued fraction), 8.12 (large `a`).
pub fn gamma_p(a: f64, x: f64) -> f64 {
    gamma_p_and_q(a, x).0
}

/// Regularised upper incomplete gamma function, `Q(a, x) = 1 - P(a, x)`, with full relative precision in the upper tail.
///
/// # Example
/// ```
/// use ppl::special::gamma_q;
///
/// assert!((gamma_q(1.0, 600.0) / (-600.0_f64).exp() - 1.0).abs() < 1e-14);
/// ```
///
/// # Reference
/// As [`gamma_p`].
pub fn gamma_q(a: f64, x: f64) -> f64 {
    gamma_p_and_q(a, x).1
}

/// Whether the uniform expansion serves.
pub(super) fn is_uniform(a: f64, x: f64) -> bool {
    a >= UNIFORM_SHAPE && (x - a).abs() < UNIFORM_WIDTH * a
}

/// Both functions: the smaller one is evaluated and the other is its complement, so that each keeps its relative
/// precision.
fn gamma_p_and_q(a: f64, x: f64) -> (f64, f64) {
    if !(a > 0.0 && x >= 0.0) || a.is_infinite() {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if x.is_infinite() {
        return (1.0, 0.0);
    }
    if is_uniform(a, x) {
        return uniform_expansion(a, x);
    }
    if x < 1.5 && a < 1.0 {
        return small_shape(a, x);
    }
    if x < a || x < 1.5 {
        let p = power_series(a, x);
        (p, 1.0 - p)
    } else {
        let q = continued_fraction(a, x);
        (1.0 - q, q)
    }
}

/// `xᵃ exp(-x) / Γ(a + 1)`, which at an integer `a` is the Poisson probability of `a` at rate `x`.
///
/// For large `a` the exponent is Loader's `-a φ(x/a)` with `φ(t) = t - 1 - ln t`, in which nothing cancels.
///
/// # Reference
/// Loader, "Fast and accurate computation of binomial probabilities" (2000).
pub(super) fn poisson_mass(a: f64, x: f64) -> f64 {
    if a < 10.0 && x > 700.0 {
        // The exponential underflows before the product does, and the power overflows.
        return (a * x.ln() - x - lgamma(a + 1.0)).exp();
    }
    if a < 10.0 {
        return x.powf(a) * (-x).exp() / libm::tgamma(a + 1.0);
    }
    let deviation = (x - a) / a;
    // Far from the mode 1 + deviation rounds; the parts are then of different size.
    let exponent = if deviation < -0.4 { a * (x / a).ln() - (x - a) } else { -a * x_minus_log1p(deviation) };
    (exponent - stirling_correction(a)).exp() / (2.0 * PI * a).sqrt()
}

/// `P = xᵃ exp(-x) / Γ(a + 1) · Σ xⁿ / ((a + 1) … (a + n))` (DLMF 8.11.4).
fn power_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 1..MAX_TERMS {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
    }
    poisson_mass(a, x) * sum
}

/// `Q` as a continued fraction (DLMF 8.9.2), evaluated by Lentz's method.
fn continued_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    // x ≥ a, so that every partial denominator is positive and no guard against zero is needed.
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..MAX_TERMS {
        let n = f64::from(n);
        let numerator = n * (a - n);
        b += 2.0;
        d = 1.0 / (b + numerator * d);
        c = b + numerator / c;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    poisson_mass(a, x) * a * fraction
}

/// Small `a` and `x`, where `P` is near one: both from the series of `∫ tᵃ⁻¹ (exp(-t) - 1) dt` (DLMF 8.7.1).
///
/// ```text
/// P = xᵃ/Γ(1+a) · (1 + r),   Q = (1 - xᵃ/Γ(1+a)) - xᵃ/Γ(1+a) · r,   r = a Σ_{n ≥ 1} (-x)ⁿ / (n! (a + n))
/// ```
///
/// # Reference
/// Gautschi, "A computational procedure for incomplete gamma functions", ACM TOMS 5 (1979).
fn small_shape(a: f64, x: f64) -> (f64, f64) {
    let (mut power, mut sum) = (1.0, 0.0);
    for n in 1..40 {
        let n = f64::from(n);
        power *= -x / n;
        let term = power / (a + n);
        sum += term;
        if term.abs() < 1e-17 * sum.abs() {
            break;
        }
    }
    let rest = a * sum;
    let exponent = a * x.ln() - lgamma1p(a);
    let leading = exponent.exp();
    (leading * (1.0 + rest), -exponent.exp_m1() - leading * rest)
}

/// `a` large and `x` near it: Temme's uniform expansion.
///
/// ```text
/// Q = ½ erfc(η √(a/2)) + R,   P = ½ erfc(-η √(a/2)) - R,   ½ η² = λ - 1 - ln λ,   λ = x / a
/// ```
///
/// The common factor `exp(-a η²/2)` of both parts is taken out, hence `erfcx`.
///
/// # Reference
/// DLMF 8.12; the evaluation of `R` is algorithm 3.3 of Gil, Segura and Temme, "Efficient and accurate
/// algorithms for the computation and inversion of the incomplete gamma function ratios", SIAM J. Sci. Comput. 34 (2012).
fn uniform_expansion(a: f64, x: f64) -> (f64, f64) {
    let deviation = (x - a) / a;
    let half_square = x_minus_log1p(deviation);
    let magnitude = (2.0 * half_square).sqrt();
    let decay = (-a * half_square).exp();
    let scaled_tail = 0.5 * erfcx(magnitude * a.sqrt() * FRAC_1_SQRT_2);
    let eta = magnitude.copysign(deviation);
    let rest = uniform_remainder(a, eta) / (2.0 * PI * a).sqrt();
    if deviation >= 0.0 {
        let q = decay * (scaled_tail + rest);
        (1.0 - q, q)
    } else {
        let p = decay * (scaled_tail - rest);
        (p, 1.0 - p)
    }
}

/// Taylor coefficients of `η / (λ - 1)` in `η`.
pub(super) const UNIFORM_COEFFICIENTS: [f64; 22] = [
    1.0,
    -1.0 / 3.0,
    1.0 / 12.0,
    -2.0 / 135.0,
    1.157_407_407_407_407_3e-3,
    3.527_336_860_670_194e-4,
    -1.787_551_440_329_218e-4,
    3.919_263_178_522_438e-5,
    -2.185_448_510_679_992e-6,
    -1.854_062_210_715_16e-6,
    8.296_711_340_953_087e-7,
    -1.766_595_273_682_607_8e-7,
    6.707_853_543_401_498e-9,
    1.026_180_978_424_030_9e-8,
    -4.382_036_018_453_353e-9,
    9.147_699_582_236_79e-10,
    -2.551_419_399_494_624_8e-11,
    -5.830_772_132_550_426e-11,
    2.436_194_802_066_741_5e-11,
    -5.027_669_280_114_175_5e-12,
    1.100_439_203_195_613_5e-13,
    3.371_763_262_400_985e-13,
];

/// The sum `Σ cₖ(η) a⁻ᵏ` of DLMF 8.12.8, by a backward recurrence for its Taylor coefficients in `η`.
fn uniform_remainder(a: f64, eta: f64) -> f64 {
    let f = &UNIFORM_COEFFICIENTS;
    // beta[n] of Gil, Segura and Temme, for the last two n
    let (mut above, mut current) = (f[21], f[20]);
    let mut sum = above;
    for n in (1..21).rev() {
        sum = sum * eta + current;
        (above, current) = (current, f[n] + (n as f64 + 1.0) * above / a);
    }
    // Now `current` is beta[0] and `above` is beta[1].
    (sum * eta + current) / (1.0 + above / a)
}

/// One of the tails of Gamma(a, 1) at a positive and finite `x`, with its derivative by `a`.
///
/// Each of the methods for the values is differentiated term by term, the continued fraction and the uniform expansion as
/// they are computed.
pub(crate) fn gamma_tail(a: f64, x: f64) -> Tail<1> {
    if !(a > 0.0 && a.is_finite() && x > 0.0 && x.is_finite()) {
        return Tail { is_lower: true, log: f64::NAN, by: [f64::NAN] };
    }
    if a >= UNIFORM_SHAPE && (x - a).abs() < UNIFORM_WIDTH * a {
        return uniform_expansion_tail(a, x);
    }
    if x < 1.5 && a < 1.0 {
        return small_shape_tail(a, x);
    }
    if x < a || x < 1.5 {
        // P = mass · Σ xⁿ / ((a + 1) … (a + n)); the logarithmic derivative of a term is −Σ 1 / (a + k).
        let (mut term, mut sum, mut harmonic, mut derivative) = (1.0, 1.0, 0.0, 0.0);
        for n in 1..MAX_TERMS {
            let shifted = a + f64::from(n);
            term *= x / shifted;
            harmonic += 1.0 / shifted;
            sum += term;
            derivative -= term * harmonic;
            if term * (1.0 + harmonic) < 1e-17 * sum.min(-derivative) {
                break;
            }
        }
        let by = x.ln() - digamma(a + 1.0) + derivative / sum;
        return Tail { is_lower: true, log: log_poisson_mass(a, x) + sum.ln(), by: [by] };
    }
    let shape = Dual::<1>::variable(a, 0);
    let first = shape * -1.0 + (x + 1.0);
    let fraction = dual::continued_fraction(
        first,
        (1..MAX_TERMS).map(|n| {
            let n = f64::from(n);
            ((shape - n) * n, first + 2.0 * n)
        }),
    );
    // The mass of a, times a, over the fraction.
    let log = log_poisson_mass(a, x) + a.ln() - fraction.value.ln();
    Tail { is_lower: false, log, by: [x.ln() - digamma(a) - fraction.log_derivatives()[0]] }
}

/// The logarithm of [`poisson_mass`], which does not underflow.
pub(crate) fn log_poisson_mass(a: f64, x: f64) -> f64 {
    if a < 10.0 {
        return a * x.ln() - x - lgamma1p(a);
    }
    let deviation = (x - a) / a;
    let exponent = if deviation < -0.4 { a * (x / a).ln() - (x - a) } else { -a * x_minus_log1p(deviation) };
    exponent - stirling_correction(a) - 0.5 * (2.0 * PI * a).ln()
}

/// The derivatives of [`small_shape`], of which the smaller one is the tail.
fn small_shape_tail(a: f64, x: f64) -> Tail<1> {
    let (mut power, mut sum, mut derivative) = (1.0, 0.0, 0.0);
    for n in 1..60 {
        let n = f64::from(n);
        power *= -x / n;
        let term = power / (a + n);
        sum += term;
        derivative += term * n / (a + n);
        if term.abs() < 1e-17 * sum.abs() {
            break;
        }
    }
    // a / (a + n) has the derivative n / (a + n)².
    let rest = a * sum;
    let exponent = a * x.ln() - lgamma1p(a);
    let by_exponent = x.ln() - digamma(1.0 + a);
    let leading = exponent.exp();
    let upper = -exponent.exp_m1() - leading * rest;
    if upper > 0.5 {
        Tail { is_lower: true, log: exponent + rest.ln_1p(), by: [by_exponent + derivative / (1.0 + rest)] }
    } else {
        let by_shape = -leading * ((1.0 + rest) * by_exponent + derivative);
        Tail { is_lower: false, log: upper.ln(), by: [by_shape / upper] }
    }
}

/// The derivatives of [`uniform_expansion`]: that of ½ a η² is −ln λ.
fn uniform_expansion_tail(a: f64, x: f64) -> Tail<1> {
    let deviation = (x - a) / a;
    let half_square = x_minus_log1p(deviation);
    let magnitude = (2.0 * half_square).sqrt();
    let eta = magnitude.copysign(deviation);
    let log_ratio = deviation.ln_1p();
    // Both vanish at the shape itself, where their ratio is 1.
    let relative = |x: f64| if eta == 0.0 { 1.0 } else { x / eta };

    let argument = magnitude * a.sqrt() * FRAC_1_SQRT_2;
    // Its square is ½ a η².
    let by_argument = -relative(log_ratio).copysign(deviation) * FRAC_1_SQRT_2 / a.sqrt();
    let scaled = erfcx(argument);
    let tail = Dual { value: 0.5 * scaled, by: [0.5 * erfcx_derivative(argument, scaled) * by_argument] };

    let shape = Dual::<1>::variable(a, 0);
    let eta = Dual { value: eta, by: [-relative(deviation) / a] };
    let remainder = uniform_remainder_dual(shape, eta);
    let root = (2.0 * PI * a).sqrt();
    let rest = remainder * Dual { value: root.recip(), by: [-0.5 / (a * root)] };

    let is_lower = deviation < 0.0;
    let scaled = tail + rest * if is_lower { -1.0 } else { 1.0 };
    let log = -a * half_square + scaled.value.ln();
    Tail { is_lower, log, by: [log_ratio + scaled.log_derivatives()[0]] }
}

/// The derivative of `erfcx` at `x ≥ 0`, where it is `y`: 2 x y − 2/√π, from the asymptotic series where that cancels.
fn erfcx_derivative(x: f64, y: f64) -> f64 {
    if x < 25.0 {
        return 2.0 * x * y - FRAC_2_SQRT_PI;
    }
    let inverse = 0.5 / (x * x);
    -FRAC_2_SQRT_PI * inverse * polynomial(inverse, &[1.0, -3.0, 15.0, -105.0, 945.0, -10_395.0])
}

/// [`uniform_remainder`] with its derivative.
fn uniform_remainder_dual(a: Dual<1>, eta: Dual<1>) -> Dual<1> {
    let f = &UNIFORM_COEFFICIENTS;
    let inverse = a.recip();
    let (mut above, mut current) = (Dual::constant(f[21]), Dual::constant(f[20]));
    let mut sum = above;
    for n in (1..21).rev() {
        sum = sum * eta + current;
        (above, current) = (current, above * inverse * (n as f64 + 1.0) + f[n]);
    }
    (sum * eta + current) / (above * inverse + 1.0)
}

/// Inverse of [`gamma_p`] in `x`: the quantile of Gamma(a, 1) at `p`.
///
/// # Example
/// ```
/// use ppl::special::{gamma_p, gamma_p_inverse};
///
/// assert!((gamma_p(3.0, gamma_p_inverse(3.0, 0.1)) - 0.1).abs() < 1e-15);
/// ```
///
/// # Reference
/// See [`gamma_q_inverse`].
pub fn gamma_p_inverse(a: f64, p: f64) -> f64 {
    invert(a, p, 1.0 - p)
}

/// Inverse of [`gamma_q`] in `x`: the quantile of Gamma(a, 1) that leaves `q` above it.
///
/// Newton's method for `ln P` or `ln Q`, whichever is smaller, in `ln x`: both are concave there, because the density of
/// a log-gamma variable is log-concave, so that the iteration converges from every start. It starts from the
/// approximation of Wilson and Hilferty or from the leading term of the tail.
///
/// # Example
/// ```
/// use ppl::special::gamma_q_inverse;
///
/// assert!((gamma_q_inverse(1.0, 1e-100) / (100.0 * 10_f64.ln()) - 1.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// Wilson and Hilferty, PNAS 17 (1931); Prékopa, "On logarithmic concave measures and functions" (1973).
pub fn gamma_q_inverse(a: f64, q: f64) -> f64 {
    invert(a, 1.0 - q, q)
}

/// `x` with `P(a, x) = p` and `Q(a, x) = q`.
fn invert(a: f64, p: f64, q: f64) -> f64 {
    if !(a > 0.0 && (0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&q)) || a.is_infinite() {
        return f64::NAN;
    }
    if p == 0.0 {
        return 0.0;
    }
    if q == 0.0 {
        return f64::INFINITY;
    }
    let mut x = initial_quantile(a, p, q);
    if x < f64::MIN_POSITIVE {
        // P = xᵃ/Γ(1 + a) there, and this is its root.
        return x;
    }
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    for _ in 0..200 {
        let (current_p, current_q) = gamma_p_and_q(a, x);
        let below = if p <= q { current_p < p } else { current_q > q };
        if below {
            low = x;
        } else {
            high = x;
        }
        // x times the density
        let slope = a * poisson_mass(a, x);
        let step = if p <= q { current_p * (p / current_p).ln() } else { -current_q * (q / current_q).ln() } / slope;
        if step.abs() < 1e-9 {
            // Convergence is quadratic: the next step would be below the round-off.
            return x * step.exp();
        }
        x = within(low, high, x * step.clamp(-2.0, 2.0).exp());
    }
    x
}

/// `proposal` where it lies between the bounds, else a point between them. Newton's step leaves the bounds, or is NaN,
/// only where a tail underflows.
pub(super) fn within(low: f64, high: f64, proposal: f64) -> f64 {
    if low < proposal && proposal < high {
        proposal
    } else if low == 0.0 {
        0.125 * high
    } else if high.is_infinite() {
        8.0 * low
    } else {
        low.sqrt() * high.sqrt()
    }
}

/// Where the iteration of [`invert`] starts.
fn initial_quantile(a: f64, p: f64, q: f64) -> f64 {
    // P < xᵃ / Γ(1 + a)
    let leading = ((p.ln() + lgamma1p(a)) / a).exp();
    if a < 0.5 && q < 0.1 {
        // Q ≈ xᵃ⁻¹ exp(-x) / Γ(a)
        let log = -q.ln() - lgamma(a);
        return if log > 1.0 { log - (1.0 - a) * log.ln() } else { leading.min(1.0) };
    }
    if a < 0.5 {
        return leading;
    }
    let z = if p <= q { ndtri(p) } else { -ndtri(q) };
    let root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
    if root > 0.1 { a * root.powi(3) } else { leading }
}
