//! Writing files.

use std::fs::{self, File};
use std::path::Path;

use crate::{Error, Result};

/// Writes a file, over one that is there, and makes its folder if that is not there.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write(path: &Path, contents: impl FnOnce(File) -> std::io::Result<()>) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let written = fs::create_dir_all(folder).and_then(|()| File::create(path)).and_then(contents);
    written.map_err(|source| Error::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_folder_is_made_and_a_file_is_no_folder() {
        let folder = std::env::temp_dir().join(format!("ppl-file-{}", std::process::id()));
        let path = folder.join("new").join("text");
        for text in ["long", "new"] {
            write(&path, |mut file| file.write_all(text.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let below = path.join("file");
        let error = write(&below, |_| Ok(())).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot write `{}`: ", below.display())), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }
}
