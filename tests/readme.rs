//! What the README claims is generated from the program: its table of keys is the keymap, its tables
//! of filters are the language, and every filter in it can be typed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the README has to fail"
)]

use std::fs;
use std::path::Path;

use switchboard::app::Mode;
use switchboard::config::{Environment, Flags, resolve};
use switchboard::filter::{Search, language_in_markdown};
use switchboard::input::keymap::Keymap;

/// What stands in code in the section on filters and is none.
const NO_FILTERS: [&str; 11] = [
    "/", "F1", "tab", "ctrl-r", "--filter", "OR", "AND", "NOT", "-", "to", "from",
];

/// The keys of the modes in which people spend their time, as a table.
fn table() -> String {
    let keymap = Keymap::default();
    let mut rows = vec![
        "| where | keys | what |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for mode in [
        Mode::Table,
        Mode::Filter,
        Mode::History,
        Mode::Quick,
        Mode::Form,
        Mode::Confirm,
        Mode::Palette,
        Mode::SaveView,
        Mode::Placements,
    ] {
        for (action, keys) in keymap.rows(mode) {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            rows.push(format!(
                "| {} | {} | {} |",
                mode.title(),
                keys.join(" "),
                action.says()
            ));
        }
    }
    rows.join("\n")
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).unwrap()
}

/// Fails unless this stands between the marks of a name.
fn assert_generated(name: &str, expected: &str) {
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let readme = readme();
    let (_, rest) = readme.split_once(&start).unwrap();
    let (written, _) = rest.split_once(&end).unwrap();
    assert!(
        written.trim() == expected.trim(),
        "the README is not what the program says; between {start} and {end} belongs:\n\n{expected}\n"
    );
}

#[test]
fn the_table_of_keys_is_the_keymap() {
    assert_generated("keys", &table());
}

#[test]
fn the_tables_of_filters_are_the_language() {
    assert_generated("language", &language_in_markdown());
}

#[test]
fn the_sample_of_a_view_can_stand_in_the_configuration() {
    let readme = readme();
    let (_, rest) = readme.split_once("```toml\n[view.").unwrap();
    let (sample, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, format!("[view.{sample}")).unwrap();
    let flags = Flags {
        config: Some(file),
        ..Flags::default()
    };
    let settings = resolve(&flags, &Environment::of(&[])).unwrap();
    let names: Vec<&str> = settings.views.iter().map(|view| &*view.name).collect();
    assert_eq!(names, ["dear calls"]);
}

#[test]
fn every_filter_in_the_prose_can_be_typed() {
    let readme = readme();
    let (_, rest) = readme.split_once("\n## Filters\n").unwrap();
    let (prose, _) = rest.split_once("<!-- language -->").unwrap();
    let mut filters: Vec<&str> = Vec::new();
    let mut blocks = prose.split("```");
    // Between the blocks of code, every second piece is code too.
    for text in blocks.clone().step_by(2) {
        let code = text.split('`').skip(1).step_by(2);
        filters.extend(code.filter(|code| !NO_FILTERS.contains(code)));
    }
    blocks.next();
    for block in blocks.step_by(2) {
        let quoted = block.split("--filter '").skip(1);
        filters.extend(quoted.filter_map(|rest| rest.split('\'').next()));
    }
    assert!(filters.len() > 12, "{filters:?}");
    for filter in filters {
        if let Err(error) = Search::parse(filter) {
            panic!("{filter:?}: {error}");
        }
    }
}

#[test]
fn the_sample_of_a_preset_can_stand_in_the_configuration() {
    let readme = readme();
    let (_, rest) = readme.split_once("```toml\ndefault_preset").unwrap();
    let (sample, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, format!("default_preset{sample}")).unwrap();
    let flags = Flags {
        config: Some(file),
        ..Flags::default()
    };
    let settings = resolve(&flags, &Environment::of(&[])).unwrap();
    let calling = settings.calling;
    assert_eq!(calling.presets[0].name, "support");
    assert_eq!(
        (calling.default_preset, calling.deny.patterns().len()),
        (Some(0), 2)
    );
}
