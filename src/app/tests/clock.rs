//! Time here and at the service, and how much is asked in it.

use super::*;

fn told(app: &mut App, service: i64, here: i64) {
    app.update(Msg::Clock {
        service: start() + TimeDelta::seconds(service),
        at: start() + TimeDelta::seconds(here),
    });
}

fn live(app: &mut App, second: i64) {
    let every = std::time::Duration::from_secs(2);
    app.update(Msg::Link {
        link: Link::Live { every },
        at: start() + TimeDelta::seconds(second),
    });
}

#[test]
fn a_clock_that_is_wrong_is_told_once_and_ages_are_by_the_services() {
    let mut app = console();
    told(&mut app, 180, 0);
    assert_eq!(
        app.notice().unwrap().text,
        "this machine's clock is 3 min behind the service's: ages are by the service's clock"
    );
    assert_eq!(app.service_now(), start() + TimeDelta::seconds(180));
    app.update(Msg::Tick(start() + TimeDelta::seconds(60)));
    assert_eq!(app.notice(), None, "its time is over");
    told(&mut app, 241, 61);
    assert_eq!(app.notice(), None, "said once");
    // Put right, and wrong again.
    told(&mut app, 62, 62);
    told(&mut app, 63, 10_863);
    assert!(
        app.notice()
            .unwrap()
            .text
            .contains("3 h ahead of the service's")
    );
    assert_eq!(app.service_now(), start() + TimeDelta::seconds(63));
}

#[test]
fn clocks_that_agree_are_nothing_to_speak_of() {
    let mut app = console();
    told(&mut app, 4, 0);
    told(&mut app, -3, 1);
    assert_eq!(app.notice(), None);
}

#[test]
fn the_clock_does_not_speak_before_what_there_is_to_say_of_a_call() {
    let mut app = console();
    app.update(Msg::Notice(Notice::new(Level::Done, "placed 0001")));
    told(&mut app, 180, 0);
    assert!(app.notice().unwrap().text.contains("placed"));
    app.update(Msg::Tick(start() + TimeDelta::seconds(7)));
    assert!(app.notice().unwrap().text.contains("clock"));
}

#[test]
fn a_machine_clock_that_is_put_back_leaves_nothing_hanging() {
    let mut app = console();
    live(&mut app, 0);
    told(&mut app, 0, 0);
    app.update(Msg::Asked {
        requests: 10,
        at: start(),
    });
    app.update(Msg::Notice(Notice::new(Level::Done, "copied")));
    // An hour back.
    let back = |second: i64| start() + TimeDelta::seconds(second - 3_600);
    app.update(Msg::Tick(back(1)));
    let age = app.now() - app.answered_at().unwrap();
    assert!(age.num_seconds() <= 1, "{age}");
    assert!(
        (app.service_now() - start()).num_seconds() <= 1,
        "still the service's"
    );
    assert_eq!(app.requests_in_a_minute(), 10);
    app.update(Msg::Tick(back(7)));
    assert_eq!(app.notice(), None, "it does not stay for an hour");
    app.update(Msg::Tick(back(70)));
    assert_eq!(app.requests_in_a_minute(), 0);
}

#[test]
fn how_much_is_asked_falls_while_nothing_is() {
    let mut app = console();
    for poll in 0..30 {
        app.update(Msg::Asked {
            requests: 2 * poll + 2,
            at: start() + TimeDelta::seconds(2 * i64::try_from(poll).unwrap()),
        });
    }
    assert_eq!(app.requests_in_a_minute(), 60);
    app.update(Msg::Tick(start() + TimeDelta::seconds(90)));
    assert!(app.requests_in_a_minute() <= 30);
}
