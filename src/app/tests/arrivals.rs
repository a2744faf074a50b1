//! What comes from the feed: readings, completeness, the link, and a view that is frozen meanwhile.

use super::*;

#[test]
fn an_answer_to_an_older_filter_is_dropped() {
    let mut app = console();
    act(&mut app, Action::Filter);
    let effects = write(&mut app, "state = FAILED");
    let Some(Effect::Rest(turn)) = effects.last().cloned() else {
        panic!("{effects:?}");
    };
    app.update(Msg::Rested(turn));
    let late = calls(0..3);
    app.update(Msg::Batch {
        turn: Turn(1),
        as_of: AsOf(9),
        calls: late,
        at: start(),
    });
    assert!(app.store().is_empty());
    app.update(Msg::Coverage {
        turn: Turn(1),
        coverage: Coverage::Everything.into(),
    });
    assert_eq!(app.coverage(), Coverage::None);
}

#[test]
fn counts_follow_each_change_of_state() {
    let mut app = console();
    arrive(
        &mut app,
        vec![call(1, State::Ringing), call(2, State::Ringing)],
    );
    arrive(&mut app, vec![call(1, State::InProgress)]);
    let counts = app.counts();
    assert_eq!(
        (counts.of(State::Ringing), counts.of(State::InProgress)),
        (1, 1)
    );
}

#[test]
fn older_calls_are_asked_for_once_when_the_end_comes_near() {
    let mut app = console();
    arrive(&mut app, calls(0..100));
    let covered = Msg::Coverage {
        turn: Turn(1),
        coverage: Coverage::Since(start()).into(),
    };
    assert_eq!(app.update(covered), []);
    let effects = act(&mut app, Action::Bottom);
    assert_eq!(
        effects,
        [Effect::LoadOlder {
            turn: Turn(1),
            before: start()
        }]
    );
    assert_eq!(act(&mut app, Action::Up), []);
    app.update(Msg::Coverage {
        turn: Turn(1),
        coverage: Coverage::Everything.into(),
    });
    app.update(Msg::Older {
        turn: Turn(1),
        older: Older::End,
    });
    assert_eq!(act(&mut app, Action::Bottom), []);
}

#[test]
fn a_frozen_view_stands_still_and_takes_in_what_waited_when_it_thaws() {
    let mut app = console();
    arrive(&mut app, calls(0..3));
    act(&mut app, Action::Pause);
    let then = app.service_now();
    arrive(&mut app, calls(3..6));
    app.update(Msg::Tick(start() + TimeDelta::seconds(60)));
    assert_eq!(
        (app.store().len(), app.frozen(), app.service_now()),
        (3, Some(3), then)
    );
    act(&mut app, Action::Pause);
    assert_eq!((app.store().len(), app.frozen()), (6, None));
    assert_eq!(selected(&app), "00002");
}

#[test]
fn behind_a_frozen_view_no_older_calls_are_asked_for() {
    let mut app = console();
    arrive(&mut app, calls(0..5));
    act(&mut app, Action::Pause);
    let coverage = Coverage::Since(start());
    assert_eq!(
        app.update(Msg::Coverage {
            turn: Turn(1),
            coverage: coverage.into(),
        }),
        []
    );
    assert_eq!(
        app.coverage(),
        Coverage::None,
        "it is of calls that are not on screen"
    );
    assert_eq!(
        app.update(Msg::Older {
            turn: Turn(1),
            older: Older::Idle
        }),
        []
    );
    assert_eq!(
        act(&mut app, Action::Pause),
        [Effect::LoadOlder {
            turn: Turn(1),
            before: start()
        }]
    );
    assert_eq!(app.coverage(), coverage);
}

#[test]
fn a_call_that_the_service_does_not_know_any_more_leaves_the_screen() {
    let mut app = console();
    arrive(
        &mut app,
        (0..3).map(|id| call(id, State::InProgress)).collect(),
    );
    let name = call(1, State::InProgress).name;
    app.update(Msg::Gone { names: vec![name] });
    assert_eq!(in_sight(&app), ["00002", "00000"]);
    assert_eq!(app.counts().of(State::InProgress), 2);
}

#[test]
fn what_is_tried_again_after_an_outage_is_still_stale() {
    let mut app = console();
    let live = Link::Live {
        every: std::time::Duration::from_secs(2),
    };
    assert!(!app.is_stale());
    app.update(Msg::Link {
        link: live.clone(),
        at: start(),
    });
    assert_eq!(
        app.notice(),
        None,
        "the first answer is nothing to remark on"
    );
    app.update(Msg::Link {
        link: Link::Connecting,
        at: start(),
    });
    assert!(app.is_stale());
    app.update(Msg::Link {
        link: live,
        at: start(),
    });
    assert!(app.notice().unwrap().text.contains("answers again"));
}

#[test]
fn news_of_the_link_does_not_hide_what_became_of_a_call() {
    let mut app = console();
    app.update(Msg::Link {
        link: Link::Connecting,
        at: start(),
    });
    app.answered_at = Some(start());
    app.update(Msg::Notice(Notice::new(Level::Done, "placed 0001")));
    let live = Link::Live {
        every: std::time::Duration::from_secs(2),
    };
    app.update(Msg::Link {
        link: live,
        at: start(),
    });
    assert!(app.notice().unwrap().text.contains("placed"));
}

#[test]
fn a_service_clock_that_is_ahead_does_not_stop_running_calls_at_zero() {
    let mut app = console();
    let mut talking = call(1, State::InProgress);
    talking.create_time = Some(start() + TimeDelta::seconds(600));
    talking.answer_time = talking.create_time;
    arrive(&mut app, vec![talking]);
    app.update(Msg::Tick(start() + TimeDelta::seconds(5)));
    let talk = app.selected().unwrap().talk(app.service_now()).unwrap();
    assert_eq!(talk.as_secs(), 5);
}

#[test]
fn what_came_can_be_written_again() {
    let mut app = console();
    let mut labelled = call(1, State::Completed);
    labelled.labels.insert("campaign", "late spring");
    arrive(&mut app, vec![labelled]);
    act(&mut app, Action::Filter);
    let offered = |app: &App| -> Vec<String> {
        let offers = app.bar().offered().unwrap().offers();
        offers.iter().map(|offer| offer.text.clone()).collect()
    };
    write(&mut app, "label.");
    assert_eq!(offered(&app), ["campaign "]);
    write(&mut app, "campaign = SPR");
    assert_eq!(offered(&app), ["'late spring' "]);
    write(&mut app, " to = '+61 4");
    assert_eq!(offered(&app), ["'+61491570006' "]);
}

#[test]
fn behind_a_frozen_view_the_completeness_of_one_query_is_not_told_of_the_next() {
    let mut app = console();
    arrive(&mut app, vec![call(1, State::Failed)]);
    act(&mut app, Action::Pause);
    let turn = app.turn;
    app.update(Msg::Coverage {
        turn,
        coverage: Coverage::Everything.into(),
    });
    act(&mut app, Action::Filter);
    write(&mut app, "busy");
    app.update(Msg::Rested(app.typed));
    act(&mut app, Action::KeepFilter);
    act(&mut app, Action::Pause);
    assert_eq!(app.coverage(), Coverage::None);
}
