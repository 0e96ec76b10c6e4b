//! Names that capture variables, as `level_{t}`: those of a family of sites.

use syn::{Ident, LitStr};

use crate::errors::message;
use crate::parse::identifier::{is_name, not_a_name, words};

/// A name with captured variables, as in `format!`.
#[derive(Clone, Debug)]
pub(crate) struct IndexedName {
    pub(crate) literal: LitStr,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    /// `{variable:spec}`.
    Capture {
        variable: String,
        spec: String,
    },
}

/// A variable of a name, with the bounds that its formats ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) bound: Bound,
}

/// The type of a variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Of any type that has these traits of `core::fmt`.
    Formats(Vec<&'static str>),
    /// A width or precision, as `n` in `{x:n$}`.
    Count,
}

impl IndexedName {
    /// Reads a name with braces. Each `{…}` must capture a variable, and the text around them be that of a name.
    pub(super) fn new(literal: &LitStr) -> Result<Self, String> {
        let text = literal.value();
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find(['{', '}']) {
            let Some((inner, after)) = rest[open..].strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
                return Err(message(
                    format!("`{text}` has a brace without its partner"),
                    "a captured variable is written `{i}`",
                ));
            };
            let (variable, spec) = inner.split_once(':').unwrap_or((inner, ""));
            check_variable(&text, inner, variable)?;
            parts.push(Part::Text(rest[..open].to_owned()));
            parts.push(Part::Capture { variable: variable.trim().to_owned(), spec: spec.to_owned() });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        let name = Self { literal: literal.clone(), parts };
        // Whatever a variable prints counts as `_`.
        if !is_name(&name.written(|text| text.to_owned(), |_, _| "_".to_owned())) {
            let suggested = name.written(joined, |variable, spec| match spec {
                "" => format!("{{{variable}}}"),
                spec => format!("{{{variable}:{spec}}}"),
            });
            return Err(not_a_name(&text, &suggested));
        }
        Ok(name)
    }

    /// The name with its parts replaced.
    fn written(&self, text: impl Fn(&str) -> String, capture: impl Fn(&str, &str) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Text(own) => text(own),
            Part::Capture { variable, spec } => capture(variable, spec),
        };
        self.parts.iter().map(part).collect()
    }

    /// The name of the family: the text outside of the braces, as `level` of `level_{t}`; `None` if there is no letter.
    pub(crate) fn family(&self) -> Option<String> {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.trim_matches('_')),
            Part::Capture { .. } => None,
        });
        identifier(texts)
    }

    /// A longer name of the family, with its variables, as `level_t` of `level_{t}`.
    pub(crate) fn family_and_variables(&self) -> Option<String> {
        self.family()?;
        let words = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.trim_matches('_'),
            Part::Capture { variable, .. } => variable,
        });
        identifier(words)
    }

    /// The variables, each once, in the order of the name.
    pub(crate) fn variables(&self) -> Vec<Variable> {
        let mut variables: Vec<Variable> = Vec::new();
        let mut add = |name: &str, format: Option<&'static str>| {
            let known = variables.iter().position(|variable| variable.name == name).unwrap_or_else(|| {
                variables.push(Variable { name: name.to_owned(), bound: Bound::Formats(Vec::new()) });
                variables.len() - 1
            });
            let bound = &mut variables[known].bound;
            match (format, &mut *bound) {
                (Some(format), Bound::Formats(formats)) if !formats.contains(&format) => formats.push(format),
                (None, _) => *bound = Bound::Count,
                _ => {}
            }
        };
        for part in &self.parts {
            if let Part::Capture { variable, spec } = part {
                add(variable, Some(format_trait(spec)));
                counts(spec).into_iter().for_each(|count| add(count, None));
            }
        }
        variables
    }

    /// Whether both give the same names for the same values of their variables.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.pattern() == other.pattern()
    }

    /// The name with its variables numbered.
    fn pattern(&self) -> String {
        let variables = self.variables();
        let index = |name: &str| variables.iter().position(|variable| variable.name == name).unwrap_or_default();
        self.written(str::to_owned, |variable, spec| format!("{{{}:{spec}}}", index(variable)))
    }
}

/// What a pair of braces captures must be the name of a variable.
fn check_variable(text: &str, inner: &str, variable: &str) -> Result<(), String> {
    if variable.starts_with('{') {
        return Err(message(
            format!("`{text}` is not the name of a site: a name cannot contain braces"),
            "single braces capture a variable, as in \"x_{i}\"",
        ));
    }
    if variable.is_empty() {
        let cure = "write a variable's name between the braces, as in \"x_{i}\"";
        return Err(message(format!("`{{{inner}}}` captures no variable"), cure));
    }
    if syn::parse_str::<Ident>(variable).is_ok() {
        return Ok(());
    }
    let problem = format!("`{{{inner}}}` does not name a variable");
    let braced = format!("{{{inner}}}");
    let cure = if variable.chars().all(|digit| digit.is_ascii_digit()) {
        format!("write the variable's name between the braces, as in \"{}\"", text.replace(&braced, "{i}"))
    } else {
        format!(
            "give the value a name, as in `let index = {variable};`, and write \"{}\"",
            text.replace(&braced, "{index}")
        )
    };
    Err(message(problem, cure))
}

/// A text between captures, with other characters than those of names replaced.
fn joined(text: &str) -> String {
    let edge = |is_edge: bool| if is_edge { "_" } else { "" };
    let is_letter = |letter: char| letter.is_alphanumeric();
    match words(text).trim_matches('_') {
        "" => edge(!text.is_empty()).to_owned(),
        word => format!("{}{word}{}", edge(!text.starts_with(is_letter)), edge(!text.ends_with(is_letter))),
    }
}

/// The words joined by `_`, if that can name a function.
fn identifier<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let is_reserved = matches!(name.as_str(), "self" | "Self" | "super" | "crate" | "SITES" | "OPEN");
    (is_name(&name) && !is_reserved && name.contains(char::is_alphabetic)).then_some(name)
}

/// The trait of `core::fmt` that a format is of.
fn format_trait(spec: &str) -> &'static str {
    match spec.trim_end() {
        spec if spec.ends_with('?') => "Debug",
        spec if spec.ends_with('x') => "LowerHex",
        spec if spec.ends_with('X') => "UpperHex",
        spec if spec.ends_with('o') => "Octal",
        spec if spec.ends_with('b') => "Binary",
        spec if spec.ends_with('e') => "LowerExp",
        spec if spec.ends_with('E') => "UpperExp",
        spec if spec.ends_with('p') => "Pointer",
        _ => "Display",
    }
}

/// The variables that are widths and precisions in a format: those before a `$`.
fn counts(spec: &str) -> Vec<&str> {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    spec.match_indices('$')
        .map(|(end, _)| {
            let before = &spec[..end];
            let name = before.trim_end_matches(is_letter).len();
            // A zero before a width is a flag.
            before[name..].trim_start_matches(|digit: char| digit.is_ascii_digit())
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::LitStr;

    use super::{Bound, IndexedName};

    fn name(text: &str) -> IndexedName {
        IndexedName::new(&LitStr::new(text, Span::call_site())).unwrap()
    }

    #[track_caller]
    fn wrong(text: &str, message: &str) {
        assert_eq!(IndexedName::new(&LitStr::new(text, Span::call_site())).unwrap_err(), message);
    }

    #[test]
    fn families() {
        for (text, family, longer) in [
            ("level_{t}", Some("level"), Some("level_t")),
            ("w_{i}_{j:02}", Some("w"), Some("w_i_j")),
            ("beta_{i}_raw", Some("beta_raw"), Some("beta_i_raw")),
            ("x{i}", Some("x"), Some("x_i")),
            ("type_{i}", Some("type"), Some("type_i")),
            ("{i}", None, None),
            ("{prefix}_{i}", None, None),
            ("{i}_2", None, None),
        ] {
            assert_eq!(name(text).family().as_deref(), family, "{text}");
            assert_eq!(name(text).family_and_variables().as_deref(), longer, "{text}");
        }
    }

    #[test]
    fn variables() {
        let variables = |text| {
            let variables = name(text).variables().into_iter();
            variables.map(|variable| (variable.name, variable.bound)).collect::<Vec<_>>()
        };
        let formats = |name: &str, formats: &[&'static str]| (name.to_owned(), Bound::Formats(formats.to_vec()));
        assert_eq!(variables("x_{i}_{j:02}_{i}"), [formats("i", &["Display"]), formats("j", &["Display"])]);
        assert_eq!(variables("x_{i}_{i:?}"), [formats("i", &["Display", "Debug"])]);
        assert_eq!(variables("x_{i:#06x}"), [formats("i", &["LowerHex"])]);
        let counted = variables("x_{i:>0width$.digits$}");
        let count = |name: &str| (name.to_owned(), Bound::Count);
        assert_eq!(counted, [formats("i", &["Display"]), count("width"), count("digits")]);
    }

    #[test]
    fn alike() {
        assert!(name("x_{i}").is_alike(&name("x_{group}")));
        assert!(!name("x_{i}").is_alike(&name("x_{i:02}")));
        assert!(!name("x_{i}_{j}").is_alike(&name("x_{i}_{i}")));
        assert!(!name("x_{i}").is_alike(&name("x{i}")));
    }

    #[test]
    fn wrong_names() {
        let letters =
            "is not the name of a site: names are made of letters, digits and `_`, and do not begin with a digit";
        wrong("x-{i}", &format!("`x-{{i}}` {letters}\nhelp: write \"x_{{i}}\""));
        wrong(
            "body weight[{i:02}]",
            &format!("`body weight[{{i:02}}]` {letters}\nhelp: write \"body_weight_{{i:02}}_\""),
        );
        wrong("x_{i", "`x_{i` has a brace without its partner\nhelp: a captured variable is written `{i}`");
        wrong("x_}i", "`x_}i` has a brace without its partner\nhelp: a captured variable is written `{i}`");
        wrong(
            "x_{0}",
            "`{0}` does not name a variable\nhelp: write the variable's name between the braces, as in \"x_{i}\"",
        );
        wrong(
            "x_{t + 1}",
            "`{t + 1}` does not name a variable\nhelp: give the value a name, as in `let index = t + 1;`, and write \
             \"x_{index}\"",
        );
    }
}
