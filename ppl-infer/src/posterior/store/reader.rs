//! `PosteriorStore`: a store that is open for reading.

use std::path::Path;

use super::{Outcome, StoreFiles};
use crate::draws::DrawName;
use crate::{Error, Posterior, Result};

/// A store of draws on the disk: of a run that is at work, was stopped or killed, or is complete.
///
/// What counts are as many draws of each chain as the shortest has, in complete blocks; a chain with fewer than half the
/// draws of the longest is left out. Draws are read when they are asked for.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn groups() {
///     let mu = sample!("mu", Normal::new(0.0, 1.0));
///     plate!("i", 100, { sample!("theta", Normal::new(mu, 1.0)); });
/// }
///
/// let path = std::env::temp_dir().join(format!("ppl-posterior-store-{}", std::process::id()));
/// let nuts = Nuts::new().chains(2).warmup(100).draws(50).progress(false);
/// nuts.run_to_store(&groups(), &path)?;
/// let store = PosteriorStore::open(&path)?;
/// assert!(store.is_complete() && store.num_draws() == 50);
/// let mu = store.posterior_of([groups::mu])?;
/// assert_eq!(mu.get(groups::mu)?, store.posterior()?.get(groups::mu)?);
/// # std::fs::remove_dir_all(path).unwrap();
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// A run at work, seen through its store, from another thread or another process:
/// ```
/// # use std::time::Duration;
/// # use ppl::prelude::*;
/// # use ppl_infer::prelude::*;
/// # #[model]
/// # fn normal() {
/// #     sample!("x", Normal::new(0.0, 1.0));
/// # }
/// let path = std::env::temp_dir().join(format!("ppl-store-at-work-{}", std::process::id()));
/// let handle = RunHandle::new();
/// let nuts = Nuts::new().chains(2).draws(5_000_000).threads(2).progress(false).handle(handle.clone());
/// std::thread::scope(|scope| {
///     let run = scope.spawn(|| nuts.run_to_store(&normal(), &path));
///     let so_far = loop {
///         // Its folder is there when its first chain begins.
///         match PosteriorStore::open(&path) {
///             Ok(store) if store.num_draws() >= 256 => break store.posterior()?,
///             _ => std::thread::sleep(Duration::from_millis(5)),
///         }
///     };
///     assert!(so_far.summary().row("x")?.r_hat < 1.1);
///     handle.stop();
///     run.join().expect("the run does not panic").map(drop)
/// })?;
/// # std::fs::remove_dir_all(path).unwrap();
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PosteriorStore {
    files: StoreFiles,
    outcome: Outcome,
}

impl PosteriorStore {
    /// Opens the store that [`Posterior::write_zarr`] or a run has written. Of a run at work it is what there is now.
    ///
    /// # Errors
    /// [`FileError::Read`](crate::error::FileError::Read): no such store, no such format, or a damaged one.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let files = StoreFiles::open(path.as_ref())?;
        let outcome = files.outcome()?;
        Ok(Self { files, outcome })
    }

    pub(crate) fn new(files: StoreFiles, outcome: Outcome) -> Self {
        Self { files, outcome }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.files.folder()
    }

    /// Whether the run has ended by itself with all of its draws.
    pub fn is_complete(&self) -> bool {
        let manifest = &self.files.manifest;
        manifest.outcome.as_ref().is_some_and(|outcome| outcome.draws == manifest.draws)
    }

    /// Number of draws of each chain that counts.
    pub fn num_draws(&self) -> usize {
        self.outcome.draws
    }

    /// Ids of the chains that count.
    pub fn chain_ids(&self) -> Vec<usize> {
        self.outcome.rows.iter().map(|&row| self.files.manifest.chain_ids[row]).collect()
    }

    /// Names of the sites.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.files.manifest.sites.iter().map(|site| site.name.as_str())
    }

    /// Reads all draws.
    ///
    /// # Errors
    /// [`FileError::Read`](crate::error::FileError::Read); [`DrawsError::NoDraws`](crate::error::DrawsError::NoDraws).
    pub fn posterior(&self) -> Result<Posterior> {
        self.files.posterior(&self.outcome)
    }

    /// Reads the draws of some sites.
    ///
    /// # Errors
    /// As [`posterior`](Self::posterior), and [`Error::UnknownName`].
    pub fn posterior_of(&self, sites: impl IntoIterator<Item = impl DrawName>) -> Result<Posterior> {
        let mut wanted = Vec::new();
        for site in sites {
            let name = site.site_name();
            let index = self.names().position(|known| known == name);
            wanted.push(index.ok_or_else(|| Error::unknown_name("site", name, self.names()))?);
        }
        let mut files = self.files.clone();
        files.manifest.sites = wanted.iter().map(|&index| self.files.manifest.sites[index].clone()).collect();
        files.arrays.sites = wanted.iter().map(|&index| self.files.arrays.sites[index].clone()).collect();
        files.posterior(&self.outcome)
    }
}
