//! `scope`: names prefixed.

use crate::Result;
use crate::effect::{Handler, Message};

/// Prefixes the name of every site by `scope/`; nested scopes read from the outside in.
///
/// **Acts on** all messages (before). **Laws** only names change, and with them the random numbers, which belong to
/// names; handlers further in see the names without the prefix.
#[derive(Clone, Debug)]
pub struct Scope {
    prefix: String,
}

impl Scope {
    /// Prefixes by `scope/`.
    pub fn new(scope: impl Into<String>) -> Self {
        Self { prefix: scope.into() }
    }
}

impl Handler for Scope {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        let name = message.name_mut();
        *name = format!("{}/{name}", self.prefix);
        Ok(())
    }
}
