//! The first passage of a Wiener process at one of two boundaries, given that it leaves there.
//!
//! The boundaries are at a distance of 1, the one that is reached at the distance w from the start, ε = 1 − w, and the
//! drift is v, towards that boundary or away from it: the distribution is the same. Laplace's transform of the time is,
//! with s = ½ (θ² − v²),
//!
//! ```text
//! L(θ) = sinh(εθ) / sinh θ / N,    N = sinh(εv) / sinh v
//! ```
//!
//! Long times are the sum of its residues at θ = i k π,
//!
//! ```text
//! P(T > u) = 2 π / N Σ_k k sin(k π w) exp(−½ (v² + k² π²) u) / (v² + k² π²)
//! ```
//!
//! Short ones are the inversion along the straight line θ = c + iτ, on which exp(s u) is a Gaussian function of τ, by
//! the trapezoidal rule:
//!
//! ```text
//! P(T ≤ u) = 1 / (2πi) ∫ exp(s u) L 2θ / (θ² − v²) dθ,      c > v
//! P(T > u) = −1 / (2πi) ∫ exp(s u) L 2θ / (θ² − v²) dθ,     0 < c < v
//! P(T > u) = 1 / (2πi) ∫ exp(s u) (1 − L) 2θ / (θ² − v²) dθ,    0 < c
//! ```
//!
//! The first and the second at their saddle points have all digits of a small tail; the third, where neither tail is
//! small, those of a start next to the boundary.
//!
//! # Reference
//! Blurton, Kesselmeier and Gondan, "Fast and accurate calculations for cumulative first-passage time distributions in
//! Wiener diffusion models", Journal of Mathematical Psychology 56 (2012), for the series of long times; Trefethen and
//! Weideman, "The exponentially convergent trapezoidal rule", SIAM Review 56 (2014), for the inversion.

use std::f64::consts::PI;

use super::complex::Complex;
use super::tail::Tail;

/// From this time on residues are summed.
const SHORT: f64 = 0.4;
/// Residues, of which the next is below 1e-19 of the first from that time on.
const RESIDUES: i32 = 6;
/// Step of the trapezoidal rule in x, with τ in proportion to sinh x.
const STEP: f64 = 1.0 / 16.0;
/// Lines are so far from the poles on the imaginary axis, in units of 1 / √u.
const LEAST: f64 = 1.2;
/// The coefficients of x², x⁴, … of x coth x − 1: 2²ⁿ B₂ₙ / (2n)!.
const COTH_EXCESS: [f64; 9] = [
    1.0 / 3.0,
    -1.0 / 45.0,
    2.0 / 945.0,
    -1.0 / 4_725.0,
    2.0 / 93_555.0,
    -1_382.0 / 638_512_875.0,
    4.0 / 18_243_225.0,
    -3_617.0 / 162_820_783_125.0,
    87_734.0 / 38_979_295_480_125.0,
];

/// One tail, the density, and the derivatives of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstPassage {
    /// With the derivatives of its logarithm by the logit of w and by v.
    pub(crate) tail: Tail<2>,
    pub(crate) log_density: f64,
    /// The derivatives of the log density by the logit of w and by v.
    pub(crate) score: [f64; 2],
    /// The derivative of the log density by the time.
    pub(crate) slope: f64,
}

/// Sums relative to a common factor.
struct Sums {
    log_factor: f64,
    is_lower: bool,
    tail: f64,
    tail_by: [f64; 2],
    density: f64,
    density_by: [f64; 2],
    density_by_time: f64,
}

/// What depends on the start and the drift only.
struct Start {
    w: f64,
    epsilon: f64,
    v: f64,
    /// sinh(εv) / sinh(v) / exp(−wv).
    norm: f64,
    /// d ln N / dv.
    norm_by_drift: f64,
    /// εv coth(εv) − 1.
    excess: f64,
}

/// At a positive and finite time, for finite parameters.
pub(crate) fn first_passage(logit: f64, drift: f64, time: f64) -> FirstPassage {
    let (w, epsilon) = (logistic(logit), logistic(-logit));
    let v = drift.abs();
    let excess = coth_excess(epsilon * v);
    let start = Start { w, epsilon, v, norm: ratio(epsilon, v), norm_by_drift: norm_by_drift(w, epsilon, v), excess };
    let sums = if time >= SHORT { residues(&start, time) } else { inversion(&start, time) };
    let sign = if drift < 0.0 { -1.0 } else { 1.0 };
    let by = |by: [f64; 2], of: f64| [by[0] / of, sign * by[1] / of];
    FirstPassage {
        tail: Tail {
            is_lower: sums.is_lower,
            log: (sums.log_factor + sums.tail.ln()).min(0.0),
            by: by(sums.tail_by, sums.tail),
        },
        log_density: sums.log_factor + sums.density.ln(),
        score: by(sums.density_by, sums.density),
        slope: sums.density_by_time / sums.density,
    }
}

/// The time with this probability up to it, or beyond it: Newton's method in its logarithm, for the logarithm of the
/// smaller tail.
pub(crate) fn first_passage_quantile(logit: f64, drift: f64, probability: f64, lower: bool) -> f64 {
    let is_lower = (probability <= 0.5) == lower;
    let log_tail = if probability <= 0.5 { probability.ln() } else { (-probability).ln_1p() };
    let (mut low, mut high) = (-700.0, 700.0);
    // The time at which a process without boundaries has come so far.
    let mut t = (2.0 * logistic(logit).ln()).clamp(-600.0, 0.0);
    let mut last_step = f64::INFINITY;
    for _ in 0..200 {
        let x = t.exp();
        let at = first_passage(logit, drift, x);
        let own = at.tail.log_of(is_lower);
        let residual = own - log_tail;
        if (residual > 0.0) == is_lower {
            high = t;
        } else {
            low = t;
        }
        let slope = (at.log_density - own).exp() * x;
        let next = t + if is_lower { -residual } else { residual } / slope;
        // Steps that do not become smaller may alternate between two points.
        let is_newton = next > low && next < high && (next - t).abs() < 0.5 * last_step;
        let next = if is_newton { next } else { 0.5 * (low + high) };
        last_step = (next - t).abs();
        t = next;
        if last_step < 1e-15 * (1.0 + t.abs()) {
            break;
        }
    }
    t.exp()
}

fn logistic(x: f64) -> f64 {
    let small = (-x.abs()).exp();
    if x < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// (1 − e^(−2εx)) / (1 − e^(−2x)) of x ≥ 0, which is ε at 0.
fn ratio(epsilon: f64, x: f64) -> f64 {
    if x < 1e-200 { epsilon } else { (-2.0 * epsilon * x).exp_m1() / (-2.0 * x).exp_m1() }
}

/// ε coth εv − coth v, which vanishes with w and with v.
fn norm_by_drift(w: f64, epsilon: f64, v: f64) -> f64 {
    if v < 0.5 {
        let terms = COTH_EXCESS.iter().enumerate().rev().map(|(n, term)| {
            let log_power = 2.0 * (n + 1) as f64 * (-w).ln_1p();
            term * if w < 0.5 { log_power.exp_m1() } else { epsilon.powi(2 * (n as i32 + 1)) - 1.0 }
        });
        return terms.fold(0.0, |sum, term| sum * v * v + term) * v;
    }
    if w >= 0.5 {
        return (coth_excess(epsilon * v) - coth_excess(v)) / v;
    }
    let [of_start, of_rest, of_both] = [w, epsilon, 1.0].map(|length| (-2.0 * length * v).exp_m1());
    // coth a − coth b = sinh(b − a) / (sinh a sinh b)
    w * (2.0 + of_rest) / of_rest - 2.0 * (-2.0 * epsilon * v).exp() * of_start / (of_rest * of_both)
}

/// x coth x − 1 of x ≥ 0.
fn coth_excess(x: f64) -> f64 {
    Complex(x, 0.0).coth_excess().0
}

fn residues(start: &Start, time: f64) -> Sums {
    let &Start { w, epsilon, v, norm, norm_by_drift, excess } = start;
    // N without the factor exp(−wv).
    let log_factor = -0.5 * (v * v + PI * PI) * time + w * v - norm.ln();
    let mut sums = Sums {
        log_factor,
        is_lower: false,
        tail: 0.0,
        tail_by: [0.0; 2],
        density: 0.0,
        density_by: [0.0; 2],
        density_by_time: 0.0,
    };
    // The sines and cosines of the angle from the nearer boundary.
    let angle = PI * w.min(epsilon);
    for k in 1..=RESIDUES {
        let sign = if w > epsilon && k % 2 == 0 { -1.0 } else { 1.0 };
        let k = f64::from(k);
        let frequency = k * PI;
        let (sine, cosine) = (k * angle).sin_cos();
        let decay = frequency * (-0.5 * (k * k - 1.0) * PI * PI * time).exp() * sign;
        let rate = 0.5 * (v * v + frequency * frequency);
        // By w, of which the logarithm of 1 / N has the derivative (1 + excess) / ε.
        let turn = frequency * cosine * if w > epsilon { -1.0 } else { 1.0 };
        let of_start = decay * (turn * w * epsilon + sine * w * (1.0 + excess));
        let of_drift = -v * time - norm_by_drift;
        sums.density += decay * sine;
        sums.density_by[0] += of_start;
        sums.density_by[1] += decay * sine * of_drift;
        sums.density_by_time -= decay * sine * rate;
        sums.tail += decay * sine / rate;
        sums.tail_by[0] += of_start / rate;
        sums.tail_by[1] += decay * sine / rate * (of_drift - v / rate);
    }
    sums
}

fn inversion(start: &Start, time: f64) -> Sums {
    let &Start { w, epsilon, v, norm, norm_by_drift, excess } = start;
    let width = time.sqrt();
    let missing = w - time * v;
    // The distance of a saddle point from the pole at v.
    let distance = 0.5 * (missing.abs() + missing.hypot(2.0 * width)) / time;
    let is_lower = missing > 0.0 && w >= width;
    let is_far = missing <= 0.0 && v - distance >= LEAST / width;
    let is_complement = !is_lower && !is_far;
    // c − v, u c − w (u c for the complement), and the scale of τ.
    let (offset, twist) = if is_lower {
        (distance, distance.recip())
    } else if is_far {
        (-distance, -distance.recip())
    } else {
        (LEAST / width - v, LEAST * width)
    };
    let c = v + offset;
    let scale = if is_complement { c } else { (time + distance.powi(-2)).sqrt().recip().min(c) };
    let log_factor = offset * (0.5 * time * (offset + 2.0 * v) - if is_complement { 0.0 } else { w });
    let mut sums = Sums {
        log_factor,
        is_lower,
        tail: 0.0,
        tail_by: [0.0; 2],
        density: 0.0,
        density_by: [0.0; 2],
        density_by_time: 0.0,
    };
    // ½ of what the transform of the complement lacks at the pole.
    let lack = |x: Complex| {
        if x.1 == 0.0 && x.0 < 1e-200 {
            return Complex(w, 0.0);
        }
        let grown = x.scaled(2.0 * w).exp_m1().times(x.scaled(-2.0).exp());
        grown.over(x.scaled(-2.0).exp_m1().scaled(-1.0))
    };
    let lack_at_pole = lack(Complex(v, 0.0)).0;
    for index in 0..200 {
        let x = (f64::from(index) + 0.5) * STEP;
        let tau = scale * x.sinh();
        let theta = Complex(c, tau);
        let from_pole = Complex(offset, tau);
        let along = scale * x.cosh();
        let weight = Complex(0.0, tau * twist).exp().scaled((-0.5 * time * tau * tau).exp() * along);
        // L, without the factor that the weight has, and what stands in its place.
        let quotient = theta.scaled(-2.0 * epsilon).exp_m1().over(theta.scaled(-2.0).exp_m1()).scaled(norm.recip());
        let (transform, own) = if is_complement {
            let shift = from_pole.scaled(-w);
            let transform = shift.exp().times(quotient);
            let own = if w < 0.5 {
                let lacking = shift.exp().times(lack(theta)).plus(Complex(-lack_at_pole, 0.0));
                lacking.plus(shift.exp_m1().scaled(-1.0)).scaled((1.0 - lack_at_pole).recip())
            } else {
                Complex(1.0, 0.0).plus(transform.scaled(-1.0))
            };
            (transform, own)
        } else {
            (quotient, quotient)
        };
        // The derivatives of L by the logit of w and by v, in units of L.
        let of_start = theta.scaled(epsilon).coth_excess().plus(Complex(-excess, 0.0)).scaled(-w);
        let sign = if is_complement { -1.0 } else { 1.0 };
        let of_transform = weight.times(transform);
        let by_start = of_transform.times(of_start).scaled(sign);
        let by_norm = of_transform.scaled(-sign * norm_by_drift);
        let weighted = weight.times(own);
        let by_drift = by_norm.plus(weighted.scaled(-v * time));
        // s, and 1 / s ds/dθ.
        let s = from_pole.times(theta.plus(Complex(v, 0.0))).scaled(0.5);
        let of_tail = theta.over(s);
        let change = weighted.times(of_tail).0;
        sums.tail += change;
        sums.tail_by[0] += by_start.times(of_tail).0;
        sums.tail_by[1] += by_drift.plus(weighted.scaled(v).over(s)).times(of_tail).0;
        sums.density += weighted.times(theta).0;
        sums.density_by[0] += by_start.times(theta).0;
        sums.density_by[1] += by_drift.times(theta).0;
        sums.density_by_time += weighted.times(s).times(theta).0;
        if 0.5 * time * tau * tau > 50.0 {
            break;
        }
    }
    let step = STEP / PI;
    let of_tail = if is_far { -step } else { step };
    let of_density = if is_complement { -step } else { step };
    sums.tail *= of_tail;
    sums.tail_by = sums.tail_by.map(|by| of_tail * by);
    sums.density *= of_density;
    sums.density_by = sums.density_by.map(|by| of_density * by);
    sums.density_by_time *= of_density;
    sums
}

impl Complex {
    /// z coth z − 1.
    fn coth_excess(self) -> Self {
        if self.0.hypot(self.1) < 0.5 {
            let square = self.times(self);
            let sum =
                COTH_EXCESS.iter().rev().fold(Self(0.0, 0.0), |sum, term| sum.times(square).plus(Self(*term, 0.0)));
            return sum.times(square);
        }
        let power = self.scaled(-2.0).exp_m1();
        // coth z = −(2 + p) / p with p = e^(−2z) − 1.
        self.times(power.plus(Self(2.0, 0.0))).over(power).scaled(-1.0).plus(Self(-1.0, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits, drifts and times; ln F, ln(1 − F) and their derivatives by the logit and by the drift, by mpmath with 60
    /// digits and more: sums of images, and of residues from 0.2 on.
    #[rustfmt::skip]
    #[allow(clippy::excessive_precision, reason = "as mpmath writes them")]
    const POINTS: [([f64; 3], [f64; 6]); 10] = [
        ([-20.72326583594641, 0.0, 0.001], [-2.4231325538011507e-8, -17.535619609249938, -2.423132583159007e-8, 0.9999999999999997, 0.0, 0.0]),
        ([-3.8918202981106265, 2.0, 0.001], [-0.5995978044397575, -0.7963598047926567, -0.7279334378845522, 0.8862256595186608, 0.016871537159245636, -0.02054032466141141]),
        ([-0.8472978603872036, 30.0, 0.001], [-38.92698680482215, -1.2422941311888162e-17, -57.397964064199705, 7.130515389914187e-16, 0.2706379666409966, -3.362119576349847e-18]),
        ([2.9444389791664403, 0.3, 0.001], [-451.86887554986146, -5.699553109732274e-197, -44.22481856649576, 2.5206170218801654e-195, 0.09885576190500958, -5.6343366518065064e-198]),
        ([13.815509557963773, 6.0, 0.001], [-492.5816432669436, -1.1871632452738916e-214, -3.3298769248802985e-7, 3.953107496503542e-221, 0.8273575864363423, -9.822085173157423e-215]),
        ([-3.8918202981106265, 0.0, 0.01], [-0.15238963480413056, -1.9565420473586155, -0.16216550622478604, 0.9851263131267195, 0.0, 0.0]),
        ([-0.8472978603872036, 2.0, 0.01], [-5.287310079569794, -0.005068161913272846, -6.423123440616288, 0.03263606215139664, 0.22968807597896662, -0.0011670512628922836]),
        ([0.4054651081081644, 30.0, 0.01], [-6.2999162218747005, -0.001838146983169418, -7.7684297510453195, 0.014292647680140606, 0.3179340413924551, -0.000584946943561425]),
        ([13.815509557963773, 0.3, 0.01], [-47.21554507935388, -3.1228369687280324e-21, -3.2999678470425504e-9, 1.0305261588358329e-29, 0.09646338167259574, -3.012394144157041e-22]),
        ([-20.72326583594641, 6.0, 0.05], [-3.7239277170692315e-10, -21.711071980924583, -3.723927736382527e-10, 1.0000000050000737, 1.7957732124265665e-10, -0.4822255823766342]),
    ];

    #[test]
    fn both_tails_and_their_derivatives() {
        for ([logit, drift, time], wanted) in POINTS {
            let tail = first_passage(logit, drift, time).tail;
            let by = |parameter: usize| [true, false].map(|lower| tail.log_of_by(lower, parameter));
            let [by_logit, by_drift] = [by(0), by(1)];
            let got = [tail.log_of(true), tail.log_of(false), by_logit[0], by_logit[1], by_drift[0], by_drift[1]];
            for (which, (got, want)) in got.into_iter().zip(wanted).enumerate() {
                assert!(
                    (got - want).abs() <= 1e-12 * want.abs() + 1e-15,
                    "{which} at {logit}, {drift}, {time}: {got:e}, {want:e}"
                );
            }
        }
    }

    #[test]
    fn quantiles_are_inverses() {
        for (logit, drift) in [(0.3, 1.0), (-20.0, 0.0), (5.0, 30.0), (0.0, -2.0), (-3.0, 1e3)] {
            for probability in [1e-300, 1e-9, 0.2, 0.5, 0.999_999] {
                for lower in [true, false] {
                    let time = first_passage_quantile(logit, drift, probability, lower);
                    let got = first_passage(logit, drift, time).tail.log_of(lower).exp();
                    assert!(
                        (got / probability - 1.0).abs() < 1e-9,
                        "{logit}, {drift}, {probability}, {lower}: {got} at {time}"
                    );
                }
            }
        }
    }
}
