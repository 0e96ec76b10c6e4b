//! Writing files, whole or not at all.

mod error;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub use self::error::FileError;
use crate::Result;

/// Writes a file, over one that is there, and makes its folder if that is not there.
///
/// The contents go to a temporary file beside the target, which takes its name when they are on the disk. A reader sees
/// the old file or the new one, and a full disk leaves the old one untouched. A link stays, and the file that it points
/// to is replaced; a device is written to directly.
///
/// # Errors
/// [`FileError::Write`].
pub(crate) fn write(path: &Path, contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    replace(path, contents).map_err(|source| FileError::Write { path: path.to_owned(), source }.into())
}

/// Writes a file whole or not at all, without waiting for the disk: what a process has written so survives its end, but not
/// a power failure.
///
/// # Errors
/// [`FileError::Write`].
pub(crate) fn write_unsynced(path: &Path, contents: &[u8]) -> Result<()> {
    let write = || {
        let folder = path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        let (temporary, mut file) = Temporary::create(folder)?;
        file.write_all(contents)?;
        drop(file);
        fs::rename(&temporary.path, path)
    };
    write().map_err(|source| FileError::Write { path: path.to_owned(), source }.into())
}

/// Waits until a file that was written is on the disk, with its name and those of its folders up to `root`.
///
/// # Errors
/// [`FileError::Write`].
pub(crate) fn sync(path: &Path, root: &Path) -> Result<()> {
    let file = File::open(path).and_then(|file| file.sync_all());
    file.map_err(|source| FileError::Write { path: path.to_owned(), source })?;
    path.ancestors().skip(1).take_while(|folder| folder.starts_with(root)).for_each(sync_folder);
    Ok(())
}

/// Gives a file, or all files below a folder, further names: hard links, or copies where the system has none. Nothing is done
/// if it is not there.
///
/// # Errors
/// [`FileError::Write`], with the new name.
pub(crate) fn link_tree(from: &Path, to: &Path) -> Result<()> {
    let failed = |source| FileError::Write { path: to.to_owned(), source };
    if from.is_dir() {
        for entry in fs::read_dir(from).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            link_tree(&from.join(&name), &to.join(&name))?;
        }
    } else if from.exists() {
        fs::create_dir_all(to.parent().unwrap_or(Path::new(""))).map_err(failed)?;
        fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop)).map_err(failed)?;
    }
    Ok(())
}

/// Fills a folder, over one that is there if `is_replaceable` says that it may go: the new folder takes the name when it is
/// complete.
///
/// # Errors
/// [`FileError::Write`], also if something else has the name, and those of `contents`.
pub(crate) fn write_folder(
    path: &Path,
    is_replaceable: impl FnOnce(&Path) -> bool,
    contents: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let failed = |source| FileError::Write { path: path.to_owned(), source };
    let is_there = path.symlink_metadata().is_ok();
    if is_there && !is_replaceable(path) {
        return Err(failed(io::ErrorKind::AlreadyExists.into()).into());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).map_err(failed)?;
    let new = Temporary { path: temporary_path(parent) };
    contents(&new.path)?;
    // A folder takes no name of another that has files.
    let old = Temporary { path: temporary_path(parent) };
    if is_there {
        fs::rename(path, &old.path).map_err(failed)?;
    }
    fs::rename(&new.path, path).map_err(failed)?;
    sync_folder(parent);
    Ok(())
}

/// A name in this folder that no other thread or process takes.
fn temporary_path(folder: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".ppl-{}-{count}.tmp", std::process::id()));
        // Of an earlier process that was killed.
        if path.symlink_metadata().is_err() {
            return path;
        }
    }
}

fn replace(path: &Path, contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&target).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return fill(File::create(&target)?, contents).map(|_| ());
    }
    let folder = target.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    let (temporary, file) = Temporary::create(folder)?;
    let file = fill(file, contents)?;
    if let Some(old) = old {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary.path, &target)?;
    sync_folder(folder);
    Ok(())
}

/// Writes the contents through a buffer.
fn fill(file: File, contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<File> {
    let mut buffer = BufWriter::new(file);
    contents(&mut buffer)?;
    buffer.flush()?;
    buffer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Makes the new name durable where folders can be opened. The file is complete either way.
fn sync_folder(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// A file or a folder that is removed when it goes out of scope, unless it has been renamed.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn create(folder: &Path) -> io::Result<(Self, File)> {
        loop {
            let path = temporary_path(folder);
            match File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                outcome => return outcome.map(|file| (Self { path }, file)),
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A folder is no file, and is removed as one.
        if fs::remove_file(&self.path).is_err() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("ppl-file-{name}-{}", std::process::id()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_folder_is_made_and_a_file_is_no_folder() {
        let folder = folder("folder");
        let path = folder.join("new").join("text");
        for text in ["long", "new"] {
            write(&path, |file| file.write_all(text.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let below = path.join("file");
        let error = write(&below, |_| Ok(())).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot write `{}`: ", below.display())), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = folder("failure");
        let path = folder.join("results");
        write(&path, |file| file.write_all(b"old")).unwrap();
        let full = || io::Error::new(io::ErrorKind::StorageFull, "no space left on device");
        let error = write(&path, |file| {
            // More than the buffer holds: a part has reached the disk.
            file.write_all(&[b'n'; 1 << 16])?;
            Err(full())
        });
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("cannot write `{}`: no space left on device", path.display())
        );
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(&folder), ["results"]);
        assert!(write(&folder.join("first"), |_| Err(full())).is_err());
        assert_eq!(names(&folder), ["results"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_is_replaced_whole_and_only_where_it_may() {
        let folder = folder("whole");
        let target = folder.join("store");
        let fill =
            |text: &'static str| move |path: &Path| write(&path.join(text), |file| file.write_all(text.as_bytes()));
        write_folder(&target, |_| false, fill("old")).unwrap();
        let error = write_folder(&target, |_| false, fill("new")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot write `{}`: ", target.display())), "{error}");
        let failing = |path: &Path| fill("half")(path).and_then(|()| Err(crate::error::DrawsError::NoOutput.into()));
        assert!(write_folder(&target, |_| true, failing).is_err());
        assert_eq!((names(&target), names(&folder)), (vec!["old".to_owned()], vec!["store".to_owned()]));
        write_folder(&target, |_| true, fill("new")).unwrap();
        assert_eq!((names(&target), names(&folder)), (vec!["new".to_owned()], vec!["store".to_owned()]));
        write_unsynced(&target.join("c/0"), b"chunk").unwrap();
        assert_eq!(
            (fs::read(target.join("c/0")).unwrap(), names(&target.join("c"))),
            (b"chunk".to_vec(), vec!["0".to_owned()])
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_tree_is_linked_and_files_are_synced() {
        let folder = folder("tree");
        let (from, to) = (folder.join("from"), folder.join("to"));
        write_unsynced(&from.join("a/b"), b"one").unwrap();
        write_unsynced(&from.join("c"), b"two").unwrap();
        sync(&from.join("a/b"), &from).unwrap();
        let error = sync(&from.join("a/none"), &from).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot write `{}`: ", from.join("a/none").display())), "{error}");
        link_tree(&from, &to).unwrap();
        assert_eq!(
            (fs::read(to.join("a/b")).unwrap(), fs::read(to.join("c")).unwrap()),
            (b"one".to_vec(), b"two".to_vec())
        );
        link_tree(&folder.join("none"), &folder.join("other")).unwrap();
        assert!(!folder.join("other").exists());
        // The files outlive their first names.
        fs::remove_dir_all(&from).unwrap();
        assert_eq!(fs::read(to.join("a/b")).unwrap(), b"one");
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_permissions_and_devices_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("link");
        let (path, link) = (folder.join("results"), folder.join("link"));
        write(&path, |file| file.write_all(b"old")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&path, &link).unwrap();
        write(&link, |file| file.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        write(Path::new("/dev/null"), |file| file.write_all(b"nothing")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        fs::remove_dir_all(folder).unwrap();
    }
}
