//! The contour integral along the path of steepest descent, by the midpoint rule.
//!
//! With the saddle point s₀ and the counts n₁ = x s₀ and n₂ = m / s₀, whose difference is a, the path is s = s₀ r e^(iθ) with
//!
//! ```text
//! n₁ r − n₂ / r = a θ / sin θ
//! ```
//!
//! On it the exponent is real, and its largest value, minus both deviances n ln(n / mean) + mean − n, is at θ = 0.
//! Every difference of nearly equal numbers is written such that nothing cancels, so that counts may be as large as
//! 1e15.
//!
//! The pole at s = 1, which lies at θ = iκ, spoils the rule where it is near the path. The error is known: with the step h it is
//! 1 / (1 + e^(2π |κ| / h)), of the residue 1.
//!
//! # Reference
//! Gil, Segura and Temme (2014), section 3; Trefethen and Weideman, "The exponentially convergent trapezoidal rule",
//! SIAM Review 56 (2014), section 5, for the pole.

use std::f64::consts::PI;

use super::Sums;
use crate::special::complex::Complex;
use crate::special::log_exp::x_minus_log1p;

/// Where the exponent of the saddle point is larger, the pole is so far that its term changes no digit.
const FAR: f64 = 40.0;

/// In units of the integrand at the saddle point. `root` is √(a² + 4 m x).
pub(super) fn sums(a: f64, m: f64, x: f64, root: f64) -> Sums {
    let saddle = 0.5 * (a + root) / x;
    let (first, second) = (0.5 * (a + root), m / saddle);
    // s₀ − 1, which solves x d² + (2x − a) d + (x − m − a) = 0.
    let excess = (x - m) - a;
    let linear = 2.0 * x - a;
    let distance = if linear > 0.0 { -2.0 * excess / (linear + root) } else { 0.5 * (root - linear) / x };
    let is_lower = distance > 0.0;
    let exponent = deviance(first, x, distance) + deviance(second, m, -distance / saddle);

    let step = 0.5 / root.sqrt();
    let (mut tail, mut tail_by_shape, mut density, mut next) = (0.0, 0.0, 0.0, 0.0);
    let mut density_by = [0.0; 3];
    for index in 0..10_000 {
        let theta = (f64::from(index) + 0.5) * step;
        if theta >= PI {
            break;
        }
        let path = Path::at(theta, a, first, second);
        let weight = (-path.fall).exp();
        if weight < 1e-19 {
            break;
        }
        let (sine, cosine) = theta.sin_cos();
        let half_sine = (0.5 * theta).sin();
        // |s| − 1, |s| and the derivative of |s| by θ.
        let radius_excess = distance + saddle * path.excess;
        let radius = saddle * (1.0 + path.excess);
        let slope = saddle * path.slope;
        // 1 − s, and −i ds/dθ.
        let to_pole = Complex(2.0 * radius * half_sine * half_sine - radius_excess, -radius * sine);
        let along = Complex(radius * cosine + slope * sine, radius * sine - slope * cosine);
        let log = Complex(-radius_excess.ln_1p(), -theta);
        let of_tail = along.over(to_pole);
        tail += weight * of_tail.0;
        tail_by_shape += weight * log.times(of_tail).0;
        density += weight * along.0;
        next += weight;
        density_by[0] += weight * log.times(along).0;
        density_by[1] += weight * (to_pole.0 + to_pole.1 * path.slope / (1.0 + path.excess));
        density_by[2] -= weight * to_pole.times(along).0;
    }
    // The half of the path below the real axis has the conjugate integrand.
    let scale = step / PI;
    let sign = if is_lower { -scale } else { scale };
    let of_pole = if exponent < FAR {
        let angle = pole(a, m, x, root, distance).abs();
        exponent.exp() / (1.0 + (2.0 * PI * angle / step).exp())
    } else {
        0.0
    };
    Sums {
        log_factor: -exponent,
        log_density_factor: -exponent,
        is_lower,
        tail: sign * tail + of_pole,
        tail_by_shape: sign * tail_by_shape,
        density: scale * density,
        density_by: density_by.map(|by| scale * by),
        next: scale * next,
    }
}

/// n ln(n / mean) + mean − n with n = mean (1 + relative).
fn deviance(count: f64, mean: f64, relative: f64) -> f64 {
    if mean == 0.0 {
        return 0.0;
    }
    // With mean / n = 1 + u, it is n (u − ln(1 + u)).
    if relative.abs() < 0.5 {
        return count * x_minus_log1p(-relative / (1.0 + relative));
    }
    if count == 0.0 { mean } else { count * (count / mean).ln() + (mean - count) }
}

/// κ: x e^κ − m e^(−κ) = a κ / sinh κ, by Newton's method from the pole of a straight path.
fn pole(a: f64, m: f64, x: f64, root: f64, distance: f64) -> f64 {
    let mut kappa = if distance.abs() < 0.5 { distance } else { 0.5_f64.copysign(distance) };
    for _ in 0..20 {
        let quotient = if kappa.abs() < 1e-4 { 1.0 - kappa * kappa / 6.0 } else { kappa / kappa.sinh() };
        // x e^κ − m e^(−κ) − a κ / sinh κ, and its derivative.
        let value = ((x - m) - a) + x * kappa.exp_m1() - m * (-kappa).exp_m1() + a * (1.0 - quotient);
        let by_quotient = if kappa.abs() < 1e-4 { kappa / 3.0 } else { quotient * (1.0 / kappa.tanh() - 1.0 / kappa) };
        let change = value / (x * kappa.exp() + m * (-kappa).exp() + a * by_quotient).max(0.1 * root);
        kappa -= change;
        if change.abs() < 1e-15 {
            break;
        }
    }
    kappa
}

/// The path at an angle.
struct Path {
    /// r − 1.
    excess: f64,
    /// dr/dθ.
    slope: f64,
    /// How far the exponent lies below that of the saddle point.
    fall: f64,
}

impl Path {
    fn at(theta: f64, a: f64, first: f64, second: f64) -> Self {
        let sine = theta.sin();
        let square = theta * theta;
        // θ / sin θ − 1 and its derivative, (sin θ − θ cos θ) / sin² θ; series where they cancel.
        let (growth, growth_slope) = if theta < 0.5 {
            let cubic = theta * square;
            let of_sine = cubic / 6.0
                * (1.0
                    - square / 20.0
                        * (1.0
                            - square / 42.0 * (1.0 - square / 72.0 * (1.0 - square / 110.0 * (1.0 - square / 156.0)))));
            let of_both = cubic / 3.0
                * (1.0
                    - square / 10.0
                        * (1.0
                            - square / 28.0 * (1.0 - square / 54.0 * (1.0 - square / 88.0 * (1.0 - square / 130.0)))));
            (of_sine / sine, of_both / (sine * sine))
        } else {
            (theta / sine - 1.0, (sine - theta * theta.cos()) / (sine * sine))
        };
        // n₁ r² − (a + a · growth) r − n₂ = 0, of which r = 1 is the root at θ = 0.
        let middle = a * (1.0 + growth);
        let root = middle.hypot(2.0 * first.sqrt() * second.sqrt());
        let linear = 2.0 * first - middle;
        let excess = if linear > 0.0 { 2.0 * a * growth / (linear + root) } else { 0.5 * (root - linear) / first };
        let radius = 1.0 + excess;
        let slope = a * growth_slope * radius / root;
        let half_sine = (0.5 * theta).sin();
        let fall = 2.0 * half_sine * half_sine * (first * radius + second / radius)
            - first * x_minus_log1p(excess)
            - second * x_minus_log1p(-excess / radius);
        Self { excess, slope, fall }
    }
}
