//! `substitute`: values from outside.

use std::collections::BTreeSet;

use super::values::Values;
use crate::effect::{Effect, Handler, Message, ParamSite, SampleSite};
use crate::site::SubstitutableName;
use crate::{Error, IntoTensor, Result};

/// Gives latent sites or parameters values, and leaves them latent sites and parameters.
///
/// It evaluates a model at a point: samplers and optimizers move through values whose log density they ask for.
///
/// **Acts on** `Sample`, `Param` (before).
///
/// # Laws
/// A substituted site is still latent, and its density counts; idempotent.
///
/// # Errors
/// A value that no site took; an observed site; two values for one site.
#[derive(Clone, Debug)]
pub struct Substitute {
    values: Values,
}

impl Substitute {
    /// Substitutes by pairs of site and value.
    pub fn new(pairs: impl IntoIterator<Item = (impl SubstitutableName, impl IntoTensor)>) -> Self {
        Self { values: Values::new(pairs) }
    }
}

impl Handler for Substitute {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        let is_observed = matches!(&message.effect, Effect::Sample(site) if site.is_observed);
        let (Effect::Sample(SampleSite { value, .. }) | Effect::Param(ParamSite { value, .. })) = message.effect else {
            return Ok(());
        };
        let Some(given) = self.values.take("substitute", message.name)? else { return Ok(()) };
        if is_observed {
            return Err(Error::ObservedSite { handler: "substitute" });
        }
        *value = Some(given);
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        self.values.finish("substitute", "latent or param", visited)
    }
}
