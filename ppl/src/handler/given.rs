//! Values handed to a handler by name, each of which some site must take.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Error, Result, Tensor};

/// Values by site name, and which of them a run has taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    values: BTreeMap<String, Tensor>,
    taken: BTreeSet<String>,
}

impl Given {
    /// The values of these names; the later of two with the same name.
    pub(crate) fn new(values: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        Self { values: values.into_iter().collect(), taken: BTreeSet::new() }
    }

    /// The value for a site, which counts as taken from now on.
    pub(crate) fn take(&mut self, name: &str) -> Option<Tensor> {
        let value = self.values.get(name)?;
        if !self.taken.contains(name) {
            self.taken.insert(name.to_owned());
        }
        Some(value.clone())
    }

    /// A value that no site has taken is an error, never ignored.
    pub(crate) fn finish(&self, handler: &'static str, kind: &'static str, visited: &BTreeSet<String>) -> Result<()> {
        let unused: Vec<String> = self.values.keys().filter(|name| !self.taken.contains(*name)).cloned().collect();
        if unused.is_empty() {
            return Ok(());
        }
        Err(Error::UnusedKeys { handler, kind, unused, known: visited.iter().cloned().collect() })
    }
}
