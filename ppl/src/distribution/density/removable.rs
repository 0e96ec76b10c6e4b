//! Functions with a removable singularity at 0, which stay accurate near it, and so do their derivatives.
//!
//! Near 0 each is its power series. Elsewhere it is the quotient, whose derivative cancels no more than a digit there.

use crate::bijector::scalar::sinh::asinh;
use crate::{Result, Tensor};

/// Σ cₖ xᵏ, by Horner's rule.
pub(crate) fn polynomial(x: &Tensor, coefficients: &[f64]) -> Tensor {
    let mut terms = coefficients.iter().rev();
    let last = terms.next().copied().unwrap_or(0.0);
    terms.fold(Tensor::scalar(last), |sum, &coefficient| sum * x + coefficient)
}

/// ln(1 + a x) / a, which is x at a = 0.
pub(crate) fn log1p_quotient(a: &Tensor, x: &Tensor) -> Result<Tensor> {
    const NEAR: f64 = 0.05;
    // Only rounding leads below the pole.
    let product = a.try_mul(x)?.maximum(-1.0);
    let is_near = product.detach().abs().less(NEAR);
    let coefficients: [f64; 13] = std::array::from_fn(|k| (if k % 2 == 0 { 1.0 } else { -1.0 }) / (k + 1) as f64);
    let near = polynomial(&Tensor::select(&is_near, &product, 0.0), &coefficients).try_mul(x)?;
    let far = Tensor::select(&is_near, 1.0, product).log1p().try_div(Tensor::try_select(&is_near, 1.0, a)?)?;
    Tensor::try_select(is_near, near, far)
}

/// (eˣ − 1) / x, which is 1 at 0.
pub(crate) fn expm1_ratio(x: &Tensor) -> Tensor {
    let is_near = x.detach().abs().less(NEAR_ZERO);
    let mut factorial = 1.0;
    let coefficients: [f64; 18] = std::array::from_fn(|k| {
        factorial *= (k + 1) as f64;
        1.0 / factorial
    });
    let near = polynomial(&Tensor::select(&is_near, x, 0.0), &coefficients);
    let x = Tensor::select(&is_near, 1.0, x);
    Tensor::select(is_near, near, x.expm1() / &x)
}

/// The coefficients of x² to x²⁰ of [`log_sinhc_half`]: B₂ₙ / (2n (2n)!), with the Bernoulli numbers.
const LOG_SINHC_HALF: [f64; 10] = [
    1.0 / 24.0,
    -1.0 / 2_880.0,
    1.0 / 181_440.0,
    -1.0 / 9_676_800.0,
    1.0 / 479_001_600.0,
    -691.0 / 15_692_092_416_000.0,
    1.0 / 1_046_139_494_400.0,
    -3_617.0 / 170_729_965_486_080_000.0,
    43_867.0 / 91_963_695_909_076_992_000.0,
    -174_611.0 / 16_057_153_253_965_824_000_000.0,
];

/// ln(sinh(x) / x) of x > 0, which is 0 at 0.
pub(crate) fn log_sinhc(x: &Tensor) -> Tensor {
    let is_near = x.detach().less(0.5 * NEAR_ZERO);
    let square = (Tensor::select(&is_near, x, 0.0) * 2.0).square();
    let near = polynomial(&square, &LOG_SINHC_HALF) * square;
    let x = Tensor::select(&is_near, 1.0, x);
    Tensor::select(is_near, near, (&x * -2.0).log1mexp() + &x - (x * 2.0).ln())
}

/// arsinh(x) / x, which is 1 at 0.
pub(crate) fn asinhc(x: &Tensor) -> Tensor {
    const NEAR: f64 = 0.125;
    let is_near = x.detach().abs().less(NEAR);
    let mut binomial = 1.0;
    let coefficients: [f64; 10] = std::array::from_fn(|k| {
        let k = k as f64;
        if k > 0.0 {
            binomial *= -(2.0 * k - 1.0) / (2.0 * k);
        }
        binomial / (2.0 * k + 1.0)
    });
    let near = polynomial(&Tensor::select(&is_near, x, 0.0).square(), &coefficients);
    let x = Tensor::select(&is_near, 1.0, x);
    Tensor::select(is_near, near, asinh(&x) / &x)
}

/// Below, the series has all digits.
const NEAR_ZERO: f64 = 1.0;

/// Cumulants of the uniform distribution on the unit interval that is tilted by e⁻ᵐˣ, m ≥ 0.
pub(crate) struct TiltedUniform {
    m: Tensor,
    is_near: Tensor,
    /// m where the series holds, 0 elsewhere; and its square.
    near: Tensor,
    square: Tensor,
    /// m where it does not, 1 elsewhere.
    far: Tensor,
}

impl TiltedUniform {
    pub(crate) fn new(m: &Tensor) -> Self {
        let is_near = m.detach().less(NEAR_ZERO);
        let near = Tensor::select(&is_near, m, 0.0);
        Self { square: near.square(), far: Tensor::select(&is_near, 1.0, m), m: m.clone(), near, is_near }
    }

    /// ln ∫₀¹ e⁻ᵐˣ dx = ln((1 − e⁻ᵐ) / m).
    pub(crate) fn log_integral(&self) -> Tensor {
        let near = polynomial(&self.square, &LOG_SINHC_HALF) * &self.square - &self.near * 0.5;
        Tensor::select(&self.is_near, near, (-(-&self.far).expm1()).ln() - self.far.ln())
    }

    /// Mean.
    pub(crate) fn mean(&self) -> Tensor {
        let slopes: Vec<f64> = LOG_SINHC_HALF.iter().zip(1..).map(|(c, n)| c * f64::from(2 * n)).collect();
        let near = 0.5 - polynomial(&self.square, &slopes) * &self.near;
        let rest = (-&self.far).exp();
        Tensor::select(&self.is_near, near, self.far.recip() - &rest / (1.0 - &rest))
    }

    /// Variance.
    pub(crate) fn variance(&self) -> Tensor {
        let curvatures: Vec<f64> =
            LOG_SINHC_HALF.iter().zip(1..).map(|(c, n)| c * f64::from(2 * n * (2 * n - 1))).collect();
        let near = polynomial(&self.square, &curvatures);
        let rest = (-&self.far).exp();
        let far = self.far.recip().square() - &rest / (1.0 - &rest).square();
        Tensor::select(&self.is_near, near, far)
    }

    /// Entropy.
    pub(crate) fn entropy(&self) -> Tensor {
        let coefficients: Vec<f64> =
            LOG_SINHC_HALF.iter().zip(1..).map(|(c, n)| c * (1.0 - f64::from(2 * n))).collect();
        let near = polynomial(&self.square, &coefficients) * &self.square;
        Tensor::select(&self.is_near, near, self.mean() * &self.m + self.log_integral())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    /// On both sides of the change of method, and next to 0, with derivatives.
    #[test]
    fn series_and_quotients() {
        type Case = (fn(&Tensor) -> Tensor, fn(f64) -> (f64, f64), &'static [f64]);
        let cases: [Case; 6] = [
            (
                |a| log1p_quotient(a, &Tensor::from(1.0)).unwrap(),
                |a| (a.ln_1p() / a, (1.0 / (1.0 + a) - a.ln_1p() / a) / a),
                &[-0.9, -0.0501, -0.0499, 0.0499, 0.3, 1e9],
            ),
            (
                expm1_ratio,
                |x| (x.exp_m1() / x, (x.exp() - x.exp_m1() / x) / x),
                &[-30.0, -1.01, -0.99, 0.99, 1.01, 200.0],
            ),
            (log_sinhc, |x| ((x.sinh() / x).ln(), x.tanh().recip() - x.recip()), &[0.3, 0.499, 0.501, 40.0]),
            (
                asinhc,
                |x| (x.asinh() / x, ((1.0 + x * x).sqrt().recip() - x.asinh() / x) / x),
                &[-3.0, -0.126, -0.124, 0.124, 0.126, 1e5],
            ),
            (
                |m| TiltedUniform::new(m).log_integral(),
                |m| ((-(-m).exp_m1() / m).ln(), 1.0 / m.exp_m1() - 1.0 / m),
                &[0.5, 0.999, 1.001, 50.0],
            ),
            (
                |m| TiltedUniform::new(m).mean(),
                |m| (1.0 / m - 1.0 / m.exp_m1(), 0.25 / (0.5 * m).sinh().powi(2) - 1.0 / (m * m)),
                &[0.5, 0.999, 1.001, 50.0],
            ),
        ];
        for (which, (function, wanted, points)) in cases.into_iter().enumerate() {
            for &x in points {
                let (value, gradient) = grad(|x| Ok(function(&x[0])), &[Tensor::from(x)]).unwrap();
                let (want, slope) = wanted(x);
                assert!((value / want - 1.0).abs() < 1e-14, "{which} at {x}: {value}, {want}");
                let got = gradient[0].item();
                // The difference that is compared with loses digits.
                assert!((got / slope - 1.0).abs() < 2e-12, "slope of {which} at {x}: {got}, {slope}");
            }
        }
        let at_zero = |function: fn(&Tensor) -> Tensor| grad(|x| Ok(function(&x[0])), &[Tensor::from(0.0)]).unwrap();
        type AtZero = (fn(&Tensor) -> Tensor, f64, f64);
        let wanted: [AtZero; 5] = [
            (|a| log1p_quotient(a, &Tensor::from(1.0)).unwrap(), 1.0, -0.5),
            (expm1_ratio, 1.0, 0.5),
            (|m| TiltedUniform::new(m).log_integral(), 0.0, -0.5),
            (|m| TiltedUniform::new(m).mean(), 0.5, -1.0 / 12.0),
            (|m| TiltedUniform::new(m).variance(), 1.0 / 12.0, 0.0),
        ];
        for (function, want, slope) in wanted {
            let (value, gradient) = at_zero(function);
            assert_eq!((value, gradient[0].item()), (want, slope));
        }
    }
}
