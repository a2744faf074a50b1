//! Saved views: what a key brings up, what of it is shown, and how one is kept.

use super::*;

/// A console with a failed call, a busy one and a completed one, and with these views.
fn with(views: Vec<SavedView>) -> App {
    let setup = Setup { views, ..setup() };
    let mut app = App::new(setup).0;
    app.measure(Page {
        rows: 10,
        ..Page::default()
    });
    arrive(
        &mut app,
        vec![
            call(1, State::Failed),
            call(2, State::Busy),
            call(3, State::Completed),
        ],
    );
    app
}

fn busy() -> SavedView {
    SavedView {
        columns: vec![Column::To, Column::Created, Column::State],
        sort: Sort {
            column: Column::Created,
            reversed: true,
        },
        key: ViewKey::new(3),
        ..SavedView::of("busy ones", "busy OR failed")
    }
}

fn in_force(app: &App) -> Option<(&str, bool)> {
    app.view_in_force().map(|view| (view.name, view.changed))
}

fn saved(effects: &[Effect]) -> Option<&SavedView> {
    effects.iter().find_map(|effect| match effect {
        Effect::SaveView(view) => Some(&**view),
        _ => None,
    })
}

#[test]
fn a_key_brings_up_filter_columns_and_order_at_once_and_the_service_after_a_rest() {
    let mut app = with(vec![busy()]);
    assert_eq!(in_force(&app), None);
    let effects = act(&mut app, Action::View3);
    assert_eq!(app.bar().line().text(), "busy OR failed");
    assert_eq!(in_sight(&app), ["00001", "00002"]);
    assert_eq!(app.table().columns(), busy().columns);
    assert!(matches!(effects[..], [Effect::Rest(_)]), "{effects:?}");
    assert_eq!(in_force(&app), Some(("busy ones", false)));
    act(&mut app, Action::View1);
    assert_eq!(in_sight(&app), ["00003", "00002", "00001"]);
    assert_eq!(app.table().columns(), Column::ALL);
    assert_eq!(in_force(&app), Some(("all", false)));
}

#[test]
fn a_view_of_the_filter_that_applies_asks_the_service_nothing() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::Filter);
    write(&mut app, "state = busy, failed");
    act(&mut app, Action::KeepFilter);
    assert_eq!(in_sight(&app), ["00002", "00001"]);
    let effects = act(&mut app, Action::View3);
    let kept = Effect::Remember("state = busy, failed".to_owned());
    assert_eq!(effects, [kept]);
    assert_eq!(in_sight(&app), ["00001", "00002"]);
}

#[test]
fn a_view_says_when_it_is_not_quite_what_is_shown() {
    for change in [Action::Sort, Action::SortRight, Action::SortLeft] {
        let mut app = with(vec![busy()]);
        act(&mut app, Action::View3);
        act(&mut app, change);
        assert_eq!(in_force(&app), Some(("busy ones", true)), "{change:?}");
        act(&mut app, Action::View3);
        assert_eq!(in_force(&app), Some(("busy ones", false)), "{change:?}");
    }
    let mut app = with(vec![busy()]);
    act(&mut app, Action::View3);
    act(&mut app, Action::Filter);
    write(&mut app, " AND to = '+1*'");
    assert_eq!(in_force(&app), Some(("busy ones", true)));
}

#[test]
fn sorting_goes_over_the_columns_that_are_shown() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::View3);
    let mut after = Vec::new();
    for _ in 0..4 {
        act(&mut app, Action::SortRight);
        after.push(app.table().sort().column);
    }
    assert_eq!(
        after,
        [Column::State, Column::To, Column::Created, Column::State]
    );
    act(&mut app, Action::ScrollRight);
    act(&mut app, Action::ScrollRight);
    assert_eq!(app.table().left(), 1);
}

#[test]
fn back_leaves_a_view_with_all_that_it_has_brought() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::View3);
    act(&mut app, Action::Back);
    assert_eq!(in_force(&app), None);
    assert_eq!(app.table().columns(), Column::ALL);
    assert_eq!(app.bar().line().text(), "");
    assert_eq!(in_sight(&app), ["00003", "00002", "00001"]);

    let arranged = SavedView {
        filter: String::new(),
        ..busy()
    };
    let mut app = with(vec![arranged]);
    act(&mut app, Action::View3);
    assert_eq!(in_sight(&app), ["00001", "00002", "00003"]);
    act(&mut app, Action::Back);
    assert_eq!(in_sight(&app), ["00003", "00002", "00001"]);
}

#[test]
fn back_leaves_an_order_that_was_chosen_after_the_view() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::View3);
    act(&mut app, Action::SortRight);
    act(&mut app, Action::Back);
    assert_eq!(app.table().sort().column, Column::State);
    assert_eq!(app.table().columns(), Column::ALL);
}

#[test]
fn a_key_without_a_view_says_how_to_put_one_there() {
    let mut app = with(Vec::new());
    assert_eq!(act(&mut app, Action::View8), []);
    let told = &app.notice().unwrap().text;
    assert!(told.contains("no view is on 8 yet"), "{told}");
}

#[test]
fn the_filter_before_a_view_can_be_brought_back() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::Filter);
    write(&mut app, "to = '+614*'");
    act(&mut app, Action::KeepFilter);
    act(&mut app, Action::View3);
    act(&mut app, Action::Filter);
    act(&mut app, Action::EarlierFilter);
    assert_eq!(app.bar().line().text(), "to = '+614*'");
}

#[test]
fn what_is_on_screen_is_saved_under_a_name_and_on_a_free_key() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::Filter);
    write(&mut app, "completed");
    act(&mut app, Action::KeepFilter);
    act(&mut app, Action::Sort);
    act(&mut app, Action::SaveView);
    assert_eq!(app.mode(), Mode::SaveView);
    write(&mut app, " done ");
    let effects = act(&mut app, Action::KeepView);
    let expected = SavedView {
        sort: Sort {
            column: Column::Created,
            reversed: true,
        },
        key: ViewKey::new(7),
        ..SavedView::of("done", "completed")
    };
    assert_eq!(saved(&effects), Some(&expected));
    assert_eq!(app.mode(), Mode::Table);
    assert_eq!(in_force(&app), Some(("done", false)));
    assert_eq!(app.view_on(ViewKey::new(7).unwrap()), Some(&expected));
}

#[test]
fn another_key_goes_round_and_a_name_that_is_known_brings_its_own() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::SaveView);
    let key = |app: &App| app.view_to_save().unwrap().key.map(ViewKey::number);
    assert_eq!(key(&app), Some(7));
    write(&mut app, "busy ones");
    assert_eq!(key(&app), Some(3));
    write(&mut app, "!");
    let mut round = Vec::new();
    for _ in 0..4 {
        act(&mut app, Action::NextViewKey);
        round.push(key(&app));
    }
    assert_eq!(round, [Some(8), Some(9), None, Some(1)]);
    for expected in [None, Some(9), Some(8)] {
        act(&mut app, Action::PreviousViewKey);
        assert_eq!(key(&app), expected);
    }
}

#[test]
fn a_view_that_is_changed_and_saved_again_keeps_name_and_key_and_moves_away_from_nobody() {
    let mut app = with(vec![busy()]);
    act(&mut app, Action::View3);
    act(&mut app, Action::Sort);
    act(&mut app, Action::SaveView);
    let effects = act(&mut app, Action::KeepView);
    let view = saved(&effects).unwrap();
    assert_eq!(
        (view.name.as_str(), view.key),
        ("busy ones", ViewKey::new(3))
    );
    assert!(!view.sort.reversed);
    assert_eq!(in_force(&app), Some(("busy ones", false)));
    let same = |view: &&SavedView| view.name == "busy ones";
    assert_eq!(app.views().iter().filter(same).count(), 1);
}

#[test]
fn a_name_that_is_wrong_stays_under_the_cursor() {
    let mut app = with(Vec::new());
    act(&mut app, Action::SaveView);
    assert_eq!(act(&mut app, Action::KeepView), []);
    let remark = |app: &App| app.saving_view().unwrap().remark().map(str::to_owned);
    assert_eq!(remark(&app).unwrap(), "a view needs a name");
    write(&mut app, &"x".repeat(1_000));
    assert_eq!(remark(&app), None);
    assert_eq!(act(&mut app, Action::KeepView), []);
    assert!(remark(&app).unwrap().contains("at most 40 characters"));
    assert_eq!(app.saving_view().unwrap().line().text().len(), 1_000);
    act(&mut app, Action::Back);
    assert_eq!(
        (app.mode(), app.saving_view().is_none()),
        (Mode::Table, true)
    );
}

#[test]
fn a_view_that_cannot_be_written_lasts_for_the_run_and_says_so() {
    let mut app = with(Vec::new());
    act(&mut app, Action::SaveView);
    write(&mut app, "mine");
    act(&mut app, Action::KeepView);
    app.update(Msg::ViewSaved {
        name: "mine".to_owned(),
        outcome: Err("the disk is full".to_owned()),
    });
    let notice = app.notice().unwrap();
    assert_eq!(notice.level, Level::Error);
    assert!(notice.text.contains("the disk is full"), "{}", notice.text);
    assert_eq!(app.views().iter().filter(|it| it.name == "mine").count(), 1);
}
