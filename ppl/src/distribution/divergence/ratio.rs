//! The ratio of two parameters, with its digits near 1 and its logarithm far from it.

use crate::{Result, Tensor};

/// r − 1 and ln r of the ratio r = `numerator` / `denominator` of positive numbers.
pub(crate) fn of_parameters(numerator: &Tensor, denominator: &Tensor) -> Result<(Tensor, Tensor)> {
    let excess = numerator.try_sub(denominator)?.try_div(denominator)?;
    // Near −1 the excess has lost the digits of a small ratio, and a large one may be infinite.
    let is_near = excess.detach().abs().less(0.5);
    let near = Tensor::select(&is_near, &excess, 0.0).log1p();
    let far = numerator.ln().try_sub(denominator.ln())?;
    Ok((excess, Tensor::select(is_near, near, far)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Exponential, Gamma, HalfNormal, KlDivergence, Laplace, Normal};

    #[test]
    fn ratios_have_their_digits() {
        for (numerator, denominator, excess, log) in [
            (1.0 + 1e-9, 1.0, 1.000_000_082_740_371e-9, 1.000_000_082_240_371e-9),
            (1e-20, 1.0, -1.0, -46.051_701_859_880_92),
            (1e200, 1e-200, f64::INFINITY, 921.034_037_197_618_3),
            (1e-200, 1e200, -1.0, -921.034_037_197_618_3),
        ] {
            let (got, got_log) = of_parameters(&numerator.into(), &denominator.into()).unwrap();
            assert!(got.item() == excess || (got.item() - excess).abs() < 1e-15 * excess.abs(), "{got} {excess}");
            assert!((got_log.item() - log).abs() < 1e-15 * log.abs(), "{got_log} {log}");
        }
    }

    /// Divergences of scales that differ by more digits than a number has.
    #[test]
    fn divergences_of_scales_far_apart_are_finite() {
        let log = 1e20_f64.ln();
        let close = |got: Result<Tensor>, want: f64| {
            let got = got.unwrap().item();
            assert!((got - want).abs() < 1e-14 * want.abs(), "{got} {want}");
        };
        let rates = |rate: f64| Exponential::new(rate).unwrap();
        close(rates(1.0).kl_divergence(&rates(1e-20)), log - 1.0);
        close(rates(1.0).kl_divergence(&rates(1e20)), 1e20);
        let gamma = |rate: f64| Gamma::new(2.0, rate).unwrap();
        close(gamma(1.0).kl_divergence(&gamma(1e-20)), 2.0 * (log - 1.0));
        let normal = |scale: f64| Normal::new(0.0, scale).unwrap();
        close(normal(1e-20).kl_divergence(&normal(1.0)), log - 0.5);
        close(normal(1e-200).kl_divergence(&normal(1e200)), 20.0 * log - 0.5);
        let half = |scale: f64| HalfNormal::new(scale).unwrap();
        close(half(1e-20).kl_divergence(&half(1.0)), log - 0.5);
        let laplace = |scale: f64| Laplace::new(0.0, scale).unwrap();
        close(laplace(1e-20).kl_divergence(&laplace(1.0)), log - 1.0);
    }
}
