//! Files that change in one step: a new content is written beside the old one and takes its place.
//!
//! Whoever reads such a file finds the one or the other, whole, whatever happens in between.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The file that is meant where a path is a link to it, so that the link stays; otherwise the path.
///
/// # Errors
///
/// The link leads to no file, or it cannot be followed.
pub fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(io::Error::other("it is a link to a file that is not there"));
            }
            Ok(path.to_path_buf())
        }
        found => found,
    }
}

/// Makes a folder, for its owner alone, if it is not there.
///
/// # Errors
///
/// It cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Waits until the names in a folder are on disk; where folders cannot be opened they are in time.
///
/// # Errors
///
/// The disk has not taken them for certain.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}

/// A new content on disk, beside the file that it is for; dropped, it is gone again.
#[derive(Debug)]
pub struct Written {
    temporary: tempfile::NamedTempFile,
    folder: PathBuf,
    path: PathBuf,
}

impl Written {
    /// Writes the content, and makes the folder if it is not there. A new file is its owner's alone;
    /// one that is there keeps the rights that it has. A path that is a link is replaced, not what it
    /// leads to: ask [`target`] first.
    ///
    /// # Errors
    ///
    /// The file is read-only, or nothing can be written beside it.
    pub fn beside(path: &Path, content: &[u8]) -> io::Result<Self> {
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        make_folder(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut temporary = tempfile::Builder::new()
            .prefix(&format!(".{name}-"))
            .suffix(".new")
            .tempfile_in(folder)?;
        temporary.write_all(content)?;
        match fs::metadata(path) {
            Ok(found) if found.permissions().readonly() => {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "it is read-only",
                ));
            }
            Ok(found) => temporary.as_file().set_permissions(found.permissions())?,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => {}
            Err(reason) => return Err(reason),
        }
        temporary.as_file().sync_all()?;
        Ok(Self {
            temporary,
            folder: folder.to_path_buf(),
            path: path.to_path_buf(),
        })
    }

    /// Puts it in the place of the file, and waits until that is on disk.
    ///
    /// # Errors
    ///
    /// The file is still the old one; or it is the new one, and the disk has not taken it for certain.
    pub fn take_place(self) -> io::Result<()> {
        self.temporary
            .persist(&self.path)
            .map_err(|error| error.error)?;
        sync_folder(&self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_that_is_not_put_in_place_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/file");
        drop(Written::beside(&path, b"one").unwrap());
        let made = folder.path().join("made");
        assert_eq!(fs::read_dir(&made).unwrap().count(), 0);
        Written::beside(&path, b"two")
            .unwrap()
            .take_place()
            .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(&made).unwrap().count(), 1);
    }
}
