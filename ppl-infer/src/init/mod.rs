//! `Init`: where chains, paths and searches for a mode start.

mod find;
mod model_starts;
#[cfg(test)]
mod model_tests;
mod sites;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use ppl::IntoTensor;
use ppl::site::LatentName;
use serde::{Deserialize, Serialize};

pub(crate) use self::find::{FoundStart, find_start};
pub use self::find::{InitialPosition, StartingPoint};
pub(crate) use self::model_starts::ModelStarts;
pub use self::sites::SiteStarts;
use crate::Result;
use crate::settings::require;

/// Where the chains of a sampler, the paths of [`Pathfinder`](crate::Pathfinder) or the search for a mode start.
///
/// | start                               | choose it                                                                     |
/// |-------------------------------------|-------------------------------------------------------------------------------|
/// | [`Init::Uniform`], the default      | almost always: starts that differ much let R̂ see whether the chains agree. NUTS and HMC look for a better start from there by [`init_paths`](crate::mcmc::hmc::HmcConfig::init_paths) |
/// | the same with more `init_paths`     | if a chain now and then is [lost](crate::draws::Warning::LostChains)           |
/// | [`Init::sites`], [`Init::site`]     | if you know where the posterior is, or where it must not be looked for: values of some sites, by name and as the model has them |
/// | [`Init::Prior`]                     | if the priors are informative, and the density is hard or not defined elsewhere |
/// | [`PathfinderFit::init`](crate::PathfinderFit::init) | if gradients are expensive: a start in the posterior saves warm-up       |
/// | [`MapEstimate::init`](crate::optimize::MapEstimate::init) | of a posterior like a Gaussian. The mode of a hierarchical model may be far from its mass, at scales near 0 |
/// | [`Init::Value`]                     | any position on the unconstrained space                                        |
/// | [`Init::per_chain`]                 | to give each chain a start of its own, by any of these                         |
///
/// A start at which the log density or its gradient is not finite is rejected. Where a start is random in a part, the chain
/// tries up to a hundred, as Stan does. With `init_candidates(n)` it evaluates *n* valid ones and takes the best.
///
/// Starts that are all alike hide from R̂ what other starts would have found: prefer values for some sites to values for all.
///
/// # Other names
/// NumPyro's `init_to_value` is [`Init::sites`], `init_to_sample` is [`Init::Prior`], `init_to_uniform` is
/// [`Init::Uniform`], and `init_to_feasible` `Init::Uniform { radius: 0.0 }`. Stan's `inits` and PyMC's `initvals` are
/// [`Init::sites`], or one of these for each chain.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{Init, prelude::*};
///
/// #[model]
/// fn groups(y: &Tensor) {
///     let mu = sample!("mu", Normal::new(0.0, 10.0));
///     let tau = sample!("tau", HalfNormal::new(5.0));
///     plate!("group", 3, {
///         let theta = sample!("theta", Normal::new(mu, tau));
///         observe!("y", Normal::new(theta, 1.0), y);
///     });
/// }
///
/// let y = Tensor::from([8.0, 10.0, 12.0]);
/// let nuts = Nuts::new().warmup(200).draws(100).progress(false);
/// // Each chain starts at tau = 1.5, and at its own random values of the other sites.
/// let posterior = nuts.clone().init([(groups::tau, 1.5)]).run(&groups(&y))?;
/// assert!((posterior.get(groups::mu)?.mean() - 10.0).abs() < 1.5);
///
/// // Sites of several shapes, one by one; the rest from the prior.
/// let init = Init::Prior.site(groups::tau, 1.5).site(groups::theta, [8.0, 10.0, 12.0]);
/// let posterior = nuts.clone().init(init).run(&groups(&y))?;
/// assert!((posterior.get(groups::mu)?.mean() - 10.0).abs() < 1.5);
///
/// // A value outside of the support, or for a site that the model has not, is an error.
/// let error = nuts.clone().init([(groups::tau, -1.0)]).run(&groups(&y)).unwrap_err();
/// assert_eq!(error.to_string(), "site `tau`: `init` must be non-negative, got -1");
/// let error = nuts.init([("tua", 1.0)]).run(&groups(&y)).unwrap_err();
/// assert!(error.to_string().ends_with("help: did you mean `tau`?"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Init {
    /// Every coordinate of the unconstrained space uniform between −`radius` and `radius`, independently for each chain.
    ///
    /// If 50 starts were rejected, the next ones are nearer to the origin: ten each within 1/2, 1/4, … 1/32 of the radius.
    Uniform {
        /// The largest distance from zero of a coordinate.
        radius: f64,
    },
    /// A draw from the prior for each chain: of every latent site, in the order of the model, from its distribution.
    ///
    /// A site with an improper prior, which cannot be drawn from, starts as with [`Init::Uniform`].
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::{Init, prelude::*};
    ///
    /// #[model]
    /// fn rate(count: f64) {
    ///     // Within 2 of the origin of the unconstrained space the rate is at most 7.4.
    ///     let rate = sample!("rate", Gamma::new(400.0, 0.1));
    ///     observe!("count", Poisson::new(rate), count);
    /// }
    ///
    /// let nuts = Nuts::new().init(Init::Prior).warmup(300).draws(300).progress(false);
    /// let posterior = nuts.run(&rate(3970.0))?;
    /// // The posterior is Gamma(4370, 1.1).
    /// assert!((posterior.get(rate::rate)?.mean() - 4370.0 / 1.1).abs() < 20.0);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    Prior,
    /// Every chain at this position on the unconstrained space.
    Value(Vec<f64>),
    /// Values of some sites, made by [`Init::sites`] and [`Init::site`].
    Sites(SiteStarts),
    /// Each chain by a start of its own, made by [`Init::per_chain`].
    PerChain(Vec<Init>),
}

impl Default for Init {
    /// Stan's default: uniform with radius 2.
    fn default() -> Self {
        Self::Uniform { radius: 2.0 }
    }
}

impl Init {
    /// Every chain at these values of sites, as the model has them: a scale is positive, a vector of shares has the sum 1. The
    /// other sites start as by the default.
    ///
    /// Where the values have different shapes, add one after the other by [`site`](Self::site). `init` takes the pairs
    /// themselves too: `.init([(model::tau, 1.5)])`.
    ///
    /// # Errors
    /// Of the run that gets it: a name that is no latent site of the model, or that a handler has given a value; another
    /// shape than the site's; a value outside of the site's support, or on its edge; two values of one site.
    #[must_use]
    pub fn sites(values: impl IntoIterator<Item = (impl LatentName, impl IntoTensor)>) -> Self {
        values.into_iter().fold(Self::default(), |init, (site, value)| init.site(site, value))
    }

    /// The same start, but of a site that starts at this value.
    ///
    /// # Errors
    /// As [`sites`](Self::sites).
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::{Init, prelude::*};
    ///
    /// #[model]
    /// fn mixture(y: &Tensor) {
    ///     let shares = sample!("shares", Dirichlet::new([2.0, 2.0]));
    ///     let loc = sample!("loc", ImproperUniform::new(Constraint::OrderedVector, (), [2]));
    ///     plate!("i", y.size(), { observe!("y", MixtureSameFamily::new(Categorical::new(shares), Normal::new(loc, 1.0)), y); });
    /// }
    ///
    /// let y = Tensor::from([-2.1, -1.9, -2.0, 3.0, 3.1, 2.8, 2.9]);
    /// let init = Init::default().site(mixture::shares, [0.4, 0.6]).site(mixture::loc, [-2.0, 3.0]);
    /// let mode = Map::new().init(init).run(&mixture(&y))?;
    /// assert!((mode.component("loc[0]")? + 2.0).abs() < 0.1);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[must_use]
    pub fn site(self, site: impl LatentName, value: impl IntoTensor) -> Self {
        let mut starts = match self {
            Self::Sites(starts) => starts,
            others => SiteStarts::new(others),
        };
        starts.push(site.site_name(), &value.into_tensor());
        Self::Sites(starts)
    }

    /// Each chain, or path, by a start of its own.
    ///
    /// # Errors
    /// Of the run that gets it: another number of starts than of chains.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::{Init, prelude::*};
    ///
    /// #[model]
    /// fn normal() {
    ///     sample!("x", Normal::new(0.0, 1.0));
    /// }
    ///
    /// let nuts = Nuts::new().chains(2).warmup(100).draws(50).progress(false);
    /// let values = nuts.clone().init(Init::per_chain([[(normal::x, -3.0)], [(normal::x, 3.0)]]));
    /// let positions = nuts.clone().init(Init::per_chain([Init::Value(vec![-3.0]), Init::Value(vec![3.0])]));
    /// assert_eq!(values.run(&normal())?.draws(), positions.run(&normal())?.draws());
    /// let error = nuts.init(Init::per_chain([Init::Prior])).run(&normal()).unwrap_err();
    /// assert_eq!(error.to_string(), "`init` must be one start for each chain, got 1 for 2 chains");
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[must_use]
    pub fn per_chain(starts: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::PerChain(starts.into_iter().map(Into::into).collect())
    }

    /// Checks that this can start `count` chains, paths or searches; `starter` is their name in the message, in the singular.
    pub(crate) fn validate(&self, count: usize, starter: &str) -> Result<()> {
        match self {
            Self::Uniform { radius } => {
                require("init", "a finite radius of at least 0", radius, radius.is_finite() && *radius >= 0.0)
            }
            Self::Prior | Self::Value(_) => Ok(()),
            Self::Sites(starts) => starts.others().validate(count, starter),
            Self::PerChain(starts) => {
                let plural = if starter == "search" { "searches".to_owned() } else { format!("{starter}s") };
                let noun = if count == 1 { starter } else { &plural };
                let got = format!("{} for {count} {noun}", starts.len());
                require("init", &format!("one start for each {starter}"), got, starts.len() == count)?;
                starts.iter().try_for_each(|start| start.validate(count, starter))
            }
        }?;
        (0..count).try_for_each(|chain| {
            let mut names = BTreeSet::new();
            let twice = self.of_chain(chain).0.into_iter().find(|start| !names.insert(&start.site));
            twice.map_or(Ok(()), |twice| {
                require("init", &format!("one value for the site `{}`", twice.site), "two", false)
            })
        })
    }
}

impl<N: LatentName, V: IntoTensor, I: IntoIterator<Item = (N, V)>> From<I> for Init {
    fn from(values: I) -> Self {
        Self::sites(values)
    }
}
