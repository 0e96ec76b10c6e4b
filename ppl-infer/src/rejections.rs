//! `Rejections`: why draws, starts or particles were rejected, by site.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::split_help;

/// Causes that are shown; the rest is counted.
const SHOWN: usize = 5;

/// Why positions or runs of a model were rejected, and how often: a parameter outside its domain, a matrix without a
/// Cholesky factor, a density of zero.
///
/// Displays as a list, the most frequent cause first.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::Importance;
///
/// #[model]
/// fn line(y: f64) {
///     let slope = sample!("slope", Normal::new(1.0, 1.0));
///     observe!("y", Normal::new(0.0, slope), y);
/// }
///
/// let posterior = Importance::new().draws(1000).run(&line(0.5))?;
/// // P(slope < 0) = 0.159.
/// let rejections = posterior.rejections();
/// assert!((120..200).contains(&rejections.total()));
/// assert_eq!(rejections.causes()[0].site.as_deref(), Some("y"));
/// assert!(rejections.causes()[0].first.starts_with("Normal: `scale` must be positive, got -"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejections {
    causes: Vec<Rejection>,
    unexplained: usize,
}

/// One cause of rejections.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::Importance;
///
/// #[model]
/// fn line(y: f64) {
///     let slope = sample!("slope", Normal::new(1.0, 1.0));
///     observe!("y", Normal::new(0.0, slope), y);
/// }
///
/// let posterior = Importance::new().draws(1000).run(&line(0.5))?;
/// let cause = &posterior.rejections().causes()[0];
/// assert_eq!((cause.site.as_deref(), cause.cause.as_str()), (Some("y"), "Normal: `scale`"));
/// assert_eq!(cause.count, 1000 - posterior.num_draws());
/// assert!(cause.first.starts_with("Normal: `scale` must be positive, got -"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rejection {
    /// The site, if the cause lies at one.
    pub site: Option<String>,
    /// The violated check: "Normal: `scale`", "cholesky", "log density -inf".
    pub cause: String,
    /// The first of these rejections, with the value.
    pub first: String,
    /// The number of rejections.
    pub count: usize,
}

impl Rejections {
    /// The causes, in the order in which they were met first.
    #[must_use]
    pub fn causes(&self) -> &[Rejection] {
        &self.causes
    }

    /// Number of rejections of an explained cause.
    #[must_use]
    pub fn explained(&self) -> usize {
        self.causes.iter().map(|rejection| rejection.count).sum()
    }

    /// Number of rejections whose cause was not looked for, since there were very many.
    #[must_use]
    pub fn unexplained(&self) -> usize {
        self.unexplained
    }

    /// Number of all rejections.
    #[must_use]
    pub fn total(&self) -> usize {
        self.explained() + self.unexplained
    }

    /// Whether there were none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Counts a rejection.
    pub(crate) fn add(&mut self, site: Option<&str>, cause: &str, first: impl FnOnce() -> String) {
        let known = |other: &&mut Rejection| other.site.as_deref() == site && other.cause == cause;
        match self.causes.iter_mut().find(known) {
            Some(known) => known.count += 1,
            None => {
                let (site, cause) = (site.map(str::to_owned), cause.to_owned());
                self.causes.push(Rejection { site, cause, first: first(), count: 1 });
            }
        }
    }

    /// Counts a rejection by an error that is [outside a domain](ppl::Error::is_outside_domain).
    pub(crate) fn add_error(&mut self, error: &ppl::Error) {
        let (site, source) = match error {
            ppl::Error::Site { name, source } => (Some(name.as_str()), source.as_ref()),
            source => (None, source),
        };
        let cause = match source {
            ppl::Error::InvalidParameter { distribution, parameter, .. } => format!("{distribution}: `{parameter}`"),
            ppl::Error::SingularMatrix { operation, .. } => (*operation).to_owned(),
            other => other.to_string(),
        };
        self.add(site, &cause, || source.to_string());
    }

    /// Adds the rejections of another run.
    pub(crate) fn merge(&mut self, other: Self) {
        self.unexplained += other.unexplained;
        for rejection in other.causes {
            let is_same = |known: &&mut Rejection| known.site == rejection.site && known.cause == rejection.cause;
            match self.causes.iter_mut().find(is_same) {
                Some(known) => known.count += rejection.count,
                None => self.causes.push(rejection),
            }
        }
    }

    /// Counts rejections whose cause is not looked for.
    pub(crate) fn add_unexplained(&mut self, count: usize) {
        self.unexplained += count;
    }
}

impl fmt::Display for Rejections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut causes: Vec<&Rejection> = self.causes.iter().collect();
        causes.sort_by_key(|rejection| std::cmp::Reverse(rejection.count));
        let several = causes.len() > 1;
        let mut cures: Vec<&str> = Vec::new();
        for (number, Rejection { site, first, count, .. }) in causes.iter().take(SHOWN).enumerate() {
            if number > 0 {
                f.write_str("; ")?;
            }
            if several {
                write!(f, "{count} {} ", if *count == 1 { "time" } else { "times" })?;
            }
            if let Some(site) = site {
                write!(f, "`{site}`: ")?;
            }
            let (problem, help) = split_help(first);
            cures.extend(help);
            f.write_str(problem)?;
            if *count > 1 {
                f.write_str(" (first)")?;
            }
        }
        let rest: usize = causes.iter().skip(SHOWN).map(|rejection| rejection.count).sum();
        if rest > 0 {
            write!(f, "; {rest} for other reasons")?;
        }
        let mut seen = BTreeSet::new();
        cures.iter().filter(|cure| seen.insert(**cure)).try_for_each(|cure| write!(f, "\nhelp: {cure}"))
    }
}

#[cfg(test)]
mod tests {
    use ppl::distribution::Normal;

    use super::*;

    fn invalid(site: &str, scale: f64) -> ppl::Error {
        Normal::new(0.0, scale).unwrap_err().at_site(site)
    }

    #[test]
    fn rejections_are_counted_by_site_and_parameter() {
        let mut rejections = Rejections::default();
        assert!(rejections.is_empty());
        rejections.add_error(&invalid("x", -3.0));
        assert_eq!(rejections.to_string(), "`x`: Normal: `scale` must be positive, got -3");
        for scale in [-0.149, -2.0] {
            rejections.add_error(&invalid("y", scale));
        }
        rejections.add_error(&Normal::new(f64::NAN, 1.0).unwrap_err());
        rejections.add_unexplained(7);
        assert_eq!((rejections.explained(), rejections.unexplained(), rejections.total()), (4, 7, 11));
        assert_eq!(
            rejections.to_string(),
            "2 times `y`: Normal: `scale` must be positive, got -0.149 (first); 1 time `x`: Normal: `scale` must be \
             positive, got -3; 1 time Normal: `loc` must be real, got NaN"
        );
        let text = serde_json::to_string(&rejections).unwrap();
        assert_eq!(serde_json::from_str::<Rejections>(&text).unwrap(), rejections);
    }

    #[test]
    fn a_long_list_is_cut() {
        let mut rejections = Rejections::default();
        for number in 0..8 {
            rejections.add(None, &format!("cause {number}"), || format!("cause {number}"));
        }
        assert!(rejections.to_string().ends_with("1 time cause 4; 3 for other reasons"));
    }
}
