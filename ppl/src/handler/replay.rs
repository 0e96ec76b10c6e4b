//! `replay`: the values of an earlier trace.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Trace;
use super::values::refuse_unused;
use crate::effect::{Effect, Handler, Message};
use crate::site::SiteKind;
use crate::{Error, Result};

/// Gives each latent site the value that it has in a trace; other sites are untouched.
///
/// It lets one program score the draws of another: `trace` of a model that replays its guide's trace has the log density
/// log p(z, x) at z drawn from the guide, one half of an importance weight and of the ELBO.
///
/// **Acts on** `Sample` (before).
///
/// # Laws
/// `trace(replay(m, t))` equals `t` if `t` is a trace of `m`; idempotent; latent sites that the trace lacks draw.
///
/// # Errors
/// A site that is observed in one and latent in the other; a latent site of the trace that the model lacks. To give some of
/// a trace's values, `substitute` them: see [`Trace::latent_values`].
///
/// # Example
/// An importance weight. The guide is the exact posterior, so that every draw of it has the same, the evidence:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), 9.5);
/// }
///
/// #[guide(scale)]
/// fn exact() {
///     sample!("weight", Normal::new(9.14, 0.6));
/// }
///
/// let proposed = exact().trace(0)?;
/// let log_proposal = proposed.log_density()?;
/// let log_weight = scale(8.5).replay(proposed).trace(0)?.log_density()? - log_proposal;
/// // The measurement is a normal number of variance 1² + 0.75² around the guess.
/// let log_evidence = Normal::new(8.5, 1.25)?.log_prob(&Tensor::from(9.5))?;
/// assert!((log_weight - log_evidence).abs().item() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Replay {
    trace: Arc<Trace>,
    taken: BTreeSet<String>,
}

impl Replay {
    /// Replays this trace.
    pub fn new(trace: impl Into<Arc<Trace>>) -> Self {
        Self { trace: trace.into(), taken: BTreeSet::new() }
    }
}

impl Handler for Replay {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        let kind = message.kind();
        if let Effect::Sample(site) = message.effect
            && let Some(recorded) = self.trace.site(message.name)
        {
            match (recorded.kind, kind) {
                (SiteKind::Latent, SiteKind::Latent) => {
                    site.value = Some(recorded.value.clone());
                    self.taken.insert(message.name.to_owned());
                }
                (SiteKind::Observed, SiteKind::Observed) => {}
                (there, here) => return Err(Error::ReplayedKind { here, there }),
            }
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        let names = self.trace.latent_values().map(|(name, _)| name);
        refuse_unused("replay", "latent", names, &self.taken, visited)
    }
}
