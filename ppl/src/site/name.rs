//! Names of sites: typed sites, whose kind the compiler checks, and strings, which are checked when they are used.

use std::borrow::Cow;

use super::{Deterministic, Factor, IndexedSite, Latent, Observed, Param, Site};

/// The name of a site.
///
/// Functions that act on one kind of site take one of the traits below, so that a typed site of another kind does not
/// compile.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a latent site",
    label = "expected a latent site, which is one of `sample!`, or a string"
)]
pub trait LatentName: SiteName {}

impl LatentName for Site<Latent> {}
impl LatentName for IndexedSite<Latent> {}

/// The name of an observed site.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name an observed site",
    label = "expected an observed site, which is one of `observe!`, or a string"
)]
pub trait ObservedName: SiteName {}

impl ObservedName for Site<Observed> {}
impl ObservedName for IndexedSite<Observed> {}

/// The name of a parameter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a parameter",
    label = "expected a parameter, which is a site of `param!`, or a string"
)]
pub trait ParamName: SiteName {}

impl ParamName for Site<Param> {}
impl ParamName for IndexedSite<Param> {}

/// The name of a site whose value can be given from outside: a latent one or a parameter.
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
