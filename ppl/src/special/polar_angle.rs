//! Angle from the pole of a sphere: how draws of it move with the concentration.

use super::bessel_ratio::bessel_ratio_complement;
use super::gauss_legendre::GAUSS_LEGENDRE;

/// Beyond this exponent the integrand changes no digit.
const LARGEST_EXPONENT: f64 = 40.0;

/// The derivative by the concentration of a draw of the angle from the mean direction of a von Mises–Fisher vector.
///
/// The angle has a density proportional to `exp(concentration · cos t) sin(t)^(dimension - 2)` on `[0, π]`, and its draws move by
///
/// ```text
/// dθ/dκ = ∫_θ^π (cos t − E cos T) p(t) dt / p(θ) = −∫₀^θ (cos t − E cos T) p(t) dt / p(θ)
/// ```
///
/// of which the integral over the side is taken where the density decreases.
pub(crate) fn polar_angle_by_concentration(angle: f64, concentration: f64, dimension: f64) -> f64 {
    if angle <= 0.0 || angle >= std::f64::consts::PI {
        return 0.0;
    }
    let complement = bessel_ratio_complement(0.5 * dimension - 1.0, concentration);
    let sine = angle.sin();
    let power = dimension - 2.0;
    // ln p(t) − ln p(θ), at t = θ + step.
    let exponent = |step: f64| {
        let by_cosine = -2.0 * concentration * (angle + 0.5 * step).sin() * (0.5 * step).sin();
        // 0 in the plane, also where the sine is 0.
        if power == 0.0 { by_cosine } else { by_cosine + power * ((angle + step).sin().max(0.0) / sine).ln() }
    };
    let is_beyond_mode = concentration * sine * sine >= power * angle.cos();
    let end = if is_beyond_mode { std::f64::consts::PI - angle } else { -angle };
    let end = reach(end, exponent);
    let integral: f64 = GAUSS_LEGENDRE
        .iter()
        .map(|&(node, weight)| {
            let step = node * end;
            let half_sine = (0.5 * (angle + step)).sin();
            weight * (complement - 2.0 * half_sine * half_sine) * exponent(step).exp()
        })
        .sum();
    // From the angle to an end that lies below it the integral is that of the other side, with its sign.
    integral * end
}

/// The step at which the exponent has fallen far enough, or the last one.
fn reach(end: f64, exponent: impl Fn(f64) -> f64) -> f64 {
    if exponent(end) >= -LARGEST_EXPONENT {
        return end;
    }
    // On a logarithmic scale: the density may be narrow.
    let (mut low, mut high) = (end * 1e-200, end);
    while (high / low) > 1.01 {
        let middle = low.signum() * (low.abs().sqrt() * high.abs().sqrt());
        if exponent(middle) < -LARGEST_EXPONENT { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::integral;
    use std::f64::consts::PI;

    #[test]
    fn on_the_sphere_in_closed_form() {
        // In dimension 3, 1 − F(θ) = (exp(κ c) − exp(−κ)) / (exp(κ) − exp(−κ)) with c = cos θ.
        for concentration in [0.3_f64, 2.0, 30.0] {
            let quantile = |k: f64, q: f64| (((q * (2.0 * k).exp_m1()).ln_1p() - k) / k).clamp(-1.0, 1.0).acos();
            for upper in [1e-6, 0.1, 0.5, 0.9, 0.999] {
                let h = 1e-4 * concentration;
                let at = |steps: f64| quantile(concentration + steps * h, upper);
                let want = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * h);
                let got = polar_angle_by_concentration(at(0.0), concentration, 3.0);
                assert!((got - want).abs() < 1e-7 * want.abs() + 1e-9, "{concentration} {upper}: {got}, {want}");
            }
        }
    }

    #[test]
    fn by_quadrature_in_any_dimension() {
        for (concentration, dimension) in
            [(0.0_f64, 2.0), (3.0, 2.0), (800.0, 2.0), (0.7, 5.0), (20.0, 5.0), (50.0, 60.0)]
        {
            for angle in [0.01_f64, 0.3, 1.2, 2.9] {
                let density = |t: f64| {
                    let log = concentration * (t.cos() - 1.0) + (dimension - 2.0) * t.sin().ln();
                    log.exp()
                };
                // Relative to the density at the angle, which must not underflow.
                if density(angle) < 1e-200 {
                    continue;
                }
                let mean = 1.0 - bessel_ratio_complement(0.5 * dimension - 1.0, concentration);
                // Over the side on which the density falls, where nothing cancels.
                let is_beyond_mode = concentration * angle.sin().powi(2) >= (dimension - 2.0) * angle.cos();
                let (side, sign) = if is_beyond_mode { ((angle, PI), 1.0) } else { ((0.0, angle), -1.0) };
                let width = 0.1_f64.min(1.0 / (1.0 + concentration * angle.sin()));
                let centre = angle + sign * width.min(0.5 * angle);
                let integrand = |t: f64| (t.cos() - mean) * density(t) / density(angle);
                let want = sign * integral(integrand, side, centre, width);
                let got = polar_angle_by_concentration(angle, concentration, dimension);
                let what = format!("κ = {concentration}, dimension {dimension}, angle {angle}");
                assert!((got - want).abs() < 1e-8 * want.abs() + 1e-12, "{what}: {got}, {want}");
            }
        }
    }
}
