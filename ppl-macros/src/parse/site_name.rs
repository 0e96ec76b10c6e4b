//! Names of sites: literals, and literals that capture variables.

use syn::{Ident, LitStr};

use crate::errors::message;
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

/// A name is an identifier: the constant in the companion module has the same.
fn check_characters(text: &str) -> Result<(), String> {
    if is_name(text) { Ok(()) } else { Err(not_a_name(text, &suggestion(text))) }
}

/// Whether a text is an identifier or a keyword.
pub(crate) fn is_name(text: &str) -> bool {
    let is_start = |character: char| character.is_alphabetic() || character == '_';
    let mut characters = text.chars();
    let is_name =
        characters.next().is_some_and(is_start) && characters.all(|next| is_start(next) || next.is_ascii_digit());
    // Some letters of Unicode cannot stand in identifiers; keywords can, as raw ones.
    is_name && (text.is_ascii() || syn::parse_str::<Ident>(text).is_ok())
}

/// The error about characters, with a name like the written one if there is any.
pub(crate) fn not_a_name(written: &str, suggested: &str) -> String {
    let cure = if suggested.is_empty() {
        "write a name such as \"weight\"".to_owned()
    } else {
        format!("write \"{suggested}\"")
    };
    message(
        format!(
            "`{written}` is not the name of a site: names are made of letters, digits and `_`, and do not begin with a digit"
        ),
        cure,
    )
}

/// A name like the one that is written; empty if there is none.
fn suggestion(written: &str) -> String {
    let name = words(written);
    let name = if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name };
    if syn::parse_str::<Ident>(&name).is_ok() { name } else { String::new() }
}

/// The words of a text, joined by `_`.
pub(crate) fn words(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}
