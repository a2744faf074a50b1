//! The table of the language: whole, and every example in it does what is said of it.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::search;
use crate::call::{
    Call, CallName, CreateMethod, Direction, Location, Money, Options, State, Transport,
};
use crate::filter::{Attribute, End, Flag, Kind, Length, Place, Standpoint, Text, Topic, language};

/// Every attribute there is. What is added to one of the enums has to be added here.
fn every_attribute() -> Vec<Attribute> {
    let mut all = vec![
        Attribute::Created,
        Attribute::State,
        Attribute::Direction,
        Attribute::Transport,
        Attribute::Method,
        Attribute::Label,
        Attribute::Price,
    ];
    all.extend([End::To, End::From].map(Attribute::Party));
    all.extend(
        [
            Text::Error,
            Text::Message,
            Text::Region,
            Text::Zone,
            Text::Id,
            Text::Leg,
            Text::Sip,
            Text::Handler,
        ]
        .map(Attribute::Text),
    );
    all.extend([Length::Talk, Length::Queue, Length::Pdd, Length::Ring].map(Attribute::Length));
    all.extend([Flag::Bridged, Flag::Private].map(Attribute::Flag));
    for attribute in &all {
        // Fails to compile when there is another one.
        match attribute {
            Attribute::Created
            | Attribute::State
            | Attribute::Direction
            | Attribute::Transport
            | Attribute::Method
            | Attribute::Label
            | Attribute::Price
            | Attribute::Party(End::To | End::From)
            | Attribute::Text(
                Text::Error
                | Text::Message
                | Text::Region
                | Text::Zone
                | Text::Id
                | Text::Leg
                | Text::Sip
                | Text::Handler,
            )
            | Attribute::Length(Length::Talk | Length::Queue | Length::Pdd | Length::Ring)
            | Attribute::Flag(Flag::Bridged | Flag::Private) => {}
        }
    }
    all
}

#[test]
fn every_attribute_kind_and_topic_is_told_of() {
    let language = language();
    let told: Vec<Attribute> = language
        .fields
        .iter()
        .map(|entry| entry.attribute)
        .collect();
    assert_eq!(told.iter().collect::<HashSet<_>>().len(), told.len());
    let every = every_attribute();
    assert_eq!(
        told.iter().collect::<HashSet<_>>(),
        every.iter().collect::<HashSet<_>>()
    );
    let kinds: HashSet<Kind> = language.fields.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, HashSet::from(Kind::ALL));
    let topics: HashSet<Topic> = language.forms.iter().map(|form| form.topic).collect();
    assert_eq!(topics, HashSet::from(Topic::ALL));
    for entry in language.fields {
        let is_service = entry.attribute.field().is_some();
        assert_eq!(
            entry.place() == Place::Service,
            is_service,
            "{}",
            entry.name
        );
        assert!(!entry.values().is_empty(), "{}", entry.name);
    }
}

/// 14:10 in Melbourne.
fn standpoint() -> Standpoint {
    Standpoint {
        now: "2026-11-23T03:10:00Z".parse().unwrap(),
        zone: chrono_tz::Australia::Melbourne,
    }
}

/// A call of every example: created at 14:05:10 the same day, failed, with all that a call can have.
fn call() -> Call {
    let time = |text: &str| Some(text.parse().unwrap());
    let mut call = Call::new(CallName::new("projects/demo/calls/6f1c2e04-1111"));
    call.state = State::Failed;
    call.direction = Direction::Incoming;
    call.transport = Transport::Sip;
    call.create_method = CreateMethod::ParentCall;
    call.create_time = time("2026-11-23T03:05:10Z");
    call.start_time = time("2026-11-23T03:05:30Z");
    call.ring_time = time("2026-11-23T03:05:35Z");
    call.answer_time = time("2026-11-23T03:07:30Z");
    call.end_time = time("2026-11-23T03:07:33Z");
    call.answer_duration = Some(TimeDelta::seconds(3));
    call.to = "+61491570156".into();
    call.from = "+61255501234".into();
    call.error_code = "INVALID_NUMBER".into();
    call.error_message = "the attempt timed out twice".into();
    call.labels = [("campaign", "Spring")].into_iter().collect();
    call.price = Some(Money::new("AUD", 0, 60_000_000));
    call.originating_call = Some(CallName::new("projects/demo/calls/6f1c2e04-0000"));
    call.from_location = Some(Box::new(Location {
        region_code: "AU".to_owned(),
        ..Location::default()
    }));
    call.from_zone = "Melbourne-3000".into();
    call.sip_call_id = "a84b4c76e66710@pbx.example".into();
    call.options = Some(Box::new(Options {
        handler_uris: vec!["https://flows.example/handle".to_owned()],
        ..Options::default()
    }));
    call.bridged = true;
    call
}

/// A call of hardly any example: it has nothing set but who calls whom, long ago.
fn other() -> Call {
    let mut call = Call::new(CallName::new("projects/demo/calls/9"));
    call.state = State::Completed;
    call.direction = Direction::Outgoing;
    call.transport = Transport::Pstn;
    call.create_method = CreateMethod::Api;
    call.create_time = Some("2025-01-01T00:00:00Z".parse().unwrap());
    call.to = "+15550100".into();
    call.is_private = true;
    call
}

/// The same call at another time.
fn created(time: &str) -> Call {
    let mut call = call();
    call.create_time = Some(time.parse().unwrap());
    call
}

#[test]
fn every_example_does_what_is_said_of_it() {
    let language = language();
    let fields = language.fields.iter().map(|entry| entry.example);
    let forms = language.forms.iter().map(|form| form.example);
    for example in fields.chain(forms) {
        let passing = match example {
            "since:10:00 until:11:30" | "10:00..11:30" => created("2026-11-22T23:30:59Z"),
            "yesterday" => created("2026-11-22T01:00:00Z"),
            "createTime >= '2026-11-23T14:05:00Z'" => created("2026-11-23T14:05:00Z"),
            _ => call(),
        };
        let matcher = search(example).matcher(&standpoint());
        assert!(matcher.matches(&passing), "{example}");
        assert!(!matcher.matches(&other()), "{example}");
    }
}

#[test]
fn nobody_talked_during_a_call_that_ended_unanswered() {
    let passes = |text: &str, call: &Call| search(text).matcher(&standpoint()).matches(call);
    let mut failed = other();
    for state in [
        State::Failed,
        State::Busy,
        State::NotAnswered,
        State::Rejected,
    ] {
        failed.state = state;
        assert!(passes("talk < 5s", &failed) && passes("talk = 0s", &failed));
        assert!(!passes("talk > 0s", &failed) && !passes("talk:*", &failed));
    }
    // It may still be answered; and what was answered has an answer that is not told.
    for state in [State::Ringing, State::Completed] {
        failed.state = state;
        assert!(!passes("talk < 5s", &failed) && !passes("talk >= 0s", &failed));
    }
}

#[test]
fn what_is_said_of_words_and_precedence_is_so() {
    let passes = |filter: &str, call: &Call| search(filter).matcher(&standpoint()).matches(call);
    let mut busy = other();
    busy.state = State::Busy;
    // An outgoing call that was busy: whether it passes depends on what binds tighter.
    assert!(!passes("incoming failed OR busy", &busy));
    assert!(passes("(failed incoming) OR busy", &busy));
    assert!(passes("(incoming failed) OR busy", &busy));
    assert!(passes("state != failed, completed", &busy));
    assert!(!passes("state != failed, busy", &busy));
    assert!(passes("-private", &call()) && !passes("-private", &other()));
    assert!(passes("SPRING", &call()));
    let starred = |text: &str| {
        let mut call = other();
        call.to = text.into();
        passes(r"to = 'a\*b'", &call)
    };
    assert!(starred("a*b") && !starred("axb"));
}
