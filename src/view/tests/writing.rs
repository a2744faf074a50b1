//! The screens while a filter is written.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Modifier;
use rstest::rstest;

use super::fixture::{act, live, setup, typed};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Edit, Mouse, Msg, Setup};
use crate::call::Turn;
use crate::view::layout;
use crate::view::theme::{Palette, Theme};

const SIZES: [(u16, u16); 4] = [(140, 40), (100, 30), (80, 24), (40, 10)];

const PLAIN: Theme = Theme {
    palette: Palette::Mono,
    ascii: true,
};

fn writing(text: &str) -> App {
    let mut app = live();
    act(&mut app, &[Action::Filter]);
    typed(&mut app, text);
    app
}

/// The upper part of the screen at all sizes: the bar, what is told under it, and the list. With its
/// colours at the middle sizes.
fn pictures(app: &mut App) -> String {
    let mut pictures = Vec::new();
    for (width, height) in SIZES {
        let buffer = drawn(app, Theme::default(), (width, height));
        let shown = if width == 80 {
            picture(&buffer)
        } else {
            text_of(&buffer)
        };
        pictures.push(format!("{width}x{height}\n{}", top(&shown, width)));
    }
    let plain = drawn(app, PLAIN, (80, 24));
    assert!(text_of(&plain).is_ascii());
    pictures.push(format!("ascii, mono\n{}", top(&picture(&plain), 80)));
    pictures.join("\n\n")
}

/// The lines from the bar to the end of the list, of the text and of its looks, and the legend.
fn top(picture: &str, width: u16) -> String {
    let rows = if width == 40 { 10 } else { 13 };
    let parts = picture.split("\n---\n").map(|part| {
        let lines: Vec<&str> = part.lines().collect();
        let is_legend = lines.first().is_some_and(|line| line.len() < 40) && lines.len() < 12;
        if is_legend {
            lines.join("\n")
        } else {
            lines
                .into_iter()
                .skip(2)
                .take(rows)
                .collect::<Vec<_>>()
                .join("\n")
        }
    });
    parts.collect::<Vec<_>>().join("\n---\n")
}

#[rstest]
#[case::empty("empty", "")]
#[case::good("good", "state = FAILED AND since:2h")]
#[case::local("local", "failed since:2h label.campaign=spring talk<5s -private")]
#[case::here("here", "talk < 5s")]
#[case::mixed("mixed", "state = FAILED OR state = BUSY AND to = '+61*'")]
#[case::long(
    "long",
    "state = FAILED OR state = BUSY AND to = '+61*' OR talk < 5s AND label.campaign = spring"
)]
#[case::wrong("wrong", "state = FAILD")]
#[case::wide("wide", "漢字 stat = FAILED")]
#[case::missing("missing", "state = ")]
#[case::listed("listed", "failed sta")]
#[case::listed_far(
    "listed_far",
    "state = failed AND to = '+61491570156' AND from = '+61255501234' AND dir"
)]
fn bar(#[case] name: &str, #[case] text: &str) {
    insta::assert_snapshot!(format!("bar_{name}"), pictures(&mut writing(text)));
}

#[test]
fn the_last_good_filter_is_told_while_the_text_is_wrong() {
    let mut app = writing("state = FAILED");
    typed(&mut app, " AND stat = x");
    insta::assert_snapshot!(pictures(&mut app));
}

#[test]
fn a_word_that_is_not_applied_yet_is_named_beside_the_reading_of_what_is() {
    let mut app = writing("failed OR busy since:2h talk<5s");
    typed(&mut app, " l");
    typed(&mut app, "a");
    insta::assert_snapshot!(pictures(&mut app));
}

#[rstest]
#[case::a_word("failed", " sta", "sta … not applied yet")]
#[case::a_word_behind_a_keyword("failed", " OR NOT sta", "OR NOT sta … not applied yet")]
#[case::the_first_word("", "sta", "sta … not applied yet")]
#[case::a_mistake("failed", " AND stat = x", "still: state = FAILED")]
#[case::another_filter("failed", " busy incoming OR private sta", "still: state = FAILED")]
fn what_does_not_apply_yet_is_told_in_few_words(
    #[case] before: &str,
    #[case] after: &str,
    #[case] told: &str,
) {
    let mut app = writing(before);
    typed(&mut app, after);
    let screen = text_of(&drawn(&mut app, Theme::default(), (140, 40)));
    let line = screen.lines().nth(3).unwrap_or_default();
    assert!(line.ends_with(told), "{line}");
}

#[test]
fn a_completion_that_was_taken_is_lit() {
    let mut app = writing("failed ");
    act(&mut app, &[Action::Complete; 11]);
    insta::assert_snapshot!(pictures(&mut app));
}

fn with_history() -> App {
    let filters = [
        "to = '+61491570156'",
        "漢字 failed",
        "state = FAILED OR state = BUSY AND to = '+61*' OR from = '+61255501234' AND since:2h",
        "failed since:2h",
    ];
    let mut app = App::new(Setup {
        history: filters.map(str::to_owned).to_vec(),
        ..setup()
    })
    .0;
    act(&mut app, &[Action::Filter]);
    typed(&mut app, "busy");
    act(&mut app, &[Action::SearchFilters]);
    app
}

#[test]
fn the_search_through_earlier_filters() {
    let mut app = with_history();
    typed(&mut app, "fAil");
    act(&mut app, &[Action::SearchFilters]);
    insta::assert_snapshot!(pictures(&mut app));
}

#[test]
fn a_search_that_finds_nothing_says_so() {
    let mut app = with_history();
    typed(&mut app, "zzz");
    let screen = text_of(&drawn(&mut app, Theme::default(), (80, 24)));
    assert!(
        screen.contains("no earlier filter has this in it"),
        "{screen}"
    );
}

#[test]
fn who_evaluates_a_kept_filter_stays_in_the_bar_and_gives_way_to_text_and_figures() {
    for (text, short) in [
        ("state = FAILED", "service: all of it · "),
        ("state = FAILED talk < 5s", "service: 1 of 2 · "),
        ("talk < 5s", "here · "),
    ] {
        let mut app = writing(text);
        act(&mut app, &[Action::KeepFilter]);
        app.update(Msg::Rested(Turn(2)));
        let line = |app: &mut App, width| {
            let screen = text_of(&drawn(app, Theme::default(), (width, 24)));
            screen.lines().nth(2).unwrap_or_default().to_owned()
        };
        assert!(
            line(&mut app, 140).contains(short),
            "{}",
            line(&mut app, 140)
        );
        assert!(!line(&mut app, 40).contains("service"));
        assert!(line(&mut app, 80).contains(text), "{}", line(&mut app, 80));
    }
}

/// The cells of the bar that are underlined: their columns and what stands there.
fn underlined(buffer: &Buffer) -> (Vec<u16>, String) {
    let cells = (0..buffer.area.width).filter(|&x| {
        let cell = &buffer[(x, 2)];
        cell.modifier.contains(Modifier::UNDERLINED)
    });
    let columns: Vec<u16> = cells.collect();
    let text = columns.iter().map(|&x| buffer[(x, 2)].symbol()).collect();
    (columns, text)
}

#[rstest]
#[case::plain("state = FAILD", 8 + 3, "FAILD")]
#[case::wide("漢字 stat = FAILED", 5 + 3, "stat")]
#[case::combining("e\u{301}e\u{301} stat = FAILED", 3 + 3, "stat")]
#[case::joined("👩‍👩‍👧 stat = FAILED", 3 + 3, "stat")]
#[case::hidden("\u{202e} stat = FAILED", 2 + 3, "stat")]
#[case::at_the_end("漢字 state =", 12 + 3, " ")]
fn an_error_is_underlined_under_its_own_cells(
    #[case] text: &str,
    #[case] column: u16,
    #[case] wrong: &str,
) {
    let buffer = drawn(&mut writing(text), Theme::default(), (80, 24));
    let (columns, found) = underlined(&buffer);
    assert_eq!((columns.first(), found.as_str()), (Some(&column), wrong));
    let last = columns.last().unwrap_or(&0) + 1;
    assert_eq!(usize::from(last - column), columns.len(), "{columns:?}");
}

#[test]
fn in_a_scrolled_line_an_error_is_underlined_where_it_stands_and_nowhere_if_it_is_out_of_sight() {
    let text = format!("{} stat = FAILED", "漢字 ".repeat(40));
    let mut app = writing(&text);
    let buffer = drawn(&mut app, Theme::default(), (80, 24));
    let (columns, wrong) = underlined(&buffer);
    assert_eq!(wrong, "stat");
    let line: String = text_of(&buffer)
        .lines()
        .nth(2)
        .unwrap_or_default()
        .to_owned();
    assert!(line.contains("stat = FAILED"), "{line}");
    assert!(columns[0] > 20);
    app.update(Msg::Edit(Edit::Start));
    let buffer = drawn(&mut app, Theme::default(), (80, 24));
    assert_eq!(underlined(&buffer).1, "");
}

#[test]
fn an_error_past_the_end_of_a_long_text_is_not_marked_while_the_end_is_out_of_sight() {
    let mut app = writing(&format!("{} state =", "漢字 ".repeat(40)));
    assert_eq!(
        underlined(&drawn(&mut app, Theme::default(), (80, 24))).1,
        " "
    );
    app.update(Msg::Edit(Edit::Start));
    assert_eq!(
        underlined(&drawn(&mut app, Theme::default(), (80, 24))).1,
        ""
    );
}

#[test]
fn a_click_on_a_character_of_the_text_puts_the_cursor_before_it() {
    let mut app = writing("漢字 e\u{301}x");
    let theme = Theme::default();
    drawn(&mut app, theme, (80, 24));
    let regions = layout::regions(ratatui::layout::Rect::new(0, 0, 80, 24), &app);
    let under = |x| regions.under(&app, theme, Position { x, y: 2 });
    for (column, byte) in [
        (0, 0),
        (3, 0),
        (4, 0),
        (5, 3),
        (7, 6),
        (8, 7),
        (9, 10),
        (10, 11),
        (70, 11),
    ] {
        assert_eq!(
            under(column),
            Some(Mouse::FilterBar(byte)),
            "column {column}"
        );
    }
}

#[test]
fn a_click_on_a_row_of_the_list_is_one_on_its_entry_and_the_frame_is_nothing() {
    let mut app = writing("sta");
    let theme = Theme::default();
    let buffer = drawn(&mut app, theme, (80, 24));
    let regions = layout::regions(buffer.area, &app);
    let under = |x, y| regions.under(&app, theme, Position { x, y });
    assert_eq!(under(5, 5), Some(Mouse::Offer(0)));
    assert_eq!(under(5, 6), Some(Mouse::Offer(1)));
    assert_eq!(under(5, 4), None);
    assert!(
        text_of(&buffer)
            .lines()
            .nth(5)
            .unwrap_or_default()
            .contains("state")
    );
}

#[test]
fn the_list_never_leaves_the_screen_and_never_covers_bar_or_footer() {
    for width in [40, 41, 57, 80, 139] {
        for height in [10, 11, 14, 15, 24] {
            for text in ["", "failed d", "to = '+61491570156' AND sta", "label."] {
                let mut app = writing(text);
                act(&mut app, &[Action::Complete]);
                let bare = |app: &mut App| text_of(&drawn(app, Theme::default(), (width, height)));
                let with = bare(&mut app);
                assert_eq!(with.lines().count(), usize::from(height));
                assert!(
                    !with.lines().last().unwrap_or_default().contains('└'),
                    "{with}"
                );
                assert!(
                    with.lines().nth(2).unwrap_or_default().starts_with(" /"),
                    "{with}"
                );
            }
        }
    }
}
