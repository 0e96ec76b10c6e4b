//! `Site`: the typed names that `#[model]` makes of a model's sites.

use std::fmt;
use std::marker::PhantomData;

mod indexed;
mod name;
mod nearest;
mod unknown;

pub use indexed::IndexedSite;
pub use name::{AnyName, LatentName, ObservedName, ParamName, SiteName, SubstitutableName};
pub(crate) use nearest::edit_distance;
pub use nearest::nearest;
pub use unknown::{Names, UnknownName};

/// The kinds of sites, as types.
pub mod kind {
    /// A site drawn by `sample!`.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl::{Latent, Site};
    ///
    /// #[model]
    /// fn coin() {
    ///     sample!("fairness", Beta::new(10.0, 10.0));
    /// }
    ///
    /// /// The mean of a latent number over some runs.
    /// fn mean(traces: &[Trace], site: Site<Latent>) -> ppl::Result<f64> {
    ///     let values = traces.iter().map(|trace| Ok(trace.get(site)?.item())).collect::<ppl::Result<Vec<f64>>>()?;
    ///     Ok(values.iter().sum::<f64>() / values.len() as f64)
    /// }
    ///
    /// let at = |fairness: f64| coin().substitute(coin::fairness, fairness).trace(0);
    /// assert_eq!(mean(&[at(0.25)?, at(0.75)?], coin::fairness)?, 0.5);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[derive(Debug)]
    pub enum Latent {}
    /// A site of `observe!`.
    ///
    /// # Example
    /// ```
    /// use ppl::handler::{Handled, Uncondition};
    /// use ppl::prelude::*;
    /// use ppl::{Observed, Site};
    ///
    /// #[model]
    /// fn coin(heads: f64) {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     observe!("heads", Bernoulli::new(fairness), heads);
    /// }
    ///
    /// /// A model without one of its data, which `coin::fairness` is not.
    /// fn without<M: Model>(model: M, data: Site<Observed>) -> Handled<M, Uncondition> {
    ///     model.uncondition(data)
    /// }
    ///
    /// assert_eq!(without(coin(1.0), coin::heads).trace(0)?.log_likelihood()?.item(), 0.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[derive(Debug)]
    pub enum Observed {}
    /// A learnable parameter of `param!`.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl::{Param, Site};
    ///
    /// #[model]
    /// fn guide() {
    ///     let loc = param!("loc", 0.0);
    ///     let spread = param!("spread", 1.0, Constraint::Positive);
    ///     sample!("weight", Normal::new(loc, spread));
    /// }
    ///
    /// let learned: [(Site<Param>, f64); 2] = [(guide::loc, 9.14), (guide::spread, 0.6)];
    /// let trace = guide().substitute_all(learned).trace(0)?;
    /// assert_eq!((trace.get(guide::loc)?.item(), trace.get(guide::spread)?.item()), (9.14, 0.6));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[derive(Debug)]
    pub enum Param {}
    /// A quantity recorded by `deterministic!`.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl::{Deterministic, Site};
    ///
    /// #[model]
    /// fn odds() {
    ///     let p = sample!("p", Beta::new(1.0, 1.0));
    ///     deterministic!("odds", &p / (1.0 - &p));
    /// }
    ///
    /// const ODDS: Site<Deterministic> = odds::odds;
    /// assert_eq!(odds().substitute(odds::p, 0.75).trace(0)?.get(ODDS)?.item(), 3.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    ///
    /// It has a value and no distribution, so that nothing can be conditioned on it:
    ///
    /// ```compile_fail,E0277
    /// # use ppl::prelude::*;
    /// # #[model]
    /// # fn odds() {
    /// #     let p = sample!("p", Beta::new(1.0, 1.0));
    /// #     deterministic!("odds", &p / (1.0 - &p));
    /// # }
    /// let conditioned = odds().condition(odds::odds, 3.0);
    /// ```
    #[derive(Debug)]
    pub enum Deterministic {}
    /// A term of the log density added by `factor!`.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl::{Factor, Site};
    ///
    /// #[model]
    /// fn soft_constraint() {
    ///     let x = sample!("x", Normal::new(0.0, 1.0));
    ///     factor!("near_one", -10.0 * (x - 1.0).square());
    /// }
    ///
    /// const PENALTY: Site<Factor> = soft_constraint::near_one;
    /// let trace = soft_constraint().substitute(soft_constraint::x, 3.0).trace(0)?;
    /// assert_eq!(trace.get(PENALTY)?.item(), -40.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[derive(Debug)]
    pub enum Factor {}
    /// A plate.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl::{Plate, Site};
    ///
    /// #[model]
    /// fn schools() {
    ///     let mu = sample!("mu", Normal::new(0.0, 5.0));
    ///     plate!("school", 8, {
    ///         sample!("theta", Normal::new(mu, 1.0));
    ///     });
    /// }
    ///
    /// /// The names of the sites inside a plate.
    /// fn members(trace: &Trace, plate: Site<Plate>) -> Vec<&str> {
    ///     let is_inside = |name: &&str| trace.site(name).unwrap().plates.iter().any(|open| open.name == plate.name());
    ///     trace.names().filter(is_inside).collect()
    /// }
    ///
    /// assert_eq!(members(&schools().trace(0)?, schools::school), ["theta"]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[derive(Debug)]
    pub enum Plate {}
}

pub use kind::{Deterministic, Factor, Latent, Observed, Param, Plate};

/// The name of a site, with its kind in the type.
///
/// For each `#[model]` the macro makes a module of the same name with one constant a site, so that a misspelt name or
/// a name of the wrong kind does not compile:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin(heads: f64) {
///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
///     observe!("heads", Bernoulli::new(fairness), heads);
/// }
///
/// assert_eq!(coin::fairness.name(), "fairness");
/// let model = coin(1.0).substitute(coin::fairness, 0.25); // `coin::heads` here would not compile
/// assert!((model.trace(0)?.log_likelihood()?.item() - 0.25_f64.ln()).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
pub struct Site<K> {
    name: &'static str,
    kind: PhantomData<fn() -> K>,
}

impl<K> Site<K> {
    /// The site of this name. `#[model]` calls it.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, kind: PhantomData }
    }

    /// The site's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<K> Clone for Site<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Site<K> {}

impl<K> fmt::Debug for Site<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({:?})", self.name)
    }
}

impl<K> fmt::Display for Site<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The kind of a site, as a value.
///
/// # Example
/// The kinds that a model's sites have in a run, which handlers may change:
///
/// ```
/// use ppl::SiteKind;
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     sample!("measurement", Normal::new(weight, 0.75));
/// }
///
/// let kind = |trace: &Trace| trace.site("measurement").unwrap().kind;
/// assert_eq!(kind(&scale(8.5).trace(0)?), SiteKind::Latent);
/// assert_eq!(kind(&scale(8.5).condition(scale::measurement, 9.5).trace(0)?), SiteKind::Observed);
/// assert_eq!(SiteKind::Observed.to_string(), "observed");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SiteKind {
    /// Drawn by `sample!`.
    Latent,
    /// Given to `observe!`.
    Observed,
    /// Learnable, of `param!`.
    Param,
    /// Recorded by `deterministic!`.
    Deterministic,
    /// Added to the log density by `factor!`.
    Factor,
    /// A plate.
    Plate,
}

impl fmt::Display for SiteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latent => "latent",
            Self::Observed => "observed",
            Self::Param => "param",
            Self::Deterministic => "deterministic",
            Self::Factor => "factor",
            Self::Plate => "plate",
        })
    }
}

/// One row of a model's table of sites.
///
/// # Example
/// The table is `SITES` in the model's module:
///
/// ```
/// use ppl::SiteKind;
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), 9.5);
/// }
///
/// let latent = scale::SITES.iter().filter(|site| site.kind == SiteKind::Latent);
/// assert_eq!(latent.map(|site| site.name).collect::<Vec<_>>(), ["weight"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteInfo {
    /// The site's name.
    pub name: &'static str,
    /// The site's kind.
    pub kind: SiteKind,
}

impl SiteInfo {
    /// A row of the table. `#[model]` calls it.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, kind: SiteKind) -> Self {
        Self { name, kind }
    }
}

/// The name of a model and its sites, as known at compile time.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn walk(steps: usize) {
///     let mut level = sample!("start", Normal::new(0.0, 1.0));
///     for t in 0..steps {
///         level = sample!("level_{t}", Normal::new(level, 1.0));
///     }
/// }
///
/// let signature = walk(3).signature();
/// assert_eq!((signature.name, signature.sites[0].name), ("walk", "start"));
/// assert!(signature.open, "`level_0` and the others are known in a run only");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The function's name.
    pub name: &'static str,
    /// The sites with literal names, in the order of the source.
    pub sites: &'static [SiteInfo],
    /// Whether a run may visit other sites too: the model has names with indices, or calls sub-models.
    pub open: bool,
}
