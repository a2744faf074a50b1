//! The screens of saved views and of the palette.

use rstest::rstest;

use super::fixture::{act, live, setup, typed};
use super::{drawn, picture, text_of};
use crate::app::{Action, App, Column, Level, Msg, Notice, SavedView, Setup, Sort, ViewKey};
use crate::call::Link;
use crate::view::theme::{Palette, Theme};

const SIZES: [(u16, u16); 4] = [(140, 40), (100, 30), (80, 24), (40, 10)];

const PLAIN: Theme = Theme {
    palette: Palette::Mono,
    ascii: true,
};

/// The console with the usual calls and these views beside the built-in ones.
fn with(views: Vec<SavedView>) -> App {
    let mut app = App::new(Setup { views, ..setup() }).0;
    super::fixture::arrive(&mut app, super::fixture::calls());
    app.update(Msg::Link {
        link: Link::Live {
            every: std::time::Duration::from_secs(2),
        },
        at: super::fixture::ago(1),
    });
    app
}

fn dear() -> SavedView {
    SavedView {
        columns: vec![Column::To, Column::Price, Column::State, Column::Talk],
        sort: Sort {
            column: Column::Price,
            reversed: false,
        },
        key: ViewKey::new(7),
        ..SavedView::of("dear calls", "price > 0.01")
    }
}

fn palette(text: &str) -> App {
    let mut app = live();
    act(&mut app, &[Action::Palette]);
    typed(&mut app, text);
    app
}

fn prompt() -> App {
    let mut app = with(vec![dear()]);
    act(&mut app, &[Action::View7, Action::Sort, Action::SaveView]);
    app
}

#[rstest]
#[case::of_what_was_done(Level::Done, false)]
#[case::to_know(Level::Info, false)]
#[case::of_a_danger(Level::Warning, true)]
#[case::of_a_failure(Level::Error, true)]
fn in_a_prompt_only_a_notice_of_trouble_takes_the_place_of_the_keys(
    #[case] level: Level,
    #[case] is_told: bool,
) {
    for over in [Action::Palette, Action::SaveView] {
        let mut app = live();
        app.update(Msg::Notice(Notice::new(level, "something was said")));
        act(&mut app, &[over]);
        let screen = text_of(&drawn(&mut app, Theme::default(), (80, 24)));
        let last = screen.lines().last().unwrap_or_default();
        assert_eq!(last.contains("something was said"), is_told, "{last}");
        assert_eq!(last.contains("esc back"), !is_told, "{last}");
    }
}

#[rstest]
#[case::empty("empty", "")]
#[case::with_text("text", "fail")]
#[case::without_match("none", "zzzz")]
#[case::of_a_time("time", "goto 09:00")]
#[case::of_no_time("no_time", "load never")]
fn the_palette(#[case] name: &str, #[case] text: &str) {
    for size in SIZES {
        let mut app = palette(text);
        insta::assert_snapshot!(
            format!("palette_{name}_{}x{}", size.0, size.1),
            picture(&drawn(&mut app, Theme::default(), size))
        );
    }
}

#[test]
fn the_palette_without_colours_in_ascii() {
    let buffer = drawn(&mut palette("view"), PLAIN, (80, 24));
    insta::assert_snapshot!(picture(&buffer));
}

#[test]
fn the_palette_scrolls_with_its_cursor_and_says_how_much_is_below() {
    let mut app = palette("");
    drawn(&mut app, Theme::default(), (40, 10));
    act(&mut app, &[Action::Down; 9]);
    let screen = text_of(&drawn(&mut app, Theme::default(), (40, 10)));
    let cursor = screen.lines().filter(|line| line.contains('▸')).count();
    assert!(cursor >= 1 && screen.contains(" more "), "{screen}");
}

#[rstest]
#[case::wide((140, 40))]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
#[case::least((40, 10))]
fn the_prompt_that_saves_a_view(#[case] size: (u16, u16)) {
    insta::assert_snapshot!(
        format!("save_view_{}x{}", size.0, size.1),
        picture(&drawn(&mut prompt(), Theme::default(), size))
    );
}

#[test]
fn the_prompt_without_colours_in_ascii() {
    insta::assert_snapshot!(picture(&drawn(&mut prompt(), PLAIN, (80, 24))));
}

#[test]
fn the_prompt_says_what_is_wrong_and_whose_key_it_takes() {
    let mut app = with(vec![dear()]);
    act(&mut app, &[Action::SaveView, Action::KeepView]);
    let screen = text_of(&drawn(&mut app, Theme::default(), (80, 24)));
    assert!(screen.contains("a view needs a name"), "{screen}");
    typed(&mut app, "mine");
    act(&mut app, &[Action::PreviousViewKey]);
    let screen = text_of(&drawn(&mut app, Theme::default(), (80, 24)));
    assert!(screen.contains("taken from dear calls"), "{screen}");
}

#[rstest]
#[case::wide((140, 40))]
#[case::middle((100, 30))]
#[case::narrow((80, 24))]
#[case::least((40, 10))]
fn a_view_in_force(#[case] size: (u16, u16)) {
    let mut app = with(vec![dear()]);
    act(&mut app, &[Action::View7]);
    insta::assert_snapshot!(
        format!("view_{}x{}", size.0, size.1),
        picture(&drawn(&mut app, Theme::default(), size))
    );
}

#[test]
fn a_view_that_was_changed_has_a_mark() {
    let mut app = live();
    act(&mut app, &[Action::View3, Action::Sort]);
    for (size, title) in [
        ((140, 40), "┌ Calls · failed 1h* ───"),
        ((40, 10), "┌ Calls · failed 1h* ───"),
    ] {
        let screen = text_of(&drawn(&mut app, Theme::default(), size));
        assert!(screen.contains(title), "{screen}");
    }
    let screen = text_of(&drawn(&mut app, PLAIN, (80, 24)));
    assert!(screen.contains("+ Calls - failed 1h* ---"), "{screen}");
}

#[test]
fn a_key_without_a_view_says_so() {
    let mut app = live();
    act(&mut app, &[Action::View9]);
    let screen = text_of(&drawn(&mut app, Theme::default(), (80, 24)));
    assert!(screen.contains("no view is on 9 yet"), "{screen}");
}

#[test]
fn hostile_and_endless_names_of_views_leave_the_screen_a_screen() {
    let names = [
        "\u{1b}[2J\u{202e}evil\u{200d}".to_owned(),
        "x".repeat(1_000),
        "漢".repeat(500),
        "e\u{301}".repeat(400),
        "👩‍👩‍👧".repeat(300),
    ];
    for name in names {
        let hostile = SavedView {
            key: ViewKey::new(9),
            ..SavedView::of(&name, "")
        };
        for size in SIZES {
            let mut app = with(vec![hostile.clone()]);
            act(&mut app, &[Action::View9, Action::Palette]);
            typed(&mut app, "view");
            act(&mut app, &[Action::Up, Action::PageDown]);
            let palette = drawn(&mut app, Theme::default(), size);
            act(&mut app, &[Action::Back]);
            let in_force = drawn(&mut app, Theme::default(), size);
            act(&mut app, &[Action::SaveView]);
            let prompt = drawn(&mut app, Theme::default(), size);
            for buffer in [palette, in_force, prompt] {
                assert!(super::hostile::harmless(&buffer), "{}", text_of(&buffer));
                assert!(text_of(&buffer).contains('┘'), "{}", text_of(&buffer));
            }
        }
    }
}
