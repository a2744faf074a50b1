//! The menu of quick filters: what its letters do to the filter, and that nothing is lost.

use super::*;
use crate::app::quick::{Press, Says};
use crate::call::{Direction, TICKET_LABEL};

fn text(app: &App) -> &str {
    app.bar().line().text()
}

fn open(app: &mut App) -> Vec<Effect> {
    act(app, Action::Quick)
}

/// A console with a call of each state, the newest selected.
fn calm() -> App {
    let mut app = console();
    let states = State::OPEN.into_iter().chain(State::ENDED).zip(0..);
    arrive(
        &mut app,
        states.map(|(state, id)| call(id, state)).collect(),
    );
    app
}

fn filtered(filter: &str) -> App {
    let mut app = calm();
    act(&mut app, Action::Filter);
    write(&mut app, filter);
    act(&mut app, Action::KeepFilter);
    app
}

/// The letters of what the menu offers of the selected call, with what it says.
fn offers(app: &App) -> Vec<(Option<char>, String)> {
    let groups = app.quick().unwrap().groups();
    let switches = groups.iter().flat_map(|group| &group.switches);
    switches
        .filter_map(|switch| match (&switch.says, switch.press) {
            (Says::Same(what, value), Press::Letter(letter)) => {
                Some((Some(letter), format!("{what} {value}")))
            }
            (Says::Same(what, value), _) => Some((None, format!("{what} {value}"))),
            _ => None,
        })
        .collect()
}

#[test]
fn letters_switch_states_at_once_and_the_menu_stays_open() {
    let mut app = calm();
    open(&mut app);
    let effects = write(&mut app, "x");
    assert!(matches!(effects[..], [Effect::Rest(_)]), "{effects:?}");
    assert_eq!((text(&app), app.table().len()), ("state = failed", 1));
    write(&mut app, "b");
    assert_eq!((text(&app), app.table().len()), ("state = failed, busy", 2));
    write(&mut app, "x");
    assert_eq!((text(&app), app.mode()), ("state = busy", Mode::Quick));
    write(&mut app, "b");
    assert_eq!((text(&app), app.table().len()), ("", 9));
}

#[test]
fn closing_keeps_the_filter_and_goes_back_to_where_one_was() {
    for (pane, close) in [
        (Action::Back, Action::Back),
        (Action::Open, Action::Back),
        (Action::Open, Action::Choose),
    ] {
        let mut app = calm();
        act(&mut app, pane);
        let before = app.mode();
        open(&mut app);
        write(&mut app, "x");
        act(&mut app, close);
        assert_eq!((app.mode(), text(&app)), (before, "state = failed"));
        assert!(app.quick().is_none());
        act(&mut app, Action::Filter);
        act(&mut app, Action::EarlierFilter);
        assert_eq!(text(&app), "state = failed");
    }
}

#[test]
fn undo_brings_back_the_text_of_the_opening_to_the_letter() {
    let mut app = filtered("state  = FAILED  OR state=BUSY");
    open(&mut app);
    for letter in ["x", "b", "m", "o"] {
        write(&mut app, letter);
    }
    assert_ne!(text(&app), "state  = FAILED  OR state=BUSY");
    act(&mut app, Action::UndoFilter);
    assert_eq!(text(&app), "state  = FAILED  OR state=BUSY");
    assert_eq!(app.table().len(), 2);
    act(&mut app, Action::ClearFilter);
    assert_eq!((text(&app), app.mode()), ("", Mode::Quick));
    act(&mut app, Action::UndoFilter);
    assert_eq!(app.table().len(), 2);
}

#[test]
fn the_cursor_comes_with_the_first_key_that_moves_it_and_enter_takes_what_it_is_on() {
    let mut app = calm();
    open(&mut app);
    assert_eq!(app.quick().unwrap().lit(), None);
    act(&mut app, Action::Down);
    assert_eq!(app.quick().unwrap().lit(), Some(0));
    act(&mut app, Action::Down);
    act(&mut app, Action::Choose);
    assert_eq!((text(&app), app.mode()), ("state = starting", Mode::Quick));
    act(&mut app, Action::Toggle);
    assert_eq!(text(&app), "");
    act(&mut app, Action::NextGroup);
    act(&mut app, Action::Toggle);
    assert_eq!(text(&app), "direction = incoming");
    act(&mut app, Action::PreviousGroup);
    assert_eq!(app.quick().unwrap().lit(), Some(0));
    // Who goes on with letters closes with enter.
    write(&mut app, "i");
    act(&mut app, Action::Choose);
    assert_eq!((text(&app), app.mode()), ("", Mode::Table));
}

#[test]
fn a_wrong_text_is_not_touched_and_the_menu_says_why_it_does_not_open() {
    let mut app = calm();
    app.bar.set("state = failed AND st = ");
    open(&mut app);
    assert_eq!(app.mode(), Mode::Table);
    assert_eq!(text(&app), "state = failed AND st = ");
    assert!(app.notice().unwrap().text.contains("has a mistake"));
}

#[test]
fn since_leads_into_the_bar_with_the_cursor_where_the_time_belongs() {
    let mut app = filtered("since:2h failed");
    open(&mut app);
    write(&mut app, "a");
    assert_eq!(app.mode(), Mode::Filter);
    assert_eq!(app.bar().line().halves(), ("failed since:", ""));
    write(&mut app, "1h");
    act(&mut app, Action::KeepFilter);
    assert_eq!((app.mode(), text(&app)), (Mode::Table, "failed since:1h"));
    act(&mut app, Action::Filter);
    act(&mut app, Action::EarlierFilter);
    act(&mut app, Action::EarlierFilter);
    assert_eq!(text(&app), "since:2h failed", "what it took the place of");
}

#[test]
fn windows_of_time_take_each_other_s_place() {
    let mut app = calm();
    open(&mut app);
    for (letter, expected) in [
        ("m", "since:15m"),
        ("h", "since:1h"),
        ("H", "since:2h"),
        ("d", "today"),
        ("d", ""),
    ] {
        write(&mut app, letter);
        assert_eq!(text(&app), expected);
    }
}

#[test]
fn the_selected_call_offers_what_it_has_and_stays_in_every_list_that_is_like_it() {
    let mut app = console();
    let mut odd = call(5, State::Failed);
    odd.from = "sip:100@pbx.example".into();
    odd.error_code = "it's *odd*".into();
    odd.originating_call = Some(call(4, State::Completed).name);
    odd.labels = [
        ("campaign", "spring"),
        ("a key", "a,b (c)"),
        (TICKET_LABEL, "t"),
    ]
    .into_iter()
    .collect();
    arrive(
        &mut app,
        vec![odd, call(6, State::Busy), call(4, State::Completed)],
    );
    act(&mut app, Action::Down);
    open(&mut app);
    let offered = offers(&app);
    let said: Vec<&str> = offered.iter().map(|(_, says)| says.as_str()).collect();
    assert_eq!(
        said,
        [
            "to +61 491 570 006",
            "from 100@pbx.example",
            "country to +61",
            "area to +61 491",
            "error it's *odd*",
            "legs of 00004",
            "a key a,b (c)",
            "campaign spring",
        ]
    );
    for (letter, says) in offered {
        let letter = letter.unwrap().to_string();
        write(&mut app, &letter);
        assert!(!text(&app).is_empty());
        assert_eq!(selected(&app), "00005", "{says}: {}", text(&app));
        write(&mut app, &letter);
        assert_eq!(text(&app), "", "{says}");
    }
    write(&mut app, "L");
    assert_eq!(app.table().len(), 2);
}

#[test]
fn callers_who_withhold_their_number_are_alike_and_absent_ones_offer_nothing() {
    let mut app = console();
    let mut private = call(5, State::Completed);
    private.direction = Direction::Incoming;
    private.is_private = true;
    arrive(&mut app, vec![private, call(4, State::Completed)]);
    open(&mut app);
    write(&mut app, "F");
    assert_eq!((text(&app), app.table().len()), ("private", 1));
    act(&mut app, Action::ClearFilter);
    act(&mut app, Action::Back);
    act(&mut app, Action::Bottom);
    open(&mut app);
    let offered = offers(&app);
    assert!(
        offered.iter().all(|(_, says)| !says.starts_with("from")),
        "{offered:?}"
    );
}

#[test]
fn sip_callers_offer_their_domain() {
    let mut app = console();
    let mut sip = call(5, State::Completed);
    sip.direction = Direction::Incoming;
    sip.from = "sip:100@pbx.example".into();
    arrive(&mut app, vec![sip, call(4, State::Completed)]);
    open(&mut app);
    write(&mut app, "A");
    assert_eq!(
        (text(&app), app.table().len()),
        ("from = '*@pbx.example'", 1)
    );
}

#[test]
fn nothing_moves_in_the_menu_while_the_list_changes_behind_it() {
    let mut app = calm();
    open(&mut app);
    let before = offers(&app);
    arrive(&mut app, calls(20..40));
    write(&mut app, "x");
    assert_eq!(offers(&app), before);
}

#[test]
fn an_empty_list_leaves_the_menu_without_a_call() {
    let mut app = console();
    open(&mut app);
    assert_eq!(offers(&app), []);
    write(&mut app, "T");
    assert_eq!(text(&app), "");
}

#[test]
fn a_filter_that_is_full_says_so_and_stays_as_it_is() {
    let full = format!("'{}'", "x".repeat(4_090));
    let mut app = filtered(&full);
    open(&mut app);
    write(&mut app, "x");
    assert_eq!(text(&app), full);
    assert!(app.notice().unwrap().text.contains("at most 4096 bytes"));
}

#[test]
fn more_labels_than_digits_are_reached_by_the_cursor() {
    let mut app = console();
    let mut labelled = call(5, State::Completed);
    labelled.labels = (0..12).map(|n| (format!("k{n:02}"), "v")).collect();
    arrive(&mut app, vec![labelled]);
    open(&mut app);
    let letters = offers(&app)
        .iter()
        .filter(|(letter, _)| letter.is_some())
        .count();
    assert_eq!(offers(&app).len() - letters, 3);
    let lines: usize = app
        .quick()
        .unwrap()
        .groups()
        .iter()
        .map(|g| g.switches.len())
        .sum();
    for _ in 0..lines - 2 {
        act(&mut app, Action::Down);
    }
    act(&mut app, Action::Toggle);
    assert_eq!(text(&app), "label.k11 = v");
}

#[test]
fn the_bar_can_be_reached_from_the_menu() {
    let mut app = calm();
    open(&mut app);
    write(&mut app, "x");
    act(&mut app, Action::Filter);
    assert_eq!((app.mode(), text(&app)), (Mode::Filter, "state = failed"));
    assert!(app.quick().is_none());
}

#[test]
fn the_help_over_the_menu_goes_back_to_it() {
    let mut app = calm();
    open(&mut app);
    act(&mut app, Action::Help);
    act(&mut app, Action::Back);
    assert_eq!(app.mode(), Mode::Quick);
}

proptest! {
    #[test]
    fn no_label_can_be_so_odd_that_its_call_is_lost(
        key in any::<String>(),
        value in any::<String>(),
        kept in prop::sample::select(vec!["", "completed", "since:2h and completed "]),
    ) {
        let mut app = console();
        let mut odd = call(5, State::Completed);
        odd.labels.insert(key.as_str(), value.as_str());
        arrive(&mut app, vec![odd, call(6, State::Completed)]);
        act(&mut app, Action::Down);
        act(&mut app, Action::Filter);
        write(&mut app, kept);
        act(&mut app, Action::KeepFilter);
        open(&mut app);
        let offered = offers(&app).iter().any(|(letter, _)| *letter == Some('1'));
        let unsayable = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        prop_assert_eq!(offered, !key.contains(unsayable));
        write(&mut app, "1");
        if offered {
            prop_assert!(app.bar().error().is_none());
            prop_assert_eq!(selected(&app), "00005");
            prop_assert_eq!(app.table().len(), 1, "{}", text(&app));
            write(&mut app, "1");
        }
        prop_assert_eq!(text(&app).trim(), kept.trim());
    }

    #[test]
    fn any_row_of_keys_leaves_a_filter_that_is_right(
        start in prop::sample::select(vec!["", "failed or sip", "-busy (x)", "state = FAILED, BUSY and today"]),
        keys in prop::collection::vec(
            prop::sample::select("qsrpcxnbeiotwvmhHdTFCAEL123 ".chars().collect::<Vec<_>>()),
            0..40,
        ),
    ) {
        let mut app = filtered(start);
        open(&mut app);
        for key in keys {
            write(&mut app, &key.to_string());
            prop_assert!(app.bar().error().is_none(), "{}", text(&app));
            let read = crate::filter::Search::parse(text(&app));
            prop_assert_eq!(read.as_ref(), Ok(app.bar().search()));
        }
        act(&mut app, Action::UndoFilter);
        prop_assert_eq!(text(&app), start);
    }
}

#[test]
fn what_is_like_the_call_is_like_the_selected_one_although_others_come_in_above_it() {
    let mut app = calm();
    let before = selected(&app).to_owned();
    open(&mut app);
    arrive(&mut app, vec![call(50, State::Queued)]);
    assert_eq!(selected(&app), before);
    write(&mut app, "T");
    assert_eq!(selected(&app), before);
    act(&mut app, Action::Back);
    assert_eq!(selected(&app), before);
}

#[test]
fn a_list_that_followed_the_newest_follows_it_again_after_the_menu() {
    let mut app = calm();
    open(&mut app);
    write(&mut app, "q");
    arrive(&mut app, vec![call(50, State::Queued)]);
    act(&mut app, Action::Back);
    assert_eq!(selected(&app), "00050");
    arrive(&mut app, vec![call(51, State::Queued)]);
    assert_eq!(selected(&app), "00051");
}

#[test]
fn what_the_menu_has_made_is_kept_once_for_later_runs() {
    let mut app = calm();
    open(&mut app);
    for letter in ["x", "b", "i"] {
        let effects = write(&mut app, letter);
        assert!(!effects.iter().any(|it| matches!(it, Effect::Remember(_))));
    }
    let made = text(&app).to_owned();
    assert_eq!(act(&mut app, Action::Back), [Effect::Remember(made)]);
    act(&mut app, Action::Filter);
    act(&mut app, Action::EarlierFilter);
    assert_eq!(app.bar().remembered(), 1);
}
