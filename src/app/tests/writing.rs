//! Writing a filter: completion, earlier filters, and what the keys of the bar do.

use rstest::rstest;

use super::*;

fn writing(text: &str) -> App {
    let mut app = console();
    arrive(&mut app, vec![call(1, State::Failed), call(2, State::Busy)]);
    act(&mut app, Action::Filter);
    for c in text.chars() {
        write(&mut app, &c.to_string());
    }
    app
}

fn text(app: &App) -> &str {
    app.bar().line().text()
}

fn offers(app: &App) -> Vec<&str> {
    let offered = app.bar().offered();
    let offers = offered.map(Offered::offers).unwrap_or_default();
    offers.iter().map(|offer| offer.text.trim_end()).collect()
}

fn chosen(app: &App) -> Option<usize> {
    app.bar().offered().and_then(Offered::chosen)
}

/// A console that has kept these filters, oldest first, and has the bar open again.
fn having_kept(filters: &[&str]) -> App {
    let mut app = console();
    for filter in filters {
        act(&mut app, Action::Filter);
        app.update(Msg::Edit(Edit::DeleteToStart));
        write(&mut app, filter);
        act(&mut app, Action::KeepFilter);
    }
    act(&mut app, Action::Filter);
    app.update(Msg::Edit(Edit::DeleteToStart));
    app
}

#[test]
fn completions_show_by_themselves_while_somebody_writes_and_not_before() {
    let mut app = writing("");
    assert_eq!(offers(&app), Vec::<&str>::new());
    write(&mut app, "st");
    assert!(offers(&app).contains(&"state"));
    app.update(Msg::Edit(Edit::Left));
    assert_eq!(offers(&app), Vec::<&str>::new());
    assert_eq!(offers(&writing("failed ")), Vec::<&str>::new());
    assert_eq!(offers(&writing("failed")), Vec::<&str>::new());
}

#[test]
fn tab_goes_through_the_completions_and_round_and_shift_tab_back() {
    let mut app = writing("sta");
    let all = offers(&app).len();
    assert!(all > 1, "{:?}", offers(&app));
    act(&mut app, Action::Complete);
    assert_eq!((text(&app), chosen(&app)), ("state ", Some(0)));
    act(&mut app, Action::CompleteBack);
    assert_eq!(chosen(&app), Some(all - 1));
    act(&mut app, Action::Complete);
    assert_eq!(text(&app), "state ");
}

#[test]
fn on_an_empty_bar_tab_shows_what_there_is_and_the_next_one_takes_the_first() {
    let mut app = writing("");
    act(&mut app, Action::Complete);
    assert!(offers(&app).len() > 20);
    assert_eq!((text(&app), chosen(&app)), ("", None));
    act(&mut app, Action::Complete);
    assert_eq!(chosen(&app), Some(0));
    assert_ne!(text(&app), "");
}

#[test]
fn a_sole_completion_is_taken_at_once_and_filters() {
    let mut app = writing("state = fai");
    assert_eq!(offers(&app), ["failed"]);
    let effects = act(&mut app, Action::Complete);
    assert!(text(&app).trim_end().ends_with("failed"), "{}", text(&app));
    assert_eq!(in_sight(&app), ["00001"]);
    assert!(
        matches!(effects.last(), Some(Effect::Rest(_))),
        "{effects:?}"
    );
}

#[test]
fn writing_goes_on_behind_what_was_taken_without_a_second_blank() {
    let mut app = writing("sta");
    act(&mut app, Action::Complete);
    write(&mut app, " ");
    assert_eq!(text(&app), "state ");
    assert!(offers(&app).contains(&"="), "{:?}", offers(&app));
    write(&mut app, "= fa");
    act(&mut app, Action::Complete);
    assert_eq!(in_sight(&app), ["00001"]);
}

#[test]
fn behind_a_sole_completion_a_second_blank_is_not_written_either_but_a_third_is() {
    let mut app = writing("direc");
    act(&mut app, Action::Complete);
    assert_eq!(text(&app), "direction ");
    write(&mut app, " ");
    assert_eq!(text(&app), "direction ");
    write(&mut app, " ");
    assert_eq!(text(&app), "direction  ");
}

#[test]
fn esc_gives_back_what_was_typed_before_it_drops_the_filter() {
    let mut app = writing("sta");
    act(&mut app, Action::Complete);
    act(&mut app, Action::LeaveFilter);
    assert_eq!((text(&app), app.mode()), ("sta", Mode::Filter));
    assert_eq!(offers(&app), Vec::<&str>::new());
    act(&mut app, Action::LeaveFilter);
    assert_eq!((text(&app), app.mode()), ("", Mode::Table));
}

#[test]
fn the_arrows_move_among_completions_only_when_one_was_taken() {
    let mut app = having_kept(&["failed"]);
    write(&mut app, "sta");
    act(&mut app, Action::EarlierFilter);
    assert_eq!(text(&app), "failed");
    act(&mut app, Action::LaterFilter);
    assert_eq!(text(&app), "sta");
    write(&mut app, "t");
    app.update(Msg::Edit(Edit::Backspace));
    act(&mut app, Action::Complete);
    act(&mut app, Action::LaterFilter);
    assert_eq!(chosen(&app), Some(1));
    act(&mut app, Action::EarlierFilter);
    assert_eq!(chosen(&app), Some(0));
}

#[test]
fn a_click_takes_a_completion_and_one_in_the_text_sets_the_cursor() {
    let mut app = writing("sta");
    let last = offers(&app).len() - 1;
    let wanted = offers(&app)[last].to_owned();
    app.update(Msg::Mouse(Mouse::Offer(last)));
    assert_eq!(text(&app).trim_end(), wanted);
    app.update(Msg::Mouse(Mouse::FilterBar(1)));
    assert_eq!(app.bar().line().halves().0.len(), 1);
    app.update(Msg::Mouse(Mouse::Offer(7)));
    app.update(Msg::Mouse(Mouse::FilterBar(usize::MAX)));
    assert_eq!(app.bar().line().halves().1, "");
}

#[test]
fn what_is_kept_is_to_be_remembered_and_what_is_wrong_or_dropped_is_not() {
    let mut app = writing("failed");
    let effects = act(&mut app, Action::KeepFilter);
    assert!(effects.contains(&Effect::Remember("failed".to_owned())));
    let mut app = writing("state =");
    assert_eq!(act(&mut app, Action::KeepFilter), []);
    assert_eq!(app.mode(), Mode::Filter);
    let mut app = writing("failed");
    let effects = act(&mut app, Action::LeaveFilter);
    assert!(!effects.iter().any(|it| matches!(it, Effect::Remember(_))));
}

#[test]
fn filters_of_earlier_runs_come_back_with_the_arrow() {
    let mut app = App::new(Setup {
        history: ["busy", "failed"].map(str::to_owned).to_vec(),
        ..setup()
    })
    .0;
    act(&mut app, Action::Filter);
    act(&mut app, Action::EarlierFilter);
    assert_eq!(text(&app), "failed");
    act(&mut app, Action::EarlierFilter);
    act(&mut app, Action::EarlierFilter);
    assert_eq!(text(&app), "busy");
}

#[test]
fn the_filter_in_the_bar_is_no_earlier_one() {
    let mut app = having_kept(&["busy", "failed"]);
    write(&mut app, "failed");
    act(&mut app, Action::EarlierFilter);
    assert_eq!(text(&app), "busy");
}

#[test]
fn a_search_through_earlier_filters_takes_what_it_found_and_applies_it() {
    let mut app = having_kept(&["failed", "busy", "failed incoming"]);
    arrive(&mut app, vec![call(1, State::Failed), call(2, State::Busy)]);
    write(&mut app, "ringing");
    act(&mut app, Action::SearchFilters);
    write(&mut app, "FAIL");
    assert_eq!(text(&app), "ringing");
    act(&mut app, Action::SearchFilters);
    let effects = act(&mut app, Action::Choose);
    assert_eq!((text(&app), app.mode()), ("failed", Mode::Filter));
    assert_eq!(in_sight(&app), ["00001"]);
    assert!(
        matches!(effects.last(), Some(Effect::Rest(_))),
        "{effects:?}"
    );
    app.update(Msg::Edit(Edit::Undo));
    assert_eq!(text(&app), "ringing");
}

#[test]
fn esc_in_the_search_gives_back_what_was_there() {
    let mut app = having_kept(&["failed"]);
    write(&mut app, "busy inc");
    act(&mut app, Action::SearchFilters);
    write(&mut app, "fail");
    act(&mut app, Action::Back);
    assert_eq!((text(&app), app.mode()), ("busy inc", Mode::Filter));
    assert!(app.bar().looking().is_none());
}

#[test]
fn a_search_that_finds_nothing_takes_nothing() {
    let mut app = having_kept(&["failed"]);
    act(&mut app, Action::SearchFilters);
    write(&mut app, "zzz");
    act(&mut app, Action::Choose);
    assert_eq!(app.mode(), Mode::History);
    app.update(Msg::Mouse(Mouse::Offer(3)));
    assert_eq!(app.mode(), Mode::History);
}

#[rstest]
#[case::in_an_empty_bar("", true)]
#[case::behind_a_blank("failed ", true)]
#[case::behind_a_parenthesis("(", true)]
#[case::behind_a_keyword("failed OR ", true)]
#[case::behind_closed_quotes("to = 'a b' ", true)]
#[case::within_quotes("'what ", false)]
#[case::within_double_quotes("\"it's ", false)]
#[case::behind_an_escaped_quote(r"'it\' ", false)]
#[case::within_a_word("fail", false)]
#[case::where_a_value_is_due("to = ", false)]
#[case::in_a_list("state = failed, ", false)]
fn a_question_mark_asks_where_a_restriction_could_begin_and_is_text_elsewhere(
    #[case] before: &str,
    #[case] asks: bool,
) {
    let mut app = writing("");
    write(&mut app, before);
    write(&mut app, "?");
    assert_eq!(app.mode() == Mode::Help, asks);
    assert_eq!(text(&app).ends_with('?'), !asks);
    if asks {
        act(&mut app, Action::Help);
        assert_eq!((app.mode(), text(&app)), (Mode::Filter, before));
    }
}

#[test]
fn a_paste_that_is_cut_says_so() {
    let mut app = writing("");
    write(&mut app, &"x".repeat(20_000));
    let told = &app.notice().unwrap().text;
    assert!(told.contains("3616 bytes were left out"), "{told}");
    let mut app = writing("");
    write(&mut app, "state = failed\r\n  AND to = '+61*'\n");
    assert_eq!(app.notice(), None);
    assert_eq!(text(&app), "state = failed   AND to = '+61*'");
}

#[test]
fn what_is_missing_is_no_alarm_until_somebody_wants_to_keep_it() {
    let mut app = writing("state = ");
    assert!(app.bar().is_unfinished());
    act(&mut app, Action::KeepFilter);
    assert!(!app.bar().is_unfinished());
    write(&mut app, "x");
    assert!(app.bar().error().is_some() && !app.bar().is_unfinished());
    assert!(app.bar().is_behind());
}

fn anything() -> impl Strategy<Value = Msg> {
    let actions = prop::sample::select(vec![
        Action::Filter,
        Action::KeepFilter,
        Action::LeaveFilter,
        Action::EarlierFilter,
        Action::LaterFilter,
        Action::Complete,
        Action::CompleteBack,
        Action::SearchFilters,
        Action::Choose,
        Action::Up,
        Action::Down,
        Action::Back,
        Action::Help,
    ]);
    let texts = prop::sample::select(vec![
        "s", "state", " = ", "fai", "failed", " ", "'", "漢", "e\u{301}", "?", "(", "label.", ",",
    ]);
    let edits = prop::sample::select(vec![
        Edit::Left,
        Edit::Backspace,
        Edit::DeleteWordAfter,
        Edit::Start,
        Edit::Undo,
    ]);
    prop_oneof![
        3 => actions.prop_map(Msg::Action),
        4 => texts.prop_map(|text| Msg::Edit(Edit::Insert(text.to_owned()))),
        2 => edits.prop_map(Msg::Edit),
        1 => (0usize..60).prop_map(|number| Msg::Mouse(Mouse::Offer(number))),
        1 => (0usize..60).prop_map(|byte| Msg::Mouse(Mouse::FilterBar(byte))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_is_done_in_the_bar_the_list_shows_the_filter_in_force(
        steps in prop::collection::vec(anything(), 0..60),
    ) {
        let mut app = console();
        arrive(&mut app, vec![call(1, State::Failed), call(2, State::Busy)]);
        for step in steps {
            app.update(step);
            let bar = app.bar();
            let parsed = crate::filter::Search::parse(text(&app));
            prop_assert_eq!(parsed.is_err(), bar.error().is_some());
            if !bar.is_behind() {
                prop_assert_eq!(&parsed.unwrap(), bar.search());
            }
            let expected = bar.search().matcher(&app.standpoint());
            let passes = |id| expected.matches(&call(id, if id == 1 { State::Failed } else { State::Busy }));
            prop_assert_eq!(app.table().len(), [1, 2].into_iter().filter(|&id| passes(id)).count());
            let looks = [app.mode(), app.mode_below()].contains(&Mode::History);
            prop_assert!(bar.looking().is_none() || looks);
            prop_assert!(bar.looking().is_some() || app.mode() != Mode::History);
            if let Some(offered) = bar.offered() {
                prop_assert!(!offered.offers().is_empty());
                prop_assert!(text(&app).is_char_boundary(offered.starts()));
            }
        }
    }
}

#[test]
fn esc_in_the_bar_brings_back_the_filter_that_was_kept_and_esc_in_the_table_drops_it() {
    let mut app = having_kept(&["failed"]);
    act(&mut app, Action::Filter);
    app.update(Msg::Edit(Edit::DeleteToStart));
    write(&mut app, "failed");
    act(&mut app, Action::KeepFilter);
    for more in [" xy", " stat:", ""] {
        act(&mut app, Action::Filter);
        write(&mut app, more);
        act(&mut app, Action::LeaveFilter);
        assert_eq!((text(&app), app.mode()), ("failed", Mode::Table));
        assert_eq!(app.bar().search().to_string(), "state = FAILED");
        assert!(app.bar().error().is_none());
    }
    act(&mut app, Action::Back);
    assert!(app.bar().search().is_everything());
}

#[test]
fn leaving_the_bar_with_the_text_as_it_was_leaves_the_filter_as_it_was() {
    let mut app = having_kept(&["failed sta"]);
    write(&mut app, "failed sta");
    act(&mut app, Action::KeepFilter);
    act(&mut app, Action::Filter);
    write(&mut app, "x");
    app.update(Msg::Edit(Edit::Backspace));
    act(&mut app, Action::LeaveFilter);
    assert_eq!(text(&app), "failed sta");
    assert_eq!(
        app.bar().search(),
        &crate::filter::Search::parse("failed sta").unwrap()
    );
}
