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
pub trait Mode: Distribution {
    /// The event of largest density (or mass); of several counts the first. NaN where no event is the only one, as that
    /// of [`Beta`](super::Beta)`(½, ½)`, whose density is infinite at both ends.
    ///
    /// # Errors
    /// The derivative of the mode of a discrete distribution, which jumps.
    #[track_caller]
    fn mode(&self) -> Result<Tensor>;
}

/// Distributions whose mean and variance are known.
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
pub trait Covariance: Moments {
    /// Covariance matrix of each event, of shape `batch shape ++ [n, n]`.
    fn covariance(&self) -> Tensor;
}

/// Distributions whose entropy is known.
pub trait Entropy: Distribution {
    /// Differential (or Shannon) entropy in nats, one element a batch member.
    #[track_caller]
    fn entropy(&self) -> Tensor;
}

/// Discrete distributions with finitely many values.
pub trait EnumerateSupport: Distribution {
    /// All values an event can take, along a new leftmost axis: `[k] ++ [1; batch rank] ++ event shape`.
    ///
    /// # Errors
    /// Batch members with supports of different sizes.
    #[track_caller]
    fn enumerate_support(&self) -> Result<Tensor>;
}

/// Pairs of distributions whose Kullback–Leibler divergence is known.
pub trait KlDivergence<Other: Distribution>: Distribution {
    /// KL(self ‖ other) in nats, one element a batch member.
    ///
    /// # Errors
    /// Batch shapes that do not broadcast.
    #[track_caller]
    fn kl_divergence(&self, other: &Other) -> Result<Tensor>;
}
