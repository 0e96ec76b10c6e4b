//! The mean of ln X of a uniform variable.

use crate::distribution::density::removable::log1p_quotient;
use crate::{Result, Tensor};

/// E ln X = (h ln h − l ln l) / (h − l) − 1 of a variable uniform between l = `low` ≥ 0 and h = `high`.
pub(super) fn mean_logarithm(low: &Tensor, high: &Tensor) -> Result<Tensor> {
    // l ln(h / l) / (h − l), as ln(1 + d) / d of the relative width d; and as it stands where that is infinite.
    let width = high.try_sub(low)?;
    let is_wide = width.detach().try_greater(low.detach() * 1e9)?;
    let relative_width = Tensor::try_select(&is_wide, 1.0, width.try_div(Tensor::try_select(&is_wide, 1.0, low)?)?)?;
    let narrow = log1p_quotient(&relative_width, &Tensor::scalar(1.0))?;
    // The slope at 0 is infinite: that of the smallest number stands for it.
    let log_low = low.maximum(f64::MIN_POSITIVE).ln();
    let wide = high.ln().try_sub(log_low)?.try_mul(low)?.try_div(width)?;
    Tensor::try_select(is_wide, wide, narrow)?.try_add(high.ln() - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    /// By mpmath with 50 digits; 16 digits, but for what the width of the interval has lost.
    #[test]
    fn the_mean_has_its_digits() {
        for (low, high, want) in [
            (0.0, 1.0, -1.0),
            (0.0, 2.0, -0.3068528194400547),
            (1e-300, 1.0, -1.0),
            (1e-05, 1.0, -0.9998848695940462),
            (0.5, 1.5, -0.04522874755778077),
            (1.0, 1.000000001, 5.000000412035188e-10),
            (1e-12, 0.001, -7.907755258258871),
        ] {
            let got = mean_logarithm(&low.into(), &high.into()).unwrap().item();
            assert!(
                (got - want).abs() < 4e-16 * want.abs().max(1.0),
                "E ln X between {low} and {high}: {got}, not {want}"
            );
        }
    }

    #[test]
    fn its_slope_at_zero_is_steep() {
        let mean = |x: &[Tensor]| mean_logarithm(&x[0], &x[1]);
        let (_, gradients) = grad(mean, &[0.0.into(), 2.0.into()]).unwrap();
        assert!(gradients[0].item() > 350.0, "{}", gradients[0]);
        assert_eq!(gradients[1].item(), 0.5);
    }
}
