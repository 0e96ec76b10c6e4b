//! Poisson distribution.

use rand_distr::Distribution as _;

use crate::distribution::density::{saddle_point, scalar, trials, vector};
use crate::distribution::sampling::elementwise::{self, ElementSampler};
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family, Function};
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check, special};

/// Poisson distribution: the number of events that come independently at a constant rate.
///
#[doc = include_str!("../../../doc/distribution/Poisson.svg")]
///
/// ```text
/// log p(k) = k ln(rate) − rate − ln k!,   k ∈ {0, 1, 2, …}
/// ```
///
/// # Parameters
/// | parameter  | domain       | meaning                     | shape |
/// |------------|--------------|-----------------------------|-------|
/// | `rate`     | non-negative | mean                        | batch |
/// | `log_rate` | real         | its logarithm               | batch |
///
/// One of the two is given: [`new`](Self::new) takes `rate`, [`from_log_rate`](Self::from_log_rate) takes `log_rate`.
///
/// # Shapes
/// batch = rate, event = `[]`.
///
/// # Support
/// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
///
/// # Moments
/// ```text
/// mean     = rate
/// variance = rate
/// mode     = ⌊rate⌋
/// entropy  = −Σ p(k) ln p(k)
/// ```
/// The median is a quantile, by search.
///
/// # Numerics
/// Where counts are above 1024 or not known, the log density is a deviance from the mean, in which nothing
/// cancels. The entropy is a sum over 151 counts around the mean,
/// a third of a standard deviation or 1 apart, and from a variance of 10⁷ on two terms of its expansion: its absolute error
/// is below 1e-13, and the work is the same for all parameters.
///
/// # Draws
/// Algorithms of Knuth below a rate of 12, and of Ahrens and Dieter (1982) from there on. There are no draws above a
/// rate of 1.8e19.
///
/// # Reference
/// Stan Functions Reference, "Poisson distribution" and "Poisson distribution, log parameterization";
/// Loader, "Fast and accurate computation of binomial probabilities" (2000).
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Poisson};
///
/// let goals = Poisson::new(2.0)?;
/// assert!((goals.log_prob(&2.0.into())?.item() - (2_f64.ln() - 2.0)).abs() < 1e-15);
/// assert_eq!(goals.log_prob(&0.5.into())?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Poisson {
    intensity: Intensity,
}

/// The rate as it was given.
#[derive(Clone, Debug)]
enum Intensity {
    Rate(Tensor),
    LogRate(Tensor),
}

impl Poisson {
    /// A Poisson distribution with this rate.
    ///
    /// # Errors
    /// `rate` not non-negative and finite.
    pub fn new(rate: impl IntoTensor) -> Result<Self> {
        Self::build(Intensity::Rate(rate.into_tensor()))
    }

    /// A Poisson distribution with the exponential of this as its rate.
    ///
    /// # Errors
    /// `log_rate` not finite.
    pub fn from_log_rate(log_rate: impl IntoTensor) -> Result<Self> {
        Self::build(Intensity::LogRate(log_rate.into_tensor()))
    }

    fn build(intensity: Intensity) -> Result<Self> {
        let poisson = Self { intensity };
        check::constants("Poisson", &[poisson.parameter()])?;
        Ok(poisson)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        match &self.intensity {
            Intensity::Rate(rate) => ("rate", rate, Constraint::NonNegative),
            Intensity::LogRate(log_rate) => ("log_rate", log_rate, Constraint::Real),
        }
    }

    /// The rate, which is the mean and the variance.
    #[must_use]
    pub fn rate(&self) -> Tensor {
        match &self.intensity {
            Intensity::Rate(rate) => rate.clone(),
            Intensity::LogRate(log_rate) => log_rate.exp(),
        }
    }

    /// count · ln(rate), 0 · ln 0 being 0.
    pub(crate) fn times_log_rate(&self, count: &Tensor) -> Result<Tensor> {
        match &self.intensity {
            Intensity::Rate(rate) => count.try_xlogy(check::or_nan(rate, &Constraint::NonNegative)),
            Intensity::LogRate(log_rate) => count.try_mul(log_rate),
        }
    }

    /// P(K ≤ k) is the probability of Gamma(k + 1, 1) beyond the rate.
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let rate = check::or_nan(&self.rate(), &Constraint::NonNegative);
        scalar::counted(self, value, function, |count| {
            Cumulative::new(Family::Gamma, function.mirrored()).try_of(&[&(count + 1.0), &rate])
        })
    }
}

impl Distribution for Poisson {
    fn name(&self) -> &'static str {
        "Poisson"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.parameter().1.shape()
    }

    fn support(&self) -> Constraint {
        Constraint::NonNegativeInteger
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let (name, parameter, domain) = self.parameter();
        check::all("Poisson", &[(name, parameter, domain)])?;
        // Counts jump: draws have no gradient.
        let rate = self.rate().detach();
        check_drawable("Poisson", name, &rate)?;
        elementwise::draw_by::<PoissonSampler, 1>(rng, sample_shape.concat(&self.batch_shape()), [&rate])
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |count| {
            if saddle_point::is_small(&[count]) {
                return self.times_log_rate(count)?.try_sub(self.rate())?.try_sub((count + 1.0).lgamma());
            }
            let deviance = saddle_point::deviance(
                count,
                || Ok(self.rate()),
                |count| match &self.intensity {
                    Intensity::Rate(rate) => Ok(check::or_nan(rate, &Constraint::NonNegative).try_div(count)?.ln()),
                    Intensity::LogRate(log_rate) => log_rate.try_sub(count.ln()),
                },
            )?;
            saddle_point::log_mass_at_mean(count).try_sub(deviance)
        })
    }
}

impl Cdf for Poisson {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(self, "quantiles", [probability, &self.rate()], |[p, rate]| {
            scalar::quantile(p, |p| scalar::count_quantile(p, f64::INFINITY, |k| cdf(k, rate)))
        })
    }
}

impl Mode for Poisson {
    fn mode(&self) -> Result<Tensor> {
        scalar::step_function(self, "modes", [&self.rate()], |[rate]| rate.floor())
    }
}

impl Moments for Poisson {
    fn mean(&self) -> Tensor {
        self.rate()
    }

    fn variance(&self) -> Tensor {
        self.rate()
    }
}

impl Entropy for Poisson {
    fn entropy(&self) -> Tensor {
        let rate = self.rate();
        or_panic(trials::entropy([&rate, &rate], &Tensor::scalar(1.0), |counts| {
            let intensity = match &self.intensity {
                Intensity::Rate(rate) => Intensity::Rate(vector::over_events(rate, 1)?),
                Intensity::LogRate(log_rate) => Intensity::LogRate(vector::over_events(log_rate, 1)?),
            };
            Self { intensity }.log_prob(counts)
        }))
    }
}

impl KlDivergence<Self> for Poisson {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let rate = self.rate();
        let ratio = self.times_log_rate(&rate)?.try_sub(other.times_log_rate(&rate)?)?;
        ratio.try_add(other.rate().try_sub(rate)?)
    }
}

/// Checks that there are draws of this rate.
pub(super) fn check_drawable(distribution: &'static str, name: &'static str, rate: &Tensor) -> Result<()> {
    let most = rand_distr::Poisson::<f64>::MAX_LAMBDA;
    check::at_most(distribution, name, rate, most, &format!("a rate of at most {most:e} to draw from"))
}

/// How a count of a rate is drawn.
pub(super) enum PoissonSampler {
    Zero,
    Positive(rand_distr::Poisson<f64>),
    /// There is no such rate.
    None,
}

impl ElementSampler<1> for PoissonSampler {
    fn new([rate]: [f64; 1]) -> Self {
        if rate == 0.0 {
            return Self::Zero;
        }
        rand_distr::Poisson::new(rate).map_or(Self::None, Self::Positive)
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        match self {
            Self::Zero => 0.0,
            Self::Positive(poisson) => poisson.sample(rng),
            Self::None => f64::NAN,
        }
    }
}

/// P(K ≤ k) = Q(k + 1, rate).
pub(super) fn cdf(k: f64, rate: f64) -> f64 {
    let k = k.floor();
    if k < 0.0 {
        0.0
    } else if k == f64::INFINITY {
        1.0
    } else {
        special::gamma_q(k + 1.0, rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<Poisson> {
        if p.has("log_rate") { Poisson::from_log_rate(p.get("log_rate")) } else { Poisson::new(p.get("rate")) }
    }

    fn family() -> Family<Poisson> {
        Family::new("Poisson", build)
            .at(parameters! { rate: 2.5 })
            .at(parameters! { rate: 0.4 })
            .at(parameters! { rate: 35.0 })
            .rejects(parameters! { rate: -1.0 }, "Poisson: `rate` must be non-negative, got -1")
            .rejects(parameters! { rate: f64::INFINITY }, "Poisson: `rate` must be finite and non-negative, got inf")
            .draws([3.0, 2.0, 3.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl);

    mod log_rate {
        use super::*;

        fn family() -> Family<Poisson> {
            Family::new("Poisson", build)
                .at(parameters! { log_rate: 1.1 })
                .at(parameters! { log_rate: -0.5 })
                .rejects(parameters! { log_rate: f64::NAN }, "Poisson: `log_rate` must be real, got NaN")
                .draws([3.0, 2.0, 3.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl);
    }

    /// Against sums by mpmath with 40 digits; from 1e6 on by Evans' series, whose error is below 1e-20.
    #[test]
    fn entropies_of_all_rates() {
        for (rate, want) in [
            (1e-12, 2.863_102_111_592_889_4e-11),
            (0.01, 0.056_086_311_342_591_01),
            (0.8, 1.178_383_216_321_505),
            (35.9, 3.206_952_373_714_680_4),
            (36.1, 3.209_743_396_573_403_5),
            (81.5, 3.618_211_175_321_605_6),
            (1000.0, 4.872_732_797_642_850_6),
            (1e6, 8.326_693_728_853_435),
            (1e15, 18.688_326_730_660_015),
            (1e17, 20.990_911_823_654_06),
            (1e300, 346.806_702_482_311_53),
        ] {
            let got = Poisson::new(rate).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-13 * want.abs(), "{rate}: {got} {want}");
        }
        assert_eq!(Poisson::new(0.0).unwrap().entropy(), 0.0);
    }

    #[test]
    fn a_rate_of_zero_is_a_point() {
        let none = Poisson::new(0.0).unwrap();
        assert_eq!(none.log_prob(&Tensor::from([0.0, 1.0])).unwrap().to_vec(), [0.0, f64::NEG_INFINITY]);
        let draws = none.sample(&mut crate::random::Key::new(0).rng("x", 0), &Shape::from(3)).unwrap();
        assert_eq!(draws.to_vec(), [0.0; 3]);
    }

    #[test]
    fn a_rate_too_large_to_draw_from_is_an_error() {
        let poisson = Poisson::from_log_rate(100.0).unwrap();
        let error = poisson.sample(&mut crate::random::Key::new(0).rng("x", 0), &Shape::SCALAR).unwrap_err();
        assert!(error.to_string().starts_with("Poisson: `log_rate` must be a rate of at most 1.844e19"), "{error}");
    }
}
