//! The characters of names: those of identifiers, because a site's name is a constant's too.

use syn::Ident;

use crate::errors::message;

/// A name is an identifier: the constant in the companion module has the same.
pub(super) fn check_characters(text: &str) -> Result<(), String> {
    if is_name(text) { Ok(()) } else { Err(not_a_name(text, &suggestion(text))) }
}

/// Whether a text is an identifier or a keyword.
pub(super) fn is_name(text: &str) -> bool {
    let is_start = |character: char| character.is_alphabetic() || character == '_';
    let mut characters = text.chars();
    let is_name =
        characters.next().is_some_and(is_start) && characters.all(|next| is_start(next) || next.is_ascii_digit());
    // Some letters of Unicode cannot stand in identifiers; keywords can, as raw ones.
    is_name && (text.is_ascii() || syn::parse_str::<Ident>(text).is_ok())
}

/// The error about characters, with a name like the written one if there is any.
pub(super) fn not_a_name(written: &str, suggested: &str) -> String {
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
pub(super) fn words(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}
