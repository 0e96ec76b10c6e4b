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
    #[derive(Debug)]
    pub enum Latent {}
    /// A site of `observe!`.
    #[derive(Debug)]
    pub enum Observed {}
    /// A learnable parameter of `param!`.
    #[derive(Debug)]
    pub enum Param {}
    /// A quantity recorded by `deterministic!`.
    #[derive(Debug)]
    pub enum Deterministic {}
    /// A term of the log density added by `factor!`.
    #[derive(Debug)]
    pub enum Factor {}
    /// A plate.
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
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The function's name.
    pub name: &'static str,
    /// The sites with literal names, in the order of the source.
    pub sites: &'static [SiteInfo],
    /// Whether a run may visit other sites too: the model has names with indices, or calls sub-models.
    pub open: bool,
}
