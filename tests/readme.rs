//! What the README claims is generated from the program: its table of keys is the keymap.

use std::fs;
use std::path::Path;

use switchboard::app::Mode;
use switchboard::input::keymap::Keymap;

const START: &str = "<!-- keys -->";
const END: &str = "<!-- /keys -->";

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
        Mode::Quick,
        Mode::Form,
        Mode::Confirm,
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

#[test]
fn the_table_of_keys_is_the_keymap() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    let (_, rest) = readme.split_once(START).unwrap();
    let (written, _) = rest.split_once(END).unwrap();
    let table = table();
    assert!(
        written.trim() == table,
        "the README's keys are not the keymap's; between {START} and {END} belongs:\n\n{table}\n"
    );
}
