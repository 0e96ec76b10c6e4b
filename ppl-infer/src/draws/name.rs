//! Names that a result can be looked up by.

use std::borrow::Cow;

use ppl::site::SiteName;
use ppl::{Deterministic, IndexedSite, Latent, Observed, Site};

/// The name of a site that has a value in every run of a model: latent, deterministic or observed.
///
/// Predictive results are looked up by it. Strings are checked when they are used, sites such as `eight_schools::y` by
/// the compiler.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::draws::ValueName;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn scale(reading: Option<f64>) {
///     let weight = sample!("weight", Normal::new(8.0, 0.0625));
///     observe!("reading", Normal::new(weight, 0.0625), reading);
/// }
///
/// /// Works for `scale::reading` as for `"reading"`.
/// fn middle(predictions: &Predictions, site: impl ValueName) -> Result<f64> {
///     Ok(predictions.get(site)?.median())
/// }
///
/// let prior = Predictive::new().prior(&scale(None), 400)?;
/// assert!((middle(&prior, scale::reading)? - 8.0).abs() < 0.05);
/// assert_eq!(middle(&prior, scale::reading)?, middle(&prior, "reading")?);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a value that a run of the model produces",
    label = "not a latent, deterministic or observed site",
    note = "pass a site constant such as `model::theta`, or a string, which is checked at run time"
)]
pub trait ValueName: SiteName {}

/// The name of a site that posterior draws are stored for: latent or deterministic.
///
/// An observed site has no posterior draws, so that asking for them does not compile; its predictions do, see
/// [`ValueName`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::draws::DrawName;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn coin() {
///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
/// }
///
/// /// Works for `coin::fairness` as for `"fairness"`, and does not compile for `coin::heads`.
/// fn more_than_half(posterior: &ImportanceDraws, site: impl DrawName) -> Result<f64> {
///     Ok(posterior.get(site)?.probability(|draw| draw > 0.5))
/// }
///
/// let posterior = Importance::new().draws(1000).run(&coin())?;
/// // The posterior is Beta(16, 14).
/// assert!((more_than_half(&posterior, coin::fairness)? - 0.644).abs() < 0.06);
/// assert_eq!(more_than_half(&posterior, coin::fairness)?, more_than_half(&posterior, "fairness")?);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a site with posterior draws",
    label = "not a latent or deterministic site",
    note = "pass a site constant such as `model::theta`, or a string, which is checked at run time",
    note = "observed sites have no posterior draws: predict them, or look the data up where they came from"
)]
pub trait DrawName: ValueName {}

impl ValueName for Site<Latent> {}
impl ValueName for IndexedSite<Latent> {}
impl ValueName for Site<Deterministic> {}
impl ValueName for IndexedSite<Deterministic> {}
impl ValueName for Site<Observed> {}
impl ValueName for IndexedSite<Observed> {}
impl ValueName for str {}
impl ValueName for String {}
impl ValueName for Cow<'_, str> {}
impl<T: ValueName + ?Sized> ValueName for &T {}

impl DrawName for Site<Latent> {}
impl DrawName for IndexedSite<Latent> {}
impl DrawName for Site<Deterministic> {}
impl DrawName for IndexedSite<Deterministic> {}
impl DrawName for str {}
impl DrawName for String {}
impl DrawName for Cow<'_, str> {}
impl<T: DrawName + ?Sized> DrawName for &T {}
