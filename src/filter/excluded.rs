//! Whether a call that was listed proves that the service did not apply the filter of the request.
//!
//! That is more than not passing. What the service leaves out, or says by a number that has no name
//! here yet, may be just what was asked for; and a service may keep times more coarsely than a filter
//! says them. So the answer has three values: it holds, it does not, and it cannot be told.

use chrono::TimeDelta;

use super::{Condition, Expr, Field, Filter};
use crate::call::{Call, Direction, State, Transport};

/// So near to a bound it cannot be told on which side the service has a time.
const COARSE: TimeDelta = TimeDelta::seconds(1);

impl Filter {
    /// Whether a call certainly does not pass, as far as the service tells of it. A service that lists
    /// such a call has not applied the filter.
    pub fn excludes(&self, call: &Call) -> bool {
        self.expr()
            .is_some_and(|root| holds(root, call) == Some(false))
    }
}

/// Whether a call passes; nothing if that cannot be told.
fn holds(expr: &Expr, call: &Call) -> Option<bool> {
    match expr {
        Expr::And { parts, .. } => one_of(parts, call, false),
        Expr::Or { parts, .. } => one_of(parts, call, true),
        Expr::Not { inner, .. } => holds(inner, call).map(|holds| !holds),
        Expr::Restriction(restriction) => {
            can_be_told(&restriction.condition, call).then(|| restriction.condition.holds(call))
        }
    }
}

/// One part that comes out so decides; otherwise all parts have to be known.
fn one_of(parts: &[Expr], call: &Call, decides: bool) -> Option<bool> {
    let mut known = true;
    for part in parts {
        match holds(part, call) {
            Some(holds) if holds == decides => return Some(decides),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!decides)
}

fn can_be_told(condition: &Condition, call: &Call) -> bool {
    let is_set = |field| Condition::Has(field).holds(call);
    match condition {
        Condition::CreateTime(_, bound) => call
            .create_time
            .is_some_and(|created| created.signed_duration_since(*bound).abs() > COARSE),
        Condition::To(..) => is_set(Field::To),
        // Left out where the number is withheld.
        Condition::From(..) => is_set(Field::From),
        Condition::State(..) => !matches!(call.state, State::Unspecified | State::Other(_)),
        Condition::Direction(..) => {
            !matches!(call.direction, Direction::Unspecified | Direction::Other(_))
        }
        Condition::Transport(..) => {
            !matches!(call.transport, Transport::Unspecified | Transport::Other(_))
        }
        Condition::Has(field) => is_set(*field),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::call::CallName;

    /// A failed call from +61 2 5550 1234, created at noon.
    fn call() -> Call {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.state = State::Failed;
        call.direction = Direction::Outgoing;
        call.from = "+61255501234".into();
        call.create_time = Some("2026-11-23T12:00:00Z".parse().unwrap());
        call
    }

    #[rstest]
    #[case::everything("", false)]
    #[case::what_it_is("state = FAILED", false)]
    #[case::another_state("state = BUSY", true)]
    #[case::one_of_several("state = BUSY OR state = FAILED", false)]
    #[case::none_of_several("state = BUSY OR direction = INCOMING", true)]
    #[case::all_of_several("state = FAILED AND direction = INCOMING", true)]
    #[case::negated("NOT state = FAILED", true)]
    #[case::another_caller("from = '+1*'", true)]
    #[case::before_it_was_created("createTime < '2026-11-23T11:00:00Z'", true)]
    #[case::long_before_it("createTime >= '2026-11-23T11:00:00Z'", false)]
    #[case::a_nanosecond_too_late("createTime >= '2026-11-23T12:00:00.000000001Z'", false)]
    #[case::two_seconds_too_late("createTime >= '2026-11-23T12:00:02Z'", true)]
    #[case::not_said("to = '+1*'", false)]
    #[case::not_said_of_a_value("transport = SIP", false)]
    #[case::not_said_or_otherwise("transport = SIP OR state = BUSY", false)]
    #[case::not_said_and_otherwise("transport = SIP AND state = BUSY", true)]
    #[case::not_said_negated("NOT to:*", false)]
    fn only_what_is_certain_counts(#[case] filter: &str, #[case] excluded: bool) {
        let filter = Filter::parse(filter).unwrap();
        assert_eq!(filter.excludes(&call()), excluded);
    }

    #[test]
    fn a_value_without_a_name_proves_nothing() {
        let mut call = call();
        let filter = Filter::parse("state = BUSY AND direction = OUTGOING").unwrap();
        assert!(filter.excludes(&call));
        call.state = State::Other(42);
        assert!(!filter.excludes(&call));
        call.direction = Direction::Incoming;
        assert!(filter.excludes(&call));
    }

    #[test]
    fn a_call_without_a_time_proves_nothing_about_times() {
        let mut call = call();
        call.create_time = None;
        let filter = Filter::parse("createTime < '2020-01-01T00:00:00Z'").unwrap();
        assert!(!filter.excludes(&call));
    }
}
