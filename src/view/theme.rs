//! Colours and signs. Code names what a thing means; a theme says how that looks.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};

use crate::call::{Direction, State};

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What may be overlooked: captions, units, what is missing.
    Quiet,
    /// What should be seen first.
    Strong,
    /// The product's name.
    Brand,
    /// Frames around panes.
    Frame,
    /// The frame around the pane that has the keys.
    FrameActive,
    /// The row under the cursor.
    Cursor,
    /// A key in a hint.
    Key,
    /// All is well.
    Good,
    /// Under way.
    Active,
    /// Needs a look.
    Doubt,
    /// Has gone wrong.
    Bad,
    /// Text that is wrong, at its place.
    Wrong,
    /// Letters that match what was typed.
    Match,
}

/// Which colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// The terminal's own sixteen, so that the user's palette applies.
    #[default]
    Sixteen,
    /// None: bold, underlined and reversed only.
    Mono,
}

/// A palette and a set of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Theme {
    /// The colours.
    pub palette: Palette,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
}

/// The signs that are no letters.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "named for what they stand for")]
pub struct Signs {
    pub cursor: &'static str,
    pub outgoing: &'static str,
    pub incoming: &'static str,
    pub unknown_way: &'static str,
    pub above: &'static str,
    pub frozen: &'static str,
    pub into: &'static str,
    pub dot: &'static str,
    pub bar: &'static str,
    pub branch: &'static str,
    pub last_branch: &'static str,
    pub block: &'static str,
    pub sliver: &'static str,
    pub ellipsis: &'static str,
    pub absent: &'static str,
    pub down: &'static str,
    pub up: &'static str,
    pub good: &'static str,
    pub doubt: &'static str,
    pub bad: &'static str,
}

const UNICODE: Signs = Signs {
    cursor: "▸",
    outgoing: "→",
    incoming: "←",
    unknown_way: "?",
    above: "▲",
    frozen: "‖",
    into: "▸",
    dot: "·",
    bar: "│",
    branch: "├",
    last_branch: "└",
    block: "▇",
    sliver: "▏",
    ellipsis: "…",
    absent: "–",
    down: "↓",
    up: "↑",
    good: "✓",
    doubt: "!",
    bad: "✗",
};

const ASCII: Signs = Signs {
    cursor: ">",
    outgoing: "->",
    incoming: "<-",
    unknown_way: "?",
    above: "^",
    frozen: "||",
    into: ">",
    dot: "-",
    bar: "|",
    branch: "|",
    last_branch: "`",
    block: "=",
    sliver: "|",
    ellipsis: "~",
    absent: "-",
    down: "v",
    up: "^",
    good: "+",
    doubt: "!",
    bad: "x",
};

impl Theme {
    /// The signs to draw with.
    pub fn signs(self) -> &'static Signs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// The name of a key, for which some have a sign that not every terminal can draw.
    pub fn key_name(self, key: String) -> String {
        if !self.ascii {
            return key;
        }
        [
            ("↵", "enter"),
            ("↑", "up"),
            ("↓", "down"),
            ("←", "left"),
            ("→", "right"),
        ]
        .iter()
        .fold(key, |key, (sign, word)| key.replace(sign, word))
    }

    /// How a role looks.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        match self.palette {
            Palette::Sixteen => match role {
                Role::Text => plain,
                Role::Quiet | Role::Frame => plain.fg(Color::DarkGray),
                Role::Strong => plain.add_modifier(Modifier::BOLD),
                Role::Brand => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
                Role::Cursor => plain.add_modifier(Modifier::REVERSED),
                Role::Good => plain.fg(Color::Green),
                Role::FrameActive | Role::Key | Role::Active => plain.fg(Color::Cyan),
                Role::Doubt => plain.fg(Color::Yellow),
                Role::Bad => plain.fg(Color::Red),
                Role::Wrong => plain.fg(Color::Red).add_modifier(Modifier::UNDERLINED),
                Role::Match => plain
                    .fg(Color::Cyan)
                    .add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            },
            Palette::Mono => match role {
                Role::Text | Role::Quiet | Role::Frame | Role::Active | Role::Good => plain,
                Role::Strong
                | Role::Brand
                | Role::Key
                | Role::FrameActive
                | Role::Doubt
                | Role::Bad => plain.add_modifier(Modifier::BOLD),
                Role::Cursor => plain.add_modifier(Modifier::REVERSED),
                Role::Wrong => plain.add_modifier(Modifier::UNDERLINED),
                Role::Match => plain.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            },
        }
    }

    /// Sign, word and style of a state: any one of the three is enough to tell it.
    pub fn state(self, state: State) -> StateLook {
        let (sign, ascii, word, role) = match state {
            State::Queued => ("◌", "o", "queued", Role::Quiet),
            State::Starting => ("»", ">", "starting", Role::Active),
            State::Ringing => ("~", "~", "ringing", Role::Doubt),
            State::InProgress => ("●", "*", "in progress", Role::Good),
            State::Completed => ("✓", "+", "completed", Role::Text),
            State::Failed => ("✗", "x", "failed", Role::Bad),
            State::NotAnswered => ("∅", "0", "not answered", Role::Quiet),
            State::Busy => ("⊘", "%", "busy", Role::Doubt),
            State::Rejected => ("⊗", "#", "rejected", Role::Bad),
            State::Unspecified => ("?", "?", "no state", Role::Doubt),
            State::Other(number) => {
                return StateLook {
                    sign: "?",
                    word: Cow::Owned(format!("state {number}")),
                    style: self.style(Role::Doubt),
                };
            }
        };
        let mut style = self.style(role);
        if matches!(state, State::Failed | State::InProgress) {
            style = style.add_modifier(Modifier::BOLD);
        }
        StateLook {
            sign: if self.ascii { ascii } else { sign },
            word: Cow::Borrowed(word),
            style,
        }
    }

    /// The arrow of a direction.
    pub fn direction(self, direction: Direction) -> &'static str {
        let signs = self.signs();
        match direction {
            Direction::Outgoing => signs.outgoing,
            Direction::Incoming => signs.incoming,
            Direction::Unspecified | Direction::Other(_) => signs.unknown_way,
        }
    }
}

/// How a state looks.
#[derive(Debug, Clone)]
pub struct StateLook {
    /// One cell.
    pub sign: &'static str,
    /// The API's name in lower case.
    pub word: Cow<'static, str>,
    /// The colour.
    pub style: Style,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::text::width;
    use std::collections::HashSet;

    #[test]
    fn each_state_has_a_sign_and_a_word_of_its_own_in_every_theme() {
        for ascii in [false, true] {
            let theme = Theme {
                ascii,
                ..Theme::default()
            };
            let looks: Vec<_> = State::NAMED
                .iter()
                .map(|&state| theme.state(state))
                .collect();
            let signs: HashSet<_> = looks.iter().map(|look| look.sign).collect();
            let words: HashSet<_> = looks.iter().map(|look| look.word.clone()).collect();
            assert_eq!(
                (signs.len(), words.len()),
                (State::NAMED.len(), State::NAMED.len())
            );
            for look in looks {
                assert_eq!(width(look.sign), 1);
                assert!(!ascii || look.sign.is_ascii());
            }
        }
    }

    #[test]
    fn mono_has_no_colour() {
        let theme = Theme {
            palette: Palette::Mono,
            ascii: false,
        };
        for &state in State::NAMED {
            assert_eq!(theme.state(state).style.fg, None);
        }
    }
}
