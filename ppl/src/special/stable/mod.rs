//! Stable distributions of location 0 and scale 1, in Nolan's parameterisation S0, which is continuous in all parameters.
//!
//! Where the integral of `integral.rs` is ill-conditioned, at a stability of nearly 1 and next to the point where the
//! integral is 0 over 0, its results at some points nearby are interpolated: all of them are smooth there.

mod integral;

use std::f64::consts::{FRAC_PI_2, PI};

use super::gamma::{digamma, lgamma};
use super::tail::Tail;
use integral::Shape;

/// Both tails, the density, and the derivatives of their logarithms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stable {
    /// The logarithms of the lower and the upper tail. Far out the integral of the larger one is lost: see [`tail`](Self::tail).
    log_tails: [f64; 2],
    /// Their derivatives by the stability and by the skewness.
    log_tails_by: [[f64; 2]; 2],
    pub(crate) log_density: f64,
    /// The derivatives of the log density by the stability and by the skewness.
    pub(crate) score: [f64; 2],
    /// The derivative of the log density by the value.
    pub(crate) slope: f64,
}

impl Stable {
    /// The distribution of −X.
    fn mirrored(self) -> Self {
        let negative = |[by_stability, by_skew]: [f64; 2]| [by_stability, -by_skew];
        let [lower, upper] = self.log_tails;
        let [by_lower, by_upper] = self.log_tails_by.map(negative);
        Self {
            log_tails: [upper, lower],
            log_tails_by: [by_upper, by_lower],
            log_density: self.log_density,
            score: negative(self.score),
            slope: -self.slope,
        }
    }

    fn plus(self, weight: f64, other: Self) -> Self {
        let pair = |one: [f64; 2], other: [f64; 2]| [one[0] + weight * other[0], one[1] + weight * other[1]];
        Self {
            log_tails: pair(self.log_tails, other.log_tails),
            log_tails_by: [0, 1].map(|side: usize| pair(self.log_tails_by[side], other.log_tails_by[side])),
            log_density: self.log_density + weight * other.log_density,
            score: pair(self.score, other.score),
            slope: self.slope + weight * other.slope,
        }
    }

    /// The smaller tail.
    pub(crate) fn tail(&self) -> Tail<2> {
        let is_lower = self.log_tails[0] <= self.log_tails[1];
        let side = usize::from(!is_lower);
        Tail { is_lower, log: self.log_tails[side], by: self.log_tails_by[side] }
    }
}

/// The polynomial through the results at these points.
fn interpolated<const N: usize>(points: [f64; N], at: f64, result: impl Fn(f64) -> Stable) -> Stable {
    let mut sum = Stable::default();
    for (index, point) in points.iter().enumerate() {
        let others = points.iter().enumerate().filter(|(other, _)| *other != index);
        let weight = others.map(|(_, other)| (at - other) / (point - other)).product();
        sum = sum.plus(weight, result(*point));
    }
    sum
}

/// Between stabilities of this distance from 1 the results are interpolated.
const NEAR_ONE: f64 = 0.01;

/// Below this stability the distribution is its limit, that of a power of an exponential variable.
pub(crate) const LEAST_STABILITY: f64 = 1e-10;

/// Beyond, the tails are those of a Pareto distribution where e to minus this exponent is nothing beside 1.
const PARETO_FROM: f64 = 1e200;
const LARGEST_EXPONENT: f64 = 50.0;

/// Both sides of the limit at a small stability α: P(|X − ζ| > d) = 1 − exp(−d^(−α)), of which each side has the share
/// ½ (1 ± skew).
fn of_least_stability(stability: f64, skew: f64, x: f64) -> Stable {
    let distance = x + skew * FRAC_PI_2 * stability;
    let sign = if distance < 0.0 { -1.0 } else { 1.0 };
    let (share, other) = (0.5 * (1.0 + sign * skew), 0.5 * (1.0 - sign * skew));
    let d = distance.abs().max(f64::MIN_POSITIVE);
    let log_d = d.ln();
    let hazard = (-stability * log_d).exp();
    let beyond = -(-hazard).exp_m1();
    let within = (-hazard).exp();
    // By ln d and by the stability: the hazard h = d^(−α).
    let by_stability = -log_d * hazard;
    let upper = share * beyond;
    let lower = other + share * within;
    let log_density = (stability * share).ln() - (stability + 1.0) * log_d - hazard;
    let beyond_side = Stable {
        log_tails: [lower.ln().min(0.0), upper.ln()],
        log_tails_by: [
            [-share * within * by_stability / lower, -0.5 * beyond / lower],
            [within * by_stability / beyond, 0.5 / share],
        ],
        log_density,
        score: [stability.recip() - log_d - by_stability, 0.5 / share],
        slope: (stability * hazard - stability - 1.0) / d,
    };
    if sign > 0.0 { beyond_side } else { beyond_side.mirrored() }
}

/// The first term of the series of the upper tail, with `share` = 1 + skew > 0.
fn pareto_tail(stability: f64, share: f64, x: f64) -> Stable {
    let angle = FRAC_PI_2 * stability;
    let log_x = x.ln();
    // sin of an angle that is nearly π.
    let sine = if stability > 1.0 { (FRAC_PI_2 * (2.0 - stability)).sin() } else { angle.sin() };
    let log = lgamma(stability) + (share * sine / PI).ln() - stability * log_x;
    let by_stability = digamma(stability) + FRAC_PI_2 * angle.cos() / sine - log_x;
    let tail = log.exp();
    Stable {
        log_tails: [(-tail).ln_1p(), log],
        log_tails_by: [[-tail * by_stability, -tail / share], [by_stability, share.recip()]],
        log_density: log + stability.ln() - log_x,
        score: [by_stability + stability.recip(), share.recip()],
        slope: -(stability + 1.0) / x,
    }
}

/// At a finite `x`, for a stability in (0, 2] and a skewness in [−1, 1].
///
/// # Reference
/// Nolan, "Numerical calculation of stable densities and distribution functions", Communications in Statistics: Stochastic Models
/// 13 (1997).
pub(crate) fn stable(stability: f64, skew: f64, x: f64) -> Stable {
    if stability < LEAST_STABILITY {
        return of_least_stability(stability, skew, x);
    }
    let share = if x > 0.0 { 1.0 + skew } else { 1.0 - skew };
    if x.abs() > PARETO_FROM && stability * x.abs().ln() > LARGEST_EXPONENT && stability < 2.0 && share > 0.0 {
        let tail = pareto_tail(stability, share, x.abs());
        return if x > 0.0 { tail } else { tail.mirrored() };
    }
    if x.abs() > PARETO_FROM && (stability == 2.0 || stability > 1.0 && share == 0.0) {
        // A tail that falls at least as fast as the normal one.
        let tail = Stable { log_tails: [0.0, f64::NEG_INFINITY], log_density: f64::NEG_INFINITY, ..Stable::default() };
        return if x > 0.0 { tail } else { tail.mirrored() };
    }
    if (stability - 1.0).abs() >= NEAR_ONE {
        return away_from_one(stability, skew, x);
    }
    // Ten points, all at least that far from 1.
    let points = [-1.8, -1.6, -1.4, -1.2, -1.0, 1.0, 1.2, 1.4, 1.6, 1.8].map(|offset| 1.0 + NEAR_ONE * offset);
    interpolated(points, stability, |stability| away_from_one(stability, skew, x))
}

/// The same at a stability that is not nearly 1.
fn away_from_one(stability: f64, skew: f64, x: f64) -> Stable {
    let at = |distance: f64| {
        if distance > 0.0 {
            integral::beyond(&Shape::new(stability, skew), distance)
        } else {
            integral::beyond(&Shape::new(stability, -skew), -distance).mirrored()
        }
    };
    // Over which length the density of the symmetric distribution changes at its mode.
    let length = (0.5 * (lgamma(stability.recip()) - lgamma(3.0 / stability))).exp();
    let near = 2e-3 * length;
    let distance = Shape::new(stability, skew).distance(x);
    if distance.abs() >= near {
        return at(distance);
    }
    // The derivatives are those at a fixed x, from which the distance moves with the parameters.
    interpolated([-5.0, -3.0, -1.0, 1.0, 3.0, 5.0].map(|offset| offset * near), distance, at)
}

/// `x` with this probability up to it, or beyond it: by the logarithm of the smaller tail, in `asinh x`, by Newton's
/// method with a bracket.
pub(crate) fn stable_quantile(stability: f64, skew: f64, probability: f64, lower: bool) -> f64 {
    let is_lower = (probability <= 0.5) == lower;
    let log_tail = if probability <= 0.5 { probability.ln() } else { (-probability).ln_1p() };
    let (mut low, mut high) = (-710.0, 710.0);
    // A quantile of the Pareto tail, or near the middle.
    let far = if probability.min(1.0 - probability) < 0.05 { -log_tail / stability } else { 0.0 };
    let mut t: f64 = if is_lower { -far } else { far }.clamp(low, high);
    let mut last_step = f64::INFINITY;
    for _ in 0..200 {
        let x = t.sinh();
        let at = stable(stability, skew, x);
        let own = at.tail().log_of(is_lower);
        let residual = own - log_tail;
        if (residual > 0.0) == is_lower {
            high = t;
        } else {
            low = t;
        }
        let slope = (at.log_density - own).exp() * t.cosh();
        let step = if is_lower { -residual } else { residual } / slope;
        let next = t + step;
        // Steps that do not become smaller may alternate between two points.
        let is_newton = next > low && next < high && step.abs() < 0.5 * last_step;
        let next = if is_newton { next } else { 0.5 * (low + high) };
        last_step = (next - t).abs();
        if (next - t).abs() < 1e-15 * (1.0 + t.abs()) {
            return next.sinh();
        }
        t = next;
    }
    t.sinh()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_inverses_wherever_the_search_comes_by() {
        // Equidistributed points of a cube (Roberts' sequence), and of their tails.
        let fraction = |index: u32, root: f64| (f64::from(index) * root).fract();
        for index in 1..400 {
            let [a, b, c] = [0.819_172_513_396_164_4, 0.671_043_606_703_789_3, 0.549_700_477_901_970_3]
                .map(|root: f64| fraction(index, root));
            let stability = if index % 2 == 0 { 0.25 + 0.74 * a } else { 1.01 + 0.99 * a };
            let (skew, lower) = (2.0 * b - 1.0, index % 3 == 0);
            let probability = if index % 5 == 0 { 10_f64.powf(-20.0 * c) } else { c };
            let quantile = stable_quantile(stability, skew, probability, lower);
            let got = stable(stability, skew, quantile).tail().log_of(lower).exp();
            let what = format!("stability {stability}, skew {skew}, {probability} (lower: {lower}), at {quantile}");
            // Where the density has a pole or the support an end, neighbours among the numbers are further apart.
            assert!((got - probability).abs() < 1e-9 * probability.min(1.0 - probability) + 1e-13, "{got}: {what}");
        }
    }

    #[test]
    fn the_first_term_of_the_series_meets_the_integral() {
        for (stability, skew) in [(0.6, 0.4), (1.3, -0.7), (1.9, 0.2), (1.5, 0.0)] {
            let x = 1e150;
            let (want, got) = (away_from_one(stability, skew, x), pareto_tail(stability, 1.0 + skew, x));
            let pairs = [
                (got.log_tails[1], want.log_tails[1]),
                (got.log_density, want.log_density),
                (got.log_tails_by[1][0], want.log_tails_by[1][0]),
                (got.log_tails_by[1][1], want.log_tails_by[1][1]),
                (got.score[0], want.score[0]),
                (got.slope, want.slope),
            ];
            for (index, (got, want)) in pairs.into_iter().enumerate() {
                assert!((got / want - 1.0).abs() < 1e-8, "{index} at {stability}, {skew}: {got}, {want}");
            }
        }
    }

    /// The limit is that of the integral up to terms of the size of the stability.
    #[test]
    fn the_integral_goes_to_the_limit_of_a_small_stability() {
        for x in [-3.0, 0.2, 7.0] {
            let (want, got) = (away_from_one(0.01, 0.4, x), of_least_stability(0.01, 0.4, x));
            for (got, want) in got.log_tails.into_iter().zip(want.log_tails) {
                assert!((got - want).abs() < 0.05, "tail at {x}: {got}, {want}");
            }
            assert!((got.log_density - want.log_density).abs() < 0.05, "density at {x}: {got:?}, {want:?}");
        }
    }

    #[test]
    fn the_larger_tail_is_1_far_out() {
        for x in [1e20, 1e100, 1e300] {
            for skew in [-0.6, 0.0, 0.9] {
                assert_eq!(stable(0.92, skew, x).tail().log_of(true).exp(), 1.0, "{x}");
                assert_eq!(stable(0.92, skew, -x).tail().log_of(false).exp(), 1.0, "{x}");
            }
        }
    }
}
