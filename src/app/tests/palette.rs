//! The palette: what it offers, what a few letters find, and what enter does.

use proptest::prelude::*;

use super::*;

fn opened(setup: Setup) -> App {
    let mut app = App::new(setup).0;
    act(&mut app, Action::Palette);
    app.measure(Page {
        rows: 10,
        palette_rows: 8,
        ..Page::default()
    });
    app
}

fn found(app: &App) -> Vec<String> {
    let found = app.palette().unwrap().found().iter();
    found.map(|found| found.command.name()).collect()
}

fn finds(text: &str) -> Vec<String> {
    let mut app = opened(setup());
    write(&mut app, text);
    found(&app)
}

#[test]
fn without_a_text_it_offers_the_views_and_then_every_action() {
    let names = found(&opened(setup()));
    assert_eq!(names[..3], ["view all", "view live", "view failed 1h"]);
    for name in ["next-failure", "redial", "save-view", "quit"] {
        assert!(names.iter().any(|it| it == name), "{name}");
    }
    for name in ["up", "place", "palette", "view-1"] {
        assert!(names.iter().all(|it| it != name), "{name}");
    }
}

#[test]
fn views_that_match_alike_stand_by_their_keys() {
    let on = |name: &str, key| SavedView {
        key: ViewKey::new(key),
        ..SavedView::of(name, "busy")
    };
    let mut setup = setup();
    setup.views = vec![on("night b", 9), on("night c", 8), on("night a", 7)];
    setup.views.push(SavedView::of("night d", "busy"));
    let mut app = opened(setup);
    write(&mut app, "night");
    let order = [
        "view night a",
        "view night c",
        "view night b",
        "view night d",
    ];
    assert_eq!(found(&app)[..4], order);
}

#[test]
fn the_best_match_comes_first() {
    assert_eq!(finds("vf1")[0], "view failed 1h");
    assert_eq!(finds("failed today")[0], "view failed today");
    assert_eq!(finds("sort")[..3], ["sort", "sort-left", "sort-right"]);
    assert_eq!(finds("nextf")[0], "next-failure");
    // What it does is looked at as well.
    assert_eq!(finds("reverse")[0], "sort");
    assert_eq!(finds("PAUSE")[0], "pause");
    assert_eq!(finds("zzzz"), Vec::<String>::new());
    assert_eq!(finds("  ").len(), found(&opened(setup())).len());
}

#[test]
fn the_letters_that_match_are_known() {
    let mut app = opened(setup());
    write(&mut app, "vf1");
    let first = &app.palette().unwrap().found()[0];
    assert_eq!(
        (first.in_name.as_slice(), first.in_says.len()),
        ([0, 5, 12].as_slice(), 0)
    );
}

#[test]
fn what_a_read_only_profile_cannot_do_says_why() {
    for command in ["new-call", "redial"] {
        let mut app = opened(Setup {
            read_only: true,
            ..setup()
        });
        arrive(&mut app, calls(0..1));
        write(&mut app, command);
        act(&mut app, Action::Run);
        assert_eq!((app.mode(), app.form().is_none()), (Mode::Table, true));
        assert!(app.notice().unwrap().text.contains("is read-only"));
    }
}

#[test]
fn enter_runs_what_the_cursor_is_on_where_the_palette_was_opened() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    act(&mut app, Action::Open);
    act(&mut app, Action::Palette);
    write(&mut app, "wide");
    act(&mut app, Action::Run);
    assert!(app.is_wide());
    assert_eq!((app.mode(), app.palette().is_none()), (Mode::Detail, true));
    act(&mut app, Action::Palette);
    write(&mut app, "view live");
    act(&mut app, Action::Run);
    assert_eq!(app.view_in_force().unwrap().name, "live");
    assert_eq!(app.mode(), Mode::Table);
    act(&mut app, Action::Palette);
    write(&mut app, "quit");
    assert_eq!(act(&mut app, Action::Run), [Effect::Quit]);
}

#[test]
fn without_a_match_enter_changes_nothing_and_back_closes() {
    let mut app = opened(setup());
    write(&mut app, "zzzz");
    assert_eq!(act(&mut app, Action::Run), []);
    assert_eq!(app.mode(), Mode::Palette);
    act(&mut app, Action::Back);
    assert_eq!((app.mode(), app.palette().is_none()), (Mode::Table, true));
}

#[test]
fn a_click_runs_the_row_under_it_and_one_below_the_last_does_nothing() {
    let mut app = opened(setup());
    write(&mut app, "view");
    app.update(Msg::Mouse(Mouse::Wheel(3)));
    assert_eq!(app.palette().unwrap().position(), 3);
    app.update(Msg::Mouse(Mouse::Command(100)));
    assert_eq!(app.mode(), Mode::Palette);
    let names = found(&app);
    app.update(Msg::Mouse(Mouse::Command(1)));
    assert_eq!(
        format!("view {}", app.view_in_force().unwrap().name),
        names[1]
    );
}

proptest! {
    #[test]
    fn any_text_and_any_steps_leave_the_cursor_on_a_row_in_sight(
        texts in prop::collection::vec("\\PC{0,6}", 0..4),
        steps in prop::collection::vec((any::<bool>(), 1usize..20), 0..6),
        name in "\\PC{1,30}",
    ) {
        let hostile = SavedView::of(&name, "failed");
        let mut app = opened(Setup { views: vec![hostile], ..setup() });
        for text in &texts {
            write(&mut app, text);
        }
        for (down, rows) in steps {
            act(&mut app, if down { Action::PageDown } else { Action::Up });
            app.measure(Page { rows: 10, palette_rows: rows, ..Page::default() });
            let palette = app.palette().unwrap();
            let (top, position) = (palette.top(), palette.position());
            prop_assert!(top <= position);
            prop_assert!(position < (top + rows).min(palette.found().len().max(1)));
        }
        for found in app.palette().unwrap().found() {
            let letters = |text: &str| {
                unicode_segmentation::UnicodeSegmentation::graphemes(text, true).count()
            };
            let (name, says) = (found.command.name(), found.command.says());
            prop_assert!(found.in_name.iter().all(|&at| at < letters(&name)));
            prop_assert!(found.in_says.iter().all(|&at| at < letters(says)));
        }
    }
}
