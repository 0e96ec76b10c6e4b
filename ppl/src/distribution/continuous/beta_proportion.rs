//! Beta distribution by its mean.

use crate::distribution::continuous::Beta;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Beta distribution on the unit interval, by mean and concentration.
///
#[doc = include_str!("../../../doc/distribution/BetaProportion.svg")]
///
/// ```text
/// X ~ Beta(mean · concentration, (1 − mean) · concentration),   0 ≤ x ≤ 1
/// ```
///
/// # Parameters
/// | parameter       | domain           | meaning                                       | shape |
/// |-----------------|------------------|-----------------------------------------------|-------|
/// | `mean`          | between 0 and 1, both excluded | mean                            | batch |
/// | `concentration` | positive         | sum of the concentrations of [`Beta`], or precision | batch |
///
/// # Shapes
/// batch = broadcast(mean, concentration), event = `[]`.
///
/// # Support
/// The numbers between 0 and 1: [`Constraint::UnitInterval`](crate::Constraint::UnitInterval).
///
/// # Moments
/// ```text
/// mean     = mean
/// variance = mean · (1 − mean) / (concentration + 1)
/// mode     = (a − 1) / (concentration − 2) if a ≥ 1 and b ≥ 1,   a = mean · concentration, b = (1 − mean) · concentration
/// ```
/// Elsewhere the mode is that of [`Beta`]; median and entropy are those of [`Beta`] everywhere.
///
/// # Numerics
/// Density, tails and quantiles are those of [`Beta`] at the two products; mean and variance are made of the parameters
/// as they were given.
///
/// # Draws
/// Those of [`Beta`].
///
/// # Reference
/// Stan Functions Reference, "Beta proportion distribution"; Ferrari and Cribari-Neto, "Beta regression for modelling rates
/// and proportions", Journal of Applied Statistics 31 (2004).
///
/// # Example
/// ```
/// use ppl::distribution::{Beta, BetaProportion, Distribution, Moments};
///
/// let rate = BetaProportion::new(0.25, 8.0)?;
/// assert_eq!(rate.mean(), 0.25);
/// assert_eq!(rate.log_prob(&0.4.into())?, Beta::new(2.0, 6.0)?.log_prob(&0.4.into())?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BetaProportion {
    mean: Tensor,
    concentration: Tensor,
    beta: Beta,
}

/// A product of positive numbers, which is not 0 where it underflows. A subnormal concentration counts as the smallest normal
/// number: the ratio of the two products is the mean.
fn share(part: &Tensor, concentration: &Tensor) -> Result<Tensor> {
    let constant = concentration.detach();
    let is_subnormal = constant.greater(0.0) * constant.less(f64::MIN_POSITIVE);
    let raised = if is_subnormal.is_known_to_be_all(0.0) {
        concentration.clone()
    } else {
        Tensor::select(is_subnormal, f64::MIN_POSITIVE, concentration)
    };
    let concentration = &raised;
    let share = part.try_mul(concentration)?;
    let underflows = share.detach().equal(0.0) * part.detach().greater(0.0) * concentration.detach().greater(0.0);
    Ok(if underflows.is_known_to_be_all(0.0) { share } else { Tensor::select(underflows, 5e-324, share) })
}

impl BetaProportion {
    const NAME: &'static str = "BetaProportion";

    /// The beta distribution with this mean, whose concentrations have this sum.
    ///
    /// # Errors
    /// `mean` not between 0 and 1, or one of them; `concentration` not positive and finite; shapes that do not broadcast.
    pub fn new(mean: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (mean, concentration) = (mean.into_tensor(), concentration.into_tensor());
        check::broadcast_all(Self::NAME, &[&mean, &concentration])?;
        let beta = Beta::unchecked(share(&mean, &concentration)?, share(&(1.0 - &mean), &concentration)?)?;
        let proportion = Self { mean, concentration, beta };
        check::constants(Self::NAME, &proportion.parameters())?;
        Ok(proportion)
    }

    /// The ends of the unit interval are no means.
    fn parameters(&self) -> [check::Parameter<'_>; 3] {
        [
            ("mean", &self.mean, Constraint::GreaterThan(0.0.into())),
            ("mean", &self.mean, Constraint::LessThan(1.0.into())),
            ("concentration", &self.concentration, Constraint::Positive),
        ]
    }

    /// The sum of the concentrations.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }

    fn check_value(&self, value: &Tensor) -> Result<()> {
        check::broadcast(Self::NAME, &value.shape(), &self.batch_shape()).map(|_| ())
    }
}

impl Distribution for BetaProportion {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.beta.batch_shape()
    }

    fn support(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        self.beta.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.check_value(value)?;
        self.beta.log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

macro_rules! of_beta {
    ($($function:ident)*) => {
        $(
            fn $function(&self, value: &Tensor) -> Result<Tensor> {
                self.check_value(value)?;
                self.beta.$function(value)
            }
        )*
    };
}

impl Cdf for BetaProportion {
    of_beta! { cdf log_cdf survival log_survival icdf }
}

impl Mode for BetaProportion {
    fn mode(&self) -> Result<Tensor> {
        self.beta.mode()
    }
}

impl Moments for BetaProportion {
    fn mean(&self) -> Tensor {
        self.mean.broadcast_to(self.batch_shape())
    }

    fn variance(&self) -> Tensor {
        &self.mean * (1.0 - &self.mean) / (&self.concentration + 1.0)
    }
}

impl Entropy for BetaProportion {
    fn entropy(&self) -> Tensor {
        self.beta.entropy()
    }
}

impl KlDivergence<Self> for BetaProportion {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.beta.kl_divergence(&other.beta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<BetaProportion> {
        Family::new("BetaProportion", |p| BetaProportion::new(p.get("mean"), p.get("concentration")))
            .nan_at("concentration", &["mode"], "the density has no highest point, or more than one, there")
            .nan_at("far", &["mode"], "the density has no highest point, or more than one, there")
            .at(parameters! { mean: 0.3, concentration: 5.0 })
            .at(parameters! { mean: 0.6, concentration: 3.2 })
            .rejects(
                parameters! { mean: 0.0, concentration: 1.0 },
                "BetaProportion: `mean` must be greater than 0, got 0",
            )
            .rejects(
                parameters! { mean: 1.5, concentration: 1.0 },
                "BetaProportion: `mean` must be less than 1, got 1.5",
            )
            .rejects(
                parameters! { mean: 0.5, concentration: 0.0 },
                "BetaProportion: `concentration` must be positive, got 0",
            )
            .draws([0.22620601749458574, 0.48017860543927166, 0.26700680393586446])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
