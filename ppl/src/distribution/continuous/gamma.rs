//! Gamma distribution.

use rand_distr::Distribution as _;

use crate::distribution::density::{saddle_point, scalar};
use crate::distribution::divergence::ratio;
use crate::distribution::sampling::elementwise::{self, ElementSampler};
use crate::distribution::sampling::implicit::Implicit;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

declare! {
    /// Gamma distribution, by concentration (shape) and rate (1 / scale).
    ///
    #[doc = include_str!("../../../doc/distribution/Gamma.svg")]
    ///
    /// ```text
    /// log p(x) = concentration · ln(rate) + (concentration − 1) ln x − rate · x − ln Γ(concentration),   x > 0
    /// ```
    ///
    /// At 0 the density has its limit, which is 0, finite or ∞; as an observation 0 is refused.
    #[parameters]
    /// By mean and standard deviation: [`from_mean_and_stddev`](Self::from_mean_and_stddev).
    ///
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = concentration / rate
    /// variance = concentration / rate²
    /// mode     = (concentration − 1) / rate if concentration ≥ 1, 0 otherwise
    /// entropy  = concentration − ln(rate) + ln Γ(concentration) + (1 − concentration) ψ(concentration)
    /// ```
    /// The median is the quantile at ½.
    ///
    /// # Numerics
    /// Concentrations above 1024, or which are not known when the density is built, take the density from a deviance
    /// and Stirling's correction, so that no difference of large logarithms cancels. Both tails are those of the
    /// regularised incomplete gamma function, by series, continued fraction or Temme's uniform expansion, with full
    /// relative precision; quantiles are found by Newton's method on the logarithm of the smaller tail.
    ///
    /// # Draws
    /// Algorithm of Marsaglia and Tsang (2000); the gradient by the concentration is implicit (Figurnov
    /// et al. 2018). A draw that underflows is the smallest positive normal number.
    ///
    /// # Reference
    /// Stan Functions Reference, "Gamma distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Gamma, Moments};
    ///
    /// let precision = Gamma::new(2.0, 4.0)?;
    /// assert_eq!(precision.mean(), 0.5);
    /// assert!((precision.log_prob(&1.0.into())?.item() - (16_f64.ln() - 4.0)).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Gamma {
        /// Concentration, or shape (α).
        concentration: Positive,
        /// Rate, 1 / scale (β).
        rate: Positive,
    }

    pub fn new(concentration: impl IntoTensor, rate: impl IntoTensor) -> Result<Self>;
}

impl Gamma {
    /// A gamma distribution with this mean and standard deviation: concentration (mean / stddev)² and rate mean / stddev².
    ///
    /// # Errors
    /// `mean` or `stddev` not positive and finite; shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::Gamma;
    ///
    /// let duration = Gamma::from_mean_and_stddev(6.0, 3.0)?;
    /// assert_eq!((duration.concentration().item(), duration.rate().item()), (4.0, 4.0 / 6.0));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn from_mean_and_stddev(mean: impl IntoTensor, stddev: impl IntoTensor) -> Result<Self> {
        let [mean, concentration] = mean_and_precision(Self::NAME, mean.into_tensor(), stddev.into_tensor())?;
        let rate = concentration.try_div(mean)?;
        Self::new(concentration, rate)
    }

    pub(crate) fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        let Self { concentration, rate, .. } = self.checked();
        Cumulative::new(Standard::Gamma, function).try_of(&[&concentration, &value.try_mul(rate)?])
    }
}

impl Distribution for Gamma {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        if let Some(draws) = elementwise::draw_plain::<PlainGamma, 2>(rng, shape, [&self.concentration, &self.rate]) {
            return draws;
        }
        let standard = standard_gamma(rng, &self.concentration, shape)?;
        Ok(standard.try_div(&self.rate)?.maximum(f64::MIN_POSITIVE))
    }

    fn log_prob(&self, given: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, given, 1.0, |value| {
            let ln = value.ln();
            if let Some(centred) = centred(&self.concentration, (value, given), self.batch_shape) {
                // The mean of the gamma variables that have the rate 1, and how they differ from it.
                let centre = self.rate.try_mul(&centred.centre)?;
                let log_ratio = centred.map(value, |x, centre| saddle_point::log_ratio(x - centre, x, centre))?;
                let relative = centred.map(value, |x, centre| (x - centre) / centre)?;
                let log_centre = centred.centre.ln().try_add(self.rate.ln())?;
                return from_centre(&self.concentration, (&centre, &log_centre), &log_ratio, &relative)?.try_sub(ln);
            }
            let scaled = value.try_mul(&self.rate)?;
            log_density_of_logarithm(&self.concentration, &ln.try_add(self.rate.ln())?, &scaled)?.try_sub(ln)
        })?;
        scalar::with_limit_at_zero(log_prob, given, || scalar::limit_of_power(&self.concentration, self.rate.ln()))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Gamma {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, rate, .. } = self.checked();
        Cumulative::new(Standard::Gamma, Function::LowerQuantile).try_of(&[&concentration, probability])?.try_div(rate)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, rate, .. } = self.checked();
        Cumulative::new(Standard::Gamma, Function::UpperQuantile).try_of(&[&concentration, probability])?.try_div(rate)
    }
}

impl Mode for Gamma {
    fn mode(&self) -> Result<Tensor> {
        (&self.concentration - 1.0).maximum(0.0).try_div(&self.rate)
    }
}

impl Moments for Gamma {
    fn mean(&self) -> Tensor {
        &self.concentration / &self.rate
    }

    fn variance(&self) -> Tensor {
        &self.concentration / self.rate.square()
    }

    fn stddev(&self) -> Tensor {
        self.concentration.sqrt() / &self.rate
    }
}

impl Entropy for Gamma {
    fn entropy(&self) -> Tensor {
        standard_entropy(&self.concentration) - self.rate.ln()
    }
}

impl KlDivergence<Self> for Gamma {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        kl_divergence((&self.concentration, &self.rate), (&other.concentration, &other.rate))
    }
}

/// A positive mean, and (mean / stddev)²; NaN where parameters that are being differentiated are not positive.
pub(super) fn mean_and_precision(distribution: &'static str, mean: Tensor, stddev: Tensor) -> Result<[Tensor; 2]> {
    check::broadcast_all(distribution, &[&mean, &stddev])?;
    let parameters = [("mean", &mean, Constraint::Positive), ("stddev", &stddev, Constraint::Positive)];
    check::constants(distribution, &parameters)?;
    let [mean, stddev] = [mean, stddev].map(|moment| check::or_nan(&moment, &Constraint::Positive));
    let precision = mean.try_div(stddev)?.square();
    Ok([mean, precision])
}

/// Log density of Gamma(`concentration`, 1) at eˡⁿ = `value`, with respect to `ln`.
pub(crate) fn log_density_of_logarithm(concentration: &Tensor, ln: &Tensor, value: &Tensor) -> Result<Tensor> {
    // ln Γ is finite at negative concentrations too.
    let concentration = check::or_nan(concentration, &Constraint::Positive);
    if !saddle_point::is_small(&[&concentration]) {
        return saddle_point::log_gamma_density(&concentration, ln);
    }
    ln.try_mul(&concentration)?.try_sub(value)?.try_sub(concentration.lgamma())
}

/// Values that share a concentration which is not known to be small, if they are known themselves.
pub(crate) fn centred(
    concentration: &Tensor,
    (value, given): (&Tensor, &Tensor),
    batch_shape: Shape,
) -> Option<saddle_point::Centred> {
    let is_small = saddle_point::is_small(&[concentration]);
    if is_small { None } else { saddle_point::Centred::new(value, given, batch_shape) }
}

/// Log density of Gamma(`concentration`, 1) at centre · eʳ, with respect to its logarithm, with r = `log_ratio` and
/// `relative` = eʳ − 1.
pub(crate) fn from_centre(
    concentration: &Tensor,
    (centre, log_centre): (&Tensor, &Tensor),
    log_ratio: &Tensor,
    relative: &Tensor,
) -> Result<Tensor> {
    let concentration = check::or_nan(concentration, &Constraint::Positive);
    let difference = log_ratio.try_mul(&concentration)?.try_sub(relative.try_mul(centre)?)?;
    saddle_point::log_gamma_density(&concentration, log_centre)?.try_add(difference)
}

/// Entropy of Gamma(`concentration`, 1).
pub(crate) fn standard_entropy(concentration: &Tensor) -> Tensor {
    concentration + concentration.lgamma() + (1.0 - concentration) * concentration.digamma()
}

/// KL between gamma distributions given by concentration and rate, which is also that between their reciprocals.
pub(crate) fn kl_divergence(p: (&Tensor, &Tensor), q: (&Tensor, &Tensor)) -> Result<Tensor> {
    let by_concentration = p.0.try_sub(q.0)?.try_mul(p.0.digamma())?.try_add(q.0.lgamma().try_sub(p.0.lgamma())?)?;
    let (excess, log_ratio) = ratio::of_parameters(q.1, p.1)?;
    by_concentration.try_add(p.0.try_mul(excess)?.try_sub(q.0.try_mul(log_ratio)?)?)
}

/// Draws of Gamma(`concentration`, 1), with their implicit gradient by the concentration.
pub(crate) fn standard_gamma(rng: &mut Rng, concentration: &Tensor, shape: Shape) -> Result<Tensor> {
    elementwise::draw_implicit::<StandardGamma, 1>(rng, shape, [concentration], Implicit::Gamma)
}

/// A gamma distribution of rate 1; none where there is no such concentration.
struct StandardGamma(Option<rand_distr::Gamma<f64>>);

impl ElementSampler<1> for StandardGamma {
    fn new([concentration]: [f64; 1]) -> Self {
        Self(rand_distr::Gamma::new(concentration, 1.0).ok())
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        self.0.as_ref().map_or(f64::NAN, |gamma| gamma.sample(rng).max(f64::MIN_POSITIVE))
    }
}

/// The distribution with its rate.
struct PlainGamma {
    standard: StandardGamma,
    rate: f64,
}

impl ElementSampler<2> for PlainGamma {
    fn new([concentration, rate]: [f64; 2]) -> Self {
        Self { standard: StandardGamma::new([concentration]), rate }
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        let draw = self.standard.sample(rng) / self.rate;
        // NaN stays NaN.
        if draw < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { draw }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Gamma> {
        Family::new("Gamma", |p| Gamma::new(p.get("concentration"), p.get("rate")))
            .at(parameters! { concentration: 2.5, rate: 1.7 })
            .at(parameters! { concentration: 0.6, rate: 0.4 })
            .at(parameters! { concentration: 50.0, rate: 3.0 })
            .rejects(
                parameters! { concentration: -1.5, rate: 1.0 },
                "Gamma: `concentration` must be positive, got -1.5",
            )
            .rejects(parameters! { concentration: 1.0, rate: 0.0 }, "Gamma: `rate` must be positive, got 0")
            .draws([1.0961593655713056, 2.448187200420765, 1.103019828741929])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    mod mean_and_stddev {
        use super::*;

        fn family() -> Family<Gamma> {
            Family::of("Gamma", |p| Gamma::from_mean_and_stddev(p.get("mean"), p.get("stddev")))
                .without_golden_cases("the table has concentrations")
                .without_far_cases("the density is that of concentrations")
                .at(parameters! { mean: 1.5, stddev: 0.9 })
                .at(parameters! { mean: 0.8, stddev: 1.0 })
                .at(parameters! { mean: 40.0, stddev: 2.0 })
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
            let error = |mean: f64, stddev: f64| Gamma::from_mean_and_stddev(mean, stddev).unwrap_err().to_string();
            assert!(error(-1.5, 0.1).starts_with("Gamma: `mean` must be "), "{}", error(-1.5, 0.1));
            assert_eq!(error(0.5, 0.0), "Gamma: `stddev` must be positive, got 0");
        }

        #[test]
        fn moments_are_those_given() {
            let (mean, stddev) = (Tensor::from([2.0, 0.1, 1e8]), Tensor::from([0.5, 3.0, 7.0]));
            let by_moments = Gamma::from_mean_and_stddev(&mean, &stddev).unwrap();
            for (got, want) in [(by_moments.mean(), &mean), (by_moments.stddev(), &stddev)] {
                assert!((got / want - 1.0).abs().max() < 1e-13);
            }
        }

        #[test]
        fn latent_parameters_outside_have_no_density() {
            for [mean, stddev] in [[-1.0, 1.0], [1.0, -1.0]] {
                let log_prob =
                    |inputs: &[Tensor]| Gamma::from_mean_and_stddev(&inputs[0], &inputs[1])?.log_prob(&0.5.into());
                let (value, _) = crate::grad(log_prob, &[mean.into(), stddev.into()]).unwrap();
                assert!(value.is_nan(), "{mean}, {stddev}: {value}");
            }
        }
    }

    #[test]
    fn draws_of_tiny_concentration_stay_in_the_support() {
        let gamma = Gamma::new(1e-4, 1e10).unwrap();
        let draws = gamma.sample(&mut crate::random::Key::new(0).rng("x", 0), &Shape::from(100)).unwrap();
        assert!(draws.min() > 0.0);
        assert!(gamma.log_prob(&draws).unwrap().min().item().is_finite());
    }
}
