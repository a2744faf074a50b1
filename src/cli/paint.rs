//! Colours outside of the console: the same looks, as escape sequences around a text.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _};

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;

use crate::config::{Environment, Screen};
use crate::view::theme::{Palette, Theme};

/// How things look on standard output: without colours in a pipe, unless they are forced.
pub(super) fn theme(screen: Screen, environment: &Environment) -> Theme {
    let coloured = io::stdout().is_terminal() || environment.forces_colour();
    Theme {
        palette: if screen.colour && coloured {
            Palette::Sixteen
        } else {
            Palette::Mono
        },
        ascii: screen.ascii,
    }
}

/// A harmless text in a style, as it is where there are no colours.
pub(super) fn painted<'a>(
    text: impl Into<Cow<'a, str>>,
    style: Style,
    theme: Theme,
) -> Cow<'a, str> {
    let text = text.into();
    let codes = codes(style);
    if theme.palette == Palette::Mono || codes.is_empty() || text.trim().is_empty() {
        return text;
    }
    Cow::Owned(format!("\u{1b}[{}m{text}\u{1b}[0m", codes.join(";")))
}

/// A line of the console without the blanks at its end.
pub(super) fn line(line: &Line<'_>, theme: Theme) -> String {
    let mut written = String::new();
    let last = line.spans.len().saturating_sub(1);
    for (at, span) in line.spans.iter().enumerate() {
        let text = if at == last {
            span.content.trim_end()
        } else {
            &*span.content
        };
        written.push_str(&painted(text, span.style, theme));
    }
    written.truncate(written.trim_end().len());
    written
}

/// The codes of "select graphic rendition" (ECMA-48) for what themes use.
fn codes(style: Style) -> Vec<&'static str> {
    let modifiers = [
        (Modifier::BOLD, "1"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
    ];
    let colour = match style.fg {
        Some(Color::Red) => Some("31"),
        Some(Color::Green) => Some("32"),
        Some(Color::Yellow) => Some("33"),
        Some(Color::Cyan) => Some("36"),
        Some(Color::DarkGray) => Some("90"),
        Some(_) | None => None,
    };
    let modifiers = modifiers
        .into_iter()
        .filter(|(modifier, _)| style.add_modifier.contains(*modifier));
    modifiers.map(|(_, code)| code).chain(colour).collect()
}

#[cfg(test)]
mod tests {
    use ratatui::text::Span;
    use rstest::rstest;

    use super::*;
    use crate::view::theme::Role;

    const MONO: Theme = Theme {
        palette: Palette::Mono,
        ascii: false,
    };

    #[rstest]
    #[case::plain(Role::Text, "a")]
    #[case::bad(Role::Bad, "\u{1b}[31ma\u{1b}[0m")]
    #[case::wrong(Role::Wrong, "\u{1b}[4;31ma\u{1b}[0m")]
    fn looks_are_escape_sequences(#[case] role: Role, #[case] written: &str) {
        let theme = Theme::default();
        assert_eq!(painted("a", theme.style(role), theme), written);
        assert_eq!(painted("a", theme.style(role), MONO), "a");
    }

    #[test]
    fn every_colour_of_the_theme_has_its_code() {
        let theme = Theme::default();
        for role in [
            Role::Quiet,
            Role::Good,
            Role::Active,
            Role::Doubt,
            Role::Bad,
        ] {
            assert_eq!(codes(theme.style(role)).len(), 1, "{role:?}");
        }
    }

    #[test]
    fn lines_have_no_blanks_at_their_end() {
        let theme = Theme::default();
        let told = Line::from(vec![
            Span::styled("a  ", theme.style(Role::Bad)),
            Span::raw("b  "),
        ]);
        assert_eq!(line(&told, theme), "\u{1b}[31ma  \u{1b}[0mb");
        assert_eq!(line(&Line::from(vec![Span::raw("   ")]), theme), "");
    }
}
