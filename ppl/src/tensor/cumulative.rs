//! Distribution functions of standard distributions: elementwise primitives of the parameters and the value.
//!
//! Each is a function of two or three numbers, the last of which is the value or the probability. Its derivatives are
//! functions of the same numbers, of first and second order.

use std::fmt;

use super::Tensor;
use super::apply::apply;
use super::primitive::Primitive;
use crate::Result;
use crate::special::{self, Tail};

/// The standard distribution whose function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// Gamma(a, 1), of (a, x).
    Gamma,
    /// The standard t distribution, of (ν, t).
    StudentT,
    /// Beta(a, b), of (a, b, x).
    Beta,
    /// The standard normal cut to an interval, of (low, high, z).
    TruncatedNormal,
    /// Gamma(a + N, 1) with N ~ Poisson(m), of (a, m, x).
    NoncentralGamma,
    /// The standard stable distribution in the parameterisation S0, of (stability, skew, x).
    Stable,
    /// The first passage of a Wiener process given the boundary that is reached, of (logit of its relative distance,
    /// drift, time).
    FirstPassage,
}

/// Which function of the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    /// F, the probability up to x.
    Lower,
    /// 1 − F, the probability beyond x.
    Upper,
    LogLower,
    LogUpper,
    /// x where the probability up to it is p.
    LowerQuantile,
    /// x where the probability beyond it is p.
    UpperQuantile,
    /// How far the quantile lies above the lower end of the support, which is the first parameter.
    Excess,
    /// The logarithm of the density at x.
    LogDensity,
}

impl Function {
    /// The same of the other tail.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Lower => Self::Upper,
            Self::Upper => Self::Lower,
            Self::LogLower => Self::LogUpper,
            Self::LogUpper => Self::LogLower,
            Self::LowerQuantile => Self::UpperQuantile,
            Self::UpperQuantile => Self::LowerQuantile,
            Self::Excess => unreachable!("an excess is measured from the lower end"),
            Self::LogDensity => unreachable!("a density is no tail"),
        }
    }

    /// The values of a tail below the support and beyond it.
    pub(crate) fn beyond(self) -> (f64, f64) {
        match self {
            Self::Lower => (0.0, 1.0),
            Self::Upper => (1.0, 0.0),
            Self::LogLower => (f64::NEG_INFINITY, 0.0),
            Self::LogUpper => (0.0, f64::NEG_INFINITY),
            Self::LowerQuantile | Self::UpperQuantile | Self::Excess => unreachable!("a quantile is no tail"),
            Self::LogDensity => (f64::NEG_INFINITY, f64::NEG_INFINITY),
        }
    }
}

/// Positions of the operands that it is differentiated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By {
    Nothing,
    One(u8),
    Two(u8, u8),
}

/// A function of a standard distribution, or a derivative of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cumulative {
    family: Family,
    function: Function,
    by: By,
}

/// A distribution evaluated at a point inside its support.
struct Local {
    tail: Tail<2>,
    log_density: f64,
    /// The derivatives of the log density by the parameters, and by the value.
    score: [f64; 2],
    slope: f64,
}

/// The first parameter of two.
fn alone(tail: Tail<1>) -> Tail<2> {
    Tail { is_lower: tail.is_lower, log: tail.log, by: [tail.by[0], 0.0] }
}

impl Family {
    /// Number of operands.
    fn arity(self) -> usize {
        match self {
            Self::Gamma | Self::StudentT => 2,
            Self::Beta | Self::TruncatedNormal | Self::NoncentralGamma | Self::Stable | Self::FirstPassage => 3,
        }
    }

    /// The ends of the support, and whether the parameters are in their domain.
    fn support(self, [a, b]: [f64; 2]) -> ((f64, f64), bool) {
        let is_positive = |x: f64| x > 0.0 && x.is_finite();
        match self {
            Self::Gamma => ((0.0, f64::INFINITY), is_positive(a)),
            Self::StudentT => ((f64::NEG_INFINITY, f64::INFINITY), is_positive(a)),
            Self::Beta => ((0.0, 1.0), is_positive(a) && is_positive(b)),
            Self::TruncatedNormal => ((a, b), a < b),
            Self::NoncentralGamma => ((0.0, f64::INFINITY), is_positive(a) && b >= 0.0 && b.is_finite()),
            Self::Stable => ((f64::NEG_INFINITY, f64::INFINITY), is_positive(a) && a <= 2.0 && b.abs() <= 1.0),
            Self::FirstPassage => ((0.0, f64::INFINITY), a.is_finite() && b.is_finite()),
        }
    }

    /// The distribution function and its complement, inside the support.
    fn probabilities(self, [a, b]: [f64; 2], x: f64) -> (f64, f64) {
        match self {
            Self::Gamma => (special::gamma_p(a, x), special::gamma_q(a, x)),
            Self::StudentT => (special::student_t_cdf(x, a), special::student_t_cdf(-x, a)),
            Self::Beta => (special::beta_i(a, b, x), special::beta_i_complement(a, b, x)),
            Self::TruncatedNormal => {
                let total = special::truncated_log_mass(a, b, b - a);
                let part = |low: f64, high: f64| (special::truncated_log_mass(low, high, high - low) - total).exp();
                (part(a, x), part(x, b))
            }
            Self::NoncentralGamma => special::noncentral_gamma_probabilities(a, b, x),
            Self::Stable => {
                let tail = special::stable(a, b, x).tail();
                (tail.log_of(true).exp(), tail.log_of(false).exp())
            }
            Self::FirstPassage => {
                let tail = special::first_passage(a, b, x).tail;
                (tail.log_of(true).exp(), tail.log_of(false).exp())
            }
        }
    }

    fn quantile(self, [a, b]: [f64; 2], probability: f64, lower: bool) -> f64 {
        match (self, lower) {
            (Self::Gamma, true) => special::gamma_p_inverse(a, probability),
            (Self::Gamma, false) => special::gamma_q_inverse(a, probability),
            (Self::StudentT, true) => special::student_t_quantile(probability, a),
            (Self::StudentT, false) => -special::student_t_quantile(probability, a),
            (Self::Beta, true) => special::beta_i_inverse(a, b, probability),
            (Self::Beta, false) => 1.0 - special::beta_i_inverse(b, a, probability),
            (Self::TruncatedNormal, true) => special::truncated_quantile(probability, a, b),
            (Self::TruncatedNormal, false) => -special::truncated_quantile(probability, -b, -a),
            (Self::NoncentralGamma, _) => special::noncentral_gamma_quantile(a, b, probability, lower),
            (Self::Stable, _) => special::stable_quantile(a, b, probability, lower),
            (Self::FirstPassage, _) => special::first_passage_quantile(a, b, probability, lower),
        }
    }

    /// Inside the support.
    fn local(self, [a, b]: [f64; 2], x: f64) -> Local {
        match self {
            Self::Gamma => Local {
                tail: alone(special::gamma_tail(a, x)),
                log_density: special::log_poisson_mass(a, x) + (a / x).ln(),
                score: [x.ln() - special::digamma(a), 0.0],
                slope: (a - 1.0) / x - 1.0,
            },
            Self::StudentT => {
                // Where t² overflows, ν + t² is t².
                let (square, ratio) =
                    if (x * x).is_finite() { (x * x, x / (a + x * x)) } else { (f64::MAX, x.recip()) };
                let normalizer = special::digamma(0.5 * a + 0.5) - special::digamma(0.5 * a) - a.recip();
                let score = normalizer - (square / a).ln_1p() + (a + 1.0) / a * x * ratio;
                Local {
                    tail: alone(special::student_t_tail(a, x)),
                    log_density: special::student_t_log_density(x, a),
                    score: [0.5 * score, 0.0],
                    slope: -(a + 1.0) * ratio,
                }
            }
            Self::Beta => {
                let y = 1.0 - x;
                let (ln_x, ln_y) = special::logarithms(x, y);
                let total = special::digamma(a + b);
                Local {
                    tail: special::beta_tail(a, b, x, y),
                    log_density: special::log_binomial_mass(a, b, x, y) - ln_x - ln_y,
                    score: [ln_x - special::digamma(a) + total, ln_y - special::digamma(b) + total],
                    slope: (a - 1.0) / x - (b - 1.0) / y,
                }
            }
            Self::TruncatedNormal => {
                let log_density =
                    |z: f64| -0.5 * z * z - special::HALF_LN_2PI - special::truncated_log_mass(a, b, b - a);
                Local {
                    tail: special::truncated_normal_tail(a, b, x),
                    log_density: log_density(x),
                    score: [log_density(a).exp(), -log_density(b).exp()],
                    slope: -x,
                }
            }
            Self::NoncentralGamma => {
                let special::NoncentralGamma { tail, log_density, score, slope } = special::noncentral_gamma(a, b, x);
                Local { tail, log_density, score, slope }
            }
            Self::Stable => {
                let stable = special::stable(a, b, x);
                Local { tail: stable.tail(), log_density: stable.log_density, score: stable.score, slope: stable.slope }
            }
            Self::FirstPassage => {
                let special::FirstPassage { tail, log_density, score, slope } = special::first_passage(a, b, x);
                Local { tail, log_density, score, slope }
            }
        }
    }
}

impl Cumulative {
    pub(crate) fn new(family: Family, function: Function) -> Self {
        Self { family, function, by: By::Nothing }
    }

    /// The function of tensors, broadcast: the parameters and the value or the probability.
    pub(crate) fn try_of(self, operands: &[&Tensor]) -> Result<Tensor> {
        apply(&Primitive::Cumulative(self), operands)
    }

    /// Number of operands.
    pub(crate) fn arity(self) -> usize {
        self.family.arity()
    }

    /// The derivative by an operand, which is a function of the same operands.
    pub(crate) fn derivative(self, position: usize) -> Self {
        let position = position as u8;
        let by = match self.by {
            By::Nothing => By::One(position),
            By::One(other) => By::Two(other.min(position), other.max(position)),
            By::Two(..) => unreachable!("derivatives are taken twice at most"),
        };
        Self { by, ..self }
    }

    /// The function of as many operands as it has; the others are not looked at.
    pub(crate) fn value(self, operands: [f64; 3]) -> f64 {
        let last = self.arity() - 1;
        let parameters = if last == 1 { [operands[0], 0.0] } else { [operands[0], operands[1]] };
        let x = operands[last];
        if operands[..=last].iter().any(|operand| operand.is_nan()) || !self.family.support(parameters).1 {
            return f64::NAN;
        }
        match self.by {
            By::Nothing => self.itself(parameters, x),
            By::One(position) => self.first(parameters, x, position as usize),
            By::Two(one, other) => self.second(operands, parameters, (one as usize, other as usize)),
        }
    }

    /// Whether a quantile's probability is one.
    fn is_quantile(self) -> bool {
        matches!(self.function, Function::LowerQuantile | Function::UpperQuantile | Function::Excess)
    }

    fn itself(self, parameters: [f64; 2], x: f64) -> f64 {
        let ((low, high), _) = self.family.support(parameters);
        if self.is_quantile() {
            let lower = self.function != Function::UpperQuantile;
            return match x {
                x if !(0.0..=1.0).contains(&x) => f64::NAN,
                0.0 if self.function == Function::Excess => 0.0,
                _ if self.function == Function::Excess => special::truncated_excess(x, low, high),
                0.0 => {
                    if lower {
                        low
                    } else {
                        high
                    }
                }
                1.0 => {
                    if lower {
                        high
                    } else {
                        low
                    }
                }
                _ => self.family.quantile(parameters, x, lower),
            };
        }
        if self.function == Function::LogDensity {
            let is_inside = x > low && x < high;
            return if is_inside { self.family.local(parameters, x).log_density } else { f64::NEG_INFINITY };
        }
        let (below, above) = if x <= low {
            (0.0, 1.0)
        } else if x >= high {
            (1.0, 0.0)
        } else {
            match self.function {
                Function::LogLower => return self.family.local(parameters, x).tail.log_of(true),
                Function::LogUpper => return self.family.local(parameters, x).tail.log_of(false),
                _ => self.family.probabilities(parameters, x),
            }
        };
        match self.function {
            Function::Lower => below,
            Function::Upper => above,
            Function::LogLower => f64::ln(below),
            _ => f64::ln(above),
        }
    }

    /// The derivative of first order. Outside of the support the function is flat, and at its ends it is taken as flat.
    fn first(self, parameters: [f64; 2], x: f64, position: usize) -> f64 {
        let ((low, high), _) = self.family.support(parameters);
        let is_value = position + 1 == self.arity();
        if self.is_quantile() {
            let lower = self.function != Function::UpperQuantile;
            let quantile = self.family.quantile(parameters, x, lower);
            if !(quantile > low && quantile < high) {
                return if quantile.is_nan() { f64::NAN } else { 0.0 };
            }
            // Along the quantile, the logarithm of the tail is that of the probability.
            let local = self.family.local(parameters, quantile);
            let slope = local.log_slope(lower);
            let derivative =
                if is_value { (x * slope).recip() } else { -local.tail.log_of_by(lower, position) / slope };
            let moves_end = self.function == Function::Excess && position == 0;
            return if moves_end { derivative - 1.0 } else { derivative };
        }
        if x <= low || x >= high {
            return 0.0;
        }
        let local = self.family.local(parameters, x);
        match (self.function, is_value) {
            (Function::Lower, true) => local.log_density.exp(),
            (Function::Lower, false) => local.tail.cdf_by(position),
            (Function::LogDensity, true) => local.slope,
            (Function::LogDensity, false) => local.score[position],
            (Function::Upper, true) => -local.log_density.exp(),
            (Function::Upper, false) => -local.tail.cdf_by(position),
            (Function::LogLower, true) => local.log_slope(true),
            (_, true) => local.log_slope(false),
            (function, false) => local.tail.log_of_by(function == Function::LogLower, position),
        }
    }

    /// The derivative of second order: of the density where the value is moved, and a difference of first derivatives
    /// otherwise.
    fn second(self, operands: [f64; 3], parameters: [f64; 2], (one, other): (usize, usize)) -> f64 {
        let last = self.arity() - 1;
        let x = operands[last];
        let ((low, high), _) = self.family.support(parameters);
        if other != last || self.is_quantile() || self.function == Function::LogDensity {
            return self.difference(operands, (one, other));
        }
        if x <= low || x >= high {
            return 0.0;
        }
        let local = self.family.local(parameters, x);
        // That of the log density, and of the logarithm of a tail.
        let score = if one == last { local.slope } else { local.score[one] };
        let of_tail = |lower: bool| {
            if one == last { local.log_slope(lower) } else { local.tail.log_of_by(lower, one) }
        };
        match self.function {
            Function::Lower => local.log_density.exp() * score,
            Function::Upper => -local.log_density.exp() * score,
            Function::LogLower => local.log_slope(true) * (score - of_tail(true)),
            _ => local.log_slope(false) * (score - of_tail(false)),
        }
    }

    /// The derivative by the operand `other` of that by the operand `one`, by five points: nine digits are right.
    fn difference(self, operands: [f64; 3], (one, other): (usize, usize)) -> f64 {
        let first = Self { by: By::One(one as u8), ..self };
        let at = operands[other];
        let (step, side) = self.step(operands, other);
        if step == 0.0 || !step.is_finite() {
            return 0.0;
        }
        let value = |offset: f64| {
            let mut moved = operands;
            moved[other] = at + offset * step;
            first.value(moved)
        };
        if side == 0.0 {
            return (8.0 * (value(1.0) - value(-1.0)) - (value(2.0) - value(-2.0))) / (12.0 * step);
        }
        let [f1, f2, f3, f4] = [1.0, 2.0, 3.0, 4.0].map(|offset| value(side * offset));
        side * (48.0 * f1 - 36.0 * f2 + 16.0 * f3 - 3.0 * f4 - 25.0 * value(0.0)) / (12.0 * step)
    }

    /// The step of a difference by an operand, and to which side its points lie where a domain ends: 0 if to both.
    fn step(self, operands: [f64; 3], other: usize) -> (f64, f64) {
        let at = operands[other];
        let is_value = other + 1 == self.arity();
        // A function of a shape changes over the shape's length, and over its square root where it is large.
        let of_shape = at.abs().min(at.abs().sqrt());
        if self.is_quantile() && is_value {
            return (1e-3 * at.min(1.0 - at), 0.0);
        }
        let inward = |step: f64, low: f64, high: f64| {
            let side = f64::from(i8::from(at - low < 2.0 * step) - i8::from(high - at < 2.0 * step));
            (step, side)
        };
        match (self.family, other) {
            (Family::TruncatedNormal, _) => {
                // The ends stay where they have the value between them.
                let [low, high, last] = operands;
                let value = if self.is_quantile() { self.family.quantile([low, high], last, true) } else { last };
                (1e-3 * (1.0 + at.abs()).recip().min(value - low).min(high - value), 0.0)
            }
            (Family::NoncentralGamma, 1) => {
                let [shape, _, value] = operands;
                inward(1e-3 * of_shape.max((shape / value).min(1.0)), 0.0, f64::INFINITY)
            }
            (Family::Stable, 0) => inward(1e-3 * at, 0.0, 2.0),
            (Family::Stable, 1) => inward(1e-3, -1.0, 1.0),
            (Family::Stable, _) => (1e-3 * (1.0 + at.abs()), 0.0),
            (Family::FirstPassage, 0 | 1) => (1e-3 * (1.0 + at.abs().sqrt()), 0.0),
            _ => (1e-3 * of_shape, 0.0),
        }
    }
}

/// As in the listing of a program: `gamma_lower`, `derivative1_gamma_lower`, `derivative0,1_gamma_lower`.
impl fmt::Display for Cumulative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.by {
            By::Nothing => {}
            By::One(position) => write!(f, "derivative{position}_")?,
            By::Two(one, other) => write!(f, "derivative{one},{other}_")?,
        }
        f.write_str(&format!("{:?}_{:?}", self.family, self.function).to_lowercase())
    }
}

impl Local {
    /// The derivative of the logarithm of a tail by the value.
    fn log_slope(&self, lower: bool) -> f64 {
        let slope = (self.log_density - self.tail.log_of(lower)).exp();
        if lower { slope } else { -slope }
    }
}
