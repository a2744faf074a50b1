//! The leaves of a plan: what of a condition can be said to the service, and why the rest cannot.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::call::{Direction, State, Transport};
use crate::filter::search::{Moves, language};
use crate::filter::{
    Attribute, Comparison, Condition, Criterion, End, Equality, Expr, Pattern, Standpoint, Times,
    When, time,
};

/// Why a part of a filter is evaluated by the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The service has no field for it; the name is the console's, or nothing for a word.
    NoField(Option<&'static str>),
    /// It takes a negation, which the service is not known to understand. The other names are not
    /// the same: there may be values that nobody here knows yet.
    Negation,
    /// It asks whether a field is set, which the service is not known to understand.
    Presence,
    /// The value cannot be written in the one style that the service is known to understand: one star
    /// at the end, no quotes or backslashes, a name of its own.
    Value,
    /// It moves on all the time: what the service left out now would pass later.
    Moves,
    /// Written as AND of OR groups, which is all that can be said to the service, it grows too big.
    Shape,
    /// It no longer fits in what the service takes at once: 2,048 bytes and 50 restrictions.
    Room,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoField(Some(name)) => write!(f, "the service cannot filter by {name}"),
            Self::NoField(None) => f.write_str("the service cannot look for words"),
            Self::Negation => f.write_str("the service is not known to understand NOT and !="),
            Self::Presence => f.write_str("the service is not known to understand :*"),
            Self::Value => f.write_str(
                "the service is only known to understand plain values with one * at the end",
            ),
            Self::Moves => f.write_str("it moves with the time, and lets more calls pass later"),
            Self::Shape => f.write_str("written without parentheses it is too long"),
            Self::Room => f.write_str("it does not fit in what the service takes at once"),
        }
    }
}

/// A tree without negations: they have gone into its leaves.
#[derive(Debug)]
pub(super) enum Formula {
    All(Vec<Self>),
    Any(Vec<Self>),
    One(Literal),
}

/// A leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// As it is shown.
    pub(super) text: String,
    /// As it is asked, or why it is not.
    pub(super) condition: Result<Condition, Reason>,
    /// When it lets more calls pass than now.
    pub(super) expires: Option<DateTime<Utc>>,
}

/// Whether what is looked at stands under an odd number of negations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plain,
    Negated,
}

impl Sign {
    fn turned(self) -> Self {
        match self {
            Self::Plain => Self::Negated,
            Self::Negated => Self::Plain,
        }
    }

    fn equality(self, equality: Equality) -> Equality {
        match self {
            Self::Plain => equality,
            Self::Negated => equality.negated(),
        }
    }

    fn comparison(self, comparison: Comparison) -> Comparison {
        match self {
            Self::Plain => comparison,
            Self::Negated => comparison.negated(),
        }
    }
}

/// For how long a plan is to be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// For one list, read now.
    Once,
    /// For a list that goes on as time passes.
    OnAndOn,
}

/// From where a plan is made, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) at: &'a Standpoint,
    pub(super) asks: Asks,
}

/// The tree without its negations, as seen from a standpoint.
pub(super) fn formula(expr: &Expr<Criterion>, sign: Sign, view: View<'_>) -> Formula {
    let all = |parts: &[Expr<Criterion>]| {
        parts
            .iter()
            .map(|part| formula(part, sign, view))
            .collect::<Vec<_>>()
    };
    match (expr, sign) {
        (Expr::And { parts, .. }, Sign::Plain) | (Expr::Or { parts, .. }, Sign::Negated) => {
            Formula::All(all(parts))
        }
        (Expr::Or { parts, .. }, Sign::Plain) | (Expr::And { parts, .. }, Sign::Negated) => {
            Formula::Any(all(parts))
        }
        (Expr::Not { inner, .. }, sign) => formula(inner, sign.turned(), view),
        (Expr::Restriction(restriction), sign) => match &restriction.condition {
            Criterion::Created(comparison, times) => {
                created(sign.comparison(*comparison), *times, view)
            }
            other => Formula::One(literal(other, sign)),
        },
    }
}

/// A condition on anything but the creation time.
fn literal(criterion: &Criterion, sign: Sign) -> Literal {
    let (condition, told) = match criterion {
        Criterion::Party(end, equality, pattern) => {
            let equality = sign.equality(*equality);
            let told = Criterion::Party(*end, equality, pattern.clone());
            (party(*end, equality, pattern), told)
        }
        Criterion::State(equality, state) => {
            let equality = sign.equality(*equality);
            let unsaid = matches!(state, State::Unspecified | State::Other(_));
            let condition = Condition::State(equality, *state);
            (
                named(condition, equality, unsaid),
                Criterion::State(equality, *state),
            )
        }
        Criterion::Direction(equality, direction) => {
            let equality = sign.equality(*equality);
            let unsaid = matches!(direction, Direction::Unspecified | Direction::Other(_));
            let condition = Condition::Direction(equality, *direction);
            (
                named(condition, equality, unsaid),
                Criterion::Direction(equality, *direction),
            )
        }
        Criterion::Transport(equality, transport) => {
            let equality = sign.equality(*equality);
            let unsaid = matches!(transport, Transport::Unspecified | Transport::Other(_));
            let condition = Condition::Transport(equality, *transport);
            (
                named(condition, equality, unsaid),
                Criterion::Transport(equality, *transport),
            )
        }
        other => {
            let text = match sign {
                Sign::Plain => other.to_string(),
                Sign::Negated => format!("NOT {other}"),
            };
            return Literal {
                text,
                condition: Err(unasked(other.attribute())),
                expires: None,
            };
        }
    };
    let text = match &condition {
        Ok(condition) => condition.to_string(),
        Err(_) => told.to_string(),
    };
    Literal {
        text,
        condition,
        expires: None,
    }
}

/// Why nothing of the kind is asked of the service.
fn unasked(attribute: Option<Attribute>) -> Reason {
    match attribute {
        Some(attribute) if attribute.field().is_some() => Reason::Presence,
        Some(attribute) => Reason::NoField(Some(language::about(attribute).name)),
        None => Reason::NoField(None),
    }
}

fn party(end: End, equality: Equality, pattern: &Pattern) -> Result<Condition, Reason> {
    if equality == Equality::NotEqual {
        return Err(Reason::Negation);
    }
    if !is_plain(pattern) {
        return Err(Reason::Value);
    }
    Ok(match end {
        End::To => Condition::To(equality, pattern.clone()),
        End::From => Condition::From(equality, pattern.clone()),
    })
}

fn named(condition: Condition, equality: Equality, unsaid: bool) -> Result<Condition, Reason> {
    match equality {
        Equality::NotEqual => Err(Reason::Negation),
        Equality::Equal if unsaid => Err(Reason::Value),
        Equality::Equal => Ok(condition),
    }
}

/// A text with at most one star, at its end. Escapes are not proven, and neither is what the
/// service makes of a star alone or of nothing at all.
fn is_plain(pattern: &Pattern) -> bool {
    let text = pattern
        .exact()
        .or_else(|| pattern.prefix())
        .unwrap_or_default();
    !text.is_empty()
        && !text.chars().any(char::is_control)
        && !text.contains(['\'', '"', '\\', '*'])
}

/// Bounds on the creation time: times are whole nanoseconds, so that every comparison is one of `>=`
/// and `<`, or two of them. A call whose creation time the service leaves out has one all the same
/// for the service, so that a negated bound is the opposite bound.
fn created(comparison: Comparison, times: Times, view: View<'_>) -> Formula {
    let stretch = times.stretch(view.at);
    let bounds = stretch.bounds(comparison);
    let told = |comparison| Criterion::Created(comparison, times).to_string();
    let from = |time, comparison| bound(Comparison::AtLeast, time, times, told(comparison), view);
    let before = |time, comparison| bound(Comparison::Less, time, times, told(comparison), view);
    match (comparison, bounds) {
        (Comparison::NotEqual, (Some(start), Some(end))) => Formula::Any(vec![
            before(start, Comparison::Less),
            from(end, Comparison::Greater),
        ]),
        (Comparison::NotEqual, (Some(start), None)) => before(start, Comparison::Less),
        (_, (Some(start), Some(end))) => Formula::All(vec![
            from(start, Comparison::AtLeast),
            before(end, Comparison::AtMost),
        ]),
        (_, (Some(start), None)) => from(start, comparison),
        (_, (None, Some(end))) => before(end, comparison),
        (_, (None, None)) => Formula::All(Vec::new()),
    }
}

/// One bound. What has only a lower bound that moves on loses calls as time passes, and an older
/// bound brings a few too many; with an upper one it gains some, which an older bound would hide.
fn bound(
    comparison: Comparison,
    bound: DateTime<Utc>,
    times: Times,
    told: String,
    view: View<'_>,
) -> Formula {
    let gains = comparison == Comparison::Less && view.asks == Asks::OnAndOn;
    let (condition, expires) = match times.moves() {
        _ if !time::is_sayable(bound) => (Err(Reason::Value), None),
        Moves::Always if gains => (Err(Reason::Moves), None),
        Moves::Daily if gains => {
            let today = Times::One(When::Local(crate::filter::Day::Today, None));
            (
                Ok(Condition::CreateTime(comparison, bound)),
                today.stretch(view.at).end,
            )
        }
        Moves::Never | Moves::Daily | Moves::Always => {
            (Ok(Condition::CreateTime(comparison, bound)), None)
        }
    };
    let text = match &condition {
        Ok(condition) => condition.to_string(),
        Err(_) => told,
    };
    Formula::One(Literal {
        text,
        condition,
        expires,
    })
}
