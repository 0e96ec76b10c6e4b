//! Probability distributions.
//!
//! # Shapes
//! As in TFP and torch. One draw of a distribution is an *event*; a distribution object holds a *batch* of them,
//! independent and perhaps with different parameters; a call to `sample` may draw a further *sample shape*:
//!
//! ```text
//! shape of a draw     = sample shape ++ batch shape ++ event shape
//! shape of a log_prob = sample shape ++ batch shape
//! ```
//!
//! # Errors
//! `new` checks constant parameters and returns a `Result`; sites accept that `Result` and add their name to the
//! error. Parameters that are being differentiated are not inspected: outside their domain the density is −∞ or NaN,
//! which samplers count as a divergence.
//!
//! # Capabilities
//! Functions that not every distribution has belong to traits of their own: a call of one that a distribution lacks does
//! not compile.
//!
//! | functions                                                              | trait                |
//! |------------------------------------------------------------------------|----------------------|
//! | `sample`, `log_prob`, `prob`                                           | [`Distribution`]     |
//! | `draw`, `draw_n`                                                       | [`Draw`]             |
//! | `cdf`, `log_cdf`, `survival`, `log_survival`, `icdf`, `median`         | [`Cdf`]              |
//! | `mode`                                                                 | [`Mode`]             |
//! | `mean`, `variance`, `stddev`                                           | [`Moments`]          |
//! | `covariance`                                                           | [`Covariance`]       |
//! | `entropy`                                                              | [`Entropy`]          |
//! | `kl_divergence`                                                        | [`KlDivergence`]     |
//! | `enumerate_support`                                                    | [`EnumerateSupport`] |
//! | `to_event`, `expand`, `mask`, `transform`                              | [`DistributionExt`]  |

/// In an `impl Cdf`: both tails and their logarithms, by a method `cumulative(function, value)` of the distribution.
macro_rules! tails_by_cumulative {
    () => {
        tails_by_cumulative! { cdf: Lower, log_cdf: LogLower, survival: Upper, log_survival: LogUpper }
    };
    ($($method:ident: $function:ident),*) => {
        $(
            fn $method(&self, value: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
                self.cumulative($crate::tensor::cumulative::Function::$function, value)
            }
        )*
    };
}

#[macro_use]
mod declaration;

mod bernoulli;
mod beta;
mod binomial;
mod categorical;
mod cauchy;
mod chi2;
#[cfg(test)]
mod conformance;
mod delta;
mod dirichlet;
mod draw;
mod expanded;
mod exponential;
mod ext;
mod gamma;
mod geometric;
mod gumbel;
mod half_cauchy;
mod half_normal;
pub(crate) mod implicit;
mod independent;
mod inverse_gamma;
mod laplace;
mod log_normal;
mod logistic;
mod masked;
mod multivariate_normal;
mod negative_binomial;
mod noise;
mod normal;
mod odds;
mod poisson;
mod saddle_point;
mod scalar;
mod student_t;
mod transformed;
mod truncated_normal;
mod uniform;
pub(crate) mod vector;
mod weibull;

use std::fmt::Debug;
use std::sync::Arc;

pub use self::bernoulli::Bernoulli;
pub use self::beta::Beta;
pub use self::binomial::Binomial;
pub use self::categorical::Categorical;
pub use self::cauchy::Cauchy;
pub use self::chi2::Chi2;
pub use self::delta::Delta;
pub use self::dirichlet::Dirichlet;
pub use self::draw::Draw;
pub use self::expanded::Expanded;
pub use self::exponential::Exponential;
pub use self::ext::DistributionExt;
pub use self::gamma::Gamma;
pub use self::geometric::Geometric;
pub use self::gumbel::Gumbel;
pub use self::half_cauchy::HalfCauchy;
pub use self::half_normal::HalfNormal;
pub use self::independent::Independent;
pub use self::inverse_gamma::InverseGamma;
pub use self::laplace::Laplace;
pub use self::log_normal::LogNormal;
pub use self::logistic::Logistic;
pub use self::masked::Masked;
pub use self::multivariate_normal::MultivariateNormal;
pub use self::negative_binomial::NegativeBinomial;
pub use self::normal::Normal;
pub use self::poisson::Poisson;
pub use self::student_t::StudentT;
pub use self::transformed::Transformed;
pub use self::truncated_normal::TruncatedNormal;
pub use self::uniform::Uniform;
pub use self::weibull::Weibull;

use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor};

/// What every distribution can do; see the [module](self) for the shapes.
pub trait Distribution: Debug + Send + Sync + 'static {
    /// The distribution's name.
    fn name(&self) -> &'static str;

    /// Shape of the batch: the parameters, broadcast, less their event axes.
    fn batch_shape(&self) -> Shape;

    /// Shape of one event.
    fn event_shape(&self) -> Shape {
        Shape::SCALAR
    }

    /// The set outside of which the density is zero.
    fn support(&self) -> Constraint;

    /// Draws `sample shape ++ batch shape ++ event shape` values; differentiable in the parameters where
    /// [`is_reparameterized`](Self::is_reparameterized).
    ///
    /// # Errors
    /// Parameters outside their domain that were not inspected when they came.
    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor>;

    /// Log density (or log mass) of each event; −∞ outside the support.
    ///
    /// The batch axes of `value` broadcast against the batch shape. Sites do not rely on that: an observation must
    /// have exactly the site's shape.
    ///
    /// # Errors
    /// A value whose event axes differ from the event shape, or whose batch axes do not broadcast.
    fn log_prob(&self, value: &Tensor) -> Result<Tensor>;

    /// Density (or mass) of each event; 0 outside the support.
    ///
    /// # Errors
    /// Those of [`log_prob`](Self::log_prob).
    fn prob(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_prob(value)?.exp())
    }

    /// The parameters as they were given, by name, for messages; empty unless the distribution says so.
    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        Vec::new()
    }

    /// Whether gradients flow through [`sample`](Self::sample) to the parameters.
    fn is_reparameterized(&self) -> bool {
        false
    }

    /// Which elements of a value the density looks at: 1, or 0 for those that a mask leaves out, which may be anything.
    ///
    /// It broadcasts to `batch shape ++ event shape`; none where there is no mask. A distribution that wraps another
    /// one, and passes elements on to it, passes its mask on too.
    fn element_mask(&self) -> Option<Tensor> {
        None
    }
}

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
/// the survival function at `t`. The logarithm keeps its digits in the far tail, where `1 - cdf` is 0:
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
    /// of [`Beta`]`(½, ½)`, whose density is infinite at both ends.
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

/// What a site accepts: a distribution, the `Result` of building one, or a shared one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a distribution",
    label = "expected a distribution, or the `Result` of building one",
    note = "sites take what `Normal::new(..)` and its kin return, as in `sample!(\"x\", Normal::new(0.0, 1.0))` and `observe!(\"y\", Normal::new(x, 1.0), data)`"
)]
pub trait IntoDistribution {
    /// The distribution, or the error that kept it from being built.
    ///
    /// # Errors
    /// Those of building the distribution.
    fn into_distribution(self) -> Result<Arc<dyn Distribution>>;
}

impl<D: Distribution> IntoDistribution for D {
    fn into_distribution(self) -> Result<Arc<dyn Distribution>> {
        Ok(Arc::new(self))
    }
}

impl<D: Distribution> IntoDistribution for Result<D> {
    fn into_distribution(self) -> Result<Arc<dyn Distribution>> {
        Ok(Arc::new(self?))
    }
}

impl IntoDistribution for Arc<dyn Distribution> {
    fn into_distribution(self) -> Result<Arc<dyn Distribution>> {
        Ok(self)
    }
}

impl IntoDistribution for Result<Arc<dyn Distribution>> {
    fn into_distribution(self) -> Result<Arc<dyn Distribution>> {
        self
    }
}
