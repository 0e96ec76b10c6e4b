//! Elementwise primitives: the scalar function and the derivative of each, defined once.

use crate::special;

/// 1 / √(2π), the standard normal density at 0.
pub(crate) const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unary {
    Neg,
    Exp,
    Expm1,
    /// `eˣ − 1 − x`.
    Expm1x,
    Ln,
    Ln1p,
    /// `ln(1 + x²)`.
    Log1pSquare,
    Sqrt,
    Square,
    Abs,
    Recip,
    Sin,
    Cos,
    Tan,
    Atan,
    Tanh,
    Sigmoid,
    Softplus,
    Lgamma,
    Digamma,
    Erf,
    Erfc,
    LogNdtr,
    Ndtr,
    Ndtri,
    Erfinv,
    /// The principal branch.
    LambertW0,
    Sign,
    Floor,
    /// The derivative of this order of `Digamma`, at least 1.
    Polygamma(u32),
    /// The derivative of this order of the Stirling correction; order 0 is the function itself.
    StirlingCorrection(u32),
    /// `x` to a constant power.
    Pow(f64),
    /// `ln(eˣ E₁(x))`, by `ln x`.
    LogScaledExponentialIntegral,
    /// Of the standard normal distribution.
    LogMillsRatio,
    /// `ln(xⁿ eˣ Kₙ(x))` of this order, 0 or 1.
    LogScaledBesselK(u8),
    /// `special::log_bessel_ie` of this order.
    LogBesselIe(f64),
    /// `special::bessel_ratio_complement` of this order.
    BesselRatioComplement(f64),
}

impl Eq for Unary {}

impl std::hash::Hash for Unary {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        if let Self::Pow(constant) | Self::LogBesselIe(constant) | Self::BesselRatioComplement(constant) = self {
            state.write_u64(constant.to_bits());
        }
    }
}

impl Unary {
    /// The function itself.
    pub(crate) fn value(self, x: f64) -> f64 {
        match self {
            Self::Neg => -x,
            Self::Exp => x.exp(),
            Self::Expm1 => x.exp_m1(),
            Self::Expm1x => special::expm1x(x),
            Self::Ln => x.ln(),
            Self::Ln1p => x.ln_1p(),
            Self::Log1pSquare => special::log1p_square(x),
            Self::Sqrt => x.sqrt(),
            Self::Square => x * x,
            Self::Abs => x.abs(),
            Self::Recip => x.recip(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Atan => x.atan(),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => special::sigmoid(x),
            Self::Softplus => special::softplus(x),
            Self::Lgamma => special::lgamma(x),
            Self::Digamma => special::digamma(x),
            Self::Polygamma(order) => special::polygamma(order, x),
            Self::StirlingCorrection(order) => special::stirling_correction_derivative(order, x),
            Self::Erf => special::erf(x),
            Self::Erfc => special::erfc(x),
            Self::LogNdtr => special::log_ndtr(x),
            Self::Ndtr => special::ndtr(x),
            Self::Ndtri => special::ndtri(x),
            Self::Erfinv => special::erfinv(x),
            Self::LambertW0 => special::lambert_w0(x),
            // 0 at 0 and NaN at NaN, unlike `f64::signum`.
            Self::Sign => f64::from(i8::from(x > 0.0) - i8::from(x < 0.0)) + 0.0 * x,
            Self::Floor => x.floor(),
            Self::Pow(exponent) => x.powf(exponent),
            Self::LogScaledExponentialIntegral => special::log_scaled_exponential_integral(x),
            Self::LogMillsRatio => special::log_mills_ratio(x),
            Self::LogScaledBesselK(order) => special::log_scaled_bessel_k(order, x).0,
            Self::LogBesselIe(order) => special::log_bessel_ie(order, x),
            Self::BesselRatioComplement(order) => special::bessel_ratio_complement(order, x),
        }
    }

    /// The derivative at `x`, where the function has the value `y`; 0 at an [edge](crate::Tensor#derivatives-at-an-edge).
    pub(crate) fn derivative(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Sqrt if y == 0.0 => 0.0,
            Self::Pow(exponent) if x == 0.0 && exponent > 0.0 && exponent < 1.0 => 0.0,
            Self::Neg => -1.0,
            Self::Exp => y,
            Self::Expm1 => x.exp(),
            Self::Expm1x => x.exp_m1(),
            Self::Ln => x.recip(),
            Self::Ln1p => (1.0 + x).recip(),
            // 2x / (1 + x²), whose square would overflow.
            Self::Log1pSquare => 2.0 / (x + x.recip()),
            Self::Sqrt => 0.5 / y,
            Self::Square => 2.0 * x,
            Self::Abs => Self::Sign.value(x),
            Self::Recip => -y * y,
            Self::Sin => x.cos(),
            Self::Cos => -x.sin(),
            Self::Tan => 1.0 + y * y,
            Self::Atan => (1.0 + x * x).recip(),
            Self::Tanh => 1.0 - y * y,
            // 1 − y would cancel where y is near 1.
            Self::Sigmoid => y * special::sigmoid(-x),
            Self::Softplus => special::sigmoid(x),
            Self::Lgamma => special::digamma(x),
            Self::Digamma => special::trigamma(x),
            Self::Polygamma(order) => special::polygamma(order + 1, x),
            Self::StirlingCorrection(order) => special::stirling_correction_derivative(order + 1, x),
            Self::Erf => std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp(),
            Self::Erfc => -std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp(),
            // φ(x) / Φ(x), which stays finite where both underflow.
            Self::LogNdtr => special::inverse_mills_ratio(x),
            Self::Ndtr => FRAC_1_SQRT_2PI * (-0.5 * x * x).exp(),
            // The reciprocals of the densities at the quantiles.
            Self::Ndtri => (0.5 * y * y).exp() / FRAC_1_SQRT_2PI,
            Self::Erfinv => (y * y).exp() / std::f64::consts::FRAC_2_SQRT_PI,
            Self::LambertW0 => (-y).exp() / (1.0 + y),
            Self::Sign | Self::Floor => 0.0,
            Self::LogScaledExponentialIntegral => special::log_scaled_exponential_integral_slope(x),
            Self::LogMillsRatio => special::log_mills_ratio_slope(x),
            Self::LogScaledBesselK(order) => special::log_scaled_bessel_k(order, x).1,
            Self::LogBesselIe(order) => -special::bessel_ratio_complement(order, x),
            Self::BesselRatioComplement(order) => special::bessel_ratio_complement_slope(order, x),
            Self::Pow(exponent) => {
                if exponent == 0.0 {
                    0.0
                } else {
                    exponent * x.powf(exponent - 1.0)
                }
            }
        }
    }
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Maximum,
    Minimum,
    Xlogy,
    Xlog1py,
    Lbeta,
    LogOwensTComplement,
}

impl Binary {
    /// The name that a user wrote, for error messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Pow => "pow",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
            Self::Xlogy => "xlogy",
            Self::Xlog1py => "xlog1py",
            Self::Lbeta => "lbeta",
            Self::LogOwensTComplement => "log_owens_t_complement",
        }
    }

    /// The function itself. `maximum` and `minimum` are NaN where an operand is.
    pub(crate) fn value(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => a.powf(b),
            Self::Maximum | Self::Minimum if a.is_nan() || b.is_nan() => f64::NAN,
            Self::Maximum => a.max(b),
            Self::Minimum => a.min(b),
            Self::Xlogy => special::xlogy(a, b),
            Self::Xlog1py => special::xlog1py(a, b),
            Self::Lbeta => special::lbeta(a, b),
            Self::LogOwensTComplement => special::log_owens_t_complement(a, b),
        }
    }

    /// The partial derivatives by `a` and `b`, where the function has the value `y`.
    ///
    /// Where `maximum` or `minimum` meet a tie, each operand gets one half; at an
    /// [edge](crate::Tensor#derivatives-at-an-edge) a derivative is 0.
    pub(crate) fn derivatives(self, a: f64, b: f64, y: f64) -> (f64, f64) {
        match self {
            Self::Add => (1.0, 1.0),
            Self::Sub => (1.0, -1.0),
            Self::Mul => (b, a),
            Self::Div => (b.recip(), -y / b),
            Self::Pow => {
                let is_edge = a == 0.0 && b > 0.0 && b < 1.0;
                let by_base = if b == 0.0 || is_edge { 0.0 } else { b * a.powf(b - 1.0) };
                // 0ᵇ is flat in b for b > 0: its derivative is 0, not 0 · ln 0. 0⁰ is an edge.
                let by_exponent = if a == 0.0 && b >= 0.0 { 0.0 } else { y * a.ln() };
                (by_base, by_exponent)
            }
            Self::Maximum => share(a > b, a < b),
            Self::Minimum => share(a < b, a > b),
            // Where a is 0 the function is flat in b, also at the logarithm's pole.
            Self::Xlogy => (if a == 0.0 && b == 0.0 { 0.0 } else { b.ln() }, if a == 0.0 { 0.0 } else { a / b }),
            Self::Xlog1py => {
                (if a == 0.0 && b == -1.0 { 0.0 } else { b.ln_1p() }, if a == 0.0 { 0.0 } else { a / (1.0 + b) })
            }
            Self::Lbeta => (-special::digamma_difference(a, b), -special::digamma_difference(b, a)),
            Self::LogOwensTComplement => special::log_owens_t_complement_slopes(a, b, y),
        }
    }
}

/// The gradient's shares of two operands, of which the first or the second was chosen, or neither alone.
fn share(first: bool, second: bool) -> (f64, f64) {
    match (first, second) {
        (true, _) => (1.0, 0.0),
        (_, true) => (0.0, 1.0),
        _ => (0.5, 0.5),
    }
}

/// A comparison of two numbers, 1 where it holds and 0 where it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Equal,
    NotEqual,
}

impl Comparison {
    /// The method's name, for error messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Greater => "greater",
            Self::GreaterEqual => "greater_equal",
            Self::Less => "less",
            Self::LessEqual => "less_equal",
            Self::Equal => "equal",
            Self::NotEqual => "not_equal",
        }
    }

    /// The comparison as a number.
    pub(crate) fn value(self, a: f64, b: f64) -> f64 {
        f64::from(u8::from(match self {
            Self::Greater => a > b,
            Self::GreaterEqual => a >= b,
            Self::Less => a < b,
            Self::LessEqual => a <= b,
            Self::Equal => a == b,
            Self::NotEqual => a != b,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derivative_is_finite_where_an_edge_has_a_finite_value() {
        for op in [Unary::Sqrt, Unary::Pow(0.5), Unary::Pow(0.3), Unary::Pow(1.0), Unary::Pow(2.5)] {
            let y = op.value(0.0);
            let slope = f64::from(u8::from(op == Unary::Pow(1.0)));
            assert_eq!((y, op.derivative(0.0, y)), (0.0, slope), "{op:?}");
        }
        let edges =
            [(Binary::Pow, 0.0, 0.5), (Binary::Pow, 0.0, 0.0), (Binary::Xlogy, 0.0, 0.0), (Binary::Xlog1py, 0.0, -1.0)];
        for (op, a, b) in edges {
            let y = op.value(a, b);
            assert!(y.is_finite(), "{op:?}");
            assert_eq!(op.derivatives(a, b, y), (0.0, 0.0), "{op:?} at ({a}, {b})");
        }
        // A pole is no edge: there is no value whose derivative could be 0.
        assert_eq!(Unary::Ln.derivative(0.0, f64::NEG_INFINITY), f64::INFINITY);
        assert_eq!(Unary::Pow(-0.5).derivative(0.0, f64::INFINITY), f64::NEG_INFINITY);
    }

    #[test]
    fn sign_of_zero_is_zero() {
        assert_eq!(Unary::Sign.value(0.0), 0.0);
        assert_eq!(Unary::Sign.value(-3.0), -1.0);
        assert!(Unary::Sign.value(f64::NAN).is_nan());
    }

    #[test]
    fn log_ndtr_has_a_finite_derivative_in_the_far_tail() {
        // Φ'(x)/Φ(x) ~ -x - 1/x ... as x → -∞ (Mills ratio).
        let x = -40.0;
        let derivative = Unary::LogNdtr.derivative(x, Unary::LogNdtr.value(x));
        assert!((derivative - 40.024_96).abs() < 1e-4, "{derivative}");
    }
}
