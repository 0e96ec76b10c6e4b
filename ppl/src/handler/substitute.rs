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
///
/// # Example
/// The unnormalised log posterior as a function of the weight:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     observe!("measurement", Normal::new(weight, 1.0), 9.5);
/// }
///
/// let at = |weight: f64| -> ppl::Result<f64> {
///     Ok(scale(8.5).substitute(scale::weight, weight).trace(0)?.log_density()?.item())
/// };
/// // The posterior is Normal(9, √½): one away from its mean, its log density is lower by 1.
/// assert!((at(9.0)? - at(10.0)? - 1.0).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
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
