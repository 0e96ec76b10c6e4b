//! Names of sites: literals, and literals with captured variables.

use syn::{Ident, LitStr};

/// A name that is well formed.
#[derive(Clone)]
pub(crate) enum SiteName {
    /// The same in every run.
    Literal { text: String, literal: LitStr },
    /// With variables in it, as in `format!`.
    Indexed { literal: LitStr },
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
        if !is_identifier(&text) {
            return Err(format!(
                "`{text}` is not a site name; names are made of letters, digits and `_`, do not begin with a digit, and \
                 may capture variables, as in \"x_{{i}}\""
            ));
        }
        if matches!(text.as_str(), "SITES" | "OPEN" | "_" | "self" | "Self" | "super" | "crate") {
            return Err(format!("`{text}` is reserved; choose another name for the site"));
        }
        Ok(Self::Literal { text, literal: literal.clone() })
    }

    /// The constant's identifier in the companion module, at the place of the literal.
    pub(crate) fn ident(text: &str, literal: &LitStr) -> Ident {
        if syn::parse_str::<Ident>(text).is_ok() {
            Ident::new(text, literal.span())
        } else {
            // A keyword.
            Ident::new_raw(text, literal.span())
        }
    }

    pub(crate) fn literal(&self) -> &LitStr {
        match self {
            Self::Literal { literal, .. } | Self::Indexed { literal } => literal,
        }
    }
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// Each `{…}` must capture a variable by name; the text around them must be that of a name.
fn check_captures(text: &str) -> Result<(), String> {
    let malformed = || {
        format!(
            "`{text}` is not a site name: braces must hold the name of a variable, as in \"x_{{i}}\" or \"x_{{i:02}}\""
        )
    };
    let mut rest = text;
    let mut outside = String::new();
    while let Some(open) = rest.find('{') {
        outside.push_str(&rest[..open]);
        let close = rest[open..].find('}').ok_or_else(malformed)? + open;
        let captured = rest[open + 1..close].split(':').next().unwrap_or_default();
        if !is_identifier(captured) {
            return Err(malformed());
        }
        // Stands for whatever the variable prints.
        outside.push('_');
        rest = &rest[close + 1..];
    }
    outside.push_str(rest);
    if is_identifier(&outside) { Ok(()) } else { Err(malformed()) }
}
