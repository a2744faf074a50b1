//! Keys and mouse, resolved once into what the person wants.

pub mod key;
pub mod keymap;

use crate::app::{Action, Edit, Mode};
use key::{Code, Key};
use keymap::Keymap;

/// What a key means where it was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// An action of the keymap.
    Action(Action),
    /// A change to the line under the cursor.
    Edit(Edit),
}

/// Resolves a key: the keymap first, then, where text is written, editing.
pub fn resolve(keymap: &Keymap, mode: Mode, key: Key) -> Option<Intent> {
    if let Some(action) = keymap.action(mode, key) {
        return Some(Intent::Action(action));
    }
    if mode.takes_text() {
        edit(key).map(Intent::Edit)
    } else if mode.takes_letters() {
        letter(key).map(Intent::Edit)
    } else {
        None
    }
}

/// A letter or a digit by itself.
fn letter(key: Key) -> Option<Edit> {
    match (key.code, key.ctrl, key.alt) {
        (Code::Char(c), false, false) => Some(Edit::Insert(c.to_string())),
        _ => None,
    }
}

/// Pasted text: one change, however long it is. Where no text is written it means nothing, so a
/// paste into the table never runs as a row of commands.
pub fn paste(mode: Mode, text: String) -> Option<Intent> {
    mode.takes_text()
        .then_some(Intent::Edit(Edit::Insert(text)))
}

/// The editing keys that shells and editors have taught everybody.
fn edit(key: Key) -> Option<Edit> {
    Some(match (key.code, key.ctrl, key.alt) {
        (Code::Char(c), false, false) => Edit::Insert(c.to_string()),
        (Code::Backspace, false, false) | (Code::Char('h'), true, false) => Edit::Backspace,
        (Code::Backspace, _, _) | (Code::Char('w'), true, false) => Edit::DeleteWord,
        (Code::Delete, false, false) | (Code::Char('d'), true, false) => Edit::Delete,
        (Code::Delete, _, _) | (Code::Char('d'), false, true) => Edit::DeleteWordAfter,
        (Code::Char('u'), true, false) => Edit::DeleteToStart,
        (Code::Char('k'), true, false) => Edit::DeleteToEnd,
        (Code::Left, false, false) | (Code::Char('b'), true, false) => Edit::Left,
        (Code::Right, false, false) | (Code::Char('f'), true, false) => Edit::Right,
        (Code::Left, _, _) | (Code::Char('b'), false, true) => Edit::WordLeft,
        (Code::Right, _, _) | (Code::Char('f'), false, true) => Edit::WordRight,
        (Code::Home, _, _) | (Code::Char('a'), true, false) => Edit::Start,
        (Code::End, _, _) | (Code::Char('e'), true, false) => Edit::End,
        // Terminals send one byte for the three of them, which is read as the first.
        (Code::Char('7' | '_' | '/'), true, false) | (Code::Char('u'), false, true) => Edit::Undo,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn key(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    #[test]
    fn a_letter_is_a_command_in_the_table_and_text_in_the_filter() {
        let keymap = Keymap::default();
        let quit = resolve(&keymap, Mode::Table, key("q"));
        assert_eq!(quit, Some(Intent::Action(Action::Quit)));
        for mode in [Mode::Filter, Mode::History, Mode::Form] {
            let text = resolve(&keymap, mode, key("q"));
            assert_eq!(
                text,
                Some(Intent::Edit(Edit::Insert("q".to_owned()))),
                "{mode:?}"
            );
        }
    }

    #[test]
    fn ctrl_c_leaves_from_everywhere() {
        for mode in Mode::ALL {
            let leave = resolve(&Keymap::default(), mode, key("ctrl-c"));
            assert_eq!(leave, Some(Intent::Action(Action::Quit)), "{mode:?}");
        }
    }

    #[test]
    fn a_paste_into_the_table_runs_nothing() {
        assert_eq!(paste(Mode::Table, "qqq".to_owned()), None);
        assert_eq!(paste(Mode::Quick, "x".to_owned()), None);
        assert!(paste(Mode::Filter, "qqq".to_owned()).is_some());
    }

    #[rstest]
    #[case("backspace", Edit::Backspace)]
    #[case("ctrl-w", Edit::DeleteWord)]
    #[case("alt-backspace", Edit::DeleteWord)]
    #[case("alt-d", Edit::DeleteWordAfter)]
    #[case("ctrl-delete", Edit::DeleteWordAfter)]
    #[case("delete", Edit::Delete)]
    #[case("ctrl-u", Edit::DeleteToStart)]
    #[case("ctrl-k", Edit::DeleteToEnd)]
    #[case("ctrl-a", Edit::Start)]
    #[case("alt-b", Edit::WordLeft)]
    #[case("ctrl-right", Edit::WordRight)]
    #[case("ctrl-_", Edit::Undo)]
    #[case("ctrl-7", Edit::Undo)]
    #[case("alt-u", Edit::Undo)]
    #[case("ctrl-left", Edit::WordLeft)]
    #[case("alt-f", Edit::WordRight)]
    #[case("home", Edit::Start)]
    #[case("ctrl-e", Edit::End)]
    #[case("é", Edit::Insert("é".to_owned()))]
    fn editing_keys(#[case] pressed: &str, #[case] edit: Edit) {
        let intent = resolve(&Keymap::default(), Mode::Filter, key(pressed));
        assert_eq!(intent, Some(Intent::Edit(edit)));
    }
}
