//! The configuration file as a thing of its own: where it is, whether all of it is right, and a first one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file;
use super::{ConfigError, Environment, Flags, resolve};
use crate::disk;

/// A configuration file with every setting that there is, each with its default value or as an example.
pub const SAMPLE: &str = include_str!("../../assets/config.toml");

/// Where the configuration file is, or would be; nothing where the platform names no folder for it.
pub fn path(flags: &Flags, environment: &Environment) -> Option<PathBuf> {
    file::location(flags, environment).map(|(path, _)| path)
}

/// A configuration that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The profiles of the file, each of which can be used.
    pub profiles: Vec<String>,
    /// How many views it has.
    pub views: usize,
    /// What deserves a look all the same.
    pub notices: Vec<String>,
}

/// Checks the whole configuration: what is in force without a profile being named, and every profile
/// as if it were. Key files and tokens are not read, and nothing is asked of a service.
///
/// # Errors
///
/// The first thing that is wrong, and where.
pub fn check(flags: &Flags, environment: &Environment) -> Result<Checked, ConfigError> {
    let (file, _) = file::load(flags, environment)?;
    let mut notices = resolve(flags, environment)?.notices;
    let profiles: Vec<String> = file.profiles.into_keys().collect();
    for name in &profiles {
        let named = Flags {
            profile: Some(name.clone()),
            ..flags.clone()
        };
        for notice in resolve(&named, environment)?.notices {
            if !notices.contains(&notice) {
                notices.push(notice);
            }
        }
    }
    Ok(Checked {
        profiles,
        views: file.views.len(),
        notices,
    })
}

/// What became of the wish for a first configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It was written.
    Written,
    /// There is one; it was left as it is.
    There,
}

/// Writes the sample where the configuration file belongs, for its owner alone. One that is there is
/// never touched.
///
/// # Errors
///
/// The folder or the file cannot be made.
pub fn start(path: &Path) -> io::Result<Started> {
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        disk::make_folder(folder)?;
    }
    // Two who start at the same time must not both write: only one of them makes the file.
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            io::Write::write_all(&mut file, SAMPLE.as_bytes())?;
            file.sync_all()?;
            Ok(Started::Written)
        }
        Err(reason) if reason.kind() == io::ErrorKind::AlreadyExists => Ok(Started::There),
        Err(reason) => Err(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> (tempfile::TempDir, Flags) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        let flags = Flags {
            config: Some(path),
            ..Flags::default()
        };
        (folder, flags)
    }

    #[test]
    fn every_profile_is_checked_and_not_only_the_one_in_force() {
        let (_folder, flags) = with_file(
            "[profile.good]\nproject = \"demo\"\nendpoint = \"127.0.0.1:1\"\n\
             [profile.poor]\nproject = \"my-project\"\n",
        );
        let wrong = check(&flags, &Environment::of(&[])).unwrap_err();
        assert!(wrong.to_string().contains("no credentials"), "{wrong}");
    }

    #[test]
    fn what_a_right_file_has_is_counted() {
        let (_folder, flags) = with_file(
            "[profile.good]\nproject = \"demo\"\nendpoint = \"127.0.0.1:1\"\n\
             [view.dear]\nfilter = \"price > 1\"\n",
        );
        let checked = check(&flags, &Environment::of(&[])).unwrap();
        assert_eq!(
            (checked.profiles, checked.views),
            (vec!["good".to_owned()], 1)
        );
    }

    #[test]
    fn a_first_file_is_its_owners_and_a_second_one_is_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("switchboard").join("config.toml");
        assert_eq!(start(&path).unwrap(), Started::Written);
        assert_eq!(fs::read_to_string(&path).unwrap(), SAMPLE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&path, "utc = true\n").unwrap();
        assert_eq!(start(&path).unwrap(), Started::There);
        assert_eq!(fs::read_to_string(&path).unwrap(), "utc = true\n");
    }
}
