//! Results as JSON files.

use std::{fs, io, path::Path};

use serde::{Serialize, de::DeserializeOwned};

use crate::error::FileError;
use crate::{Result, file};

/// Writes a value as a JSON file, see [`file::write`].
///
/// # Errors
/// [`FileError::Write`](crate::error::FileError::Write).
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    file::write(path, |file| serde_json::to_writer(file, value).map_err(io::Error::from))
}

/// Reads a value from a JSON file.
///
/// # Errors
/// [`FileError::Read`](crate::error::FileError::Read).
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    // Parsing a slice is several times faster than parsing a reader.
    let value = fs::read(path).and_then(|text| serde_json::from_slice(&text).map_err(io::Error::from));
    value.map_err(|source| FileError::Read { path: path.to_owned(), source }.into())
}

/// The methods `write_json` and `read_json` of types that serialise.
macro_rules! json_files {
    ($($type:ty),+) => {$(
        impl $type {
            /// Writes a JSON file, which [`read_json`](Self::read_json) reads. It is complete or, if it cannot be
            /// written, the old one.
            ///
            /// # Errors
            /// [`FileError::Write`](crate::error::FileError::Write).
            pub fn write_json(&self, path: impl AsRef<std::path::Path>) -> $crate::Result<()> {
                $crate::format::write_json(path.as_ref(), self)
            }

            /// Reads a file that [`write_json`](Self::write_json) wrote; every `f64` comes back bit for bit.
            ///
            /// # Errors
            /// [`FileError::Read`](crate::error::FileError::Read): no such file, no such format, or a damaged one.
            pub fn read_json(path: impl AsRef<std::path::Path>) -> $crate::Result<Self> {
                $crate::format::read_json(path.as_ref())
            }
        }
    )+};
}
pub(crate) use json_files;
