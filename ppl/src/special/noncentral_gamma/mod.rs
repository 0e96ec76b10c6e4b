//! The noncentral gamma distribution: Gamma(a + N, 1) with a Poisson variable N of mean m. Noncentral chi-squared variables are
//! twice such a variable.
//!
//! Its density and both tails are integrals of one function over contours that cross the real axis on different sides of 1:
//!
//! ```text
//! p(x) = 1 / (2πi) ∫ e^(m (1/s − 1) + x (s − 1)) s⁻ᵃ ds,    with 1 / (1 − s) in the integrand for P(X > x), s < 1
//! ```
//!
//! Where Bessel's function of the density has a small order and argument, `series.rs` sums the mixture, of positive
//! terms; elsewhere `contour.rs` integrates along the path of steepest descent.

mod contour;
mod series;

use super::incomplete_gamma::within;
use super::tail::Tail;

/// The tail that is the smaller one or nearly so, the density, and the derivatives of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoncentralGamma {
    /// With the derivatives of its logarithm by a and m.
    pub(crate) tail: Tail<2>,
    pub(crate) log_density: f64,
    /// The derivatives of the log density by a and m.
    pub(crate) score: [f64; 2],
    /// The derivative of the log density by x.
    pub(crate) slope: f64,
}

/// Sums relative to a common factor, of which all else is made.
struct Sums {
    /// The logarithm of the factor, and of that of the density and its derivatives.
    log_factor: f64,
    log_density_factor: f64,
    is_lower: bool,
    /// The tail, and its derivative by a.
    tail: f64,
    tail_by_shape: f64,
    /// The density, and its derivatives by a, m and x.
    density: f64,
    density_by: [f64; 3],
    /// The density with a + 1 in the place of a, which is that by which the upper tail grows with m.
    next: f64,
}

/// From √(a² + 4 m x) on the contour integral is taken.
const LARGE_ROOT: f64 = 50.0;

/// Below this share of a, values and their products with m are next to 0.
const LEAST: f64 = 1e-3;

/// At a positive and finite `x`, for `a > 0` and `m ≥ 0`.
///
/// # Reference
/// Gil, Segura and Temme, "Computation of the Marcum Q-function", ACM Transactions on Mathematical Software 40 (2014).
pub(crate) fn noncentral_gamma(a: f64, m: f64, x: f64) -> NoncentralGamma {
    let root = a.hypot(2.0 * m.sqrt() * x.sqrt());
    // Next to 0 few terms of the mixture are left, and the path of integration would be far out.
    let is_least = x.max(m * x) < LEAST * a;
    let sums = if root < LARGE_ROOT || is_least { series::sums(a, m, x) } else { contour::sums(a, m, x, root) };
    let by_noncentrality = if sums.is_lower { -sums.next } else { sums.next };
    NoncentralGamma {
        tail: Tail {
            is_lower: sums.is_lower,
            log: sums.log_factor + sums.tail.ln(),
            by: [sums.tail_by_shape / sums.tail, by_noncentrality / sums.tail],
        },
        log_density: sums.log_density_factor + sums.density.ln(),
        score: [sums.density_by[0] / sums.density, sums.density_by[1] / sums.density],
        slope: sums.density_by[2] / sums.density,
    }
}

/// The distribution function and its complement.
pub(crate) fn noncentral_gamma_probabilities(a: f64, m: f64, x: f64) -> (f64, f64) {
    let tail = noncentral_gamma(a, m, x).tail;
    (tail.log_of(true).exp(), tail.log_of(false).exp())
}

/// `x` with this probability up to it, or beyond it: Newton's method in `ln x` for the logarithm of the smaller tail.
pub(crate) fn noncentral_gamma_quantile(a: f64, m: f64, probability: f64, lower: bool) -> f64 {
    let is_lower = (probability <= 0.5) == lower;
    let log_tail = if probability <= 0.5 { probability.ln() } else { (-probability).ln_1p() };
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut x = a + m;
    for _ in 0..300 {
        let at = noncentral_gamma(a, m, x);
        let log = at.tail.log_of(is_lower);
        let residual = log - log_tail;
        if (residual > 0.0) == is_lower {
            high = x;
        } else {
            low = x;
        }
        let slope = (at.log_density - log).exp() * x;
        let step = if is_lower { -residual / slope } else { residual / slope };
        if step.abs() < 1e-9 {
            // Convergence is quadratic: the next step would be below the round-off.
            return x * step.exp();
        }
        if x == f64::MIN_POSITIVE && high == x {
            return 0.0;
        }
        // The logarithm of the lower tail is nearly linear in ln x there: a long step is right.
        let longest = if is_lower { f64::INFINITY } else { 2.0 };
        let proposal = (x * step.clamp(-longest, 2.0).exp()).max(f64::MIN_POSITIVE);
        x = if proposal == f64::MIN_POSITIVE { proposal } else { within(low, high, proposal) };
    }
    x
}

/// The derivatives by a and m of a draw whose distribution function stays where it is.
pub(crate) fn noncentral_gamma_quantile_by_parameters(a: f64, m: f64, x: f64) -> [f64; 2] {
    let at = noncentral_gamma(a, m, x);
    let sign = if at.tail.is_lower { -1.0 } else { 1.0 };
    let scale = sign * (at.tail.log - at.log_density).exp();
    at.tail.by.map(|by| scale * by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_methods_agree() {
        for (a, m, x) in
            [(0.5, 20.0, 31.0), (30.0, 12.0, 36.0), (45.0, 1e-3, 40.0), (49.0, 2.0, 60.0), (1e-3, 700.0, 0.9)]
        {
            let root = f64::hypot(a, 2.0 * f64::sqrt(m * x));
            let [one, other] = [series::sums(a, m, x), contour::sums(a, m, x, root)];
            let all = |sums: &Sums| {
                let scale = sums.log_factor.exp();
                let of_density = sums.log_density_factor.exp();
                [
                    sums.tail * scale,
                    sums.tail_by_shape * scale,
                    sums.density * of_density,
                    sums.next * scale,
                    sums.density_by[0] * of_density,
                    sums.density_by[1] * of_density,
                    sums.density_by[2] * of_density,
                ]
            };
            assert_eq!(one.is_lower, other.is_lower);
            let unit = one.density * one.log_density_factor.exp();
            for (position, (one, other)) in all(&one).into_iter().zip(all(&other)).enumerate() {
                let error = (one - other).abs() / (one.abs() + if position > 3 { unit } else { 0.0 });
                assert!(error < 2e-12, "{position} at {a}, {m}, {x}: {one:e}, {other:e}, {error:e}");
            }
        }
    }

    /// With m = 0 it is the gamma distribution.
    #[test]
    fn large_shapes_without_noncentrality() {
        for (a, x) in [(1e3, 1_050.0), (1e6, 999_000.0), (1e9, 1_000_010_000.0), (1e12, 1e12 + 5e5), (1e15, 1e15 - 6e7)]
        {
            let got = noncentral_gamma(a, 0.0, x);
            let want = crate::special::gamma_tail(a, x);
            for lower in [true, false] {
                let (got, want) = (got.tail.log_of(lower), want.log_of(lower));
                // A rounding of x moves the tail by √a roundings.
                let allowed = 1e-12 + f64::EPSILON * f64::sqrt(a);
                assert!((got - want).abs() < allowed * want.abs(), "{a}, {x}: {got}, {want}");
            }
            let (got, want) = (got.tail.log_of_by(true, 0), want.log_of_by(true, 0));
            assert!((got - want).abs() < 1e-9 * want.abs(), "by shape at {a}, {x}: {got}, {want}");
        }
    }

    #[test]
    fn quantiles_are_inverses() {
        for (a, m) in [(0.3, 0.0), (0.01, 2.0), (5.0, 30.0), (2.0, 1e6), (1e8, 1e8)] {
            for p in [1e-200, 1e-8, 0.3, 0.5, 0.7, 1.0 - 1e-9] {
                for lower in [true, false] {
                    let x = noncentral_gamma_quantile(a, m, p, lower);
                    if x < 1e-300 {
                        continue;
                    }
                    let (below, above) = noncentral_gamma_probabilities(a, m, x);
                    let got = if lower { below } else { above };
                    let condition = 1e-12 + 1e-14 * m.max(a).sqrt() * 30.0;
                    assert!((got / p - 1.0).abs() < condition, "{a}, {m}, {p}: {x}, {got}");
                }
            }
        }
    }
}
