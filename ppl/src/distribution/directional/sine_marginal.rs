//! Marginal density of the first angle of the sine model: its integral, and draws.
//!
//! In units of exp(κ₁ + κ₂) it is exp(−2 κ₁ sin²(φ/2) + R − κ₂ + ln(exp(−R) I₀(R))), with R² = κ₂² + ρ² sin² φ. It is
//! even, and has one peak between 0 and π.

use std::f64::consts::{FRAC_PI_2, LN_2, PI};

use rand::RngExt;

use crate::random::Rng;
use crate::special::{GAUSS_LEGENDRE, HALF_LN_2PI, bessel_ratio_complement, log_bessel_ie};
use crate::{Result, Tensor};

/// By how much the logarithm of the density has fallen where the integration ends.
const FALL: f64 = 38.0;

/// Bisections, of which each adds a digit of the angle in base 2.
const BISECTIONS: usize = 64;

/// √(a² + b²), a > 0.
pub(super) fn hypotenuse(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let larger = a.detach().try_maximum(b.detach().abs())?;
    let sum = a.try_div(&larger)?.square().try_add(b.try_div(&larger)?.square())?;
    sum.sqrt().try_mul(larger)
}

/// The logarithm of the density at an angle.
fn log_density(angle: &Tensor, first: &Tensor, second: &Tensor, correlation: &Tensor) -> Result<Tensor> {
    let slope = correlation.try_mul(angle.sin())?;
    let radius = hypotenuse(second, &slope)?;
    let excess = slope.try_div(radius.try_add(second)?)?.try_mul(&slope)?;
    let below = (angle * 0.5).sin().square().try_mul(first)? * -2.0;
    below.try_add(excess)?.try_add(radius.log_bessel_ie(0.0))
}

/// ln ∫∫ exp(κ₁ (cos φ − 1) + κ₂ (cos ψ − 1) + ρ sin φ sin ψ) dφ dψ.
pub(super) fn log_integral(first: &Tensor, second: &Tensor, correlation: &Tensor) -> Result<Tensor> {
    let shape = first.try_add(second)?.try_add(correlation)?.shape();
    // As vectors, because a tensor of six axes has no room for another.
    let flat = |each: &Tensor| each.try_broadcast_to(shape)?.try_reshape(shape.size());
    let (first, second, correlation) = (&flat(first)?, &flat(second)?, &flat(correlation)?);
    let known = [first, second, correlation].map(Tensor::detach);
    let at = |angle: &Tensor| log_density(angle, &known[0], &known[1], &known[2]);
    let peak = peak(&known)?;
    let height = at(&peak)?;
    let mut sum = Tensor::scalar(0.0);
    for (end, sign) in [(0.0, -1.0), (PI, 1.0)] {
        // Where the density has fallen, or the end. A distance has digits near the peak that an angle has not.
        let all = (&peak - end).abs();
        let has_fallen =
            |distance: &Tensor| Ok::<_, crate::Error>(at(&(&peak + distance * sign))?.less(&height - FALL));
        let ends_before = has_fallen(&all)?;
        let (mut low, mut high) = (&all * 0.0, all.clone());
        for _ in 0..BISECTIONS {
            let middle = (&low + &high) * 0.5;
            let is_beyond = has_fallen(&middle)?;
            high = Tensor::select(&is_beyond, &middle, high);
            low = Tensor::select(is_beyond, low, middle);
        }
        let distance = Tensor::select(ends_before, high, all);
        let nodes: Vec<f64> = GAUSS_LEGENDRE.iter().map(|&(node, _)| node * sign).collect();
        let weights: Vec<f64> = GAUSS_LEGENDRE.iter().map(|&(_, weight)| weight).collect();
        let angles = peak.unsqueeze(-1) + distance.unsqueeze(-1) * Tensor::from(nodes);
        let log = log_density(&angles, &first.unsqueeze(-1), &second.unsqueeze(-1), &correlation.unsqueeze(-1))?;
        let relative = (log - height.unsqueeze(-1)).exp();
        sum += distance * (relative * Tensor::from(weights)).sum_axis(-1);
    }
    let log = sum.ln() + height;
    let (sharp, is_sharp) = about_a_sharp_peak(&peak, [first, second, correlation])?;
    let log = if is_sharp.is_known_to_be_all(0.0) { log } else { Tensor::select(is_sharp, sharp, log) };
    // Both halves of the circle, and the 2π of the second angle.
    (log + (2.0 * HALF_LN_2PI + LN_2)).try_reshape(shape)
}

/// From this curvature of its logarithm on, the density is a normal one about a peak that is not 0, up to its reciprocal. The
/// logarithms there are so large that their differences have fewer digits.
const SHARP: f64 = 1e10;

/// ln ∫ of the density from 0 to π by Laplace's method, and where it is used.
fn about_a_sharp_peak(peak: &Tensor, [first, second, correlation]: [&Tensor; 3]) -> Result<(Tensor, Tensor)> {
    let square = peak.sin().square();
    let radius = hypotenuse(second, &correlation.try_mul(peak.sin())?)?;
    // With I₁ / I₀ = 1, (ρ² + κ₁²) sin² φ / R: the peak is where ρ² cos φ / R = κ₁.
    let sum = correlation.try_div(&radius)?.try_mul(correlation)?.try_add(first.try_div(&radius)?.try_mul(first)?)?;
    let curvature = sum.try_mul(&square)?;
    let is_sharp = curvature.detach().try_mul(square)?.greater(SHARP);
    let curvature = Tensor::select(&is_sharp, curvature, 1.0);
    let log = log_density(peak, first, second, correlation)?.try_sub(curvature.ln() * 0.5)? + HALF_LN_2PI;
    Ok((log, is_sharp))
}

/// The angle of the peak, where A(R) / R · ρ² cos φ = κ₁, or 0.
fn peak([first, second, correlation]: &[Tensor; 3]) -> Result<Tensor> {
    let is_rising = |angle: &Tensor| -> Result<Tensor> {
        let slope = correlation.try_mul(angle.sin())?;
        let radius = hypotenuse(second, &slope)?;
        let ratio = (1.0 - radius.bessel_ratio_complement(0.0)).try_mul(correlation)?.try_div(&radius)?;
        ratio.try_mul(correlation)?.try_mul(angle.cos())?.try_greater(first)
    };
    let (mut low, mut high) = (first * 0.0, first * 0.0 + FRAC_PI_2);
    let has_two = is_rising(&low)?;
    for _ in 0..BISECTIONS {
        let middle = (&low + &high) * 0.5;
        let is_below = is_rising(&middle)?;
        low = Tensor::select(&is_below, &middle, low);
        high = Tensor::select(is_below, high, middle);
    }
    Ok(Tensor::select(has_two, low, 0.0))
}

/// Steps of the envelope on each side of its peak.
const STEPS: usize = 8;

/// By how much the bound has fallen where the steps end, unless the peak is narrow.
const LAST_STEP: f64 = 25.0;

/// Below this distance of the ends, the steps lead farther.
const NARROW: f64 = 1e-9;

/// Ends that are nearer to each other, in units of the peak, have no angles between them.
const NARROWEST: f64 = 1e-14;

/// The bound of the density: ln I₀(√s) is concave in s, and lies below its tangent at s₀ = R₀². Up to a constant the bound is
/// exp(κ₁ cos φ + b sin² φ), b = ½ ρ² I₁(R₀) / (R₀ I₀(R₀)), which has its peak in closed form.
struct Bound {
    first: f64,
    second: f64,
    correlation: f64,
    radius: f64,
    /// I₁(R₀) / (2 R₀ I₀(R₀)).
    tangent: f64,
    b: f64,
    peak: f64,
}

impl Bound {
    fn new(first: f64, second: f64, correlation: f64) -> Self {
        // About the radius at the peak of the density: there I₁ / I₀ is taken for 1.
        let ratio = correlation.abs().hypot(second) / correlation.abs().hypot(first);
        let radius = second.max(correlation.abs() * ratio);
        let tangent = 0.5 * (1.0 - bessel_ratio_complement(0.0, radius)) / radius;
        let b = correlation * tangent * correlation;
        let peak = if 2.0 * b > first { (0.5 * first / b).acos() } else { 0.0 };
        Self { first, second, correlation, radius, tangent, b, peak }
    }

    /// The logarithm of the bound, relative to its peak.
    fn log(&self, angle: f64) -> f64 {
        let half_sine = (0.5 * angle).sin();
        if self.peak == 0.0 {
            return -2.0 * half_sine * half_sine * (self.first - self.b * (1.0 + angle.cos()));
        }
        let difference = -2.0 * (0.5 * (angle + self.peak)).sin() * (0.5 * (angle - self.peak)).sin();
        -self.b * difference * difference
    }

    /// The logarithm of the density over the bound.
    fn log_ratio(&self, angle: f64) -> f64 {
        let slope = self.correlation * angle.sin();
        let radius = self.second.hypot(slope);
        let sum = radius + self.radius;
        // R² − R₀², in factors that do not overflow.
        let difference = radius - self.radius;
        let log_ratio = log_bessel_ie(0.0, radius) - log_bessel_ie(0.0, self.radius);
        difference * (1.0 - self.tangent * sum) + log_ratio
    }

    /// The angles at which the bound has fallen so far, or 0 and π.
    fn ends(&self, fall: f64) -> (f64, f64) {
        if self.peak == 0.0 {
            // v (κ₁ − 2b) + b v² = fall, of v = 1 − cos φ.
            let excess = (self.first - 2.0 * self.b).max(0.0);
            let versine = 2.0 * fall / (excess + excess.hypot((4.0 * self.b * fall).sqrt()));
            return (0.0, 2.0 * (0.5 * versine).min(1.0).sqrt().asin());
        }
        let (cosine, width) = (self.peak.cos(), (fall / self.b).sqrt());
        ((cosine + width).min(1.0).acos(), (cosine - width).max(-1.0).acos())
    }
}

/// Draws the size of the first angle, by both concentrations and the correlation.
pub(super) fn draw(rng: &mut Rng, parameters: &[f64]) -> f64 {
    let [first, second, correlation] = [parameters[0], parameters[1], parameters[2]];
    if !(first > 0.0 && second > 0.0 && (first + second + correlation.abs()).is_finite()) {
        return f64::NAN;
    }
    let bound = Bound::new(first, second, correlation);
    let (mut low, mut high) = bound.ends(LAST_STEP);
    if high - low < NARROWEST * bound.peak {
        return bound.peak;
    }
    // Of a narrow peak the rest of the circle would have most of the envelope.
    if high - low < NARROW {
        (low, high) = bound.ends(LAST_STEP - (high - low).ln());
    }
    // The edges of the steps, from 0 to π; a step is as high as the bound at its edge that is nearer to the peak.
    let edges: [f64; 2 * STEPS + 3] = std::array::from_fn(|edge| match edge {
        0 => 0.0,
        _ if edge <= STEPS + 1 => low + (bound.peak - low) * (edge - 1) as f64 / STEPS as f64,
        _ if edge <= 2 * STEPS + 1 => bound.peak + (high - bound.peak) * (edge - STEPS - 1) as f64 / STEPS as f64,
        _ => PI,
    });
    let heights: [f64; 2 * STEPS + 2] =
        std::array::from_fn(|step| bound.log(if step <= STEPS { edges[step + 1] } else { edges[step] }));
    let masses: [f64; 2 * STEPS + 2] =
        std::array::from_fn(|step| (edges[step + 1] - edges[step]).max(0.0) * heights[step].exp());
    let total: f64 = masses.iter().sum();
    loop {
        let mut rest = rng.random::<f64>() * total;
        let step = masses.iter().position(|mass| {
            rest -= mass;
            rest < 0.0
        });
        let Some(step) = step else { continue };
        let angle = edges[step] + (edges[step + 1] - edges[step]) * rng.random::<f64>();
        let log_acceptance = bound.log(angle) - heights[step] + bound.log_ratio(angle);
        if (1.0 - rng.random::<f64>()).ln() <= log_acceptance {
            return angle;
        }
    }
}
