//! What is announced of calls: each transition to another state, to whom the call names
//! (`api.md §11`).

use chrono::{DateTime, Utc};

use super::{Course, Exchange};
use crate::sandbox::ledger::{Change, Entry};
use crate::sandbox::webhook;

impl Exchange {
    /// Announces that a call has gone over into another state, if it has at that time and if
    /// somebody is to be told.
    pub(super) fn announce(&self, course: &Course, at: DateTime<Utc>, entries: &mut Vec<Entry>) {
        if self.announces && course.transitions().contains(&at) {
            entries.extend(announcement(course, at));
        }
    }

    /// Announces what happened to a call between the state that it was last seen in, nothing if it
    /// was never seen, and a time.
    pub(super) fn catch_up(
        &self,
        course: &Course,
        seen: Option<i32>,
        now: DateTime<Utc>,
        entries: &mut Vec<Entry>,
    ) {
        if !self.announces {
            return;
        }
        let passed: Vec<_> = course
            .transitions()
            .into_iter()
            .filter(|at| *at <= now)
            .collect();
        // Every state comes once at most; that of its beginning is none that it went over into.
        let known = passed
            .iter()
            .position(|at| Some(course.seen(*at).state) == seen)
            .map_or(0, |at| at + 1);
        for at in passed.into_iter().skip(known) {
            entries.extend(announcement(course, at));
        }
    }
}

fn announcement(course: &Course, at: DateTime<Utc>) -> Option<Entry> {
    let url = &course.last.options.as_ref()?.state_update_uri;
    let target = webhook::origin(url)?;
    Some(Entry::Outbox(Change::Announced {
        serial: course.serial,
        at,
        target,
        url: url.clone(),
        call: Box::new(course.seen(at)),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::{Opening, Project};
    use super::*;
    use crate::proto;
    use crate::proto::call::{ApiCallOptions, State};
    use crate::sandbox::ledger::Recalled;
    use rstest::rstest;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn project() -> Project {
        Project {
            key: 1,
            name: "projects/demo".to_owned(),
        }
    }

    fn exchange(announces: bool, rate: f64) -> Exchange {
        Exchange::open(Opening {
            seed: 3,
            salt: 0,
            rate,
            projects: vec![project()],
            next_serial: 1,
            now: at(0),
            faults: crate::sandbox::Faults::default(),
            announces,
        })
    }

    fn wish(to: &str, state_update_uri: &str) -> proto::Call {
        proto::Call {
            to: to.to_owned(),
            options: Some(ApiCallOptions {
                state_update_uri: state_update_uri.to_owned(),
                timeout_seconds: 30,
                ..ApiCallOptions::default()
            }),
            ..proto::Call::default()
        }
    }

    /// Lets a call live, and gives all that was written down.
    fn life(exchange: &mut Exchange, call: proto::Call) -> Vec<Entry> {
        let (_, mut entries) = exchange.place(&project(), call, at(0));
        while let Some(due) = exchange.next_event() {
            entries.extend(exchange.advance(due));
        }
        entries
    }

    fn announced(entries: &[Entry]) -> Vec<(State, String, proto::Call)> {
        let told = |entry: &Entry| match entry {
            Entry::Outbox(Change::Announced { call, url, .. }) => {
                Some((call.state(), url.clone(), (**call).clone()))
            }
            _ => None,
        };
        entries.iter().filter_map(told).collect()
    }

    fn states(entries: &[Entry]) -> Vec<State> {
        announced(entries)
            .into_iter()
            .map(|(state, ..)| state)
            .collect()
    }

    const URI: &str = "http://127.0.0.1:1/state?tenant=7";

    #[rstest]
    #[case("+61491570006", &[State::Starting, State::Ringing, State::InProgress, State::Completed])]
    #[case("+61491570156", &[State::Starting, State::Busy])]
    #[case("+61491570157", &[State::Starting, State::Ringing, State::NotAnswered])]
    #[case("+61491570158", &[State::Starting, State::Ringing, State::Rejected])]
    #[case("+61491570159", &[State::Starting, State::Failed])]
    fn every_transition_is_announced_once_and_nothing_else(
        #[case] to: &str,
        #[case] expected: &[State],
    ) {
        let entries = life(&mut exchange(true, 0.0), wish(to, URI));
        assert_eq!(states(&entries), expected);
        // Each tells the call as it is written down beside it; the late price is no transition.
        for (state, url, call) in announced(&entries) {
            assert_eq!(url, URI);
            assert!(entries.iter().any(
                |entry| matches!(entry, Entry::Changed { call: written, .. } if *written == call)
            ));
            assert!(call.price.is_none(), "{state:?}");
        }
    }

    #[rstest]
    #[case::nobody_asked("")]
    #[case::reserved("https://app.example/state")]
    fn who_is_not_to_be_told_is_not(#[case] uri: &str) {
        let entries = life(&mut exchange(true, 0.0), wish("+61491570006", uri));
        assert_eq!(states(&entries), []);
    }

    #[test]
    fn nothing_is_announced_where_webhooks_are_off() {
        let entries = life(&mut exchange(false, 0.0), wish("+61491570006", URI));
        assert_eq!(states(&entries), []);
    }

    #[test]
    fn simulated_calls_announce_nothing() {
        let mut exchange = exchange(true, 5.0);
        let mut entries = Vec::new();
        while exchange.next_event().is_some_and(|due| due <= at(600)) {
            entries.extend(exchange.advance(at(600)));
        }
        assert!(entries.len() > 1_000);
        assert_eq!(states(&entries), []);
    }

    /// Wherever the last run ended, what happened after its last word is announced, and nothing
    /// before it.
    #[test]
    fn a_restart_makes_up_for_what_happened_in_the_meantime() {
        let mut first = exchange(true, 0.0);
        let entries = life(&mut first, wish("+61491570006", URI));
        let course = entries.iter().find_map(|entry| match entry {
            Entry::Planned { course } => Some((**course).clone()),
            _ => None,
        });
        let course = course.unwrap();
        let all = [
            State::Starting,
            State::Ringing,
            State::InProgress,
            State::Completed,
        ];
        let seen = [State::Queued].into_iter().chain(all).enumerate();
        for (known, seen) in seen {
            let mut next = exchange(true, 0.0);
            let recalled = Recalled {
                course: course.clone(),
                seen: Some(seen.into()),
            };
            let resumed = next.resume(vec![recalled.clone()], at(3_600));
            assert_eq!(states(&resumed), all[known..], "after {seen:?}");
            // As each of them was at its time, not as the call is by now.
            let told = announced(&resumed);
            assert!(told.iter().all(|(state, _, call)| {
                (*state == State::Completed) == call.end_time.is_some() && call.price.is_none()
            }));
            // What has not happened yet is announced when it does.
            let mut early = exchange(true, 0.0);
            let resumed = early.resume(vec![recalled], at(4));
            let mut told = states(&resumed);
            while let Some(due) = early.next_event() {
                told.extend(states(&early.advance(due)));
            }
            // A clock never shows a time before the last word of its ledger.
            if known <= 1 {
                assert_eq!(told, all[known..], "after {seen:?}");
            }
        }
    }
}
