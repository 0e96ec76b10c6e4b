//! `block`: sites hidden from the handlers further out.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::values::refuse_unused;
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
///
/// # Errors
/// A name that no site has.
///
/// # Example
/// The sites of a sub-model are nobody else's concern:
///
/// ```
/// use ppl::handler::Block;
/// use ppl::prelude::*;
///
/// #[model]
/// fn noise() -> Tensor {
///     sample!("x", Normal::new(0.0, 1.0))
/// }
///
/// #[model]
/// fn signal() -> Tensor {
///     let mean = sample!("mean", Normal::new(0.0, 1.0));
///     mean + call!("auxiliary", noise())
/// }
///
/// let private = signal().with(Block::by(|message| message.name.starts_with("auxiliary/")));
/// assert_eq!(private.trace(0)?.names().collect::<Vec<_>>(), ["mean"]);
/// assert_eq!(private.output(0)?, signal().output(0)?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone)]
pub struct Block {
    hides: Arc<dyn Fn(&Message<'_>) -> bool + Send + Sync>,
    /// The names that were given.
    names: Arc<BTreeSet<String>>,
}

impl Block {
    /// Hides the sites of these names.
    pub fn hide(sites: impl IntoIterator<Item = impl SiteName>) -> Self {
        Self::by_names(sites, true)
    }

    /// Hides all sites but those of these names.
    pub fn expose(sites: impl IntoIterator<Item = impl SiteName>) -> Self {
        Self::by_names(sites, false)
    }

    /// Hides every site.
    #[must_use]
    pub fn all() -> Self {
        Self::by(|_| true)
    }

    /// Hides the sites for which `hides` is true.
    pub fn by(hides: impl Fn(&Message<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { hides: Arc::new(hides), names: Arc::default() }
    }

    /// Hides the sites of these names, or all others.
    fn by_names(sites: impl IntoIterator<Item = impl SiteName>, hides_them: bool) -> Self {
        let names: Arc<BTreeSet<String>> =
            Arc::new(sites.into_iter().map(|site| site.site_name().to_owned()).collect());
        let own = Arc::clone(&names);
        Self { names, ..Self::by(move |message| own.contains(message.name) == hides_them) }
    }
}

impl Handler for Block {
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        if (self.hides)(&message) {
            *message.hidden = true;
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        refuse_unused("block", "visited", self.names.iter().map(String::as_str), visited, visited)
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Block")
    }
}
