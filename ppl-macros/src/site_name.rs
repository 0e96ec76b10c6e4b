//! Names of sites: literals, and literals with captured variables.

use syn::{Ident, LitStr};

/// The name of a site.
#[derive(Clone)]
pub(crate) enum SiteName {
    /// The same in every run.
    Literal { text: String, literal: LitStr },
    /// With variables in it, as in `format!`.
    Indexed { literal: LitStr },
    /// Reported as wrong; the site is emitted all the same, so that no other error follows.
    Wrong,
}

impl SiteName {
    /// Reads a name, or says what is wrong with it.
    pub(crate) fn new(literal: &LitStr) -> Result<Self, String> {
        let text = literal.value();
        if text.is_empty() {
            return Err("a site needs a name, and this one is empty".to_owned());
        }
        if text.contains(['{', '}']) {
            check_captures(&text)?;
            return Ok(Self::Indexed { literal: literal.clone() });
        }
        check_characters(&text, &text)?;
        if matches!(text.as_str(), "SITES" | "OPEN") {
            return Err(format!(
                "`{text}` cannot be the name of a site: the model's module has a constant of this name"
            ));
        }
        if matches!(text.as_str(), "_" | "self" | "Self" | "super" | "crate") {
            return Err(format!("`{text}` cannot be the name of a site: it cannot name a constant in Rust"));
        }
        Ok(Self::Literal { text, literal: literal.clone() })
    }

    /// The constant's identifier in the companion module, at the place of the literal; raw, because it may be a keyword.
    pub(crate) fn ident(text: &str, literal: &LitStr) -> Ident {
        Ident::new_raw(text, literal.span())
    }
}

/// A name is an identifier: the constant in the companion module has the same.
fn check_characters(text: &str, written: &str) -> Result<(), String> {
    let is_start = |character: char| character.is_alphabetic() || character == '_';
    let mut characters = text.chars();
    let is_name =
        characters.next().is_some_and(is_start) && characters.all(|next| is_start(next) || next.is_ascii_digit());
    // Some letters of Unicode cannot stand in identifiers; keywords can, as raw ones.
    let is_identifier = is_name && (text.is_ascii() || syn::parse_str::<Ident>(text).is_ok());
    if is_identifier {
        return Ok(());
    }
    let advice = suggestion(written).map_or_else(String::new, |name| format!(": write \"{name}\""));
    Err(format!(
        "`{written}` is not the name of a site: names are made of letters, digits and `_`, and do not begin with a \
         digit{advice}"
    ))
}

/// A name like the one that is written; none for one with captures or of other characters only.
fn suggestion(written: &str) -> Option<String> {
    if written.contains(['{', '}']) {
        return None;
    }
    let words: Vec<&str> = written.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let name = if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name };
    syn::parse_str::<Ident>(&name).is_ok().then_some(name)
}

/// Each `{…}` must capture a variable by name; the text around them must be that of a name.
fn check_captures(text: &str) -> Result<(), String> {
    let mut rest = text;
    let mut outside = String::new();
    while let Some(open) = rest.find(['{', '}']) {
        let Some((inner, after)) = rest[open..].strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
            return Err(format!("`{text}` has a brace without its partner: a captured variable is written `{{i}}`"));
        };
        let captured = inner.split(':').next().unwrap_or_default();
        if captured.starts_with('{') {
            return Err(format!("`{text}` is not the name of a site: a name cannot contain braces"));
        }
        if captured.is_empty() {
            return Err(format!(
                "`{{{inner}}}` captures no variable: write its name between the braces, as in \"x_{{i}}\""
            ));
        }
        if syn::parse_str::<Ident>(captured).is_err() {
            return Err(format!(
                "`{{{inner}}}` does not name a variable: bind the value first, as in `let i = ..;`, and write \"x_{{i}}\""
            ));
        }
        outside.push_str(&rest[..open]);
        // Stands for whatever the variable prints.
        outside.push('_');
        rest = after;
    }
    outside.push_str(rest);
    check_characters(&outside, text)
}
