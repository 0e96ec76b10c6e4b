//! Zolotarev's integral for stable distributions, as Nolan has it.
//!
//! With α the stability, β the skewness, t = tan(½ π α), ζ = −β t, d = x − ζ > 0 and θ₀ = atan(β t) / α,
//!
//! ```text
//! p(x) = α / (π |α − 1| d) ∫ e^(u − e^u) dφ,    u = α / (α − 1) ln d + ln V(φ),    0 < φ < Φ = ½ π + θ₀
//!
//! V = (cos α θ₀)^(1 / (α − 1)) (sin ψ / sin αφ)^(α / (α − 1)) cos((α − 1) φ + θ₀) / sin ψ,    ψ = Φ − φ
//! ```
//!
//! and P(X > x) = 1/π ∫ e^(−e^u) dφ for α > 1, 1/π ∫ (1 − e^(−e^u)) dφ for α < 1. The exponent u is monotone.
//!
//! The sines are those of the distance from the nearer end, with the angles at the ends, π − αΦ and ½ π − θ₀, computed
//! without cancellation: where the skewness is ±1 they may be 0. The variable of integration is the logarithm of φ / ψ,
//! and in it a hyperbolic sine about the largest value of the integrand: on both scales, that of the peak and that of
//! the ends, the trapezoidal rule converges geometrically.
//!
//! # Reference
//! Nolan (1997), theorem 1; Takahasi and Mori, "Double exponential formulas for numerical integration" (1974).

use std::f64::consts::{FRAC_PI_2, PI};

use super::Stable;

/// Step of the trapezoidal rule.
const STEP: f64 = 1.0 / 32.0;

/// Beyond this logarithm of φ / ψ the reciprocal of the distance from an end overflows, with nothing left to be gained.
const LARGEST: f64 = 690.0;

/// What depends on the parameters only, with derivatives by both.
pub(super) struct Shape {
    stability: f64,
    /// −ζ and its derivatives.
    shift: f64,
    shift_by: [f64; 2],
    /// Φ and its derivatives.
    width: f64,
    width_by: [f64; 2],
    /// ½ π − θ₀ = π − Φ.
    low_angle: f64,
    /// π − αΦ and its derivatives.
    high_angle: f64,
    high_angle_by: [f64; 2],
    /// ln cos(α θ₀) / (α − 1) and its derivatives.
    log_cosine: f64,
    log_cosine_by: [f64; 2],
}

impl Shape {
    pub(super) fn new(stability: f64, skew: f64) -> Self {
        let complement = 0.5 * PI * (2.0 - stability);
        let is_heavy = stability < 1.0;
        let tangent = if is_heavy { (0.5 * PI * stability).tan() } else { -complement.tan() };
        let product = skew * tangent;
        let square = product.mul_add(product, 1.0);
        let center = product.atan() / stability;
        // ½ π − θ₀ and π − αΦ as angles of a difference and of a sum.
        let low_angle = if is_heavy {
            (tangent * (1.0 - skew)).atan2(1.0 + product * tangent) / stability
        } else {
            FRAC_PI_2 - center
        };
        let width = if is_heavy && skew < 0.0 {
            // ½ π + θ₀ likewise.
            (tangent * (1.0 + skew)).atan2(1.0 - product * tangent) / stability
        } else {
            PI - low_angle
        };
        let high_angle =
            if is_heavy { PI - stability * width } else { (-tangent * (1.0 + skew)).atan2(1.0 - product * tangent) };
        let tangent_slope = FRAC_PI_2 * (1.0 + tangent * tangent);
        let width_by =
            [skew * tangent_slope / (stability * square) - center / stability, tangent / (stability * square)];
        let excess = stability - 1.0;
        let log_square = square.ln();
        Self {
            stability,
            shift: product,
            shift_by: [skew * tangent_slope, tangent],
            width,
            width_by,
            low_angle,
            high_angle,
            high_angle_by: [-width - stability * width_by[0], -stability * width_by[1]],
            log_cosine: -0.5 * log_square / excess,
            log_cosine_by: [
                0.5 * log_square / (excess * excess) - product * skew * tangent_slope / (square * excess),
                -product * tangent / (square * excess),
            ],
        }
    }

    /// d of a value.
    pub(super) fn distance(&self, x: f64) -> f64 {
        x + self.shift
    }

    /// ln V at a logarithm of φ / ψ, its derivative by that, and those by the parameters.
    fn log_v(&self, t: f64) -> (f64, f64, [f64; 2]) {
        let (alpha, excess) = (self.stability, self.stability - 1.0);
        let power = alpha / excess;
        let is_low = t < 0.0;
        // The part of the width that lies between the point and the nearer end.
        let part = (-t.abs()).exp() / (1.0 + (-t.abs()).exp());
        let near = self.width * part;
        let near_by = self.width_by.map(|by| by * part);
        // The angles of sin ψ, sin αφ and cos((α − 1) φ + θ₀), their derivatives by the distance from the end and by
        // the parameters.
        let angles = if is_low {
            let by = |parameter: usize| -self.width_by[parameter];
            [
                (self.low_angle + near, 1.0, [by(0) + near_by[0], by(1) + near_by[1]]),
                (alpha * near, alpha, [near + alpha * near_by[0], alpha * near_by[1]]),
                (
                    self.low_angle - excess * near,
                    -excess,
                    [by(0) - near - excess * near_by[0], by(1) - excess * near_by[1]],
                ),
            ]
        } else {
            let by = self.high_angle_by;
            [
                (near, 1.0, near_by),
                (
                    self.high_angle + alpha * near,
                    alpha,
                    [by[0] + near + alpha * near_by[0], by[1] + alpha * near_by[1]],
                ),
                (
                    self.high_angle + excess * near,
                    excess,
                    [by[0] + near + excess * near_by[0], by[1] + excess * near_by[1]],
                ),
            ]
        };
        let [first, second, third] = angles.map(|(angle, by_near, by)| {
            let (sine, cosine) = angle.sin_cos();
            let cotangent = cosine / sine;
            (sine.ln(), cotangent * by_near, by.map(|by| cotangent * by))
        });
        let combine = |first: f64, second: f64, third: f64| power * (first - second) + third - first;
        let log = self.log_cosine + combine(first.0, second.0, third.0);
        // d near / dt is the part of the width that is left, with its sign.
        let by_t = combine(first.1, second.1, third.1) * near * (1.0 - part) * if is_low { 1.0 } else { -1.0 };
        let mut by = [0, 1].map(|parameter: usize| {
            self.log_cosine_by[parameter] + combine(first.2[parameter], second.2[parameter], third.2[parameter])
        });
        by[0] -= (first.0 - second.0) / (excess * excess);
        (log, by_t, by)
    }
}

/// The sums of one side of the peak.
#[derive(Clone, Copy, Default)]
struct Sums {
    /// ∫ e^(u − e^u) dφ, and its derivatives by the parameters and by ln d.
    peak: f64,
    peak_by: [f64; 2],
    peak_by_log: f64,
    /// ∫ e^(−e^u) dφ.
    decay: f64,
    decay_by: [f64; 2],
    /// ∫ (1 − e^(−e^u)) dφ.
    growth: f64,
    growth_by: [f64; 2],
}

/// At a positive d.
pub(super) fn beyond(shape: &Shape, distance: f64) -> Stable {
    let alpha = shape.stability;
    let excess = alpha - 1.0;
    if shape.width <= 0.0 {
        // Beyond the end of the support.
        return Stable { log_tails: [0.0, f64::NEG_INFINITY], log_density: f64::NEG_INFINITY, ..Stable::default() };
    }
    let log_distance = distance.ln();
    let power = alpha / excess;
    let exponent = |t: f64| {
        let (log, by_t, by) = shape.log_v(t);
        let by_distance = [0, 1].map(|parameter: usize| power * shape.shift_by[parameter] / distance);
        let by = [by[0] + by_distance[0] - log_distance / (excess * excess), by[1] + by_distance[1]];
        (power * log_distance + log, by_t, by)
    };
    let (center, scale, offset) = peak(exponent);

    let relative_width_by = shape.width_by.map(|by| by / shape.width);
    let mut sums = Sums::default();
    let mut add = |w: f64| {
        let t = center + scale * w.sinh();
        let (u, _, by) = exponent(t);
        let part = (-t.abs()).exp() / (1.0 + (-t.abs()).exp());
        let weight = STEP * scale * w.cosh() * shape.width * part * (1.0 - part);
        let rate = u.exp();
        // Relative to the largest of the terms, which may underflow.
        let decay = weight * (offset - rate).exp();
        let growth = weight * -(-rate).exp_m1();
        let bump = weight * (u + offset - rate).exp();
        let slope = if bump == 0.0 { 0.0 } else { bump * (1.0 - rate) };
        sums.peak += bump;
        sums.peak_by_log += slope * power;
        sums.decay += decay;
        sums.growth += growth;
        let flow = if bump == 0.0 { 0.0 } else { weight * (u - rate).exp() };
        for parameter in 0..2 {
            let of_width = relative_width_by[parameter];
            let by = if bump == 0.0 { 0.0 } else { by[parameter] };
            sums.peak_by[parameter] += slope * by + bump * of_width;
            sums.decay_by[parameter] += decay * of_width - bump * by;
            sums.growth_by[parameter] += growth * of_width + flow * by;
        }
        bump <= 1e-19 * sums.peak && decay <= 1e-19 * sums.decay && growth <= 1e-19 * sums.growth
    };
    for direction in [1.0, -1.0] {
        let mut negligible = 0;
        for index in 0..1_000 {
            if index == 0 && direction < 0.0 {
                continue;
            }
            let w = direction * f64::from(index) * STEP;
            if (center + scale * w.sinh()).abs() > LARGEST {
                break;
            }
            negligible = if add(w) { negligible + 1 } else { 0 };
            if negligible > 4 {
                break;
            }
        }
    }
    result(shape, distance, &sums, offset)
}

/// What is made of the sums.
fn result(shape: &Shape, distance: f64, sums: &Sums, offset: f64) -> Stable {
    let alpha = shape.stability;
    let excess = alpha - 1.0;
    let log_pi = PI.ln();
    let log_density = (alpha / (PI * excess.abs() * distance)).ln() + sums.peak.ln() - offset;
    let mut score =
        [0, 1].map(|parameter: usize| sums.peak_by[parameter] / sums.peak - shape.shift_by[parameter] / distance);
    score[0] += alpha.recip() - excess.recip();
    let slope = (sums.peak_by_log / sums.peak - 1.0) / distance;
    // One tail is the integral that decays, and the other one is the rest of the half circle and the other integral.
    let small = (-offset).exp();
    let (decaying, growing) = if excess > 0.0 {
        let log = sums.decay.ln() - offset - log_pi;
        let by = sums.decay_by.map(|by| by / sums.decay);
        let rest = shape.low_angle + sums.growth;
        let rest_by = [0, 1].map(|parameter: usize| (sums.growth_by[parameter] - shape.width_by[parameter]) / rest);
        ((log, by), (rest.ln() - log_pi, rest_by))
    } else if shape.low_angle == 0.0 {
        let log = sums.decay.ln() - offset - log_pi;
        let by = [0, 1].map(|parameter: usize| {
            sums.decay_by[parameter] / sums.decay - shape.width_by[parameter] / (sums.decay * small)
        });
        // By a stability alone the end of the half circle does not move.
        let by = [sums.decay_by[0] / sums.decay, by[1]];
        ((log, by), (sums.growth.ln() - log_pi, sums.growth_by.map(|by| by / sums.growth)))
    } else {
        let rest = shape.low_angle + sums.decay * small;
        let by = [0, 1].map(|parameter: usize| (sums.decay_by[parameter] * small - shape.width_by[parameter]) / rest);
        ((rest.ln() - log_pi, by), (sums.growth.ln() - log_pi, sums.growth_by.map(|by| by / sums.growth)))
    };
    let (lower, upper) = if excess > 0.0 { (growing, decaying) } else { (decaying, growing) };
    Stable {
        log_tails: [lower.0.min(0.0), upper.0.min(0.0)],
        log_tails_by: [lower.1, upper.1],
        log_density,
        score,
        slope,
    }
}

/// Where φ ψ e^(u − e^u) is largest, by bisection of the sign of its logarithmic derivative, the scale on which it
/// changes, and e^u there.
fn peak(exponent: impl Fn(f64) -> (f64, f64, [f64; 2])) -> (f64, f64, f64) {
    let (mut low, mut high) = (-LARGEST, LARGEST);
    while high - low > 1e-3 {
        let t: f64 = 0.5 * (low + high);
        let (u, by_t, _) = exponent(t);
        let of_ends = -(0.5 * t).tanh();
        if of_ends + (1.0 - u.exp()) * by_t > 0.0 {
            low = t;
        } else {
            high = t;
        }
    }
    let center = 0.5 * (low + high);
    let (u, by_t, _) = exponent(center);
    (center, 4.0 / by_t.abs().max(1.0), u.exp())
}
