//! `Keep`: the sites whose draws are kept.

use serde::{Deserialize, Serialize};

use super::DrawName;
use crate::{Error, Result};

/// The latent and deterministic sites whose draws a run keeps. The others are sampled all the same.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn groups() {
///     let mu = sample!("mu", Normal::new(0.0, 1.0));
///     plate!("i", 1000, { sample!("theta", Normal::new(mu, 1.0)); });
/// }
///
/// let nuts = Nuts::new().chains(2).warmup(100).draws(50).progress(false);
/// let posterior = nuts.clone().keep([groups::mu]).run(&groups())?;
/// assert_eq!(posterior.draws().names().collect::<Vec<_>>(), ["mu"]);
/// let error = nuts.keep(["nu"]).run(&groups()).unwrap_err().to_string();
/// assert!(error.starts_with("no site is named `nu`; known: `mu`, `theta`"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// All sites.
    #[default]
    All,
    /// The sites of these names.
    Sites(Vec<String>),
}

impl<N: DrawName, I: IntoIterator<Item = N>> From<I> for Keep {
    fn from(names: I) -> Self {
        Self::Sites(names.into_iter().map(|name| name.site_name().to_owned()).collect())
    }
}

impl Keep {
    /// Whether a site is kept.
    pub(crate) fn contains(&self, site: &str) -> bool {
        match self {
            Self::All => true,
            Self::Sites(names) => names.iter().any(|name| name == site),
        }
    }

    /// An error unless all these are sites of the model.
    pub(crate) fn check<'a>(&self, sites: impl Iterator<Item = &'a str> + Clone) -> Result<()> {
        let Self::Sites(names) = self else { return Ok(()) };
        match names.iter().find(|name| !sites.clone().any(|site| site == **name)) {
            Some(unknown) => Err(Error::unknown_name("site", unknown, sites)),
            None => Ok(()),
        }
    }
}
