//! Power law above a lower end.

use crate::distribution::continuous::Pareto;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Power law above a lower end: the [`Pareto`] distribution by the power of its density.
///
#[doc = include_str!("../../../doc/distribution/LowerTruncatedPowerLaw.svg")]
///
/// ```text
/// log p(x) = alpha · ln x − (alpha + 1) ln(low) + ln(−alpha − 1),   x ≥ low
/// ```
///
/// It is `Pareto(−alpha − 1, low)`.
///
/// # Parameters
/// | parameter | domain   | meaning              | shape |
/// |-----------|----------|----------------------|-------|
/// | `alpha`   | below −1 | power of the density | batch |
/// | `low`     | positive | the smallest value   | batch |
///
/// # Shapes
/// batch = broadcast(alpha, low), event = `[]`.
///
/// # Support
/// The numbers from `low` on: [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// ```text
/// mean     = low · (alpha + 1) / (alpha + 2)
/// variance = −low² · (alpha + 1) / ((alpha + 2)² (alpha + 3))
/// mode     = low
/// median   = low · 2^(−1 / (alpha + 1))
/// entropy  = ln(low) − ln(−alpha − 1) − 1 / (alpha + 1) + 1
/// ```
/// The mean is ∞ from an `alpha` of −2 on, the variance from −3 on.
///
/// # Numerics
/// All functions are those of [`Pareto`] with the concentration −alpha − 1.
///
/// # Reference
/// NumPyro, `LowerTruncatedPowerLaw`; Newman, "Power laws, Pareto distributions and Zipf's law" (2005).
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, LowerTruncatedPowerLaw};
///
/// let mass = LowerTruncatedPowerLaw::new(-2.35, 0.1)?;
/// assert!((mass.survival(&1.0.into())?.item() - 0.1_f64.powf(1.35)).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LowerTruncatedPowerLaw {
    alpha: Tensor,
    pareto: Pareto,
}

impl LowerTruncatedPowerLaw {
    const NAME: &'static str = "LowerTruncatedPowerLaw";

    /// The power law with this power from this value on.
    ///
    /// # Errors
    /// `alpha` not below −1; `low` not positive and finite; shapes that do not broadcast.
    pub fn new(alpha: impl IntoTensor, low: impl IntoTensor) -> Result<Self> {
        let (alpha, low) = (alpha.into_tensor(), low.into_tensor());
        check::broadcast_all(Self::NAME, &[&alpha, &low])?;
        let law = Self { pareto: Pareto::unchecked(-&alpha - 1.0, low)?, alpha };
        check::constants(Self::NAME, &law.parameters())?;
        Ok(law)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("alpha", &self.alpha, Constraint::LessThan(Tensor::scalar(-1.0))), ("low", self.low(), Constraint::Positive)]
    }

    /// The power of the density.
    #[must_use]
    pub fn alpha(&self) -> &Tensor {
        &self.alpha
    }

    /// The smallest value.
    #[must_use]
    pub fn low(&self) -> &Tensor {
        self.pareto.scale()
    }
}

impl Distribution for LowerTruncatedPowerLaw {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.pareto.batch_shape()
    }

    fn support(&self) -> Constraint {
        self.pareto.support()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        self.pareto.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        self.pareto.log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

macro_rules! of_pareto {
    ($($function:ident)*) => {
        $(
            fn $function(&self, value: &Tensor) -> Result<Tensor> {
                scalar::check_shape(self, value)?;
                self.pareto.$function(value)
            }
        )*
    };
}

impl Cdf for LowerTruncatedPowerLaw {
    of_pareto! { cdf log_cdf survival log_survival icdf inverse_survival }
}

impl Mode for LowerTruncatedPowerLaw {
    fn mode(&self) -> Result<Tensor> {
        self.pareto.mode()
    }
}

impl Moments for LowerTruncatedPowerLaw {
    fn mean(&self) -> Tensor {
        self.pareto.mean()
    }

    fn variance(&self) -> Tensor {
        self.pareto.variance()
    }
}

impl Entropy for LowerTruncatedPowerLaw {
    fn entropy(&self) -> Tensor {
        self.pareto.entropy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<LowerTruncatedPowerLaw> {
        Family::new("LowerTruncatedPowerLaw", |p| LowerTruncatedPowerLaw::new(p.get("alpha"), p.get("low")))
            .without_golden_cases("the table has none; it is a Pareto distribution, which is in it")
            .without_far_cases("those of the Pareto distribution")
            .at(parameters! { alpha: -7.5, low: 1.7 })
            .at(parameters! { alpha: -9.0, low: 0.4 })
            .rejects(
                parameters! { alpha: -1.0, low: 1.0 },
                "LowerTruncatedPowerLaw: `alpha` must be less than -1, got -1",
            )
            .rejects(parameters! { alpha: -2.0, low: 0.0 }, "LowerTruncatedPowerLaw: `low` must be positive, got 0")
            .draws([1.7627026622671873, 1.8152357545877358, 2.4524593122940126])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn the_density_is_a_power() {
        let law = LowerTruncatedPowerLaw::new(-2.5, 3.0).unwrap();
        // 1.5 · 3^1.5 · x^(−2.5).
        let want = 1.5_f64.ln() + 1.5 * 3_f64.ln() - 2.5 * 7_f64.ln();
        assert!((law.log_prob(&7.0.into()).unwrap().item() - want).abs() < 1e-14);
        assert_eq!(law.parameter_values()[0].1, -2.5);
    }
}
