//! Chi distribution.

use std::f64::consts::LN_2;

use crate::distribution::continuous::gamma;
use crate::distribution::continuous::student_t::log_half_step_deficit;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Chi distribution: the length of a vector of standard normal variables.
    ///
    #[doc = include_str!("../../../doc/distribution/Chi.svg")]
    ///
    /// ```text
    /// log p(x) = (df − 1) ln x − ½ x² − (½ df − 1) ln 2 − ln Γ(½ df),   x > 0
    /// ```
    ///
    /// At 0 the density has its limit, which is 0, finite or ∞; as an observation 0 is refused.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = √2 Γ(½ (df + 1)) / Γ(½ df)
    /// variance = df − mean²
    /// mode     = √(df − 1) if df ≥ 1, 0 otherwise
    /// entropy  = ½ df + ln Γ(½ df) − ½ ln 2 − ½ (df − 1) ψ(½ df)
    /// ```
    /// The median is the quantile at ½.
    ///
    /// # Numerics
    /// The ratio of gamma functions in the mean is a difference of Stirling's corrections, and the variance is taken
    /// from it by expm1: both keep their digits at large `df`. Tails and quantiles are those of ½ X², which is
    /// Gamma(½ df, 1).
    ///
    /// # Draws
    /// Roots of gamma variables, whose gradient by `df` is implicit (Figurnov et al. 2018).
    ///
    /// # Reference
    /// Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions" (1994), chapter 18.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Chi, Moments};
    ///
    /// let length = Chi::new(2.0)?;
    /// assert!((length.mean().item() - std::f64::consts::FRAC_PI_2.sqrt()).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Chi {
        /// Degrees of freedom, the dimension of the vector.
        df: Positive,
    }

    pub fn new(df: impl IntoTensor) -> Result<Self>;
}

impl Chi {
    /// The concentration of ½ X², whose rate is 1.
    fn concentration(&self) -> Tensor {
        scalar::half(&self.checked().df)
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, function.beyond(), |value| {
            Cumulative::new(Standard::Gamma, function).try_of(&[&self.concentration(), &(value.square() * 0.5)])
        })
    }
}

impl Distribution for Chi {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        Ok((gamma::standard_gamma(rng, &scalar::half(&self.df), shape)? * 2.0).sqrt())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, value, 1.0, |value| {
            let ln = value.ln();
            let of_half_square =
                gamma::log_density_of_logarithm(&self.concentration(), &(&ln * 2.0 - LN_2), &(value.square() * 0.5))?;
            (of_half_square + LN_2).try_sub(ln)
        })?;
        scalar::with_limit_at_zero(log_prob, value, || {
            scalar::limit_of_power(&self.df, Tensor::scalar(LN_2 - HALF_LN_2PI))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Chi {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let half_square =
            Cumulative::new(Standard::Gamma, Function::LowerQuantile).try_of(&[&self.concentration(), probability])?;
        Ok((half_square * 2.0).sqrt())
    }
}

impl Mode for Chi {
    fn mode(&self) -> Result<Tensor> {
        Ok((&self.df - 1.0).maximum(0.0).sqrt())
    }
}

impl Moments for Chi {
    fn mean(&self) -> Tensor {
        self.df.sqrt() * (-log_half_step_deficit(&scalar::half(&self.df))).exp()
    }

    fn variance(&self) -> Tensor {
        // df less the square of the mean, which is near it.
        -&self.df * (log_half_step_deficit(&scalar::half(&self.df)) * -2.0).expm1()
    }
}

impl Entropy for Chi {
    fn entropy(&self) -> Tensor {
        // That of ½ X², and the mean of ln |dx / d(½ x²)|.
        let half = scalar::half(&self.df);
        &half + half.lgamma() + (0.5 - &half) * half.digamma() - 0.5 * LN_2
    }
}

impl KlDivergence<Self> for Chi {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // That of the squares: a change of variables does not touch a divergence.
        let rate = Tensor::scalar(1.0);
        gamma::kl_divergence((&scalar::half(&self.df), &rate), (&scalar::half(&other.df), &rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Chi> {
        Family::new("Chi", |p| Chi::new(p.get("df")))
            .at(parameters! { df: 2.5 })
            .at(parameters! { df: 0.6 })
            .at(parameters! { df: 80.0 })
            .rejects(parameters! { df: 0.0 }, "Chi: `df` must be positive, got 0")
            .draws([1.2038985532551638, 2.1800587983324955, 1.2098480549179])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    #[test]
    fn the_variance_of_many_degrees_of_freedom_does_not_cancel() {
        // ½ − 1 / (8 df) + …
        let variance = Chi::new(1e12).unwrap().variance().item();
        assert!((variance - 0.5).abs() < 1e-12, "{variance}");
    }
}
