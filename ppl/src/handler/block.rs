//! `block`: sites hidden from the handlers further out.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::Result;
use crate::effect::{Handler, Message};
use crate::site::SiteName;

/// Hides sites from the handlers further out: a model that is blocked and traced leaves an empty trace.
///
/// It makes a part private: an auxiliary draw of a guide, or a model that runs inside of another program and whose sites
/// are not to be counted, scored or learned there.
///
/// **Acts on** all messages (before).
///
/// # Laws
/// Blocking all sites and tracing gives an empty trace; handlers further in still see everything; the values do not
/// change.
#[derive(Clone)]
pub struct Block {
    hides: Arc<dyn Fn(&Message<'_>) -> bool + Send + Sync>,
}

impl Block {
    /// Hides the sites of these names.
    pub fn hide(sites: impl IntoIterator<Item = impl SiteName>) -> Self {
        let names = names(sites);
        Self::by(move |message| names.contains(message.name))
    }

    /// Hides all sites but those of these names.
    pub fn expose(sites: impl IntoIterator<Item = impl SiteName>) -> Self {
        let names = names(sites);
        Self::by(move |message| !names.contains(message.name))
    }

    /// Hides every site.
    #[must_use]
    pub fn all() -> Self {
        Self::by(|_| true)
    }

    /// Hides the sites for which `hides` is true.
    pub fn by(hides: impl Fn(&Message<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { hides: Arc::new(hides) }
    }
}

fn names(sites: impl IntoIterator<Item = impl SiteName>) -> BTreeSet<String> {
    sites.into_iter().map(|site| site.site_name().to_owned()).collect()
}

impl Handler for Block {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        if (self.hides)(&message) {
            *message.hidden = true;
        }
        Ok(())
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Block")
    }
}
