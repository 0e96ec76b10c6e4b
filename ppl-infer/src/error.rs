//! Errors of this crate.

use std::path::PathBuf;

/// Result with this crate's [`Error`](enum@Error).
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in inference and in its results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing is stored under this name.
    #[error("no {kind} is named `{name}`{}; known: {}", did_you_mean(.nearest.as_deref()), list(.known))]
    UnknownName {
        /// What was looked for: "site", "row".
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// The known name with the smallest edit distance, if it is near.
        nearest: Option<String>,
        /// All known names.
        known: Vec<String>,
    },

    /// Two arrays under one name.
    #[error("site `{site}` was given twice")]
    DuplicateSite {
        /// The name.
        site: String,
    },

    /// An array that does not fit the table that it goes into.
    #[error("{quantity}: the array has shape {got:?}, but its leading axes must be {expected:?}")]
    DrawShape {
        /// The site or sample statistic.
        quantity: String,
        /// Leading axes of every array of the table.
        expected: Vec<usize>,
        /// Shape of the array.
        got: Vec<usize>,
    },

    /// As many names of dimensions as a site has axes were expected.
    #[error("site `{site}` has {expected} axes, but {got} names of dimensions were given")]
    DimensionNames {
        /// The site.
        site: String,
        /// Rank of the site.
        expected: usize,
        /// Names given.
        got: usize,
    },

    /// A result without a single draw.
    #[error("there are no draws ({chains} chains of {draws} draws)")]
    NoDraws {
        /// Number of chains.
        chains: usize,
        /// Number of draws of each.
        draws: usize,
    },

    /// Not one importance weight is positive.
    #[error(
        "all {draws} importance weights are zero: no draw of the proposal is possible under the model and its observations"
    )]
    NoPositiveWeight {
        /// Number of draws.
        draws: usize,
    },

    /// An importance weight that is NaN or infinite.
    #[error("the log importance weight of draw {draw} is {value}")]
    InvalidWeight {
        /// The draw.
        draw: usize,
        /// Its log weight.
        value: f64,
    },

    /// A file could not be written.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// A plot could not be drawn.
    #[error("cannot draw the {plot}: {reason}")]
    Plot {
        /// Which plot.
        plot: &'static str,
        /// What the drawing library reported.
        reason: String,
    },
}

impl Error {
    /// [`Error::UnknownName`] with the nearest of the known names.
    pub(crate) fn unknown_name<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let nearest = crate::suggest::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        Self::UnknownName { kind, name: name.to_owned(), nearest, known }
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// The first names of a list, and how many follow.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let rest = names.len().saturating_sub(SHOWN);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn an_unknown_name_lists_the_known_and_suggests_the_nearest() {
        let error = Error::unknown_name("site", "tua", ["mu", "tau", "theta"]);
        assert_eq!(error.to_string(), "no site is named `tua` (did you mean `tau`?); known: `mu`, `tau`, `theta`");
        let error = Error::unknown_name("site", "something", ["mu"]);
        assert_eq!(error.to_string(), "no site is named `something`; known: `mu`");
        assert_eq!(Error::unknown_name("site", "mu", []).to_string(), "no site is named `mu`; known: none");
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..25).map(|index| format!("x_{index}")).collect();
        let error = Error::unknown_name("site", "quantity", names.iter().map(String::as_str));
        assert!(error.to_string().ends_with("`x_19` and 5 more"));
    }
}
