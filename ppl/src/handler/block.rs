//! `block`: sites hidden from the handlers further out.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::Result;
use crate::effect::{Handler, Message};

/// Hides sites from the handlers further out: a traced model that is blocked leaves no trace.
///
/// **Acts on** all messages (before). **Laws** blocking all sites and tracing gives an empty trace; handlers further in
/// still see everything; the values do not change.
#[derive(Clone)]
pub struct Block {
    hides: Arc<dyn Fn(&Message) -> bool + Send + Sync>,
}

impl Block {
    /// Hides the sites of these names.
    pub fn hide(names: impl IntoIterator<Item = String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().collect();
        Self::by(move |message| names.contains(message.name()))
    }

    /// Hides all sites but those of these names.
    pub fn expose(names: impl IntoIterator<Item = String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().collect();
        Self::by(move |message| !names.contains(message.name()))
    }

    /// Hides every site.
    #[must_use]
    pub fn all() -> Self {
        Self::by(|_| true)
    }

    /// Hides the sites of which `hides` says so.
    pub fn by(hides: impl Fn(&Message) -> bool + Send + Sync + 'static) -> Self {
        Self { hides: Arc::new(hides) }
    }
}

impl Handler for Block {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        if (self.hides)(message) {
            message.hide();
        }
        Ok(())
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Block")
    }
}
