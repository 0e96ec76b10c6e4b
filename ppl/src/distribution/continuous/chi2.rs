//! Chi-squared distribution.

use crate::distribution::continuous::gamma::Gamma;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Chi-squared distribution: the sum of `df` squared standard normal variables, which is
    /// [`Gamma`](crate::distribution::Gamma)(½ df, ½).
    ///
    #[doc = include_str!("../../../doc/distribution/Chi2.svg")]
    ///
    /// ```text
    /// log p(x) = (½ df − 1) ln x − ½ x − ½ df ln 2 − ln Γ(½ df),   x > 0
    /// ```
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = df
    /// variance = 2 df
    /// mode     = df − 2 if df ≥ 2, 0 otherwise
    /// entropy  = ½ df + ln 2 + ln Γ(½ df) + (1 − ½ df) ψ(½ df)
    /// ```
    /// The median is the quantile at ½.
    ///
    /// # Numerics
    /// Density, tails, quantiles and draws are those of [`Gamma`](crate::distribution::Gamma), with its implicit
    /// gradient by `df`.
    ///
    /// # Reference
    /// Stan Functions Reference, "Chi-square distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Chi2, Moments};
    ///
    /// assert_eq!(Chi2::new(3.0)?.variance(), 6.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Chi2 {
        /// Degrees of freedom.
        df: Positive,
    }

    pub fn new(df: impl IntoTensor) -> Result<Self>;
}

impl Chi2 {
    /// The same distribution as one of the gamma family.
    pub(crate) fn gamma(&self) -> Gamma {
        Gamma::unchecked(scalar::half(&self.df), Tensor::scalar(0.5)).expect("a scalar broadcasts with every shape")
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        self.gamma().cumulative(function, value)
    }
}

impl Distribution for Chi2 {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        self.gamma().sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.gamma().log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Chi2 {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.gamma().icdf(probability)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.gamma().inverse_survival(probability)
    }
}

impl Mode for Chi2 {
    fn mode(&self) -> Result<Tensor> {
        Ok((&self.df - 2.0).maximum(0.0))
    }
}

impl Moments for Chi2 {
    fn mean(&self) -> Tensor {
        self.df.clone()
    }

    fn variance(&self) -> Tensor {
        &self.df * 2.0
    }
}

impl Entropy for Chi2 {
    fn entropy(&self) -> Tensor {
        self.gamma().entropy()
    }
}

impl KlDivergence<Self> for Chi2 {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.gamma().kl_divergence(&other.gamma())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Chi2> {
        Family::new("Chi2", |p| Chi2::new(p.get("df")))
            .at(parameters! { df: 2.5 })
            .at(parameters! { df: 7.0 })
            .rejects(parameters! { df: 0.0 }, "Chi2: `df` must be positive, got 0")
            .draws([1.4493717265298764, 4.752656364186925, 1.4637323159886262])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
