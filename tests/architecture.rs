//! The structure of the source tree: layers, file sizes, and a sentence at the top of every file.
//!
//! The table is that of the architecture page: an import may point down it, never up or sideways.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the sources has to fail"
)]
#![expect(
    clippy::string_slice,
    reason = "every cut lies beside an ASCII character just found"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules of the crate that it may import.
const LAYERS: &[(&str, &[&str])] = &[
    ("call", &[]),
    ("disk", &[]),
    ("proto", &[]),
    ("filter", &["call"]),
    ("insight", &["call"]),
    ("convert", &["proto", "call"]),
    ("api", &["convert", "proto", "call"]),
    ("sandbox", &["convert", "proto", "call", "filter"]),
    ("feed", &["api", "call", "filter"]),
    ("placement", &["api", "call", "disk"]),
    ("app", &["call", "filter", "insight"]),
    ("input", &["app::Action", "app::Mode", "app::Edit"]),
    (
        "view",
        &["app", "call", "filter", "insight", "input::keymap"],
    ),
    (
        "config",
        &[
            "input",
            "view::theme",
            "app::Action",
            "app::Column",
            "app::SavedView",
            "app::Sort",
            "app::ViewKey",
            "filter::Search",
            "api::auth",
            "api::Endpoint",
            "call",
            "disk",
        ],
    ),
    ("logging", &["call"]),
    (
        "runtime",
        &[
            "app",
            "view",
            "input",
            "feed",
            "placement",
            "api",
            "config",
            "call",
            "disk",
            "filter",
        ],
    ),
    ("cli", &["*"]),
    ("lib", &["*"]),
    ("main", &["*"]),
];

/// Crates that some layers must not know: `app` is pure, and only some speak to the outside.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "call",
        &[
            "tokio",
            "tonic",
            "prost",
            "ratatui",
            "crossterm",
            "rusqlite",
            "clap",
        ],
    ),
    (
        "filter",
        &[
            "tokio",
            "tonic",
            "prost",
            "ratatui",
            "crossterm",
            "rusqlite",
            "clap",
        ],
    ),
    (
        "convert",
        &["tokio", "ratatui", "crossterm", "rusqlite", "clap"],
    ),
    (
        "insight",
        &[
            "tokio",
            "tonic",
            "prost",
            "ratatui",
            "crossterm",
            "rusqlite",
            "clap",
        ],
    ),
    (
        "app",
        &[
            "tokio",
            "tonic",
            "prost",
            "ratatui",
            "crossterm",
            "rusqlite",
            "clap",
        ],
    ),
    (
        "view",
        &["tokio", "tonic", "prost", "crossterm", "rusqlite", "clap"],
    ),
    ("input", &["tokio", "tonic", "prost", "rusqlite", "clap"]),
    ("api", &["ratatui", "crossterm", "rusqlite", "clap"]),
    (
        "feed",
        &["tonic", "prost", "ratatui", "crossterm", "rusqlite", "clap"],
    ),
    (
        "placement",
        &["tonic", "prost", "ratatui", "crossterm", "rusqlite", "clap"],
    ),
    ("sandbox", &["ratatui", "crossterm", "clap"]),
    ("config", &["tokio", "tonic", "prost", "rusqlite", "clap"]),
    ("runtime", &["tonic", "prost", "rusqlite", "clap"]),
];

const LINES: usize = 500;

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inner = path.strip_prefix(&root).unwrap().to_path_buf();
                let first = inner
                    .components()
                    .next()
                    .unwrap()
                    .as_os_str()
                    .to_string_lossy();
                let module = first.trim_end_matches(".rs").to_owned();
                sources.push(Source {
                    text: fs::read_to_string(&path).unwrap(),
                    path,
                    module,
                });
            }
        }
    }
    assert!(sources.len() > 5, "the sources were not found");
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Code without comments, so that prose can name any module.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.find("//").map_or(line, |at| line.split_at(at).0))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every path behind `crate::`, with the members of a group written out: `crate::app::{A, B}`
/// gives `app::A` and `app::B`.
fn crate_paths(code: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        expand("", code.split_at(at + "crate::".len()).1, &mut paths);
    }
    paths
}

fn expand(prefix: &str, rest: &str, paths: &mut BTreeSet<String>) {
    if let Some(group) = rest.strip_prefix('{') {
        let mut depth = 1;
        let mut start = 0;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                let member = group[start..at].trim();
                if !member.is_empty() {
                    expand(prefix, member, paths);
                }
                start = at + 1;
            }
            if depth == 0 {
                return;
            }
        }
        return;
    }
    let word: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    if word.is_empty() {
        return;
    }
    let path = format!("{prefix}{word}");
    match rest[word.len()..].strip_prefix("::") {
        Some(further)
            if further.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '{') =>
        {
            expand(&format!("{path}::"), further, paths);
        }
        _ => {
            paths.insert(path);
        }
    }
}

fn allowed(module: &str, path: &str) -> bool {
    let Some((_, may)) = LAYERS.iter().find(|(name, _)| *name == module) else {
        return false;
    };
    let own = path == module || path.starts_with(&format!("{module}::"));
    own || may.iter().any(|&allowed| {
        allowed == "*" || path == allowed || path.starts_with(&format!("{allowed}::"))
    })
}

#[test]
fn imports_point_down_the_layers() {
    let mut wrong = Vec::new();
    for source in sources() {
        assert!(
            LAYERS.iter().any(|(name, _)| *name == source.module),
            "{} is in no layer",
            source.path.display()
        );
        for path in crate_paths(&code(&source.text)) {
            if !allowed(&source.module, &path) {
                wrong.push(format!(
                    "{}: {} -> {path}",
                    source.path.display(),
                    source.module
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that point up or sideways:\n{}",
        wrong.join("\n")
    );
}

/// Whether a crate is named, by itself or as ratatui hands it on.
fn names_crate(code: &str, name: &str) -> bool {
    let own = code.match_indices(name).any(|(at, _)| {
        let ends = code[at + name.len()..].starts_with("::");
        ends && !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
    });
    let mut handed_on = BTreeSet::new();
    for (at, _) in code.match_indices("ratatui::") {
        expand("", code.split_at(at + "ratatui::".len()).1, &mut handed_on);
    }
    let inner = format!("{name}::");
    own || handed_on
        .iter()
        .any(|path| path == name || path.starts_with(&inner))
}

#[test]
fn layers_know_only_their_own_crates() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, banned)) = FOREIGN.iter().find(|(name, _)| *name == source.module) else {
            continue;
        };
        let code = code(&source.text);
        for name in *banned {
            if names_crate(&code, name) {
                wrong.push(format!("{} names {name}", source.path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "crates out of place:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_file_says_what_lives_there_and_is_one_room() {
    let mut wrong = Vec::new();
    for source in sources() {
        let path = source.path.display();
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{path} does not open with a //! sentence"));
        }
        let lines = source.text.lines().count();
        if lines > LINES {
            wrong.push(format!("{path} has {lines} lines, more than {LINES}"));
        }
        if source.path.file_name().is_some_and(|name| name == "mod.rs") {
            wrong.push(format!("{path}: name the file after its module"));
        }
        for mark in ["TO\u{44}O", "FIX\u{4d}E", "XX\u{58}"] {
            if source.text.contains(mark) {
                wrong.push(format!("{path} has a {mark}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_checks_see_what_they_are_for() {
    let paths =
        crate_paths("use crate::app::{self, msg::{Action, Msg}, Column}; crate::call::Call");
    let expected = [
        "app::Column",
        "app::msg::Action",
        "app::msg::Msg",
        "app::self",
        "call::Call",
    ];
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), expected);
    assert!(!allowed("call", "filter"));
    assert!(!allowed("input", "app::table"));
    assert!(allowed("input", "app::Action"));
    assert!(!allowed("feed", "placement::place"));
    assert!(allowed("feed", "feed::live"));
    assert!(!code("let x = 1; // crate::app").contains("crate::"));
    for direct in [
        "use crossterm::event::KeyEvent;",
        "use ratatui::crossterm;",
        "use ratatui::crossterm::event::KeyEvent;",
        "use ratatui::{Frame, crossterm::{event::KeyEvent}};",
        "let mode = ratatui::crossterm::terminal::size();",
    ] {
        assert!(names_crate(direct, "crossterm"), "{direct}");
    }
    for other in ["use ratatui::Frame;", "use not_crossterm::event;"] {
        assert!(!names_crate(other, "crossterm"), "{other}");
    }
}
