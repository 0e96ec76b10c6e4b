//! Beta distribution.

use rand_distr::Distribution as _;

use crate::distribution::density::{saddle_point, scalar};
use crate::distribution::sampling::elementwise::{self, ElementSampler};
use crate::distribution::sampling::implicit::Implicit;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check, special};

declare! {
    /// Beta distribution on the unit interval.
    ///
    #[doc = include_str!("../../../doc/distribution/Beta.svg")]
    ///
    /// ```text
    /// log p(x) = (a − 1) ln x + (b − 1) ln(1 − x) − ln B(a, b),   a = concentration1, b = concentration0, 0 ≤ x ≤ 1
    /// ```
    ///
    /// At 0 and 1 the density has its limit, which is 0, finite or ∞.
    #[parameters]
    /// By mean and standard deviation: [`from_mean_and_stddev`](Self::from_mean_and_stddev).
    ///
    /// # Support
    /// The numbers between 0 and 1: [`Constraint::UnitInterval`](crate::Constraint::UnitInterval).
    ///
    /// # Moments
    /// ```text
    /// mean     = a / (a + b)
    /// variance = a b / ((a + b)² (a + b + 1))
    /// mode     = (a − 1) / (a + b − 2) if a ≥ 1 and b ≥ 1
    /// entropy  = ln B(a, b) − (a − 1) (ψ(a) − ψ(a + b)) − (b − 1) (ψ(b) − ψ(a + b))
    /// ```
    /// The mode is 0 for a < 1 ≤ b, 1 for b < 1 ≤ a, and NaN where no point is the only one: for a, b < 1 and
    /// a = b = 1. The median is the quantile at ½.
    ///
    /// # Numerics
    /// Concentrations above 1024, or which are not known when the density is built, take the density from Loader's
    /// deviances and Stirling's corrections, so that no difference of large logarithms cancels. Both tails are those of
    /// the regularised incomplete beta function, with full relative precision; quantiles invert the smaller tail.
    ///
    /// # Draws
    /// Algorithms of Cheng (1978); the gradient by both parameters is implicit (Figurnov et al. 2018).
    /// A draw that would round to 0 or 1 is the nearest number inside.
    ///
    /// # Reference
    /// Stan Functions Reference, "Beta distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Beta, Distribution, Moments};
    ///
    /// let bias = Beta::new(3.0, 1.0)?;
    /// assert_eq!(bias.mean(), 0.75);
    /// assert!((bias.log_prob(&1.0.into())?.item() - 3_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Beta {
        /// Concentration at 1 (α), prior successes.
        concentration1: Positive,
        /// Concentration at 0 (β), prior failures.
        concentration0: Positive,
    }

    pub fn new(concentration1: impl IntoTensor, concentration0: impl IntoTensor) -> Result<Self>;
}

impl Beta {
    /// A beta distribution with this mean and standard deviation: concentrations mean · ν and (1 − mean) · ν with
    /// ν = mean (1 − mean) / stddev² − 1.
    ///
    /// By the mean and ν it is [`BetaProportion`](crate::distribution::BetaProportion).
    ///
    /// # Errors
    /// `mean` not between 0 and 1, or one of them; `stddev` not positive, or not less than √(mean (1 − mean)), the standard
    /// deviation of a distribution on 0 and 1 alone; shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::Beta;
    ///
    /// let share = Beta::from_mean_and_stddev(0.5, 0.25)?;
    /// assert_eq!((share.concentration1().item(), share.concentration0().item()), (1.5, 1.5));
    /// let error = Beta::from_mean_and_stddev(0.5, 0.75).unwrap_err();
    /// assert_eq!(error.to_string(), "Beta: `stddev` must be less than 0.5, got 0.75");
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn from_mean_and_stddev(mean: impl IntoTensor, stddev: impl IntoTensor) -> Result<Self> {
        let (mean, stddev) = (mean.into_tensor(), stddev.into_tensor());
        check::broadcast_all(Self::NAME, &[&mean, &stddev])?;
        let rest = 1.0 - &mean;
        let of_mean = [Constraint::GreaterThan(0.0.into()), Constraint::LessThan(1.0.into())];
        check::constants(Self::NAME, &of_mean.map(|domain| ("mean", &mean, domain)))?;
        let largest = (&mean * &rest).sqrt();
        let of_stddev = [Constraint::Positive, Constraint::LessThan(largest.clone())];
        check::constants(Self::NAME, &of_stddev.clone().map(|domain| ("stddev", &stddev, domain)))?;
        let stddev = check::or_nan(&stddev, &of_stddev[0]);
        let ratio = largest.try_div(&stddev)?;
        // The difference of squares, which is small where nearly all mass is at the ends.
        let total = (&ratio - 1.0).try_mul(ratio + 1.0)?;
        let concentration1 = mean.try_mul(&total)?;
        Self::new(concentration1, rest.try_mul(total)?)
    }

    /// The log density as deviances of both concentrations, and the plain formula at the ends.
    fn log_prob_at_large_concentrations(
        &self,
        (a, b): (&Tensor, &Tensor),
        value: &Tensor,
        given: &Tensor,
    ) -> Result<Tensor> {
        let constant = value.detach();
        let inside = constant.greater(0.0) * constant.less(1.0);
        if !inside.is_known_to_be_all(1.0) {
            let at_end = (a - 1.0).try_xlogy(value)?.try_add((b - 1.0).try_xlog1py(-value)?)?.try_sub(a.lbeta(b))?;
            let value = Tensor::select(&inside, value, 0.5);
            return Ok(Tensor::select(inside, interior(a, b, (&value.ln(), &(-value).log1p()))?, at_end));
        }
        let Some(centred) = saddle_point::Centred::new(value, given, self.batch_shape) else {
            return interior(a, b, (&value.ln(), &(-value).log1p()));
        };
        let log_ratio = centred.map(value, |x, centre| saddle_point::log_ratio(x - centre, x, centre))?;
        let log_ratio_of_complement =
            centred.map(value, |x, centre| saddle_point::log_ratio(centre - x, 1.0 - x, 1.0 - centre))?;
        let centre = (&centred.centre.ln(), &(-&centred.centre).log1p());
        let from_centre = a.try_mul(&log_ratio)?.try_add(b.try_mul(&log_ratio_of_complement)?)?;
        let of_measure = log_ratio.try_add(&log_ratio_of_complement)?;
        interior(a, b, centre)?.try_add(from_centre)?.try_sub(of_measure)
    }

    /// α + β.
    fn total(&self) -> Tensor {
        &self.concentration1 + &self.concentration0
    }

    /// The means of ln X and ln(1 − X).
    pub(crate) fn mean_logarithms(&self) -> (Tensor, Tensor) {
        let (a, b, total) = (&self.concentration1, &self.concentration0, self.total());
        // ψ(x) is ψ(x + 1) − 1 / x, and the difference of the reciprocals is a product.
        let of_total = (&total + 1.0).digamma();
        let mean = |a: &Tensor, b: &Tensor| (a + 1.0).digamma() - &of_total - b / &total / a;
        (mean(a, b), mean(b, a))
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        Cumulative::new(Standard::Beta, function).try_of(&[&self.concentration1, &self.concentration0, value])
    }
}

/// Below, draws are ratios of gamma variables, of which the logarithms are drawn.
const LEAST_OF_CHENG: f64 = 0.05;

/// The logarithm of a draw of Gamma(`concentration`, 1), which may be smaller than the smallest number: a draw of the next
/// larger concentration, times U^(1/concentration).
fn log_gamma_draw(rng: &mut Rng, concentration: f64) -> f64 {
    let gamma = |concentration: f64, rng: &mut Rng| {
        rand_distr::Gamma::new(concentration, 1.0).map_or(f64::NAN, |gamma| gamma.sample(rng).ln())
    };
    if concentration >= 1.0 {
        return gamma(concentration, rng);
    }
    let waiting: f64 = rand_distr::Exp1.sample(rng);
    gamma(concentration + 1.0, rng) - (waiting / concentration).min(0.25 * f64::MAX)
}

/// Log density of Beta(`a`, `b`) with respect to the log odds ln(x / (1 − x)), by ln x and ln(1 − x).
pub(super) fn log_density_of_log_odds(
    a: &Tensor,
    b: &Tensor,
    (ln, ln_complement): (&Tensor, &Tensor),
) -> Result<Tensor> {
    if saddle_point::is_small(&[a, b]) {
        return a.try_mul(ln)?.try_add(b.try_mul(ln_complement)?)?.try_sub(a.try_lbeta(b)?);
    }
    interior(a, b, (ln, ln_complement))?.try_add(ln)?.try_add(ln_complement)
}

/// The log density by ln x and ln(1 − x), as deviances of the concentrations from their means.
fn interior(a: &Tensor, b: &Tensor, (ln, ln_complement): (&Tensor, &Tensor)) -> Result<Tensor> {
    let total = a.try_add(b)?;
    let part = |own: &Tensor, other: &Tensor, ln: &Tensor| {
        let deviance = ln.try_add(other.try_div(own)?.log1p())?.expm1x().try_mul(own)?;
        (-own.stirling_correction()).try_sub(deviance)?.try_sub(ln)
    };
    // ½ ln(a b / (a + b)), such that its derivative by the larger is as small as it is.
    let log_scale = a.recip().try_add(b.recip())?.ln() * -0.5;
    let normalizer = total.stirling_correction() + log_scale - special::HALF_LN_2PI;
    part(a, b, ln)?.try_add(part(b, a, ln_complement)?)?.try_add(normalizer)
}

impl Distribution for Beta {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let concentrations = [&self.concentration1, &self.concentration0];
        elementwise::draw_implicit::<BetaSampler, 2>(rng, shape, concentrations, Implicit::Beta)
    }

    fn log_prob(&self, given: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, given, 0.5, |value| {
            let Self { concentration1: a, concentration0: b, .. } = self.checked();
            if !saddle_point::is_small(&[&a, &b]) {
                return self.log_prob_at_large_concentrations((&a, &b), value, given);
            }
            let powers = (&a - 1.0).try_xlogy(value)?.try_add((&b - 1.0).try_xlog1py(-value)?)?;
            powers.try_sub(a.lbeta(b))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// How a number is drawn by these concentrations.
enum BetaSampler {
    Cheng(rand_distr::Beta<f64>),
    /// Cheng's algorithm raises to the power of 1 / concentration, which is ∞ for small ones.
    LogOdds([f64; 2]),
    /// There are no such concentrations.
    None,
}

impl ElementSampler<2> for BetaSampler {
    fn new([a, b]: [f64; 2]) -> Self {
        if a.min(b) < LEAST_OF_CHENG {
            return Self::LogOdds([a, b]);
        }
        rand_distr::Beta::new(a, b).map_or(Self::None, Self::Cheng)
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        let draw = match self {
            Self::Cheng(beta) => beta.sample(rng),
            &Self::LogOdds([a, b]) => special::sigmoid(log_gamma_draw(rng, a) - log_gamma_draw(rng, b)),
            Self::None => f64::NAN,
        };
        draw.clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON)
    }
}

impl Cdf for Beta {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.cumulative(Function::LowerQuantile, probability)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.cumulative(Function::UpperQuantile, probability)
    }
}

impl Mode for Beta {
    fn mode(&self) -> Result<Tensor> {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let [rises_to_0, rises_to_1] = [a.less(1.0), b.less(1.0)];
        let is_inside = (1.0 - &rises_to_0).try_mul(1.0 - &rises_to_1)?;
        // Each is fed a harmless argument where it is not chosen. 0 / 0 is that of the uniform distribution.
        let successes = Tensor::try_select(&is_inside, a - 1.0, 1.0)?;
        let inside = successes.try_div(successes.try_add(Tensor::try_select(&is_inside, b - 1.0, 1.0)?)?)?;
        let at_end = Tensor::try_select(&rises_to_1, Tensor::select(&rises_to_0, f64::NAN, 1.0), 0.0)?;
        Tensor::try_select(is_inside, inside, at_end)
    }
}

impl Moments for Beta {
    fn mean(&self) -> Tensor {
        &self.concentration1 / self.total()
    }

    fn variance(&self) -> Tensor {
        let total = self.total();
        (&self.concentration1 / &total) * (&self.concentration0 / &total) / (total + 1.0)
    }
}

impl Entropy for Beta {
    fn entropy(&self) -> Tensor {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let (mean_ln, mean_ln_complement) = self.mean_logarithms();
        a.lbeta(b) - (a - 1.0) * mean_ln - (b - 1.0) * mean_ln_complement
    }
}

impl KlDivergence<Self> for Beta {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let (mean_ln, mean_ln_complement) = self.mean_logarithms();
        let powers = a
            .try_sub(&other.concentration1)?
            .try_mul(mean_ln)?
            .try_add(b.try_sub(&other.concentration0)?.try_mul(mean_ln_complement)?)?;
        powers.try_add(other.concentration1.lbeta(&other.concentration0).try_sub(a.lbeta(b))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Beta> {
        Family::new("Beta", |p| Beta::new(p.get("concentration1"), p.get("concentration0")))
            .nan_at("far", &["mode"], "the density has no highest point, or more than one, there")
            .at(parameters! { concentration1: 2.5, concentration0: 1.7 })
            .at(parameters! { concentration1: 0.6, concentration0: 0.8 })
            .at(parameters! { concentration1: 300.0, concentration0: 20.0 })
            .rejects(
                parameters! { concentration1: -1.5, concentration0: 1.0 },
                "Beta: `concentration1` must be positive, got -1.5",
            )
            .rejects(
                parameters! { concentration1: 1.0, concentration0: 0.0 },
                "Beta: `concentration0` must be positive, got 0",
            )
            .draws([0.6805220348528949, 0.4114161713070422, 0.6325345328140741])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    mod mean_and_stddev {
        use super::*;

        fn family() -> Family<Beta> {
            Family::of("Beta", |p| Beta::from_mean_and_stddev(p.get("mean"), p.get("stddev")))
                .without_golden_cases("the table has concentrations")
                .without_far_cases("the density is that of concentrations")
                .at(parameters! { mean: 0.3, stddev: 0.2 })
                .at(parameters! { mean: 0.7, stddev: 0.1 })
                .at(parameters! { mean: 0.05, stddev: 0.01 })
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
            let error = |mean: f64, stddev: f64| Beta::from_mean_and_stddev(mean, stddev).unwrap_err().to_string();
            assert!(error(-1.5, 0.1).starts_with("Beta: `mean` must be "), "{}", error(-1.5, 0.1));
            assert_eq!(error(0.5, 0.0), "Beta: `stddev` must be positive, got 0");
        }

        #[test]
        fn moments_are_those_given() {
            let (mean, stddev) = (Tensor::from([0.5, 0.9, 1e-3]), Tensor::from([0.49, 0.01, 1e-5]));
            let by_moments = Beta::from_mean_and_stddev(&mean, &stddev).unwrap();
            for (got, want) in [(by_moments.mean(), &mean), (by_moments.stddev(), &stddev)] {
                assert!((got / want - 1.0).abs().max() < 1e-13);
            }
        }

        #[test]
        fn latent_parameters_outside_have_no_density() {
            for [mean, stddev] in [[-1.0, 0.1], [0.5, -0.1], [0.5, 0.6], [1.5, 0.1]] {
                let log_prob =
                    |inputs: &[Tensor]| Beta::from_mean_and_stddev(&inputs[0], &inputs[1])?.log_prob(&0.5.into());
                let (value, _) = crate::grad(log_prob, &[mean.into(), stddev.into()]).unwrap();
                assert!(value.is_nan(), "{mean}, {stddev}: {value}");
            }
        }
    }

    #[test]
    fn limits_at_the_ends() {
        let at_zero = |a: f64, b: f64| Beta::new(a, b).unwrap().log_prob(&Tensor::from(0.0)).unwrap().item();
        assert_eq!(at_zero(0.5, 1.0), f64::INFINITY);
        assert!((at_zero(1.0, 3.0) - 3_f64.ln()).abs() < 1e-15);
        assert_eq!(at_zero(2.0, 0.5), f64::NEG_INFINITY);
    }

    #[test]
    fn draws_of_tiny_concentrations_are_at_both_ends() {
        // P(X > ½) is a / (a + b) nearly; 5 standard errors: a false alarm once in 2 million seeds each.
        for (a, b) in [(1e-3, 1e-3), (1e-12, 3e-12), (1e-300, 1e-300), (0.04, 0.01)] {
            let beta = Beta::new(a, b).unwrap();
            let draws = beta.sample(&mut crate::random::Key::new(1).rng("x", 0), &Shape::from(4000)).unwrap();
            let (got, want) = (draws.greater(0.5).mean().item(), a / (a + b));
            assert!((got - want).abs() < 5.0 * (want * (1.0 - want) / 4000.0).sqrt() + 2e-3, "{a} {b}: {got}, {want}");
        }
    }

    #[test]
    fn modes_at_the_ends() {
        let mode = |a: f64, b: f64| Beta::new(a, b).unwrap().mode().unwrap().item();
        assert_eq!([mode(3.0, 2.0), mode(1.0, 2.0), mode(0.5, 1.0), mode(0.5, 3.0)], [2.0 / 3.0, 0.0, 0.0, 0.0]);
        assert_eq!([mode(2.0, 1.0), mode(1.0, 0.5), mode(3.0, 0.5)], [1.0, 1.0, 1.0]);
        // Two modes, and none.
        assert!(mode(0.5, 0.5).is_nan() && mode(1.0, 1.0).is_nan());
    }
}
