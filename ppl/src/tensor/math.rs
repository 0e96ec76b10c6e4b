//! Elementwise mathematics.
//!
//! Names are those of NumPy and SciPy (`expm1`, `log1p`, `logaddexp`, `xlogy`, `ndtri`), and `ln` is Rust's, with `log` as its
//! other name.

use super::apply::apply;
use super::elementwise::{Binary, Unary};
use super::primitive::Primitive;
use super::{IntoTensor, Tensor, or_panic};
use crate::Result;

macro_rules! unary {
    ($($(#[$doc:meta])* $method:ident => $op:ident;)*) => {
        /// # Elementwise functions
        impl Tensor {
            $(
                $(#[$doc])*
                #[must_use]
                #[track_caller]
                pub fn $method(&self) -> Self {
                    self.unary(Unary::$op)
                }
            )*
        }
    };
}

unary! {
    /// eˣ.
    exp => Exp;
    /// eˣ − 1, exact near 0.
    expm1 => Expm1;
    /// eˣ − 1 − x, exact near 0, where it is x²/2: half the unit deviance of a Poisson count from a mean eˣ times as large,
    /// for each event.
    expm1x => Expm1x;
    /// Natural logarithm.
    ln => Ln;
    /// Natural logarithm, as NumPy and torch name it; the same as [`ln`](Self::ln).
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let x = Tensor::from([1.0, 2.5]);
    /// assert_eq!(x.log(), x.ln());
    /// ```
    log => Ln;
    /// ln(1 + x), exact near 0.
    log1p => Ln1p;
    /// ln(1 + x²), exact near 0 and without overflow.
    log1p_square => Log1pSquare;
    /// Square root.
    sqrt => Sqrt;
    /// x².
    square => Square;
    /// |x|; its derivative at 0 is 0.
    abs => Abs;
    /// 1/x.
    recip => Recip;
    /// Sine of an angle in radians.
    sin => Sin;
    /// Cosine of an angle in radians.
    cos => Cos;
    /// Tangent of an angle in radians.
    tan => Tan;
    /// Arcus tangent, in radians.
    atan => Atan;
    /// Hyperbolic tangent.
    tanh => Tanh;
    /// The logistic function 1/(1 + e⁻ˣ).
    sigmoid => Sigmoid;
    /// ln(1 + eˣ), without overflow.
    softplus => Softplus;
    /// Logarithm of the absolute value of the gamma function.
    lgamma => Lgamma;
    /// Derivative of `lgamma`.
    digamma => Digamma;
    /// The error function.
    erf => Erf;
    /// 1 − erf(x), exact in the upper tail.
    erfc => Erfc;
    /// Logarithm of the standard normal distribution function, exact in both tails.
    log_ndtr => LogNdtr;
    /// The standard normal distribution function, exact in the lower tail.
    ndtr => Ndtr;
    /// The inverse of `ndtr`: the standard normal quantile of a probability.
    ndtri => Ndtri;
    /// The inverse of `erf`.
    erfinv => Erfinv;
    /// The principal branch of Lambert's W function: the w ≥ −1 with w eʷ = x.
    lambert_w0 => LambertW0;
    /// ln(eʷ E₁(w)) of w = eˣ, with E₁ the exponential integral, without overflow or underflow.
    log_scaled_exponential_integral => LogScaledExponentialIntegral;
    /// ln((1 − Φ(x)) / φ(x)), the logarithm of the standard normal Mills ratio, exact far out.
    log_mills_ratio => LogMillsRatio;
    /// −1, 0 or 1; its derivative is 0.
    sign => Sign;
    /// The largest integer not above x; its derivative is 0.
    floor => Floor;
}

/// # Elementwise functions of two arguments, and compositions
impl Tensor {
    /// ln of the logistic function, without underflow.
    #[must_use]
    #[track_caller]
    pub fn log_sigmoid(&self) -> Self {
        -(-self).softplus()
    }

    /// ln(1 − eˣ) for x < 0, exact near 0 and near −∞ (Mächler 2012, "Accurately computing log(1 − exp(−|a|))").
    #[must_use]
    #[track_caller]
    pub fn log1mexp(&self) -> Self {
        // Each branch is fed a harmless argument where the other one is chosen, so that no NaN enters its gradient.
        let near_zero = self.greater(-std::f64::consts::LN_2);
        let by_expm1 = (-Self::select(&near_zero, self, -1.0).expm1()).ln();
        let by_log1p = (-Self::select(&near_zero, -1.0, self).exp()).log1p();
        Self::select(&near_zero, by_expm1, by_log1p)
    }

    /// The smallest integer not below x; its derivative is 0.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([-1.5, 0.2, 3.0]).ceil().to_vec(), [-1.0, 1.0, 3.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn ceil(&self) -> Self {
        -(-self).floor()
    }

    /// The nearest integer, halves away from zero, as [`f64::round`]; its derivative is 0.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([-1.5, -0.4, 0.5, 2.4]).round().to_vec(), [-2.0, 0.0, 1.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn round(&self) -> Self {
        let magnitude = self.abs();
        let floor = magnitude.floor();
        // Adding ½ before the floor would round numbers just below ½ up. The difference is exact.
        let is_up = (&magnitude - &floor).greater_equal(0.5);
        self.sign() * (floor + is_up)
    }

    /// ln(eˣ + eʸ), without overflow.
    ///
    /// # Panics
    /// Shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let both = Tensor::from([1000.0, f64::NEG_INFINITY]).logaddexp([1000.0, 3.0]);
    /// assert_eq!(both.to_vec(), [1000.0 + 2_f64.ln(), 3.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn logaddexp(&self, other: impl IntoTensor) -> Self {
        or_panic(self.try_logaddexp(other))
    }

    /// The twin of [`Tensor::logaddexp`] that returns a `Result`.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    pub fn try_logaddexp(&self, other: impl IntoTensor) -> Result<Self> {
        let other = other.into_tensor();
        let shape = self.shape().broadcast(&other.shape()).ok_or(crate::Error::ShapeMismatch {
            operation: "logaddexp",
            relation: "broadcast",
            left: self.shape(),
            right: other.shape(),
        })?;
        // As vectors, because a tensor of six axes has no room for another.
        let [left, right] =
            [self, &other].map(|operand| operand.try_broadcast_to(shape).and_then(|all| all.try_reshape(shape.size())));
        Self::try_stack(&[left?, right?], 0)?.try_logsumexp_axis(0)?.try_reshape(shape)
    }

    /// x to a constant power.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([1.0, 4.0]).powf(1.5).to_vec(), [1.0, 8.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn powf(&self, exponent: f64) -> Self {
        self.unary(Unary::Pow(exponent))
    }

    /// The derivative of this order of `digamma`; NaN where that of [`polygamma`](crate::special::polygamma) is.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// use std::f64::consts::PI;
    ///
    /// let trigamma = Tensor::from([1.0, 2.0]).polygamma(1);
    /// assert!((trigamma - Tensor::from([PI * PI / 6.0, PI * PI / 6.0 - 1.0])).abs().sum().item() < 1e-14);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn polygamma(&self, order: u32) -> Self {
        match order {
            0 => self.digamma(),
            _ => self.unary(Unary::Polygamma(order)),
        }
    }

    /// ln(xⁿ eˣ Kₙ(x)) with the modified Bessel function of the second kind of order n, 0 or 1, for x > 0.
    pub(crate) fn log_scaled_bessel_k(&self, order: u8) -> Self {
        self.unary(Unary::LogScaledBesselK(order))
    }

    /// ln(Γ(v + 1) (2/x)ᵛ I_v(x)) − x, with I_v the modified Bessel function of the first kind, for x ≥ 0 and an order v ≥ 0:
    /// the logarithm of a function that is 1 at 0, which neither overflows nor underflows.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// // I_½(x) = √(2 / (πx)) sinh x, and Γ(3/2) = √π / 2.
    /// let expected = 2_f64.sinh().ln() - 2_f64.ln() - 2.0;
    /// assert!((Tensor::from(2.0).log_bessel_ie(0.5).item() - expected).abs() < 1e-15);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn log_bessel_ie(&self, order: f64) -> Self {
        self.unary(Unary::LogBesselIe(order))
    }

    /// 1 − I_{v+1}(x) / I_v(x), with I_v the modified Bessel function of the first kind, for x ≥ 0 and an order v ≥ 0; with its
    /// digits where x is large and the ratio near 1.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// // I_{3/2}(x) / I_½(x) = coth x − 1/x.
    /// let expected = 1.0 - (2_f64.tanh().recip() - 0.5);
    /// assert!((Tensor::from(2.0).bessel_ratio_complement(0.5).item() - expected).abs() < 1e-15);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn bessel_ratio_complement(&self, order: f64) -> Self {
        self.unary(Unary::BesselRatioComplement(order))
    }

    /// What Stirling's formula leaves of `lgamma`, for positive numbers: `special::stirling_correction`.
    ///
    /// Differences of `lgamma` at large arguments keep their digits, and so do their gradients, when they are written
    /// with it.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert!((Tensor::from(1e6).stirling_correction().item() * 12e6 - 1.0).abs() < 1e-12);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn stirling_correction(&self) -> Self {
        self.unary(Unary::StirlingCorrection(0))
    }

    /// Both at least `low` and at most `high`; the derivative outside is 0.
    #[must_use]
    #[track_caller]
    pub fn clamp(&self, low: f64, high: f64) -> Self {
        self.maximum(low).minimum(high)
    }
}

macro_rules! binary {
    ($($(#[$doc:meta])* $method:ident, $try_method:ident => $op:ident;)*) => {
        impl Tensor {
            $(
                $(#[$doc])*
                ///
                /// # Panics
                /// Shapes that do not broadcast.
                #[must_use]
                #[track_caller]
                pub fn $method(&self, other: impl IntoTensor) -> Self {
                    or_panic(self.$try_method(other))
                }

                $(#[$doc])*
                ///
                /// # Errors
                /// Shapes that do not broadcast.
                pub fn $try_method(&self, other: impl IntoTensor) -> Result<Self> {
                    apply(&Primitive::Binary(Binary::$op), &[self, &other.into_tensor()])
                }
            )*
        }
    };
}

binary! {
    /// x to the power of another tensor.
    pow, try_pow => Pow;
    /// The larger of the two; NaN if one is.
    maximum, try_maximum => Maximum;
    /// The smaller of the two; NaN if one is.
    minimum, try_minimum => Minimum;
    /// x ln y, and 0 where x is 0: what a count of 0 adds to a log likelihood, whatever its probability.
    xlogy, try_xlogy => Xlogy;
    /// x ln(1 + y), and 0 where x is 0.
    xlog1py, try_xlog1py => Xlog1py;
    /// Logarithm of the beta function of positive arguments, without the cancellation between large `lgamma`.
    lbeta, try_lbeta => Lbeta;
    /// ln(T(x, ∞) − T(x, y)) with Owen's T function, for x ≥ 0 and y ≥ 0: `special::log_owens_t_complement`.
    log_owens_t_complement, try_log_owens_t_complement => LogOwensTComplement;
}

impl Tensor {
    /// Applies a function of numbers on the host.
    ///
    /// # Panics
    /// While the tensor is being differentiated: the function's derivative is not known.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([1.4, 1.6]).map(f64::round).to_vec(), [1.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn map(&self, function: impl Fn(f64) -> f64) -> Self {
        self.note_read("map");
        let is_differentiated = self.is_tracked() && !self.is_recorded();
        assert!(!is_differentiated, "`map` has no derivative: detach the tensor, or use operations of `Tensor`");
        Self::from_parts(self.to_vec().into_iter().map(function).collect(), self.shape())
    }

    /// Applies a function of several numbers to tensors on the host, broadcast against each other.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    ///
    /// # Panics
    /// While one of the tensors is being differentiated: the function's derivative is not known.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let angles = Tensor::zip_with([&Tensor::from([1.0, 0.0]), &Tensor::from(1.0)], |[y, x]| y.atan2(x))?;
    /// assert_eq!(angles.to_vec(), [std::f64::consts::FRAC_PI_4, 0.0]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[track_caller]
    pub fn zip_with<const N: usize>(tensors: [&Self; N], function: impl Fn([f64; N]) -> f64) -> Result<Self> {
        let mut shape = super::Shape::SCALAR;
        for tensor in tensors {
            tensor.note_read("zip_with");
            assert!(
                !tensor.is_tracked() || tensor.is_recorded(),
                "`zip_with` has no derivative: detach the tensors, or use operations of `Tensor`"
            );
            shape = shape.broadcast(&tensor.shape()).ok_or(crate::Error::ShapeMismatch {
                operation: "zip_with",
                relation: "broadcast",
                left: shape,
                right: tensor.shape(),
            })?;
        }
        let columns = tensors.map(|tensor| tensor.try_broadcast_to(shape).map(|tensor| tensor.to_vec()));
        let mut values = Vec::with_capacity(N);
        for column in columns {
            values.push(column?);
        }
        let combined = (0..shape.size()).map(|place| function(std::array::from_fn(|which| values[which][place])));
        Ok(Self::from_parts(combined.collect(), shape))
    }
}
