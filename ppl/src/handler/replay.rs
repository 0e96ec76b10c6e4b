//! `replay`: the values of an earlier trace.

use std::sync::Arc;

use super::Trace;
use crate::effect::{Handler, Message};
use crate::site::SiteKind;
use crate::{Error, Result};

/// Gives each latent site the value that it has in `trace`; other sites are untouched.
///
/// **Acts on** `Sample` (before). **Laws** `trace(replay(m, t))` equals `t` if `t` is a trace of `m`; idempotent; sites
/// that `trace` lacks draw. **Errors** a site that is observed in one and latent in the other.
#[derive(Clone, Debug)]
pub struct Replay {
    trace: Arc<Trace>,
}

impl Replay {
    /// Replays this trace.
    pub fn new(trace: impl Into<Arc<Trace>>) -> Self {
        Self { trace: trace.into() }
    }
}

impl Handler for Replay {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        if let Message::Sample(site) = message
            && let Some(recorded) = self.trace.site(&site.name)
        {
            match (recorded.kind, site.is_observed) {
                (SiteKind::Latent, false) => site.value = Some(recorded.value.clone()),
                (SiteKind::Observed, true) => {}
                (kind, _) => {
                    return Err(Error::Handler {
                        handler: "replay",
                        problem: format!(
                            "the site is {} here and {kind} in the trace",
                            if site.is_observed { "observed" } else { "latent" }
                        ),
                    });
                }
            }
        }
        Ok(())
    }
}
