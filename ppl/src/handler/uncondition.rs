//! `uncondition`: observed sites become latent.

use std::collections::BTreeSet;

use crate::effect::{Handler, Message};
use crate::{Error, Result};

/// Makes observed sites latent: their data are forgotten and they draw.
///
/// **Acts on** `Sample` (before). **Laws** `uncondition(condition(m, x))` draws what `m` draws. **Errors** a name that
/// no observed site has.
#[derive(Clone, Debug)]
pub struct Uncondition {
    /// `None` for every observed site.
    names: Option<BTreeSet<String>>,
    seen: BTreeSet<String>,
}

impl Uncondition {
    /// Unconditions these sites.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: Some(names.into_iter().collect()), seen: BTreeSet::new() }
    }

    /// Unconditions every observed site.
    #[must_use]
    pub fn all() -> Self {
        Self { names: None, seen: BTreeSet::new() }
    }
}

impl Handler for Uncondition {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        if let Message::Sample(site) = message
            && site.is_observed
            && self.names.as_ref().is_none_or(|names| names.contains(&site.name))
        {
            site.value = None;
            site.is_observed = false;
            self.seen.insert(site.name.clone());
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        let Some(names) = &self.names else { return Ok(()) };
        let unused: Vec<String> = names.difference(&self.seen).cloned().collect();
        if unused.is_empty() {
            return Ok(());
        }
        let known = visited.iter().cloned().collect();
        Err(Error::UnusedKeys { handler: "uncondition", kind: "observed", unused, known })
    }
}
