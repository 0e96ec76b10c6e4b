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
//! # Notation
//! A page gives the density, the parameters, the shapes, the moments as far as they have closed forms, and how the functions
//! are computed. Parameters have their names in formulas; besides them there are
//!
//! | symbol     | meaning                                                            |
//! |------------|--------------------------------------------------------------------|
//! | Γ, B       | gamma function and beta function                                   |
//! | ψ, ψ′      | digamma function, the derivative of ln Γ, and its derivative       |
//! | γ          | Euler's constant, 0.5772…                                          |
//! | φ, Φ       | density and distribution function of the standard normal distribution |
//! | E₁         | exponential integral                                               |
//! | C(n, k)    | binomial coefficient                                               |
//!
//! # Capabilities
//! Functions that not every distribution has belong to traits of their own: a call of one that a distribution lacks does
//! not compile.
//!
//! | functions                                                              | trait                |
//! |------------------------------------------------------------------------|----------------------|
//! | `sample`, `log_prob`, `prob`                                           | [`Distribution`]     |
//! | `draw`, `draw_n`                                                       | [`Draw`]             |
//! | `cdf`, `log_cdf`, `survival`, `log_survival`, `icdf`, `inverse_survival`, `median` | [`Cdf`]  |
//! | `mode`                                                                 | [`Mode`]             |
//! | `mean`, `variance`, `stddev`                                           | [`Moments`]          |
//! | `covariance`                                                           | [`Covariance`]       |
//! | `entropy`                                                              | [`Entropy`]          |
//! | `kl_divergence`                                                        | [`KlDivergence`]     |
//! | `enumerate_support`                                                    | [`EnumerateSupport`] |
//! | `to_event`, `expand`, `iid`, `reshape_batch`, `mask`, `transform`, `zero_inflated`, `hurdle`, `truncated`, `censored_right`, `censored_left`, `censored_interval`, `clipped`, `folded`, `quantized` | [`DistributionExt`] |
//!
//! The divergence of distributions whose types are known at run time only is [`kl_divergence`](kl_divergence()); one that has
//! no closed form is estimated by [`monte_carlo_kl`].

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

/// In an `impl Cdf`: both tails and their logarithms, by a method `cumulative_hazard(value)` of the distribution, which is
/// −ln P(X > value) inside the support.
macro_rules! tails_by_cumulative_hazard {
    () => {
        fn cdf(&self, value: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
            $crate::distribution::density::scalar::inside(self, value, (0.0, 1.0), |value| {
                Ok(-(-self.cumulative_hazard(value)?).expm1())
            })
        }

        fn log_cdf(&self, value: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
            $crate::distribution::density::scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| {
                Ok((-self.cumulative_hazard(value)?).log1mexp())
            })
        }

        fn survival(&self, value: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
            $crate::distribution::density::scalar::inside(self, value, (1.0, 0.0), |value| {
                Ok((-self.cumulative_hazard(value)?).exp())
            })
        }

        fn log_survival(&self, value: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
            $crate::distribution::density::scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| {
                Ok(-self.cumulative_hazard(value)?)
            })
        }
    };
}

/// In an `impl Cdf`: both tails and their logarithms, by a method `normal(value)` of the distribution, the standard normal
/// variable of which a value is an increasing function.
macro_rules! tails_by_normal {
    () => {
        tails_by_normal! {
            cdf: (0.0, 1.0), z => z.ndtr();
            log_cdf: (f64::NEG_INFINITY, 0.0), z => z.log_ndtr();
            survival: (1.0, 0.0), z => (-z).ndtr();
            log_survival: (0.0, f64::NEG_INFINITY), z => (-z).log_ndtr();
        }
    };
    ($($method:ident: $beyond:expr, $z:ident => $tail:expr;)*) => {
        $(
            fn $method(&self, value: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
                $crate::distribution::density::scalar::inside(self, value, $beyond, |value| {
                    let $z = self.normal(value)?;
                    Ok($tail)
                })
            }
        )*
    };
}

#[macro_use]
mod declaration;

mod capability;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod conformance;
mod continuous;
pub(crate) mod density;
mod derived;
mod directional;
mod discrete;
mod divergence;
mod draw;
mod ext;
mod gaussian_process;
mod glm;
mod measure;
mod monte_carlo;
mod multivariate;
mod relaxed;
pub(crate) mod sampling;
mod time_series;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

pub use self::capability::{Cdf, Covariance, Entropy, EnumerateSupport, KlDivergence, Mode, Moments};
pub use self::continuous::*;
pub use self::derived::*;
pub use self::directional::*;
pub use self::discrete::*;
pub use self::divergence::{AsDistribution, Structure, kl_divergence};
pub use self::draw::Draw;
pub use self::ext::DistributionExt;
pub use self::gaussian_process::*;
pub use self::measure::*;
pub use self::monte_carlo::{Estimate, monte_carlo_kl};
pub use self::multivariate::*;
pub use self::relaxed::*;
pub use self::time_series::*;

use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor};

/// What every distribution can do; see the [module](self) for the shapes.
///
/// # Example
/// A distribution of one's own, which sites take like any other. `ppl::testing`, behind the feature `testing`, has the
/// checks for it.
/// ```
/// use ppl::distribution::{Distribution, Uniform};
/// use ppl::prelude::*;
/// use ppl::random::Rng;
///
/// /// On the unit interval with the density 2x.
/// #[derive(Debug)]
/// struct Ramp;
///
/// impl Distribution for Ramp {
///     fn name(&self) -> &'static str {
///         "Ramp"
///     }
///     fn batch_shape(&self) -> Shape {
///         Shape::SCALAR
///     }
///     fn support(&self) -> Constraint {
///         Constraint::UnitInterval
///     }
///     fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> ppl::Result<Tensor> {
///         // P(X ≤ x) = x².
///         Ok(Uniform::new(0.0, 1.0)?.sample(rng, sample_shape)?.sqrt())
///     }
///     fn log_prob(&self, value: &Tensor) -> ppl::Result<Tensor> {
///         let inside = self.support().contains(value);
///         // The formula never sees a value outside, whose NaN would enter the gradient.
///         let log_prob = (Tensor::select(&inside, value, 1.0) * 2.0).ln();
///         Tensor::try_select(inside, log_prob, f64::NEG_INFINITY)
///     }
/// }
///
/// #[model]
/// fn share() {
///     sample!("share", Ramp);
/// }
///
/// assert_eq!(Ramp.prob(&Tensor::from([0.25, 0.5, 2.0]))?.to_vec(), [0.5, 1.0, 0.0]);
/// let trace = share().substitute(share::share, 0.25).trace(0)?;
/// assert_eq!(trace.log_density()?.item(), 0.5_f64.ln());
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Distribution: Any + AsDistribution + Debug + Send + Sync {
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
    /// Compose it of operations of [`Tensor`]: a density that is made of numbers read from its value or its
    /// parameters has no derivative, and a site refuses it where it is differentiated.
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

    /// Whether this is a measure that is no probability distribution, and so has no draws: an improper prior.
    ///
    /// A distribution that wraps another one passes this on.
    fn is_improper(&self) -> bool {
        false
    }

    /// Which elements of a value the density looks at: 1, or 0 for those that a mask leaves out, which may be anything.
    ///
    /// It broadcasts to `batch shape ++ event shape`; none where there is no mask. A distribution that wraps another
    /// one, and passes elements on to it, passes its mask on too.
    fn element_mask(&self) -> Option<Tensor> {
        None
    }

    /// What it wraps, for functions that look through it; none of a distribution that stands by itself.
    fn structure(&self) -> Option<Structure<'_>> {
        None
    }
}

/// What a site accepts: a distribution, the `Result` of building one, or a shared one.
///
/// # Example
/// A function that takes what sites take:
/// ```
/// use std::sync::Arc;
/// use ppl::Shape;
/// use ppl::distribution::{Distribution, IntoDistribution, Normal};
///
/// fn shape_of_draw(distribution: impl IntoDistribution) -> ppl::Result<Shape> {
///     let distribution = distribution.into_distribution()?;
///     Ok(distribution.batch_shape().concat(&distribution.event_shape()))
/// }
///
/// assert_eq!(shape_of_draw(Normal::new([0.0, 1.0], 1.0))?, Shape::from([2]));
/// let shared: Arc<dyn Distribution> = Arc::new(Normal::new(0.0, 1.0)?);
/// assert_eq!(shape_of_draw(shared)?, Shape::SCALAR);
/// let error = shape_of_draw(Normal::new(0.0, -1.0)).unwrap_err();
/// assert_eq!(error.to_string(), "Normal: `scale` must be positive, got -1");
/// # Ok::<(), ppl::Error>(())
/// ```
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
