//! `intervene`: Pearl's *do*.

use std::collections::BTreeSet;

use super::values::Values;
use crate::effect::{Effect, Handler, Message};
use crate::site::LatentName;
use crate::{Error, IntoTensor, Result};

/// Sets latent sites and cuts them off from their causes: later sites see the value, but the site is no longer random, has
/// no density, and is hidden from the handlers further out.
///
/// It answers causal questions: `condition` asks what follows from having seen a value, `intervene` what follows from
/// having set it.
///
/// **Acts on** `Sample` (before).
///
/// # Laws
/// The density of `intervene(m, x)` at the other sites is that of `m` at `x` without the site's own factor; the other sites
/// draw the same values as in `m`, given `x`.
///
/// # Errors
/// A value that no site took; an observed site; two values for one site.
///
/// # Example
/// A barometer that is set by hand says nothing about the pressure, one that is read does:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn barometer() {
///     let pressure = sample!("pressure", Normal::new(0.0, 1.0));
///     sample!("reading", Normal::new(pressure, 0.1));
/// }
///
/// let set = barometer().intervene(barometer::reading, -2.0).trace(0)?;
/// assert_eq!(set.names().collect::<Vec<_>>(), ["pressure"]);
/// assert_eq!(set.log_density()?, set.log_prior()?);
///
/// let read = barometer().condition(barometer::reading, -2.0).trace(0)?;
/// let likelihood = Normal::new(read.get(barometer::pressure)?, 0.1)?.log_prob(&Tensor::from(-2.0))?;
/// assert_eq!(read.log_density()?, set.log_density()? + likelihood);
/// # Ok::<(), ppl::Error>(())
/// ```
///
/// # Reference
/// Pearl (2009), *Causality*, section 3.2.1.
#[derive(Clone, Debug)]
pub struct Intervene {
    values: Values,
}

impl Intervene {
    /// Sets sites by pairs of site and value.
    pub fn new(pairs: impl IntoIterator<Item = (impl LatentName, impl IntoTensor)>) -> Self {
        Self { values: Values::new(pairs) }
    }
}

impl Handler for Intervene {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        let Effect::Sample(site) = message.effect else { return Ok(()) };
        let Some(value) = self.values.take("intervene", message.name)? else { return Ok(()) };
        if site.is_observed {
            return Err(Error::ObservedSite { handler: "intervene" });
        }
        site.value = Some(value);
        *message.hidden = true;
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        self.values.finish("intervene", "latent", visited)
    }
}
