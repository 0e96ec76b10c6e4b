//! Inverse gamma distribution.

use crate::distribution::continuous::gamma::{
    centred, from_centre, kl_divergence, log_density_of_logarithm, mean_and_precision, standard_gamma,
};
use crate::distribution::density::{saddle_point, scalar};
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Inverse gamma distribution: the reciprocal of a gamma variable with this concentration and rate `scale`.
    ///
    #[doc = include_str!("../../../doc/distribution/InverseGamma.svg")]
    ///
    /// ```text
    /// log p(x) = concentration · ln(scale) − (concentration + 1) ln x − scale / x − ln Γ(concentration),   x > 0
    /// ```
    #[parameters]
    /// By mean and standard deviation: [`from_mean_and_stddev`](Self::from_mean_and_stddev).
    ///
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = scale / (concentration − 1)
    /// variance = scale² / ((concentration − 1)² (concentration − 2))
    /// mode     = scale / (concentration + 1)
    /// entropy  = concentration + ln(scale) + ln Γ(concentration) − (1 + concentration) ψ(concentration)
    /// ```
    /// The mean is ∞ up to a concentration of 1, the variance up to 2. The median is the quantile at ½.
    ///
    /// # Numerics
    /// Density, tails and quantiles are those of [`Gamma`](crate::distribution::Gamma) at scale / x, with the tails
    /// exchanged: large concentrations do not cancel, and both tails keep their relative precision.
    ///
    /// # Draws
    /// Reciprocals of gamma draws; the gradient by the concentration is implicit, as that of
    /// [`Gamma`](crate::distribution::Gamma).
    ///
    /// # Reference
    /// Stan Functions Reference, "Inverse gamma distribution". NumPyro and torch call `scale` the rate.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, InverseGamma, Moments};
    ///
    /// let variance = InverseGamma::new(3.0, 4.0)?;
    /// assert_eq!(variance.mean(), 2.0);
    /// assert_eq!(InverseGamma::new(1.0, 1.0)?.mean(), f64::INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct InverseGamma {
        /// Concentration, or shape (α).
        concentration: Positive,
        /// Scale, the rate of the gamma variable (β).
        scale: Positive,
    }

    pub fn new(concentration: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl InverseGamma {
    /// An inverse gamma distribution with this mean and standard deviation: concentration 2 + (mean / stddev)² and scale
    /// mean · (concentration − 1).
    ///
    /// # Errors
    /// `mean` or `stddev` not positive and finite; shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::InverseGamma;
    ///
    /// let variance = InverseGamma::from_mean_and_stddev(2.0, 1.0)?;
    /// assert_eq!((variance.concentration().item(), variance.scale().item()), (6.0, 10.0));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn from_mean_and_stddev(mean: impl IntoTensor, stddev: impl IntoTensor) -> Result<Self> {
        let [mean, precision] = mean_and_precision(Self::NAME, mean.into_tensor(), stddev.into_tensor())?;
        let scale = (&precision + 1.0).try_mul(mean)?;
        Self::new(precision + 2.0, scale)
    }

    /// `formula`, which holds above a concentration, and ∞ up to it.
    fn moment(&self, above: f64, formula: impl FnOnce(&Tensor) -> Tensor) -> Tensor {
        let exists = self.concentration.greater(above);
        let concentration = Tensor::select(&exists, &self.concentration, above + 1.0);
        Tensor::select(exists, formula(&concentration), f64::INFINITY)
    }

    /// A function of the gamma distribution of scale / x; `below` where x is not positive.
    fn of_reciprocal(&self, function: Function, value: &Tensor, below: f64) -> Result<Tensor> {
        scalar::above(self, value, 0.0, below, |value| {
            let Self { concentration, scale, .. } = self.checked();
            Cumulative::new(Family::Gamma, function).try_of(&[&concentration, &scale.try_div(value)?])
        })
    }
}

impl Distribution for InverseGamma {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let standard = standard_gamma(rng, &self.concentration, sample_shape.concat(&self.batch_shape))?;
        Ok(standard.recip().try_mul(&self.scale)?.minimum(f64::MAX))
    }

    fn log_prob(&self, given: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, given, 1.0, |value| {
            let ln = value.ln();
            if let Some(centred) = centred(&self.concentration, (value, given), self.batch_shape) {
                // As for the gamma distribution, of the reciprocals.
                let centre = self.scale.try_div(&centred.centre)?;
                let log_ratio = centred.map(value, |x, centre| -saddle_point::log_ratio(x - centre, x, centre))?;
                let relative = centred.map(value, |x, centre| (centre - x) / x)?;
                let log_centre = self.scale.ln().try_sub(centred.centre.ln())?;
                return from_centre(&self.concentration, (&centre, &log_centre), &log_ratio, &relative)?.try_sub(ln);
            }
            let scaled = self.scale.try_div(value)?;
            log_density_of_logarithm(&self.concentration, &self.scale.ln().try_sub(&ln)?, &scaled)?.try_sub(ln)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for InverseGamma {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.of_reciprocal(Function::Upper, value, 0.0)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, scale, .. } = self.checked();
        let quantile =
            Cumulative::new(Family::Gamma, Function::UpperQuantile).try_of(&[&concentration, probability])?;
        scale.try_div(quantile)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, scale, .. } = self.checked();
        let quantile =
            Cumulative::new(Family::Gamma, Function::LowerQuantile).try_of(&[&concentration, probability])?;
        scale.try_div(quantile)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.of_reciprocal(Function::LogUpper, value, f64::NEG_INFINITY)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.of_reciprocal(Function::Lower, value, 1.0)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.of_reciprocal(Function::LogLower, value, 0.0)
    }
}

impl Mode for InverseGamma {
    fn mode(&self) -> Result<Tensor> {
        self.scale.try_div(&self.concentration + 1.0)
    }
}

impl Moments for InverseGamma {
    fn mean(&self) -> Tensor {
        self.moment(1.0, |concentration| &self.scale / (concentration - 1.0))
    }

    fn variance(&self) -> Tensor {
        self.moment(2.0, |concentration| (&self.scale / (concentration - 1.0)).square() / (concentration - 2.0))
    }
}

impl Entropy for InverseGamma {
    fn entropy(&self) -> Tensor {
        // That of 1 / X plus the mean of 2 ln X, of which both have a multiple of ψ.
        let concentration = &self.concentration;
        concentration + concentration.lgamma() - (1.0 + concentration) * concentration.digamma() + self.scale.ln()
    }
}

impl KlDivergence<Self> for InverseGamma {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        kl_divergence((&self.concentration, &self.scale), (&other.concentration, &other.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<InverseGamma> {
        Family::new("InverseGamma", |p| InverseGamma::new(p.get("concentration"), p.get("scale")))
            .at(parameters! { concentration: 2.5, scale: 1.7 })
            .at(parameters! { concentration: 0.6, scale: 0.4 })
            .at(parameters! { concentration: 50.0, scale: 3.0 })
            .rejects(
                parameters! { concentration: -1.5, scale: 1.0 },
                "InverseGamma: `concentration` must be positive, got -1.5",
            )
            .rejects(parameters! { concentration: 1.0, scale: 0.0 }, "InverseGamma: `scale` must be positive, got 0")
            .draws([0.9122761082087838, 0.40846549635915586, 0.9066020156143246])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    mod mean_and_stddev {
        use super::*;

        fn family() -> Family<InverseGamma> {
            Family::of("InverseGamma", |p| InverseGamma::from_mean_and_stddev(p.get("mean"), p.get("stddev")))
                .without_golden_cases("the table has concentrations")
                .without_far_cases("the density is that of concentrations")
                .at(parameters! { mean: 1.5, stddev: 0.6 })
                .at(parameters! { mean: 0.8, stddev: 0.25 })
                .at(parameters! { mean: 4.0, stddev: 2.0 })
        }

        conformance::law_tests! { family() =>
            shapes_are_sample_batch_event,
            a_batch_is_its_members,
            gradients_are_finite_differences,
            draws_with_a_gradient_are_recorded,
            univariate, cdf, mode, moments, entropy, reparameterized
        }

        #[test]
        fn constants_are_checked_by_name() {
            let error =
                |mean: f64, stddev: f64| InverseGamma::from_mean_and_stddev(mean, stddev).unwrap_err().to_string();
            assert!(error(-1.5, 0.1).starts_with("InverseGamma: `mean` must be "), "{}", error(-1.5, 0.1));
            assert_eq!(error(0.5, 0.0), "InverseGamma: `stddev` must be positive, got 0");
        }

        #[test]
        fn moments_are_those_given() {
            let (mean, stddev) = (Tensor::from([2.0, 0.1, 1e6]), Tensor::from([0.5, 3.0, 7.0]));
            let by_moments = InverseGamma::from_mean_and_stddev(&mean, &stddev).unwrap();
            for (got, want) in [(by_moments.mean(), &mean), (by_moments.stddev(), &stddev)] {
                assert!((got / want - 1.0).abs().max() < 1e-13);
            }
        }

        #[test]
        fn latent_parameters_outside_have_no_density() {
            for [mean, stddev] in [[-1.0, 1.0], [1.0, -1.0]] {
                let log_prob = |inputs: &[Tensor]| {
                    InverseGamma::from_mean_and_stddev(&inputs[0], &inputs[1])?.log_prob(&0.5.into())
                };
                let (value, _) = crate::grad(log_prob, &[mean.into(), stddev.into()]).unwrap();
                assert!(value.is_nan(), "{mean}, {stddev}: {value}");
            }
        }
    }
}
