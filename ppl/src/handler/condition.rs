//! `condition`: values that count as data.

use std::collections::BTreeSet;

use super::values::Values;
use crate::effect::{Effect, Handler, Message};
use crate::site::LatentName;
use crate::{Error, IntoTensor, Result};

/// Gives latent sites values that count as data.
///
/// It makes a posterior of a generative model: one function simulates data and, conditioned on data, is the target of
/// inference.
///
/// **Acts on** `Sample` (before).
///
/// # Laws
/// The density of `condition(m, x)` is the joint density of `m` at `x`; a conditioned site is observed; the other sites
/// draw the same values as in `m`.
///
/// # Errors
/// A value that no site took; a site that is observed already; two values for one site.
#[derive(Clone, Debug)]
pub struct Condition {
    values: Values,
}

impl Condition {
    /// Conditions on pairs of site and value.
    pub fn new(pairs: impl IntoIterator<Item = (impl LatentName, impl IntoTensor)>) -> Self {
        Self { values: Values::new(pairs) }
    }
}

impl Handler for Condition {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        if let Effect::Sample(site) = message.effect
            && let Some(value) = self.values.take("condition", message.name)?
        {
            if site.is_observed {
                return Err(Error::ObservedSite { handler: "condition" });
            }
            site.value = Some(value);
            site.is_observed = true;
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        self.values.finish("condition", "latent", visited)
    }
}
