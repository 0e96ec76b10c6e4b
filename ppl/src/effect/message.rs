//! Messages: a header, and the effect that a site asks for.

use std::sync::Arc;

use super::PlateFrame;
use crate::distribution::Distribution;
use crate::distribution::density::vector::{over_events, point_inside};
use crate::random::Key;
use crate::site::SiteKind;
use crate::tensor::tape;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// The message of a site, as one handler sees it during one call.
///
/// It is a bundle of references that the dispatcher makes anew for each handler. A handler changes the contents of the
/// effect and may hide the site; name, plates and kind of effect are out of its reach, and another message in the place
/// of this one changes nothing.
///
/// # Example
/// A trace of the sites that stand outside of all plates, by a condition on each message:
///
/// ```
/// use ppl::handler::Block;
/// use ppl::prelude::*;
///
/// #[model]
/// fn schools() {
///     let mu = sample!("mu", Normal::new(0.0, 5.0));
///     plate!("school", 8, {
///         sample!("theta", Normal::new(mu, 1.0));
///     });
/// }
///
/// let global = schools().with(Block::by(|message| !message.plates.is_empty()));
/// assert_eq!(global.trace(0)?.names().collect::<Vec<_>>(), ["mu"]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Message<'a> {
    /// The site's name, with the prefixes of the scopes that it has passed.
    pub name: &'a str,
    /// The open plates, outermost first; none for a parameter.
    pub plates: &'a [PlateFrame],
    /// Whether the site is hidden from the handlers further out. Only `before` can hide it.
    pub hidden: &'a mut bool,
    /// The effect that the site asks for.
    pub effect: Effect<'a>,
}

/// The effect that a site asks for, one variant a site macro.
///
/// # Example
/// The prior alone of a model with a factor:
///
/// ```
/// use ppl::effect::Effect;
/// use ppl::handler::Block;
/// use ppl::prelude::*;
///
/// #[model]
/// fn soft_constraint() {
///     let x = sample!("x", Normal::new(0.0, 1.0));
///     factor!("near_one", -10.0 * (x - 1.0).square());
/// }
///
/// let prior = soft_constraint().with(Block::by(|message| matches!(message.effect, Effect::Factor(_))));
/// assert_eq!(prior.trace(0)?.log_density()?, soft_constraint().trace(0)?.log_prior()?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub enum Effect<'a> {
    /// `sample!` or `observe!`.
    Sample(&'a mut SampleSite),
    /// `param!`.
    Param(&'a mut ParamSite),
    /// `plate!`, when it opens.
    Plate(&'a mut PlateSite),
    /// `deterministic!`.
    Deterministic(&'a mut DeterministicSite),
    /// `factor!`.
    Factor(&'a mut FactorSite),
}

/// A random site.
///
/// # Example
/// The log densities of a run, written down as the values settle:
///
/// ```
/// use ppl::effect::{Effect, Handler, Message};
/// use ppl::prelude::*;
///
/// #[derive(Default)]
/// struct Log(Vec<String>);
///
/// impl Handler for Log {
///     fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
///         if let Effect::Sample(site) = message.effect {
///             self.0.push(format!("{} ~ {}: {:.3}", message.name, site.distribution.name(), site.log_prob()?));
///         }
///         Ok(())
///     }
/// }
///
/// let (_, log) = Ctx::new(Key::new(0)).enter(Log::default(), |ctx| {
///     ctx.observe("height", Normal::new(0.0, 1.0), 1.0)?;
///     ctx.observe("count", Poisson::new(2.0), 0)
/// })?;
/// assert_eq!(log.0, ["height ~ Normal: -1.419", "count ~ Poisson: -2.000"]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SampleSite {
    /// The distribution, its batch expanded to the open plates.
    pub distribution: Arc<dyn Distribution>,
    /// The value, once a handler, the data or a draw has settled it.
    pub value: Option<Tensor>,
    /// Whether the value counts as data.
    pub is_observed: bool,
    /// The scale and the mask of the log density.
    pub term: Term,
    /// The key to draw by; the run's own if no handler sets one.
    pub key: Option<Key>,
}

/// A learnable parameter.
///
/// # Example
/// Positive parameters that begin at twice their initial value:
///
/// ```
/// use ppl::effect::{Effect, Handler, Message};
/// use ppl::prelude::*;
///
/// #[derive(Clone)]
/// struct Double;
///
/// impl Handler for Double {
///     fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
///         if let Effect::Param(site) = message.effect
///             && matches!(site.constraint, Constraint::Positive)
///         {
///             site.value = Some(2.0 * &site.init);
///         }
///         Ok(())
///     }
/// }
///
/// #[model]
/// fn guide() {
///     param!("loc", 9.0);
///     param!("spread", 0.5, Constraint::Positive);
/// }
///
/// let trace = guide().with(Double).trace(0)?;
/// assert_eq!((trace.get(guide::loc)?.item(), trace.get(guide::spread)?.item()), (9.0, 1.0));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ParamSite {
    /// The initial value, constrained.
    pub init: Tensor,
    /// The set that the value lives in.
    pub constraint: Constraint,
    /// The constrained value, once settled.
    pub value: Option<Tensor>,
}

/// A plate that opens.
///
/// # Example
/// A handler that takes the last members of a plate instead of random ones:
///
/// ```
/// use ppl::effect::{Effect, Handler, Message};
/// use ppl::prelude::*;
///
/// #[derive(Clone)]
/// struct Last;
///
/// impl Handler for Last {
///     fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
///         if let Effect::Plate(site) = message.effect {
///             site.indices = Some((site.size - site.subsample_size..site.size).collect());
///         }
///         Ok(())
///     }
/// }
///
/// #[model]
/// fn minibatch(y: &Tensor) {
///     plate!("row", y.size(), subsample_size = 2, |row| {
///         observe!("y", Normal::new(0.0, 1.0), y.take(0, &row));
///     });
/// }
///
/// let trace = minibatch(&Tensor::arange(10)).with(Last).trace(0)?;
/// assert_eq!(trace.get(minibatch::y)?.to_vec(), [8.0, 9.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PlateSite {
    /// Count of all its members.
    pub size: usize,
    /// Count of its members in this run.
    pub subsample_size: usize,
    /// Indices of its members in this run, once settled; from the beginning where the model itself gives them.
    pub indices: Option<Vec<usize>>,
    /// The key to choose the members by; the run's own if no handler sets one.
    pub key: Option<Key>,
}

/// A recorded quantity.
///
/// # Example
/// A check that every recorded quantity is finite; the error tells the site:
///
/// ```
/// use ppl::effect::{Effect, Handler, Message};
/// use ppl::prelude::*;
///
/// #[derive(Clone)]
/// struct Finite;
///
/// impl Handler for Finite {
///     fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
///         match message.effect {
///             Effect::Deterministic(site) if !site.value.item().is_finite() => {
///                 Err(ppl::Error::InvalidValue { expected: "finite".to_owned(), got: site.value.to_string() })
///             }
///             _ => Ok(()),
///         }
///     }
/// }
///
/// #[model]
/// fn odds(p: f64) {
///     deterministic!("odds", p / (1.0 - p));
/// }
///
/// assert_eq!(odds(0.5).with(Finite).trace(0)?.get(odds::odds)?.item(), 1.0);
/// let error = odds(1.0).with(Finite).trace(0).unwrap_err();
/// assert_eq!(error.to_string(), "site `odds`: value must be finite, got inf");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DeterministicSite {
    /// The quantity.
    pub value: Tensor,
}

/// A factor of the density.
///
/// # Example
/// A handler that sums the factors of a run. In a plate of three members a scalar factor counts three times:
///
/// ```
/// use ppl::effect::{Effect, Handler, Message};
/// use ppl::prelude::*;
///
/// struct Sum(Tensor);
///
/// impl Handler for Sum {
///     fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
///         if let Effect::Factor(site) = message.effect {
///             self.0 = &self.0 + site.log_prob()?;
///         }
///         Ok(())
///     }
/// }
///
/// #[model]
/// fn penalties() {
///     factor!("once", -2.0);
///     plate!("member", 3, {
///         factor!("each", -0.5);
///     });
/// }
///
/// let (_, sum) = Ctx::new(Key::new(0)).enter(Sum(0.0.into()), |ctx| penalties().run(ctx))?;
/// assert_eq!(sum.0.item(), -3.5);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FactorSite {
    /// The factor's logarithm, one element a member of the open plates.
    pub log_weight: Tensor,
    /// The scale and the mask of `log_weight`.
    pub term: Term,
}

/// How a site's log density enters the sum: multiplied by `scale`, where `mask` is 1.
///
/// # Example
/// A subsample of two rows stands for six, and one of its two does not count:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn rows() {
///     plate!("row", 6, subsample_size = 2, {
///         observe!("y", Normal::new(0.0, 1.0), [0.0, 7.0]);
///     });
/// }
///
/// let trace = rows().mask([true, false])?.trace(0)?;
/// let term = &trace.site("y").unwrap().term;
/// assert_eq!((term.scale, term.mask.as_ref().unwrap().to_vec()), (3.0, vec![1.0, 0.0]));
/// assert_eq!(trace.log_density()?, 3.0 * Normal::new(0.0, 1.0)?.log_prob(&Tensor::from(0.0))?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Term {
    /// The multiplier, for subsampling and tempering.
    pub scale: f64,
    /// 1 where the log density counts and 0 where it does not; broadcasts against the batch. Without a mask all counts.
    pub mask: Option<Tensor>,
}

impl Message<'_> {
    /// The kind of site, as the handlers so far have left it.
    #[must_use]
    pub fn kind(&self) -> SiteKind {
        match &self.effect {
            Effect::Sample(site) if site.is_observed => SiteKind::Observed,
            Effect::Sample(_) => SiteKind::Latent,
            Effect::Param(_) => SiteKind::Param,
            Effect::Plate(_) => SiteKind::Plate,
            Effect::Deterministic(_) => SiteKind::Deterministic,
            Effect::Factor(_) => SiteKind::Factor,
        }
    }
}

impl SampleSite {
    /// Batch shape followed by event shape: the shape that a value must have.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.distribution.batch_shape().concat(&self.distribution.event_shape())
    }

    /// The log density of the site's value, a scalar: masked, summed, scaled.
    ///
    /// # Errors
    /// A value that is not settled yet, or that the distribution cannot take.
    pub fn log_prob(&self) -> Result<Tensor> {
        let value = self.value.as_ref().ok_or(Error::NoValue)?;
        self.term.log_prob(self.distribution.as_ref(), value, self.is_observed)
    }
}

impl FactorSite {
    /// The log density that the factor adds, a scalar: masked, summed, scaled.
    ///
    /// # Errors
    /// A mask that does not broadcast against the factor.
    pub fn log_prob(&self) -> Result<Tensor> {
        self.term.total(&self.log_weight)
    }
}

impl Default for Term {
    /// Scale 1, no mask.
    fn default() -> Self {
        Self { scale: 1.0, mask: None }
    }
}

impl Term {
    /// The term of a site in these plates, whose subsamples stand for all members.
    pub(super) fn in_plates(plates: &[PlateFrame]) -> Self {
        Self { scale: plates.iter().map(PlateFrame::scale).product(), mask: None }
    }

    /// The log density of a random site's value, a scalar: masked, summed, scaled.
    ///
    /// Data that the mask leaves out are replaced by a point of the support, so that no NaN enters the gradient.
    pub(crate) fn log_prob(
        &self,
        distribution: &dyn Distribution,
        value: &Tensor,
        is_observed: bool,
    ) -> Result<Tensor> {
        let counted = match &self.mask {
            Some(mask) if is_observed => {
                let counts = over_events(mask, distribution.event_shape().rank())?;
                &Tensor::try_select(counts, value, point_inside(distribution)?)?
            }
            _ => value,
        };
        let reads = tape::reads();
        let log_prob = distribution.log_prob(counted)?;
        if tape::reads() != reads && !log_prob.is_tracked() {
            return Err(lost_derivative(distribution));
        }
        self.total(&log_prob)
    }

    /// The sum of log densities over the batch, a scalar: masked, summed, scaled.
    pub(crate) fn total(&self, log_prob: &Tensor) -> Result<Tensor> {
        let counted = match &self.mask {
            // Selected, not multiplied: an element that does not count may be −∞.
            Some(mask) => Tensor::try_select(mask, log_prob, 0.0)?,
            None => log_prob.clone(),
        };
        let sum = counted.sum();
        Ok(if self.scale == 1.0 { sum } else { sum * self.scale })
    }
}

/// The error of a density that is a constant, made of numbers that it read while they were being differentiated.
fn lost_derivative(distribution: &dyn Distribution) -> Error {
    Error::Unsupported {
        what: format!(
            "the derivative of the distribution `{}`, whose density reads the numbers that it is given,",
            distribution.name()
        ),
        hint: "compose the density of operations of `Tensor`, without `to_vec` and `item`".to_owned(),
    }
}

/// The contents of an effect. The dispatcher owns them and lends them to one handler after the other.
pub(super) trait Contents {
    /// The effect with these contents.
    fn effect(&mut self) -> Effect<'_>;
}

macro_rules! contents {
    ($($site:ident is $effect:ident,)*) => {
        $(
            impl Contents for $site {
                fn effect(&mut self) -> Effect<'_> {
                    Effect::$effect(self)
                }
            }
        )*
    };
}

contents! {
    SampleSite is Sample,
    ParamSite is Param,
    PlateSite is Plate,
    DeterministicSite is Deterministic,
    FactorSite is Factor,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{Ctx, Exit, Model, bind};
    use crate::random::Rng;
    use crate::{ModelExt, grad};

    /// A normal distribution by hand, whose density reads its value.
    #[derive(Debug)]
    struct Reading;

    impl Distribution for Reading {
        fn name(&self) -> &'static str {
            "Reading"
        }

        fn batch_shape(&self) -> Shape {
            Shape::SCALAR
        }

        fn support(&self) -> Constraint {
            Constraint::Real
        }

        fn sample(&self, _: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
            Ok(Tensor::zeros(*sample_shape))
        }

        fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
            Ok(Tensor::from(-0.5 * value.item() * value.item()))
        }
    }

    fn reading() -> impl Model<Output = ()> {
        bind("reading", &[], true, |ctx: &mut Ctx| -> Result<(), Exit> {
            ctx.sample("x", Reading)?;
            Ok(())
        })
    }

    #[test]
    fn a_density_that_loses_its_derivative_is_refused() {
        let x = Tensor::from(2.0);
        assert_eq!(reading().log_prob([("x", &x)]).unwrap(), -2.0);
        let error = grad(|at| reading().log_prob([("x", &at[0])]), &[x]).unwrap_err().to_string();
        let want = "the derivative of the distribution `Reading`, whose density reads the numbers that it is given, is not \
                    supported\nhelp: compose the density of operations of `Tensor`, without `to_vec` and `item`";
        assert!(error.contains(want), "{error}");
    }
}
