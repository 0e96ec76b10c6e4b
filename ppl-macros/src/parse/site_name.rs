//! Names of sites: literals, and literals that capture variables.

use syn::{Ident, LitStr};

use crate::errors::message;
use crate::parse::identifier::check_characters;
use crate::parse::indexed_name::IndexedName;

/// The name of a site.
#[derive(Clone, Debug)]
pub(crate) enum SiteName {
    /// The same in every run.
    Literal { text: String, literal: LitStr },
    /// With variables in it, as in `format!`.
    Indexed(IndexedName),
    /// Reported as wrong; the site is emitted all the same, so that no other error follows.
    Wrong,
}

impl SiteName {
    /// Reads a name, or says what is wrong with it.
    pub(crate) fn new(literal: &LitStr) -> Result<Self, String> {
        let text = literal.value();
        if text.is_empty() {
            return Err(message("the name of this site is empty", "name the quantity, as in \"weight\""));
        }
        if text.contains(['{', '}']) {
            return Ok(Self::Indexed(IndexedName::new(literal)?));
        }
        check_characters(&text)?;
        if matches!(text.as_str(), "SITES" | "OPEN") {
            return Err(message(
                format!("`{text}` cannot be the name of a site: the model's module has a constant of this name"),
                format!("write \"{}\"", text.to_lowercase()),
            ));
        }
        if matches!(text.as_str(), "_" | "self" | "Self" | "super" | "crate") {
            return Err(message(
                format!("`{text}` cannot be the name of a site: it cannot name a constant in Rust"),
                "name the quantity, as in \"weight\"",
            ));
        }
        Ok(Self::Literal { text, literal: literal.clone() })
    }

    /// The constant's identifier in the companion module, at the place of the literal; raw, because it may be a keyword.
    pub(crate) fn ident(text: &str, literal: &LitStr) -> Ident {
        Ident::new_raw(text, literal.span())
    }
}
