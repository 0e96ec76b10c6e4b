//! Values by site name, each of which some site must take.

use std::collections::{BTreeMap, BTreeSet};

use crate::site::SiteName;
use crate::{Error, IntoTensor, Result, Tensor};

/// Values by site name, and the names of those that a run has taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    values: BTreeMap<String, Tensor>,
    taken: BTreeSet<String>,
    /// The first name that came with two values.
    ambiguous: Option<String>,
}

impl Values {
    /// The values of these names.
    pub(super) fn new(pairs: impl IntoIterator<Item = (impl SiteName, impl IntoTensor)>) -> Self {
        let mut given = Self::default();
        for (site, value) in pairs {
            let name = site.site_name().to_owned();
            if given.values.insert(name.clone(), value.into_tensor()).is_some() {
                given.ambiguous.get_or_insert(name);
            }
        }
        given
    }

    /// The value for a site, which counts as taken from now on.
    ///
    /// # Errors
    /// A name that came with two values.
    pub(super) fn take(&mut self, handler: &'static str, name: &str) -> Result<Option<Tensor>> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        if self.ambiguous.as_deref() == Some(name) {
            return Err(Error::TwoValues { handler });
        }
        if !self.taken.contains(name) {
            self.taken.insert(name.to_owned());
        }
        Ok(Some(value.clone()))
    }

    /// Refuses values that no site has taken.
    pub(super) fn finish(&self, handler: &'static str, kind: &'static str, visited: &BTreeSet<String>) -> Result<()> {
        refuse_unused(handler, kind, self.values.keys().map(String::as_str), &self.taken, visited)
    }
}

/// The rule of all handlers that hold something for sites by name: a name that no site has taken is an error.
pub(super) fn refuse_unused<'a>(
    handler: &'static str,
    kind: &'static str,
    held: impl Iterator<Item = &'a str>,
    taken: &BTreeSet<String>,
    visited: &BTreeSet<String>,
) -> Result<()> {
    let unused: Vec<String> = held.filter(|name| !taken.contains(*name)).map(str::to_owned).collect();
    if unused.is_empty() {
        return Ok(());
    }
    Err(Error::UnusedKeys { handler, kind, unused, known: visited.iter().cloned().collect() })
}
