//! Why a list is empty: found out in slices, and only while it is.

use super::*;

/// A console of some calls with a filter, which has done all that it wanted to do by itself.
fn filtered(filter: &str, slice: usize) -> App {
    let mut app = console();
    app.list_in_slices_of(slice);
    let states = [State::Failed, State::Busy, State::Completed];
    let states = states.into_iter().cycle().zip(0..30);
    arrive(
        &mut app,
        states.map(|(state, id)| call(id, state)).collect(),
    );
    act(&mut app, Action::Filter);
    let effects = write(&mut app, filter);
    go_on(&mut app, effects);
    app
}

/// Does what is to be done after the keys; how often there was something.
fn go_on(app: &mut App, mut effects: Vec<Effect>) -> usize {
    for times in 0.. {
        let pass = effects.iter().rev().find_map(|effect| match effect {
            Effect::GoOn(pass) => Some(*pass),
            _ => None,
        });
        let Some(pass) = pass else { return times };
        effects = app.update(Msg::GoOn(pass));
    }
    unreachable!()
}

fn alone(parts: &[&str]) -> WhyEmpty {
    WhyEmpty::Alone(parts.iter().map(|part| (*part).to_owned()).collect())
}

#[test]
fn the_parts_that_let_nothing_pass_by_themselves_are_to_blame() {
    let app = filtered("failed to:+99* talk>1h", 1_000);
    let to_blame = alone(&["to = '+99*'", "talk > 1h"]);
    assert_eq!(app.why_empty(), Some(&to_blame));
}

#[test]
fn where_none_is_to_blame_all_of_them_are() {
    let app = filtered("failed NOT failed", 1_000);
    assert_eq!(app.why_empty(), Some(&WhyEmpty::Together));
}

#[test]
fn nobody_asks_where_calls_are_listed_or_one_part_says_it_all() {
    assert_eq!(filtered("failed OR busy", 1_000).why_empty(), None);
    assert_eq!(filtered("ringing", 1_000).why_empty(), None);
    assert_eq!(filtered("failed NOT busy", 1_000).why_empty(), None);
}

#[test]
fn it_is_asked_again_for_another_filter_and_after_a_while_and_at_rest_otherwise() {
    let mut app = filtered("failed ringing", 1_000);
    assert_eq!(app.why_empty(), Some(&alone(&["state = RINGING"])));
    assert_eq!(go_on(&mut app, Vec::new()), 0);
    let tick =
        |app: &mut App, seconds| app.update(Msg::Tick(start() + TimeDelta::seconds(seconds)));
    let effects = tick(&mut app, 9);
    assert_eq!(go_on(&mut app, effects), 0);
    arrive(&mut app, vec![call(99, State::Ringing)]);
    let effects = tick(&mut app, 20);
    assert_eq!(
        app.why_empty(),
        Some(&alone(&["state = RINGING"])),
        "until it is known better"
    );
    assert_eq!(go_on(&mut app, effects), 1);
    assert_eq!(app.why_empty(), Some(&WhyEmpty::Together));
    let effects = write(&mut app, " starting");
    assert_eq!(app.why_empty(), None);
    go_on(&mut app, effects);
    assert_eq!(app.why_empty(), Some(&alone(&["state = STARTING"])));
    app.update(Msg::Edit(Edit::DeleteToStart));
    assert_eq!(app.why_empty(), None);
}
