//! `uncondition`: observed sites become latent.

use std::collections::BTreeSet;

use super::values::refuse_unused;
use crate::Result;
use crate::effect::{Effect, Handler, Message};
use crate::site::ObservedName;

/// Makes observed sites latent: their data are forgotten and they draw.
///
/// It makes a predictive distribution of a model that holds its data: the same function that was fitted generates new
/// data.
///
/// **Acts on** `Sample` (before).
///
/// # Laws
/// `uncondition(condition(m, x))` draws the same values as `m`.
///
/// # Errors
/// A name that no observed site has.
///
/// # Example
/// The model that holds the data predicts others:
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
/// let trace = scale(8.5).uncondition(scale::measurement).trace(0)?;
/// assert_eq!(trace.site("measurement").unwrap().kind, SiteKind::Latent);
/// assert_ne!(trace.get(scale::measurement)?.item(), 9.5);
/// assert_eq!(trace.log_prior()?, trace.log_density()?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Uncondition {
    /// `None` for every observed site.
    names: Option<BTreeSet<String>>,
    found: BTreeSet<String>,
}

impl Uncondition {
    /// Unconditions these sites.
    pub fn new(sites: impl IntoIterator<Item = impl ObservedName>) -> Self {
        let names = sites.into_iter().map(|site| site.site_name().to_owned()).collect();
        Self { names: Some(names), found: BTreeSet::new() }
    }

    /// Unconditions every observed site.
    #[must_use]
    pub fn all() -> Self {
        Self { names: None, found: BTreeSet::new() }
    }
}

impl Handler for Uncondition {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        if let Effect::Sample(site) = message.effect
            && site.is_observed
            && self.names.as_ref().is_none_or(|names| names.contains(message.name))
        {
            site.value = None;
            site.is_observed = false;
            self.found.insert(message.name.to_owned());
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        let names = self.names.iter().flatten().map(String::as_str);
        refuse_unused("uncondition", "observed", names, &self.found, visited)
    }
}
