//! Chi-squared distribution.

use super::gamma::Gamma;
use super::{Cdf, Distribution, Entropy, KlDivergence, Moments, Reparameterized, check, scalar};
use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor};

/// Chi-squared distribution: the sum of `df` squared standard normal variables, which is
/// [`Gamma`](super::Gamma)(½ df, ½).
///
/// ```text
/// log p(x) = (½ df − 1) ln x − ½ x − ½ df ln 2 − ln Γ(½ df),   x > 0
/// ```
///
/// | parameter | domain   | meaning            | shape |
/// |-----------|----------|--------------------|-------|
/// | `df`      | positive | degrees of freedom | batch |
///
/// **Shapes** batch = df, event = `[]`.
///
/// **Reference** Stan Functions Reference, "Chi-square distribution".
///
/// ```
/// use ppl::distribution::{Chi2, Moments};
///
/// assert_eq!(Chi2::new(3.0)?.variance(), 6.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chi2 {
    df: Tensor,
    gamma: Gamma,
}

impl Chi2 {
    /// A chi-squared distribution with this many degrees of freedom.
    ///
    /// # Errors
    /// `df` not positive and finite.
    pub fn new(df: impl Into<Tensor>) -> Result<Self> {
        let df = df.into();
        check::constants("Chi2", &parameters(&df))?;
        let gamma = Gamma::new(&df * 0.5, 0.5)?;
        Ok(Self { df, gamma })
    }

    /// The degrees of freedom.
    #[must_use]
    pub fn df(&self) -> &Tensor {
        &self.df
    }
}

fn parameters(df: &Tensor) -> [check::Parameter<'_>; 1] {
    [("df", df, Constraint::Positive)]
}

impl Distribution for Chi2 {
    fn name(&self) -> &'static str {
        "Chi2"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&parameters(&self.df))
    }

    fn batch_shape(&self) -> Shape {
        self.df.shape()
    }

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Chi2", &parameters(&self.df))?;
        self.gamma.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.gamma.log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Reparameterized for Chi2 {}

impl Cdf for Chi2 {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        self.gamma.cdf(value)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.gamma.icdf(probability)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        self.gamma.log_cdf(value)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        self.gamma.survival(value)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        self.gamma.log_survival(value)
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
        self.gamma.entropy()
    }
}

impl KlDivergence<Self> for Chi2 {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.gamma.kl_divergence(&other.gamma)
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

    conformance::distribution!(family() => univariate, cdf, moments, entropy, kl, reparameterized);
}
