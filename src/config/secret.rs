//! Secrets that are not the console's own: they lie in files or in the environment, because the
//! arguments of a process can be read by everybody on the machine.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::{ConfigError, Environment, Place};

/// More than any secret has: an endless file is not read to its end.
const MOST: u64 = 1 << 17;
const WEBHOOK_KEY_FLAG: &str = "--webhook-key";
pub(super) const WEBHOOK_KEY: &str = "SWITCHBOARD_WEBHOOK_KEY";

/// The key that a sandbox signs its webhooks with, as text, and where it was given: as the flag, or
/// in the environment. After an `@` it is the name of a file that holds it.
///
/// # Errors
///
/// Fails on a file that cannot be read, and on a variable that is no text.
pub fn webhook_key(
    flag: Option<&str>,
    environment: &Environment,
) -> Result<Option<(Place, String)>, ConfigError> {
    let (place, text) = match (flag, environment.text(WEBHOOK_KEY)?) {
        (Some(text), _) => (Place::Flag(WEBHOOK_KEY_FLAG), text),
        (None, Some(text)) => (Place::Variable(WEBHOOK_KEY), text),
        (None, None) => return Ok(None),
    };
    let Some(path) = text.strip_prefix('@') else {
        return Ok(Some((place, text.to_owned())));
    };
    match read(Path::new(path)) {
        Ok(text) => Ok(Some((place, text))),
        Err(reason) => Err(ConfigError::at(place, format!("{path}: {reason}"))),
    }
}

/// The text in a file. Only an ordinary file is opened: others may never answer.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let told = |error: io::Error| format!("it cannot be read ({error})");
    if !path.metadata().map_err(told)?.is_file() {
        return Err("it is no ordinary file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(told)?
        .take(MOST)
        .read_to_end(&mut bytes)
        .map_err(told)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_environment() {
        let environment = Environment::of(&[(WEBHOOK_KEY, "from-there")]);
        let given = |flag, environment: &Environment| webhook_key(flag, environment).unwrap();
        let flag = (Place::Flag(WEBHOOK_KEY_FLAG), "from-here".to_owned());
        assert_eq!(given(Some("from-here"), &environment), Some(flag));
        let variable = (Place::Variable(WEBHOOK_KEY), "from-there".to_owned());
        assert_eq!(given(None, &environment), Some(variable));
        assert_eq!(given(None, &Environment::of(&[])), None);
        assert_eq!(given(None, &Environment::of(&[(WEBHOOK_KEY, "")])), None);
    }

    #[test]
    fn a_key_may_lie_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhook.key");
        std::fs::write(&path, "secret\n").unwrap();
        let named = format!("@{}", path.display());
        let given = |flag, environment: &Environment| {
            webhook_key(flag, environment).map(|given| given.unwrap().1)
        };
        let nothing = Environment::of(&[]);
        assert_eq!(given(Some(&named), &nothing).unwrap(), "secret\n");
        let variable = Environment::of(&[(WEBHOOK_KEY, &named)]);
        assert_eq!(given(None, &variable).unwrap(), "secret\n");
        let missing = given(Some("@no/such.key"), &nothing)
            .unwrap_err()
            .to_string();
        assert!(missing.contains("--webhook-key"), "{missing}");
        assert!(missing.contains("no/such.key"), "{missing}");
        let odd = given(Some("@/dev/zero"), &nothing).unwrap_err().to_string();
        assert!(odd.contains("no ordinary file"), "{odd}");
    }
}
