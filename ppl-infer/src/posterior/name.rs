//! What a result can be looked up by.

use std::borrow::Cow;

use ppl::{Deterministic, Latent, Observed, Site};

/// The name of a site that has a value in every run of a model: latent, deterministic or observed.
///
/// Predictive results are looked up by it. Strings are checked when they are used, sites such as `eight_schools::y` by
/// the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a value that a run of the model produces",
    label = "not a latent, deterministic or observed site",
    note = "pass a site constant such as `model::theta`, or a string, which is checked at run time"
)]
pub trait ValueName {
    /// The name.
    fn site_name(&self) -> &str;
}

/// The name of a site that posterior draws are stored for: latent or deterministic.
///
/// An observed site has no posterior draws, so that asking for them does not compile; its predictions do, see
/// [`ValueName`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a site with posterior draws",
    label = "not a latent or deterministic site",
    note = "pass a site constant such as `model::theta`, or a string, which is checked at run time",
    note = "observed sites have no posterior draws: predict them, or look the data up where they came from"
)]
pub trait DrawName: ValueName {}

impl ValueName for str {
    fn site_name(&self) -> &str {
        self
    }
}

impl ValueName for String {
    fn site_name(&self) -> &str {
        self
    }
}

impl ValueName for Cow<'_, str> {
    fn site_name(&self) -> &str {
        self
    }
}

impl<T: ValueName + ?Sized> ValueName for &T {
    fn site_name(&self) -> &str {
        (**self).site_name()
    }
}

macro_rules! sites {
    ($($kind:ty),+) => {
        $(
            impl ValueName for Site<$kind> {
                fn site_name(&self) -> &str {
                    self.name()
                }
            }
        )+
    };
}

sites!(Latent, Deterministic, Observed);

impl DrawName for Site<Latent> {}
impl DrawName for Site<Deterministic> {}
impl DrawName for str {}
impl DrawName for String {}
impl DrawName for Cow<'_, str> {}
impl<T: DrawName + ?Sized> DrawName for &T {}
