//! Differences of logarithms of Mills' ratio M(x) = (1 − Φ(x)) / φ(x), which would cancel.

use crate::{Result, Tensor};

/// Steps that are smaller, relative to 1 or the argument, are taken by derivatives.
const SMALL: f64 = 1e-5;
/// From here on the logarithm of Mills' ratio is an asymptotic series.
const FAR: f64 = 300.0;

/// ln M(x + step) − ln M(x) for step ≥ 0, with the digits of a small one.
pub(super) fn log_mills_ratio_growth(x: &Tensor, step: &Tensor) -> Result<Tensor> {
    let end = x.try_add(step)?;
    let difference = |x: &Tensor, end: &Tensor| end.log_mills_ratio().try_sub(x.log_mills_ratio());
    // Which form is taken has no derivative.
    let (at, length) = (x.detach(), step.detach());
    let is_small = length.try_less((at.maximum(0.0) + 1.0) * SMALL)?;
    if is_small.is_known_to_be_all(0.0) {
        return difference(x, &end);
    }
    // Each form is fed harmless arguments where another one is chosen.
    let large = difference(&Tensor::try_select(&is_small, 1.0, x)?, &Tensor::try_select(&is_small, 2.0, end)?)?;
    let is_far = at.greater(FAR);
    let near = {
        let x = Tensor::select(&is_far, 0.0, x);
        let step = Tensor::try_select(&is_small, step, 0.0)?;
        // 1 / M, and the first and the second derivative of ln M.
        let inverse = (-x.log_mills_ratio()).exp();
        let slope = &x - &inverse;
        let curvature = &slope * inverse + 1.0;
        step.try_mul(slope.try_add(curvature.try_mul(&step)? * 0.5)?)?
    };
    let far = {
        let x = Tensor::select(&is_far, x, FAR);
        let end = x.try_add(step)?;
        // ln M(x) = −ln x − x⁻² + 5/2 x⁻⁴ − …
        let relative = step.try_div(&x)?;
        let (inverse, inverse_end) = (x.recip(), end.recip());
        let of_squares = relative.try_mul(&inverse_end)?.try_mul(inverse.try_add(&inverse_end)?)?;
        let of_fourths = of_squares.try_mul(inverse.square().try_add(inverse_end.square())?)? * 2.5;
        of_squares.try_sub(relative.log1p())?.try_sub(of_fourths)?
    };
    Tensor::try_select(is_small, Tensor::select(is_far, far, near), large)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_steps_keep_their_digits() {
        // mpmath with 60 digits: x, step, value.
        let cases = [
            (-20.0, 1e-09, -1.999_999_999_95e-8),
            (-1.0, 1e-300, -1.2875999709391784e-300),
            (0.0, 1e-06, -7.978_843_791_127_878e-7),
            (0.5, 2e-05, -1.2821501711496664e-5),
            (3.0, 1e-12, -2.830_986_549_304_012e-13),
            (299.0, 1e-07, -3.3444067891954294e-10),
            (301.0, 0.001, -3.322180283690084e-6),
            (10000.0, 1e-200, -9.999_999_800_000_01e-205),
            (1000000.0, 0.5, -4.999_998_749_990_416e-7),
            (2.0, 3.0, -0.781_814_060_306_693_8),
        ];
        for (x, step, want) in cases {
            let got = log_mills_ratio_growth(&Tensor::scalar(x), &Tensor::scalar(step)).unwrap().item();
            assert!((got / want - 1.0).abs() < 1e-9, "{x}, {step}: {got}, {want}");
        }
    }
}
