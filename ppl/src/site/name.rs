//! Names of sites: typed sites, whose kind the compiler checks, and strings, which are checked when they are used.

use std::borrow::Cow;

use super::{Deterministic, Factor, IndexedSite, Latent, Observed, Param, Site};

/// The name of a site.
///
/// Functions that act on one kind of site take one of the traits below, so that a typed site of another kind does not
/// compile.
///
/// # Example
/// A function that takes any name, typed or not:
///
/// ```
/// use ppl::prelude::*;
/// use ppl::site::SiteName;
///
/// #[model]
/// fn walk(steps: usize) {
///     let mut level = sample!("start", Normal::new(0.0, 1.0));
///     for t in 0..steps {
///         level = sample!("level_{t}", Normal::new(level, 1.0));
///     }
/// }
///
/// fn title(site: impl SiteName) -> String {
///     format!("Trace of {}", site.site_name())
/// }
///
/// assert_eq!(title(walk::start), "Trace of start");
/// assert_eq!(title(walk::level(2)), "Trace of level_2");
/// assert_eq!(title("left/heads"), "Trace of left/heads");
/// ```
pub trait SiteName {
    /// The name.
    fn site_name(&self) -> &str;
}

impl<K> SiteName for Site<K> {
    fn site_name(&self) -> &str {
        self.name
    }
}

impl<K> SiteName for IndexedSite<K> {
    fn site_name(&self) -> &str {
        self.name()
    }
}

impl SiteName for str {
    fn site_name(&self) -> &str {
        self
    }
}

impl SiteName for String {
    fn site_name(&self) -> &str {
        self
    }
}

impl SiteName for Cow<'_, str> {
    fn site_name(&self) -> &str {
        self
    }
}

impl<T: SiteName + ?Sized> SiteName for &T {
    fn site_name(&self) -> &str {
        (**self).site_name()
    }
}

/// The name of a latent site.
///
/// # Example
/// ```
/// use ppl::handler::{Condition, Handled};
/// use ppl::prelude::*;
/// use ppl::site::LatentName;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     sample!("measurement", Normal::new(weight, 0.75));
/// }
///
/// fn known_to_be_zero<M: Model>(model: M, site: impl LatentName) -> Handled<M, Condition> {
///     model.condition(site, 0.0)
/// }
///
/// for model in [known_to_be_zero(scale(8.5), scale::weight), known_to_be_zero(scale(8.5), "weight")] {
///     assert_eq!(model.trace(0)?.get("weight")?.item(), 0.0);
/// }
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a latent site",
    label = "expected a latent site, which is one of `sample!`, or a string"
)]
pub trait LatentName: SiteName {}

impl LatentName for Site<Latent> {}
impl LatentName for IndexedSite<Latent> {}

/// The name of an observed site.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::site::ObservedName;
///
/// #[model]
/// fn scale(measurement: f64) {
///     let weight = sample!("weight", Normal::new(8.5, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), measurement);
/// }
///
/// /// What the model predicts in the place of one of its data.
/// fn predict(model: impl Model, data: impl ObservedName + Copy, seed: u64) -> ppl::Result<Tensor> {
///     Ok(model.uncondition(data).trace(seed)?.get(data.site_name())?.clone())
/// }
///
/// // A prediction does not depend on the datum.
/// assert_eq!(predict(scale(9.5), scale::measurement, 0)?, predict(scale(1e6), scale::measurement, 0)?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name an observed site",
    label = "expected an observed site, which is one of `observe!`, or a string"
)]
pub trait ObservedName: SiteName {}

impl ObservedName for Site<Observed> {}
impl ObservedName for IndexedSite<Observed> {}

/// The name of a parameter.
///
/// # Example
/// Settings by parameter, such as learning rates:
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ppl::prelude::*;
/// use ppl::site::ParamName;
///
/// #[model]
/// fn guide() {
///     let loc = param!("loc", 0.0);
///     let spread = param!("spread", 1.0, Constraint::Positive);
///     sample!("weight", Normal::new(loc, spread));
/// }
///
/// fn rates<P: ParamName>(rates: impl IntoIterator<Item = (P, f64)>) -> BTreeMap<String, f64> {
///     rates.into_iter().map(|(site, rate)| (site.site_name().to_owned(), rate)).collect()
/// }
///
/// let rates = rates([(guide::loc, 0.1), (guide::spread, 0.01)]); // `guide::weight` here would not compile
/// assert_eq!(rates["spread"], 0.01);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a parameter",
    label = "expected a parameter, which is a site of `param!`, or a string"
)]
pub trait ParamName: SiteName {}

impl ParamName for Site<Param> {}
impl ParamName for IndexedSite<Param> {}

/// The name of a site whose value can be given from outside: a latent one or a parameter.
///
/// # Example
/// The log density along one latent site or parameter:
///
/// ```
/// use ppl::prelude::*;
/// use ppl::site::SubstitutableName;
///
/// #[model]
/// fn height() {
///     let mean = param!("mean", 0.0);
///     observe!("y", Normal::new(mean, 1.0), 2.0);
/// }
///
/// fn profile(model: &impl Model, site: impl SubstitutableName + Copy, values: &[f64]) -> ppl::Result<Vec<f64>> {
///     let at = |&value: &f64| Ok(model.substitute(site, value).trace(0)?.log_density()?.item());
///     values.iter().map(at).collect()
/// }
///
/// let profile = profile(&height(), height::mean, &[1.0, 2.0, 3.0])?;
/// assert!((profile[1] - profile[0] - 0.5).abs() < 1e-12 && profile[0] == profile[2]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a latent site or a parameter",
    label = "expected a latent site, a parameter, or a string"
)]
pub trait SubstitutableName: SiteName {}

impl SubstitutableName for Site<Latent> {}
impl SubstitutableName for IndexedSite<Latent> {}
impl SubstitutableName for Site<Param> {}
impl SubstitutableName for IndexedSite<Param> {}

/// The name of a site of any kind but a plate.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::site::AnyName;
///
/// #[model]
/// fn odds() {
///     let p = sample!("p", Delta::new(0.75));
///     deterministic!("odds", &p / (1.0 - &p));
/// }
///
/// fn number(trace: &Trace, site: impl AnyName) -> ppl::Result<f64> {
///     Ok(trace.get(site)?.item())
/// }
///
/// let trace = odds().trace(0)?;
/// assert_eq!((number(&trace, odds::p)?, number(&trace, odds::odds)?, number(&trace, "odds")?), (0.75, 3.0, 3.0));
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a site with a value",
    label = "expected a site other than a plate, or a string"
)]
pub trait AnyName: SiteName {}

impl AnyName for Site<Latent> {}
impl AnyName for IndexedSite<Latent> {}
impl AnyName for Site<Observed> {}
impl AnyName for IndexedSite<Observed> {}
impl AnyName for Site<Param> {}
impl AnyName for IndexedSite<Param> {}
impl AnyName for Site<Deterministic> {}
impl AnyName for IndexedSite<Deterministic> {}
impl AnyName for Site<Factor> {}
impl AnyName for IndexedSite<Factor> {}

/// Strings may name sites of every kind, and a reference to a name is one.
macro_rules! strings {
    ($($name:ident),+) => {
        $(
            impl $name for str {}
            impl $name for String {}
            impl $name for Cow<'_, str> {}
            impl<T: $name + ?Sized> $name for &T {}
        )+
    };
}

strings!(LatentName, ObservedName, ParamName, SubstitutableName, AnyName);
