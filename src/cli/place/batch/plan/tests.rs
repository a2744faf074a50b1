//! What another run of a batch does with rows that stayed, moved, were edited or are gone.

use std::cell::Cell;

use super::*;
use crate::call::{CallName, NewCall};

const WANTED: Wanted = Wanted {
    again_without_trace: false,
    wait: false,
};

fn row(line: u64, key: &str, to: &str) -> Row {
    Row {
        line,
        key: key.to_owned(),
        is_repeated: false,
        call: NewCall {
            to: to.to_owned(),
            ..NewCall::default()
        },
    }
}

fn plan(rows: &[Row], known: &[Entry], wanted: Wanted) -> Result<Plan, Edited> {
    let count = Cell::new(0);
    let fresh = || {
        count.set(count.get() + 1);
        Ticket::new(format!("new-{}", count.get()))
    };
    let tickets = Tickets {
        fresh: &fresh,
        of_batch: None,
    };
    let known = known.iter().cloned();
    let known = known.map(|entry| (entry.row.clone(), entry)).collect();
    Plan::new(rows, known, &tickets, wanted)
}

/// What a first run leaves of a row.
fn left(row: &Row, outcome: Outcome) -> Entry {
    let mut entry = plan(std::slice::from_ref(row), &[], WANTED)
        .unwrap()
        .entries
        .remove(0);
    entry.ticket = Ticket::new(format!("of-{}", row.key));
    entry.outcome = outcome;
    entry.call = (outcome == Outcome::Placed).then(|| CallName::new("projects/demo/calls/1"));
    entry
}

/// The tickets of what is sent, with where they come from.
fn sent(plan: &Plan) -> Vec<(&str, Origin)> {
    let sent = plan.jobs.iter().filter_map(|job| match job.what {
        Task::Place { origin, .. } => Some((plan.entries[job.row].ticket.as_str(), origin)),
        Task::Follow => None,
    });
    sent.collect()
}

#[test]
fn a_first_run_places_every_row_on_a_ticket_of_its_own() {
    let plan = plan(&[row(2, "a", "+1"), row(3, "b", "+1")], &[], WANTED).unwrap();
    assert_eq!(
        sent(&plan),
        [("new-1", Origin::Fresh), ("new-2", Origin::Fresh)]
    );
    assert_eq!((plan.to_place, plan.to_settle), (2, 0));
}

#[test]
fn another_run_places_what_is_missing_wherever_it_stands_by_now() {
    use Outcome::{NoTrace, NotSent, Placed, Refused, Sending, Unknown, Waiting};
    let all = [Waiting, Sending, Placed, Refused, NotSent, NoTrace, Unknown];
    let rows: Vec<Row> = (0..7)
        .map(|at| row(at + 2, &format!("k{at}"), &format!("+{at}")))
        .collect();
    let known: Vec<Entry> = rows
        .iter()
        .zip(all)
        .map(|(row, it)| left(row, it))
        .collect();
    let mut moved = rows;
    moved.reverse();
    for (at, row) in (2..).zip(&mut moved) {
        row.line = at;
    }
    let plan = plan(&moved, &known, WANTED).unwrap();
    assert_eq!(
        sent(&plan),
        [
            ("of-k6", Origin::Given),
            ("of-k4", Origin::Fresh),
            ("of-k3", Origin::Fresh),
            ("of-k1", Origin::Given),
            ("of-k0", Origin::Fresh),
        ]
    );
    assert_eq!((plan.to_place, plan.to_settle), (3, 2));
    let lines: Vec<u64> = plan.entries.iter().map(|entry| entry.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn what_left_no_trace_is_placed_again_only_if_that_is_asked_for() {
    let rows = [row(2, "a", "+1")];
    let known = [left(&rows[0], Outcome::NoTrace)];
    assert!(plan(&rows, &known, WANTED).unwrap().jobs.is_empty());
    let wanted = Wanted {
        again_without_trace: true,
        ..WANTED
    };
    let plan = plan(&rows, &known, wanted).unwrap();
    let follows = Some(Ticket::new("of-a"));
    let what = Task::Place {
        origin: Origin::Fresh,
        follows,
    };
    assert_eq!(plan.jobs[0].what, what);
    assert_eq!(plan.entries[0].ticket.as_str(), "new-1");
}

#[test]
fn a_call_that_goes_on_is_followed_if_its_end_is_waited_for() {
    let rows = [row(2, "a", "+1"), row(3, "b", "+2")];
    let mut known = [
        left(&rows[0], Outcome::Placed),
        left(&rows[1], Outcome::Placed),
    ];
    known[0].state = "QUEUED".to_owned();
    known[1].state = "BUSY".to_owned();
    let wanted = Wanted {
        wait: true,
        ..WANTED
    };
    let plan = plan(&rows, &known, wanted).unwrap();
    let jobs: Vec<_> = plan.jobs.iter().map(|job| (job.row, &job.what)).collect();
    assert_eq!(jobs, [(0, &Task::Follow)]);
}

#[test]
fn a_row_that_was_edited_after_it_was_placed_is_told_and_nothing_is_sent() {
    let before = row(2, "a", "+1");
    let after = [row(5, "edited", "+1"), row(6, "b", "+2")];
    for outcome in [Outcome::Placed, Outcome::Sending, Outcome::NoTrace] {
        let edited = plan(&after, &[left(&before, outcome)], WANTED).unwrap_err();
        let told = edited.told("calls.csv");
        assert!(told.starts_with("calls.csv:5:1: "), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    // What certainly made no call may be mended.
    for outcome in [Outcome::Refused, Outcome::NotSent, Outcome::Waiting] {
        let plan = plan(&after, &[left(&before, outcome)], WANTED).unwrap();
        assert_eq!((plan.jobs.len(), plan.gone.len()), (2, 0));
    }
}

#[test]
fn an_id_whose_number_has_changed_after_it_was_called_is_told() {
    let known = [left(&row(2, "id", "+1"), Outcome::Placed)];
    let edited = plan(&[row(2, "id", "+2")], &known, WANTED).unwrap_err();
    assert!(edited.told("f").contains("+1 was called"));
}

#[test]
fn what_was_placed_for_a_row_that_is_gone_stays_in_the_results() {
    let gone = row(2, "a", "+1");
    let known = [
        left(&gone, Outcome::Placed),
        left(&row(3, "c", "+3"), Outcome::Refused),
    ];
    let plan = plan(&[row(2, "b", "+2")], &known, WANTED).unwrap();
    let all: Vec<&str> = plan.all().map(|entry| entry.row.as_str()).collect();
    assert_eq!(all, ["b", "a"]);
}

#[test]
fn the_tickets_of_a_batch_with_its_own_are_the_same_without_its_results() {
    let tickets = Tickets {
        fresh: &|| panic!("no fresh ticket is needed"),
        of_batch: Some(&Ticket::new("spring")),
    };
    let rows = [row(2, "a", "+1"), row(3, "a-2", "+1")];
    let plan = Plan::new(&rows, HashMap::new(), &tickets, WANTED).unwrap();
    assert_eq!(
        sent(&plan),
        [("spring.a", Origin::Given), ("spring.a-2", Origin::Given)]
    );
}

#[test]
fn numbers_that_are_called_twice_are_counted_once() {
    let rows = ["+1", "+2", "+1", "+1", "+3", "+2"].map(|to| row(2, "a", to));
    assert_eq!(called_twice(&rows), 2);
}
