//! This machine: the terminal, the folders, and who may read the secrets.

use std::path::Path;

use ratatui::crossterm::terminal;

use super::super::outcome::not_a_terminal;
use super::finding::Finding;
use crate::config::{self, Environment};
use crate::logging;

/// The smallest screen that the console draws on (`product.md`).
const SMALLEST: (u16, u16) = (40, 10);

/// A file with a secret in it, which others should not be able to read.
pub(super) fn secret_file(what: &'static str, path: &Path, account: &str) -> Finding {
    let name = path.display();
    if others_read(path) {
        return Finding::warning(
            what,
            format!("{account}, in {name}, which others on this machine can read"),
            format!("chmod 600 {name}"),
        );
    }
    Finding::ok(what, format!("{account}, in {name}"))
}

#[cfg(unix)]
fn others_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|it| it.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_read(_: &Path) -> bool {
    false
}

/// Whether there is one, and how big and colourful it is.
pub(super) fn terminal(environment: &Environment) -> Finding {
    const WHAT: &str = "terminal";
    if let Some(end) = not_a_terminal() {
        return Finding::skipped(WHAT, format!("{end} is none: the console needs one"));
    }
    let named = environment
        .raw("TERM")
        .unwrap_or_default()
        .to_string_lossy();
    let (columns, rows) = terminal::size().unwrap_or_default();
    let said = format!("{named}, {columns}×{rows}, {}", colours(environment));
    if columns < SMALLEST.0 || rows < SMALLEST.1 {
        let (columns, rows) = SMALLEST;
        return Finding::warning(WHAT, said, format!("the console needs {columns}×{rows}"));
    }
    if named == "dumb" {
        return Finding::warning(
            WHAT,
            said,
            "a dumb terminal cannot show the console: set TERM",
        );
    }
    Finding::ok(WHAT, said)
}

fn colours(environment: &Environment) -> &'static str {
    let direct = environment
        .raw("COLORTERM")
        .is_some_and(|it| it == "truecolor" || it == "24bit");
    if !config::colour(environment) {
        "no colours (NO_COLOR, or a dumb terminal)"
    } else if direct {
        "true colour"
    } else {
        "16 colours"
    }
}

/// Which characters the console draws with.
pub(super) fn characters(environment: &Environment) -> Finding {
    const WHAT: &str = "characters";
    if config::ascii(environment) {
        Finding::warning(
            WHAT,
            "ASCII alone: the locale is not UTF-8",
            "set LANG, such as C.UTF-8, if the terminal shows ✓ → ▇ here",
        )
    } else {
        Finding::ok(
            WHAT,
            "Unicode; if ✓ → ▇ are no signs here, start with --ascii",
        )
    }
}

/// Whether what is copied can reach the person's own machine.
pub(super) fn clipboard(environment: &Environment) -> Finding {
    const WHAT: &str = "clipboard";
    let inside = |name: &str| environment.raw(name).is_some();
    if inside("TMUX") {
        Finding::warning(
            WHAT,
            "through the terminal (OSC 52), inside tmux",
            "tmux passes it on with: set -g set-clipboard on",
        )
    } else if inside("STY") {
        Finding::warning(
            WHAT,
            "through the terminal (OSC 52), inside screen",
            "screen may drop it: if a copy does not arrive, use tmux or none of them",
        )
    } else {
        Finding::ok(
            WHAT,
            "through the terminal (OSC 52), over SSH too, if it takes it",
        )
    }
}

/// Where the log and earlier filters are kept.
pub(super) fn folder(environment: &Environment) -> Finding {
    const WHAT: &str = "state folder";
    let Some(folder) = &environment.state_folder else {
        return Finding::warning(
            WHAT,
            "this system names none: neither a log nor earlier filters are kept",
            "set XDG_STATE_HOME",
        );
    };
    let name = folder.display();
    // Written to and removed again: rights alone do not say whether a disk is full or read-only.
    let written = crate::disk::make_folder(folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(folder).map(drop));
    match written {
        Ok(()) => Finding::ok(
            WHAT,
            format!("{name}; the log there is {}", logging::FILE_NAME),
        ),
        Err(reason) => Finding::warning(
            WHAT,
            format!("{name} cannot be written: {reason}"),
            "neither a log nor earlier filters are kept until it can",
        ),
    }
}
