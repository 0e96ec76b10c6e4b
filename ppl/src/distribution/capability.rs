//! Capabilities: functions that not every distribution has, a trait for each.

use super::Distribution;
use super::density::quantile;
use crate::{Result, Tensor};

/// Distributions with a distribution function in closed form.
///
/// Values and parameters broadcast. All functions are differentiable in the value and in every parameter, and can be part of
/// recorded programs; what cannot be differentiated is an error while a gradient is wanted, and never a gradient of 0:
///
/// * Functions of the value are flat outside of the support, and at its ends. Those of discrete distributions are flat
///   between the counts, also by the value.
/// * Quantiles of discrete distributions jump. They have no derivative: a probability or a parameter that is being
///   differentiated is an error.
///
/// # Censoring
/// What is known of an observation that is censored at `t` is that it lies beyond: its likelihood is
/// the survival function at `t`. The logarithm keeps its digits in the far tail, where `1 - cdf` is 0.
/// [`Censored`](super::Censored) makes a distribution of observations of which some are.
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Exponential, Normal};
/// use ppl::{Tensor, grad};
///
/// let lifetime = Normal::new(0.0, 1.0)?;
/// assert_eq!((1.0 - lifetime.cdf(&10.0.into())?).ln(), f64::NEG_INFINITY);
/// assert!((lifetime.log_survival(&10.0.into())?.item() + 53.231_285_150_512_46).abs() < 1e-12);
///
/// // ln P(X > t) = −rate · t.
/// let at = |rate: &[Tensor]| Exponential::new(&rate[0])?.log_survival(&3.0.into());
/// let (value, gradient) = grad(at, &[Tensor::from(2.0)])?;
/// assert_eq!((value, gradient[0].item()), (-6.0, -3.0));
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Cdf: Distribution {
    /// P(X ≤ value).
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    #[track_caller]
    fn cdf(&self, value: &Tensor) -> Result<Tensor>;

    /// The quantile function: the smallest value whose `cdf` is at least `probability`.
    ///
    /// # Errors
    /// Shapes that do not broadcast; the derivative of the quantiles of a discrete distribution.
    #[track_caller]
    fn icdf(&self, probability: &Tensor) -> Result<Tensor>;

    /// The inverse survival function: the smallest value whose `survival` is at most `probability`.
    ///
    /// It is `icdf(1 − probability)` with its digits where the probability is small: quantiles of the upper tail. The
    /// default solves `log_survival` for the value.
    ///
    /// # Errors
    /// Those of [`icdf`](Self::icdf).
    #[track_caller]
    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        quantile::inverse_survival(self, probability)
    }

    /// The quantile at ½.
    ///
    /// # Errors
    /// The derivative of the median of a discrete distribution.
    #[track_caller]
    fn median(&self) -> Result<Tensor> {
        self.icdf(&Tensor::scalar(0.5))
    }

    /// ln P(X ≤ value), with its digits where the probability underflows or is near 1.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.cdf(value)?.ln())
    }

    /// P(X > value), with its digits where it is small.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(1.0 - self.cdf(value)?)
    }

    /// ln P(X > value), with its digits where the probability underflows or is near 1.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok((-self.cdf(value)?).log1p())
    }
}

/// Distributions whose mode is known.
///
/// # Example
/// ```
/// use ppl::distribution::{Beta, Distribution, Gamma, Mode, Poisson};
///
/// // (concentration − 1) / rate, and 0 where the density falls from there.
/// assert_eq!(Gamma::new([3.0, 0.5], 2.0)?.mode()?.to_vec(), [1.0, 0.0]);
/// // ⌊rate⌋, whose mass is that of ⌊rate⌋ − 1 where the rate is an integer.
/// let calls = Poisson::new(2.0)?;
/// assert_eq!(calls.mode()?, 2.0);
/// assert!((calls.prob(&1.0.into())? - calls.prob(&2.0.into())?).abs().item() < 1e-15);
/// // Both ends are poles.
/// assert!(Beta::new(0.5, 0.5)?.mode()?.item().is_nan());
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Mode: Distribution {
    /// The event of largest density (or mass). Of several counts or categories with the largest mass it is the one that
    /// the distribution's page says. NaN where no event of a density is the only one, as that of
    /// [`Beta`](super::Beta)`(½, ½)`, which is infinite at both ends.
    ///
    /// # Errors
    /// The derivative of the mode of a discrete distribution, which jumps.
    #[track_caller]
    fn mode(&self) -> Result<Tensor>;
}

/// Distributions whose mean and variance are known.
///
/// # Example
/// ```
/// use ppl::distribution::{Gamma, Moments, StudentT};
///
/// let gamma = Gamma::new(9.0, 2.0)?;
/// assert_eq!((gamma.mean().item(), gamma.variance().item(), gamma.stddev().item()), (4.5, 2.25, 1.5));
/// // Tails without a mean, with one but without a variance, and with both.
/// let t = StudentT::new([1.0, 2.0, 4.0], 0.0, 1.0)?;
/// assert!(t.mean().get(0).item().is_nan());
/// assert_eq!(t.variance().slice(0, 1..3).to_vec(), [f64::INFINITY, 2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Moments: Distribution {
    /// Mean of each event; NaN where it does not exist, ±∞ where it diverges.
    #[track_caller]
    fn mean(&self) -> Tensor;

    /// Variance of each element of an event; NaN where it does not exist, ∞ where it diverges.
    #[track_caller]
    fn variance(&self) -> Tensor;

    /// Standard deviation of each element of an event.
    fn stddev(&self) -> Tensor {
        self.variance().sqrt()
    }
}

/// Distributions of vectors whose covariance matrix is known.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Covariance, Dirichlet, Moments};
///
/// // Parts of a whole: where one is larger, the others are smaller.
/// let parts = Dirichlet::new([1.0, 1.0, 1.0])?;
/// let covariance = parts.covariance() * 36.0;
/// let want = Tensor::from([[2.0, -1.0, -1.0], [-1.0, 2.0, -1.0], [-1.0, -1.0, 2.0]]);
/// assert!((&covariance - want).abs().max().item() < 1e-14);
/// assert!((covariance.diagonal() - parts.variance() * 36.0).abs().max().item() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Covariance: Moments {
    /// Covariance matrix of each event, of shape `batch shape ++ [n, n]`.
    fn covariance(&self) -> Tensor;
}

/// Distributions whose entropy is known.
///
/// # Example
/// ```
/// use ppl::distribution::{Bernoulli, Entropy, Normal};
///
/// // A fair coin, and one that is known.
/// let coins = Bernoulli::new([0.5, 1.0])?.entropy();
/// assert!((coins.get(0).item() - 2_f64.ln()).abs() < 1e-15);
/// assert_eq!(coins.get(1).item(), 0.0);
/// // That of a density may be negative: ½ ln(2πe) + ln(scale).
/// assert!((Normal::new(0.0, 0.1)?.entropy().item() + 0.883_646_560_2).abs() < 1e-9);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Entropy: Distribution {
    /// Differential (or Shannon) entropy in nats, one element a batch member.
    #[track_caller]
    fn entropy(&self) -> Tensor;
}

/// Discrete distributions with finitely many values.
///
/// # Example
/// An expectation as the sum over all values:
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Binomial, Distribution, EnumerateSupport};
///
/// // A batch of two.
/// let heads = Binomial::new(2.0, [0.5, 0.25])?;
/// let values = heads.enumerate_support()?;
/// assert_eq!((values.shape().to_string(), values.to_vec()), ("[3, 1]".to_owned(), vec![0.0, 1.0, 2.0]));
/// let second_moment = (values.square() * heads.prob(&values)?).sum_axis(0);
/// // n p (1 − p) + (n p)².
/// assert!((second_moment - Tensor::from([1.5, 0.625])).abs().max().item() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait EnumerateSupport: Distribution {
    /// All values an event can take, along a new leftmost axis: `[k] ++ [1; batch rank] ++ event shape`.
    ///
    /// # Errors
    /// Batch members with supports of different sizes.
    #[track_caller]
    fn enumerate_support(&self) -> Result<Tensor>;
}

/// Pairs of distributions whose Kullback–Leibler divergence is known.
///
/// It is ∞ where values of the first have no density under the second one; where that depends on bounds, for each batch
/// member. The divergence of two distributions whose types are known at run time only is
/// [`kl_divergence`](super::kl_divergence()), that of a pair that is not listed is estimated by
/// [`monte_carlo_kl`](super::monte_carlo_kl).
///
/// # Pairs
/// A distribution and one of its own family:
/// [`AutoRegressive`](super::AutoRegressive), [`Bernoulli`](super::Bernoulli), [`Beta`](super::Beta),
/// [`BetaProportion`](super::BetaProportion), [`Binomial`](super::Binomial), [`CAR`](super::CAR),
/// [`Categorical`](super::Categorical), [`Cauchy`](super::Cauchy), [`Chi`](super::Chi), [`Chi2`](super::Chi2),
/// [`CirculantNormal`](super::CirculantNormal), [`ContinuousBernoulli`](super::ContinuousBernoulli),
/// [`Dirichlet`](super::Dirichlet), [`DiscreteUniform`](super::DiscreteUniform), [`ExpGamma`](super::ExpGamma),
/// [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`GaussianProcess`](super::GaussianProcess),
/// [`GaussianProcessRegressionModel`](super::GaussianProcessRegressionModel),
/// [`Frechet`](super::Frechet),
/// [`GaussianRandomWalk`](super::GaussianRandomWalk), [`Geometric`](super::Geometric), [`Gumbel`](super::Gumbel),
/// [`HalfCauchy`](super::HalfCauchy), [`HalfNormal`](super::HalfNormal), [`ICAR`](super::ICAR),
/// [`InverseGamma`](super::InverseGamma), [`InverseWishart`](super::InverseWishart), [`LKJ`](super::LKJ),
/// [`LKJCholesky`](super::LKJCholesky), [`Laplace`](super::Laplace), [`LogNormal`](super::LogNormal),
/// [`LogUniform`](super::LogUniform), [`LogisticNormal`](super::LogisticNormal),
/// [`LogitNormal`](super::LogitNormal), [`MatrixNormal`](super::MatrixNormal),
/// [`Multinomial`](super::Multinomial), [`MultivariateNormal`](super::MultivariateNormal), [`Normal`](super::Normal),
/// [`OneHotCategorical`](super::OneHotCategorical),
/// [`OneHotCategoricalStraightThrough`](super::OneHotCategoricalStraightThrough), [`OrderedLogistic`](super::OrderedLogistic),
/// [`OrderedProbit`](super::OrderedProbit), [`Pareto`](super::Pareto), [`Poisson`](super::Poisson),
/// [`ProbitBernoulli`](super::ProbitBernoulli), [`SphericalUniform`](super::SphericalUniform),
/// [`Uniform`](super::Uniform), [`VariationalGaussianProcess`](super::VariationalGaussianProcess),
/// [`VectorExponentialDiag`](super::VectorExponentialDiag), [`VonMises`](super::VonMises),
/// [`VonMisesFisher`](super::VonMisesFisher), [`Weibull`](super::Weibull), [`Wishart`](super::Wishart),
/// [`ZeroSumNormal`](super::ZeroSumNormal).
///
/// Those of different families:
///
/// | of | from |
/// |----|------|
/// | [`Bernoulli`](super::Bernoulli) | [`Poisson`](super::Poisson) |
/// | [`Beta`](super::Beta) | [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`Normal`](super::Normal), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`Chi2`](super::Chi2) | [`Beta`](super::Beta), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`Gumbel`](super::Gumbel), [`Normal`](super::Normal), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`ContinuousBernoulli`](super::ContinuousBernoulli) | [`Exponential`](super::Exponential), [`Normal`](super::Normal), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`Exponential`](super::Exponential) | [`Beta`](super::Beta), [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Gamma`](super::Gamma), [`Gumbel`](super::Gumbel), [`Normal`](super::Normal), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`Gamma`](super::Gamma) | [`Beta`](super::Beta), [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gumbel`](super::Gumbel), [`Normal`](super::Normal), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`Gumbel`](super::Gumbel) | [`Beta`](super::Beta), [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`Normal`](super::Normal), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`Laplace`](super::Laplace) | [`Beta`](super::Beta), [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`Normal`](super::Normal), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`Normal`](super::Normal) | [`Beta`](super::Beta), [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`Gumbel`](super::Gumbel), [`Laplace`](super::Laplace), [`Pareto`](super::Pareto), [`Uniform`](super::Uniform) |
/// | [`Pareto`](super::Pareto) | [`Beta`](super::Beta), [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`Normal`](super::Normal), [`Uniform`](super::Uniform) |
/// | [`Poisson`](super::Poisson) | [`Bernoulli`](super::Bernoulli), [`Binomial`](super::Binomial) |
/// | [`PowerSpherical`](super::PowerSpherical) | [`SphericalUniform`](super::SphericalUniform), [`VonMisesFisher`](super::VonMisesFisher) |
/// | [`Uniform`](super::Uniform) | [`Beta`](super::Beta), [`Chi2`](super::Chi2), [`ContinuousBernoulli`](super::ContinuousBernoulli), [`Exponential`](super::Exponential), [`Gamma`](super::Gamma), [`Gumbel`](super::Gumbel), [`Normal`](super::Normal), [`Pareto`](super::Pareto) |
/// | [`VonMisesFisher`](super::VonMisesFisher) | [`SphericalUniform`](super::SphericalUniform) |
/// | [`Weibull`](super::Weibull) | [`Chi2`](super::Chi2), [`Gamma`](super::Gamma) |
///
/// [`Delta`](super::Delta) and every distribution.
///
/// Wrappers of both distributions of a pair, if they are the same: [`Independent`](super::Independent),
/// [`Expanded`](super::Expanded), [`Iid`](super::Iid); at run time also [`Masked`](super::Masked),
/// [`BatchReshaped`](super::BatchReshaped), [`Blockwise`](super::Blockwise) and [`Transformed`](super::Transformed) by
/// the same bijector.
///
/// # Example
/// ```
/// use ppl::distribution::{Exponential, KlDivergence, Normal};
///
/// let standard = Normal::new(0.0, 1.0)?;
/// // ½ (loc difference)², for each batch member.
/// assert_eq!(Normal::new([0.0, 1.0, 3.0], 1.0)?.kl_divergence(&standard)?.to_vec(), [0.0, 0.5, 4.5]);
/// // From another family; half of the normal's values have no density under the exponential.
/// let waiting = Exponential::new(1.0)?;
/// let half_ln_2pi = 0.5 * std::f64::consts::TAU.ln();
/// assert!((waiting.kl_divergence(&standard)?.item() - half_ln_2pi).abs() < 1e-15);
/// assert_eq!(standard.kl_divergence(&waiting)?, f64::INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait KlDivergence<Other: Distribution>: Distribution {
    /// KL(self ‖ other) in nats, one element a batch member.
    ///
    /// # Errors
    /// Batch shapes that do not broadcast.
    #[track_caller]
    fn kl_divergence(&self, other: &Other) -> Result<Tensor>;
}
