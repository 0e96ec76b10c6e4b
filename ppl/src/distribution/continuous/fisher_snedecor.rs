//! Fisher–Snedecor distribution.

use crate::distribution::continuous::GammaGamma;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

declare! {
    /// Fisher–Snedecor (F) distribution: the ratio of two chi-squared variables, each divided by its degrees of freedom.
    ///
    #[doc = include_str!("../../../doc/distribution/FisherSnedecor.svg")]
    ///
    /// ```text
    /// log p(x) = ½ df1 ln y + ½ df2 ln(1 − y) − ln B(½ df1, ½ df2) − ln x,   y = df1 x / (df1 x + df2), x > 0
    /// ```
    ///
    /// At 0 the density has its limit, which is 0, finite or ∞; as an observation 0 is refused.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// It is [`GammaGamma`]`(½ df1, ½ df2, df2 / df1)`.
    ///
    /// # Moments
    /// ```text
    /// mean     = df2 / (df2 − 2)
    /// variance = 2 df2² (df1 + df2 − 2) / (df1 (df2 − 2)² (df2 − 4))
    /// mode     = (df1 − 2) / df1 · df2 / (df2 + 2) if df1 ≥ 2, 0 otherwise
    /// entropy  = ln(b / a) + ln B(a, b) + (1 − a) ψ(a) − (1 + b) ψ(b) + (a + b) ψ(a + b),   a = ½ df1, b = ½ df2
    /// ```
    /// The mean is ∞ up to df2 = 2, the variance up to 4. The median is the quantile at ½.
    ///
    /// # Numerics
    /// The log density is made of Stirling corrections and of deviances, which are small where the degrees of freedom are large.
    ///
    /// # Reference
    /// Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions" volume 2 (1995), chapter 27.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, FisherSnedecor};
    ///
    /// let ratio = FisherSnedecor::new(2.0, 2.0)?;
    /// assert!((ratio.survival(&4.0.into())?.item() - 0.2).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct FisherSnedecor {
        /// Degrees of freedom of the numerator.
        df1: Positive,
        /// Degrees of freedom of the denominator.
        df2: Positive,
    }

    pub fn new(df1: impl IntoTensor, df2: impl IntoTensor) -> Result<Self>;
}

/// The smallest positive number.
const SMALLEST: f64 = 5e-324;

/// Below this ratio of the degrees of freedom, or above its reciprocal, one of them is much the smaller one.
const SMALL_RATIO: f64 = 1e-6;

impl FisherSnedecor {
    fn try_as_gamma_gamma(&self) -> Result<GammaGamma> {
        let Self { df1, df2, .. } = self.checked();
        let ratio = df2.try_div(&df1)?.clamp(SMALLEST, f64::MAX);
        GammaGamma::unchecked(scalar::half(&df1), scalar::half(&df2), ratio)
    }

    fn as_gamma_gamma(&self) -> GammaGamma {
        self.try_as_gamma_gamma().unwrap_or_else(|_| unreachable!("`new` has broadcast the parameters"))
    }
}

impl Distribution for FisherSnedecor {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        self.try_as_gamma_gamma()?.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, value, 1.0, |value| {
            let [a, b] = [&self.df1, &self.df2].map(|df| scalar::half(&check::or_nan(df, &Constraint::Positive)));
            let total = a.try_add(&b)?;
            // How far the logarithms of y and 1 − y are from those of their centres a / (a + b) and b / (a + b).
            let ratio = a.try_div(&b)?;
            let of_y = {
                // By logarithms where 1 / x might overflow.
                let is_small = value.detach().less(0.5);
                let small = Tensor::select(&is_small, value, 0.25);
                let small = ((-&small).log1p() - small.ln()).try_sub(ratio.log1p())?.softplus();
                let large = (Tensor::select(&is_small, 1.0, value).recip() - 1.0).try_div(&ratio + 1.0)?.log1p();
                -Tensor::try_select(is_small, small, large)?
            };
            let of_rest = -(value - 1.0).try_div(b.try_div(&a)? + 1.0)?.log1p();
            // Both differ by ln x. Where one concentration is much the smaller one, the logarithm of its part is taken
            // of the other one's: its own formula is that of a rounded 0.
            let [is_first, is_second] = [ratio.detach().less(SMALL_RATIO), ratio.detach().greater(SMALL_RATIO.recip())];
            let (of_y, of_rest) = if (&is_first + &is_second).is_known_to_be_all(0.0) {
                (of_y, of_rest)
            } else {
                let ln = value.ln();
                let [first, second] = [of_rest.try_add(&ln)?, of_y.try_sub(&ln)?];
                (Tensor::try_select(is_first, first, of_y)?, Tensor::try_select(is_second, second, of_rest)?)
            };
            let part = |concentration: &Tensor, log_ratio: Tensor| {
                (-concentration.stirling_correction()).try_sub(log_ratio.expm1x().try_mul(concentration)?)
            };
            // ½ ln(a b / (a + b)), such that its derivative by the larger is as small as it is.
            let is_less = a.detach().try_less(b.detach())?;
            let (less, more) = (Tensor::try_select(&is_less, &a, &b)?, Tensor::try_select(&is_less, &b, &a)?);
            let log_scale = less.ln().try_sub(less.try_div(more)?.log1p())? * 0.5;
            let normalizer = total.stirling_correction() + log_scale - HALF_LN_2PI;
            part(&a, of_y)?.try_add(part(&b, of_rest)?)?.try_add(normalizer)?.try_sub(value.ln())
        })?;
        scalar::with_limit_at_zero(log_prob, value, || scalar::limit_of_power(&(&self.df1 * 0.5), Tensor::scalar(0.0)))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

macro_rules! of_gamma_gamma {
    ($($function:ident)*) => {
        $(
            fn $function(&self, value: &Tensor) -> Result<Tensor> {
                scalar::check_shape(self, value)?;
                self.try_as_gamma_gamma()?.$function(value)
            }
        )*
    };
}

impl Cdf for FisherSnedecor {
    of_gamma_gamma! { cdf log_cdf survival log_survival icdf inverse_survival }
}

impl Mode for FisherSnedecor {
    fn mode(&self) -> Result<Tensor> {
        self.try_as_gamma_gamma()?.mode()
    }
}

impl Moments for FisherSnedecor {
    fn mean(&self) -> Tensor {
        // df2 / (df2 − 2), which is the same at all `df1`.
        let is_finite = self.df2.greater(2.0);
        let df2 = Tensor::select(&is_finite, &self.df2, 3.0);
        Tensor::select(is_finite, &df2 / (&df2 - 2.0), f64::INFINITY).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.df2.greater(4.0);
        let df2 = Tensor::select(&is_finite, &self.df2, 5.0);
        let rest = &df2 - 2.0;
        let shares = &rest / &self.df1 + 1.0;
        let variance = (df2.clone() / rest).square() * (shares / (df2 - 4.0)) * 2.0;
        Tensor::select(is_finite, variance, f64::INFINITY).broadcast_to(self.batch_shape)
    }
}

impl Entropy for FisherSnedecor {
    fn entropy(&self) -> Tensor {
        self.as_gamma_gamma().entropy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<FisherSnedecor> {
        // Where the second moments of the gradients of the draws exist.
        Family::new("FisherSnedecor", |p| FisherSnedecor::new(p.get("df1"), p.get("df2")))
            .without_golden_cases("the table has none; the values below are SciPy's")
            .at(parameters! { df1: 5.0, df2: 23.0 })
            .at(parameters! { df1: 1.6, df2: 28.0 })
            .rejects(parameters! { df1: 0.0, df2: 1.0 }, "FisherSnedecor: `df1` must be positive, got 0")
            .rejects(parameters! { df1: 1.0, df2: -1.5 }, "FisherSnedecor: `df2` must be positive, got -1.5")
            .draws([1.2418908007046794, 1.5050750485311353, 0.9519613034900698])
    }

    conformance::distribution!(
        family() => univariate, cdf, mode, moments, entropy, reparameterized_by_moments
    );

    #[test]
    fn as_scipy_has_it() {
        let ratio = FisherSnedecor::new(3.5, 12.0).unwrap();
        let at = Tensor::from(1.7);
        let got = [
            ratio.log_prob(&at).unwrap().item(),
            ratio.survival(&at).unwrap().item(),
            ratio.mean().item(),
            ratio.variance().item(),
            ratio.entropy().item(),
        ];
        let want = [-1.556709334294787, 0.21718129561185667, 1.2, 1.3885714285714286, 1.140232498436637];
        for (got, want) in got.into_iter().zip(want) {
            assert!((got / want - 1.0).abs() < 1e-12, "{got}, {want}");
        }
    }
}
