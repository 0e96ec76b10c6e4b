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
///
/// # Example
/// ```
/// use ppl::SiteKind;
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     sample!("measurement", Normal::new(weight, 0.75));
/// }
///
/// let trace = scale(8.5).condition(scale::measurement, 9.5).trace(0)?;
/// assert_eq!(trace.site("measurement").unwrap().kind, SiteKind::Observed);
/// let likelihood = Normal::new(trace.get(scale::weight)?, 0.75)?;
/// assert_eq!(trace.log_likelihood()?, likelihood.log_prob(&Tensor::from(9.5))?);
///
/// let error = scale(8.5).condition("measurment", 9.5).trace(0).unwrap_err().to_string();
/// assert!(error.starts_with("condition: no latent site took `measurment`"));
/// assert!(error.ends_with("help: did you mean `measurement` instead of `measurment`?"));
/// # Ok::<(), ppl::Error>(())
/// ```
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
