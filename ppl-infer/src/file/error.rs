//! `FileError`: a file that could not be written or read.

use std::io;
use std::path::PathBuf;

/// An error of a file.
///
/// # Example
/// ```
/// use std::io;
///
/// use ppl_infer::{Error, Posterior, error::FileError};
///
/// let path = std::env::temp_dir().join("no-such-posterior.json");
/// let error = Posterior::read_json(&path).unwrap_err();
/// assert!(error.to_string().starts_with(&format!("cannot read `{}`: ", path.display())));
/// let Error::File(FileError::Read { path: of, source }) = error else { panic!("{error}") };
/// assert_eq!((of, source.kind()), (path, io::ErrorKind::NotFound));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A file that could not be written.
    #[error("cannot write `{}`: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },

    /// A file that could not be read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}
