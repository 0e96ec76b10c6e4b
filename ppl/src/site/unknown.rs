//! `UnknownName`: a lookup by a name that is not there.

use std::fmt;

use super::nearest;

/// A lookup by a name that is not there: its text lists the known names, and suggests the nearest.
///
/// # Example
/// ```
/// use ppl::site::UnknownName;
///
/// let error = UnknownName::new("site", "tua", ["mu", "tau"]);
/// assert_eq!(error.to_string(), "no site is named `tua`; known: `mu`, `tau`\nhelp: did you mean `tau`?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {kind} is named `{name}`; known: {}{}", Names(.known), Suggestion(.name, .known))]
pub struct UnknownName {
    /// The kind of the things that have names: "site", "parameter".
    pub kind: &'static str,
    /// The name that was asked for.
    pub name: String,
    /// The names that are there.
    pub known: Vec<String>,
}

impl UnknownName {
    /// The error of a lookup among these names.
    pub fn new<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self { kind, name: name.to_owned(), known: known.into_iter().map(str::to_owned).collect() }
    }
}

/// Names as a list: `` `a`, `b` ``; of a long list the first ones, and how many follow.
///
/// # Example
/// ```
/// use ppl::site::Names;
///
/// let known = ["mu".to_owned(), "tau".to_owned()];
/// assert_eq!(format!("sites: {}", Names(&known)), "sites: `mu`, `tau`");
/// assert_eq!(Names(&[]).to_string(), "none");
/// let many: Vec<String> = (0..25).map(|t| format!("level_{t}")).collect();
/// assert!(Names(&many).to_string().ends_with("`level_19` and 5 more"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Names<'a>(pub &'a [String]);

/// The length of a list that is shown whole.
const SHOWN: usize = 20;

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, name) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}`{name}`", if index > 0 { ", " } else { "" })?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            rest => write!(f, " and {rest} more"),
        }
    }
}

/// A line of help if a known name is near.
struct Suggestion<'a>(&'a str, &'a [String]);

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match nearest(self.0, self.1.iter().map(String::as_str)) {
            Some(meant) => write!(f, "\nhelp: did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, UnknownName};

    #[test]
    fn the_known_names_are_listed_and_the_nearest_is_suggested() {
        let text = |name, known: &[&str]| UnknownName::new("site", name, known.iter().copied()).to_string();
        assert_eq!(
            text("tua", &["mu", "tau", "theta"]),
            "no site is named `tua`; known: `mu`, `tau`, `theta`\nhelp: did you mean `tau`?"
        );
        assert_eq!(text("something", &["mu"]), "no site is named `something`; known: `mu`");
        assert_eq!(text("mu", &[]), "no site is named `mu`; known: none");
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..25).map(|index| format!("x_{index}")).collect();
        assert!(Names(&names).to_string().ends_with("`x_19` and 5 more"));
        assert!(Names(&names[..20]).to_string().ends_with("`x_19`"));
    }
}
