//! One keymap: what keys do, and, read backwards, the hints, the help and the README's table.

use std::collections::HashMap;

use crate::app::{Action, Mode};

use super::key::{Code, Key};

/// The default keys: those of k9s, lazygit, lnav, sngrep and vim where these agree.
const DEFAULT: &[(&[Mode], Action, &[&str])] = &[
    (BROWSING, Action::Quit, &["q"]),
    (LISTS, Action::Up, &["k", "up"]),
    (LISTS, Action::Down, &["j", "down"]),
    (LISTS, Action::HalfPageUp, &["ctrl-u"]),
    (LISTS, Action::HalfPageDown, &["ctrl-d"]),
    (LISTS, Action::PageUp, &["page-up", "ctrl-b"]),
    (LISTS, Action::PageDown, &["page-down", "ctrl-f", "space"]),
    (LISTS, Action::Top, &["g", "home"]),
    (LISTS, Action::Bottom, &["G", "end"]),
    (&[Mode::Table], Action::ScrollLeft, &["h", "left"]),
    (&[Mode::Table], Action::ScrollRight, &["l", "right"]),
    (BROWSING, Action::Open, &["enter"]),
    (BROWSING, Action::Filter, &["/"]),
    (BROWSING, Action::Quick, &["f"]),
    (BROWSING, Action::NewCall, &["n"]),
    (BROWSING, Action::Redial, &["r"]),
    (BROWSING, Action::Placements, &["P"]),
    (&[Mode::Placements], Action::Quit, &["q"]),
    (&[Mode::Placements], Action::Up, &["k", "up"]),
    (&[Mode::Placements], Action::Down, &["j", "down"]),
    (&[Mode::Placements], Action::Open, &["enter"]),
    (&[Mode::Placements], Action::PlaceAgain, &["a"]),
    (&[Mode::Placements], Action::Copy, &["c"]),
    (&[Mode::Placements], Action::Back, &["esc", "P"]),
    (BROWSING, Action::NextFailure, &["e"]),
    (BROWSING, Action::PreviousFailure, &["E"]),
    (BROWSING, Action::Legs, &["x"]),
    (BROWSING, Action::Sort, &["s"]),
    (BROWSING, Action::SortLeft, &["<"]),
    (BROWSING, Action::SortRight, &[">"]),
    (BROWSING, Action::Wide, &["w"]),
    (BROWSING, Action::TimeForm, &["t"]),
    (BROWSING, Action::Pause, &["p"]),
    (BROWSING, Action::Copy, &["c"]),
    (BROWSING, Action::Refresh, &["ctrl-r"]),
    (BROWSING, Action::NextPane, &["tab", "shift-tab"]),
    (
        &[Mode::Table, Mode::Detail, Mode::Help],
        Action::Help,
        &["?"],
    ),
    (
        &[Mode::Filter, Mode::History, Mode::Form],
        Action::Help,
        &["f1"],
    ),
    (&[Mode::Filter], Action::KeepFilter, &["enter"]),
    (&[Mode::Filter], Action::LeaveFilter, &["esc"]),
    (&[Mode::Filter], Action::EarlierFilter, &["up", "ctrl-p"]),
    (&[Mode::Filter], Action::LaterFilter, &["down", "ctrl-n"]),
    (&[Mode::Filter], Action::Complete, &["tab"]),
    (&[Mode::Filter], Action::CompleteBack, &["shift-tab"]),
    (&[Mode::Filter], Action::SearchFilters, &["ctrl-r"]),
    (&[Mode::History], Action::Choose, &["enter"]),
    (&[Mode::History], Action::SearchFilters, &["ctrl-r"]),
    (&[Mode::History], Action::Up, &["up", "ctrl-p"]),
    (&[Mode::History], Action::Down, &["down", "ctrl-n"]),
    (&[Mode::History], Action::Back, &["esc"]),
    // The letters that are left are the menu's own.
    (&[Mode::Quick], Action::Back, &["esc", "f"]),
    (&[Mode::Quick], Action::Choose, &["enter"]),
    (&[Mode::Quick], Action::Toggle, &["space"]),
    (&[Mode::Quick], Action::Up, &["up", "k"]),
    (&[Mode::Quick], Action::Down, &["down", "j"]),
    (&[Mode::Quick], Action::NextGroup, &["right", "tab"]),
    (
        &[Mode::Quick],
        Action::PreviousGroup,
        &["left", "shift-tab"],
    ),
    (&[Mode::Quick], Action::ClearFilter, &["0"]),
    (&[Mode::Quick], Action::UndoFilter, &["u"]),
    (&[Mode::Quick], Action::Filter, &["/"]),
    (&[Mode::Quick], Action::Help, &["?"]),
    (&[Mode::Form], Action::FieldDone, &["enter"]),
    (&[Mode::Form], Action::NextField, &["tab", "down"]),
    (&[Mode::Form], Action::PreviousField, &["shift-tab", "up"]),
    (&[Mode::Form], Action::NextChoice, &["ctrl-n"]),
    (&[Mode::Form], Action::PreviousChoice, &["ctrl-p"]),
    (&[Mode::Form], Action::RowUp, &["alt-up"]),
    (&[Mode::Form], Action::RowDown, &["alt-down"]),
    (&[Mode::Form], Action::RemoveRow, &["ctrl-y"]),
    (&[Mode::Form], Action::ClearForm, &["ctrl-x"]),
    (&[Mode::Form], Action::Place, &["ctrl-s"]),
    (&[Mode::Confirm], Action::Choose, &["enter"]),
    (
        &[Mode::Confirm],
        Action::OtherChoice,
        &["tab", "shift-tab", "left", "right", "h", "l"],
    ),
    (&[Mode::Confirm], Action::Yes, &["y"]),
    (&[Mode::Confirm], Action::No, &["n"]),
    (
        &[
            Mode::Table,
            Mode::Detail,
            Mode::Form,
            Mode::Confirm,
            Mode::Help,
        ],
        Action::Back,
        &["esc"],
    ),
    (&[Mode::Help], Action::Back, &["q"]),
    (BROWSING, Action::View1, &["1"]),
    (BROWSING, Action::View2, &["2"]),
    (BROWSING, Action::View3, &["3"]),
    (BROWSING, Action::View4, &["4"]),
    (BROWSING, Action::View5, &["5"]),
    (BROWSING, Action::View6, &["6"]),
    (BROWSING, Action::View7, &["7"]),
    (BROWSING, Action::View8, &["8"]),
    (BROWSING, Action::View9, &["9"]),
    (BROWSING, Action::SaveView, &["V"]),
    (&[Mode::SaveView], Action::KeepView, &["enter"]),
    (
        &[Mode::SaveView],
        Action::NextViewKey,
        &["tab", "down", "ctrl-n"],
    ),
    (
        &[Mode::SaveView],
        Action::PreviousViewKey,
        &["shift-tab", "up", "ctrl-p"],
    ),
    (BROWSING, Action::Palette, &[":"]),
    (&[Mode::Palette], Action::Run, &["enter"]),
    (&[Mode::Palette], Action::Up, &["up", "ctrl-p", "shift-tab"]),
    (&[Mode::Palette], Action::Down, &["down", "ctrl-n", "tab"]),
    (&[Mode::Palette], Action::PageUp, &["page-up"]),
    (&[Mode::Palette], Action::PageDown, &["page-down"]),
    (&[Mode::Palette, Mode::SaveView], Action::Back, &["esc"]),
    (EVERYWHERE, Action::Quit, &["ctrl-c"]),
    (EVERYWHERE, Action::Suspend, &["ctrl-z"]),
];

const EVERYWHERE: &[Mode] = &Mode::ALL;
const BROWSING: &[Mode] = &[Mode::Table, Mode::Detail];
const LISTS: &[Mode] = &[Mode::Table, Mode::Detail, Mode::Help];

/// Which key does what, in each mode.
#[derive(Debug, Clone)]
pub struct Keymap {
    /// In the order of the table, for reading backwards.
    bound: Vec<(Mode, Action, Key)>,
    by_key: HashMap<(Mode, Key), Action>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut bound = Vec::new();
        for (modes, action, keys) in DEFAULT {
            for mode in *modes {
                bound.extend(
                    keys.iter()
                        .filter_map(|key| Some((*mode, *action, Key::parse(key)?))),
                );
            }
        }
        let by_key = bound
            .iter()
            .map(|&(mode, action, key)| ((mode, key), action))
            .collect();
        Self { bound, by_key }
    }
}

impl Keymap {
    /// What a key does in a mode.
    pub fn action(&self, mode: Mode, key: Key) -> Option<Action> {
        self.by_key.get(&(mode, key)).copied()
    }

    /// Whether a letter means nothing in a mode, so that it can be the mode's own.
    pub fn leaves(&self, mode: Mode, letter: char) -> bool {
        let key = Key {
            code: Code::Char(letter),
            ctrl: false,
            alt: false,
        };
        self.action(mode, key).is_none()
    }

    /// The keys of an action in a mode, the one to show first.
    pub fn keys(&self, mode: Mode, action: Action) -> impl Iterator<Item = Key> {
        self.bound
            .iter()
            .filter(move |(m, a, _)| (*m, *a) == (mode, action))
            .map(|&(_, _, key)| key)
    }

    /// The key to show for an action in a mode; empty if it has none there.
    pub fn hint(&self, mode: Mode, action: Action) -> String {
        self.keys(mode, action)
            .next()
            .map(|key| key.to_string())
            .unwrap_or_default()
    }

    /// What can be done in a mode, with its keys, in the order of [`Action::ALL`]. Neighbours that say
    /// the same, as the views do, share a row.
    pub fn rows(&self, mode: Mode) -> Vec<(Action, Vec<Key>)> {
        let mut rows: Vec<(Action, Vec<Key>)> = Vec::new();
        for &action in Action::ALL {
            let mut keys: Vec<Key> = self.keys(mode, action).collect();
            if keys.is_empty() {
                continue;
            }
            match rows.last_mut() {
                Some((above, all)) if above.says() == action.says() => all.append(&mut keys),
                _ => rows.push((action, keys)),
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_key_somewhere_and_a_name_of_its_own() {
        let keymap = Keymap::default();
        for &action in Action::ALL {
            let bound = Mode::ALL
                .iter()
                .any(|&mode| keymap.keys(mode, action).next().is_some());
            assert!(bound, "{action:?} has no key");
        }
        let mut names: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Action::ALL.len());
    }

    #[test]
    fn no_key_means_two_things_in_one_mode() {
        let keymap = Keymap::default();
        assert_eq!(keymap.bound.len(), keymap.by_key.len());
        let written: usize = DEFAULT
            .iter()
            .map(|(modes, _, keys)| modes.len() * keys.len())
            .sum();
        assert_eq!(
            keymap.bound.len(),
            written,
            "a key of the table cannot be read"
        );
    }

    #[test]
    fn nothing_costly_sits_on_a_key_that_moves() {
        let keymap = Keymap::default();
        for key in [
            "up",
            "down",
            "left",
            "right",
            "j",
            "k",
            "g",
            "G",
            "page-up",
            "page-down",
        ] {
            let action = keymap
                .action(Mode::Table, Key::parse(key).unwrap())
                .unwrap();
            assert!(!matches!(
                action,
                Action::Quit | Action::NewCall | Action::Redial | Action::Suspend
            ));
        }
    }
}
