//! The columns of tables and CSV: the console's, and every other field of a call, under the names
//! that the language of filters has for them.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::json;
use crate::app;
use crate::call::{Call, Money, Party, PhaseKind, State};
use crate::config::nearest;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Column {
    /// One that has a name only.
    Plain(Plain),
    /// The value of the label with this key.
    Label(Box<str>),
}

/// What the names of columns begin with that show one label.
const LABEL: &str = "label.";

macro_rules! plain {
    ($($variant:ident $name:literal;)*) => {
        /// A column that is named by one word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::cli) enum Plain { $($variant,)* }

        impl Plain {
            /// All of them, in the order in which CSV has them.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What it is called on the command line, and in the first line of CSV.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

plain! {
    Name "name";
    Id "id";
    State "state";
    Direction "direction";
    Transport "transport";
    From "from";
    To "to";
    Created "created";
    Started "started";
    Rang "rang";
    Answered "answered";
    Ended "ended";
    Changed "changed";
    Queue "queue";
    Pdd "pdd";
    Ring "ring";
    Talk "talk";
    Price "price";
    Currency "currency";
    Error "error";
    Message "message";
    Method "method";
    Leg "leg";
    Bridged "bridged";
    Private "private";
    Region "region";
    Zone "zone";
    Sip "sip";
    Handler "handler";
    Labels "labels";
}

impl Plain {
    /// The same column on the console, if it has it.
    fn console(self) -> Option<app::Column> {
        let same = |column: &app::Column| column.name() == self.name();
        app::Column::ALL.into_iter().find(same)
    }
}

impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(key) = text.strip_prefix(LABEL).filter(|key| !key.is_empty()) {
            return Ok(Self::Label(key.into()));
        }
        let names = || Plain::ALL.iter().map(|plain| plain.name());
        let known = Plain::ALL.iter().find(|plain| plain.name() == text);
        known.map(|plain| Self::Plain(*plain)).ok_or_else(|| {
            let all = || names().chain(["label.KEY"]);
            match nearest(text, all()) {
                Some(near) => format!("there is no such column; did you mean {near}?"),
                None => format!(
                    "there is no such column; there are {}",
                    all().collect::<Vec<_>>().join(", ")
                ),
            }
        })
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(plain) => f.write_str(plain.name()),
            Self::Label(key) => write!(f, "{LABEL}{key}"),
        }
    }
}

/// What stands in a column, before it has a form.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Absent,
    /// A text of somebody's.
    Text(Cow<'a, str>),
    /// A word of the API's, or one that is made here.
    Word(Cow<'a, str>),
    /// A number or an address, with the text that it was read from.
    Party(Party<'a>, &'a str),
    State(State),
    Time(DateTime<Utc>),
    Span(Duration),
    Money(&'a Money),
    /// A code and its message.
    Error(&'a str, &'a str),
}

impl Column {
    /// What stands in it for a call at a moment.
    pub(super) fn value<'a>(&self, call: &'a Call, now: DateTime<Utc>) -> Value<'a> {
        let plain = match self {
            Self::Plain(plain) => *plain,
            Self::Label(key) => {
                let value = call.labels.iter().find(|(name, _)| *name == &**key);
                return value.map_or(Value::Absent, |(_, value)| text(value));
            }
        };
        let phase = |kind| {
            let phase = call.phase(kind);
            phase.map_or(Value::Absent, |phase| Value::Span(phase.length(now)))
        };
        let yes = |holds: bool| Value::Word(if holds { "yes" } else { "no" }.into());
        match plain {
            Plain::Name => text(call.name.as_str()),
            Plain::Id => text(call.name.id()),
            Plain::State => Value::State(call.state),
            Plain::Direction => Value::Word(call.direction.name()),
            Plain::Transport => Value::Word(call.transport.name()),
            Plain::From => Value::Party(call.from_party(), &call.from),
            Plain::To => Value::Party(call.to_party(), &call.to),
            Plain::Created => time(call.create_time),
            Plain::Started => time(call.start_time),
            Plain::Rang => time(call.ring_time),
            Plain::Answered => time(call.answer_time),
            Plain::Ended => time(call.end_time),
            Plain::Changed => time(changed(call)),
            Plain::Queue => phase(PhaseKind::Queued),
            Plain::Pdd => call.post_dial_delay().map_or(Value::Absent, Value::Span),
            Plain::Ring => phase(PhaseKind::Ringing),
            Plain::Talk => call.talk(now).map_or(Value::Absent, Value::Span),
            Plain::Price => call.price.as_ref().map_or(Value::Absent, Value::Money),
            Plain::Currency => {
                let price = call.price.as_ref();
                price.map_or(Value::Absent, |price| text(price.currency()))
            }
            Plain::Error => match (&*call.error_code, &*call.error_message) {
                ("", "") => Value::Absent,
                (code, message) => Value::Error(code, message),
            },
            Plain::Message => text(&call.error_message),
            Plain::Method => Value::Word(call.create_method.name()),
            Plain::Leg => {
                let leg = call.originating_call.as_ref();
                leg.map_or(Value::Absent, |name| text(name.as_str()))
            }
            Plain::Bridged => yes(call.bridged),
            Plain::Private => yes(call.is_private),
            Plain::Region => region(call),
            Plain::Zone => text(&call.from_zone),
            Plain::Sip => text(&call.sip_call_id),
            Plain::Handler => {
                let options = call.options.as_ref();
                options.map_or(Value::Absent, |it| owned(it.handler_uris.join(" ")))
            }
            Plain::Labels if call.labels.is_empty() => Value::Absent,
            Plain::Labels => owned(json::text(&call.labels)),
        }
    }

    /// Which of two calls comes first when they are sorted by this column: as on the console where it
    /// has the column; else the latest, the longest, or the first in the alphabet, and what is absent
    /// comes last.
    pub(super) fn compare(&self, a: &Call, b: &Call, now: DateTime<Utc>) -> Ordering {
        if let Self::Plain(plain) = self
            && let Some(column) = plain.console()
        {
            return column.compare(a, b);
        }
        let (a, b) = (self.value(a, now), self.value(b, now));
        let absent = (a == Value::Absent).cmp(&(b == Value::Absent));
        absent.then_with(|| match (&a, &b) {
            (Value::Time(a), Value::Time(b)) => Reverse(a).cmp(&Reverse(b)),
            (Value::Span(a), Value::Span(b)) => Reverse(a).cmp(&Reverse(b)),
            (Value::Text(a) | Value::Word(a), Value::Text(b) | Value::Word(b)) => a.cmp(b),
            // The console's columns have been compared, and a column has values of one kind.
            _ => Ordering::Equal,
        })
    }
}

/// When a call came into the state that it is in, as far as the service tells.
pub(super) fn changed(call: &Call) -> Option<DateTime<Utc>> {
    match call.state {
        State::Queued => call.create_time,
        State::Starting => call.start_time,
        State::Ringing => call.ring_time,
        State::InProgress => call.answer_time,
        State::Completed | State::Failed | State::NotAnswered | State::Busy | State::Rejected => {
            call.end_time
        }
        State::Unspecified | State::Other(_) => None,
    }
    .or(call.end_time)
    .or(call.create_time)
}

fn text(text: &str) -> Value<'_> {
    if text.is_empty() {
        Value::Absent
    } else {
        Value::Text(Cow::Borrowed(text))
    }
}

fn owned(text: String) -> Value<'static> {
    if text.is_empty() {
        Value::Absent
    } else {
        Value::Text(Cow::Owned(text))
    }
}

fn time(time: Option<DateTime<Utc>>) -> Value<'static> {
    time.map_or(Value::Absent, Value::Time)
}

/// The caller's place, from the nearest to the widest.
fn region(call: &Call) -> Value<'static> {
    let Some(place) = &call.from_location else {
        return Value::Absent;
    };
    let parts = [
        &place.locality,
        &place.administrative_area,
        &place.region_code,
    ];
    let parts = parts.into_iter().map(String::as_str);
    let told: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    owned(told.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::call::{CallName, Location};

    #[test]
    fn every_column_is_found_by_its_name() {
        for plain in Plain::ALL {
            assert_eq!(plain.name().parse(), Ok(Column::Plain(*plain)));
        }
        let label: Column = "label.Kampagne 1".parse().unwrap();
        assert_eq!(label, Column::Label("Kampagne 1".into()));
        assert_eq!(label.to_string(), "label.Kampagne 1");
    }

    #[test]
    fn the_readme_names_every_column_that_is_no_field_of_filters() {
        let readme = include_str!("../../../README.md");
        let (_, rest) = readme.split_once("\n## Lists for scripts\n").unwrap();
        let (section, _) = rest.split_once("\n## ").unwrap();
        for name in Plain::ALL.iter().map(|plain| plain.name()) {
            let field = crate::filter::Search::parse(&format!("{name}:*")).is_ok();
            assert!(field || section.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn the_console_s_columns_are_all_there() {
        for column in app::Column::ALL {
            let plain = column.name().parse::<Column>();
            assert!(plain.is_ok(), "{}", column.name());
        }
    }

    #[rstest]
    #[case::near("tlak", "did you mean talk?")]
    #[case::a_label_without_its_key("label.", "did you mean labels?")]
    #[case::far("colour", "there are name, id, state, ")]
    #[case::empty("", "there are name, id, ")]
    fn an_unknown_name_is_told_with_what_there_is(#[case] name: &str, #[case] part: &str) {
        let told = name.parse::<Column>().unwrap_err();
        assert!(told.contains(part), "{told}");
    }

    fn arbitrary_call() -> impl Strategy<Value = Call> {
        let times = || prop::option::of((0i64..100).prop_map(|at| DateTime::from_timestamp(at, 0)));
        (0..11i32, times(), times(), times(), "[a-c]{0,2}").prop_map(
            |(state, created, answered, ended, word)| {
                let mut call = Call::new(CallName::new(format!("projects/demo/calls/{word}")));
                call.state = State::from_number(state);
                call.create_time = created.flatten();
                call.answer_time = answered.flatten();
                call.end_time = ended.flatten();
                call.labels.insert("key", &*word);
                call.from_location = Some(Box::new(Location {
                    locality: word,
                    ..Location::default()
                }));
                call
            },
        )
    }

    proptest! {
        #[test]
        fn every_column_puts_calls_in_one_order(
            calls in prop::collection::vec(arbitrary_call(), 3),
            at in 0..=Plain::ALL.len(),
        ) {
            let column = Plain::ALL.get(at).map_or_else(|| Column::Label("key".into()), |it| Column::Plain(*it));
            let now = DateTime::from_timestamp(1_000, 0).unwrap();
            let order = |a: usize, b: usize| column.compare(&calls[a], &calls[b], now);
            prop_assert_eq!(order(0, 0), Ordering::Equal);
            prop_assert_eq!(order(0, 1), order(1, 0).reverse());
            if order(0, 1).is_le() && order(1, 2).is_le() {
                prop_assert!(order(0, 2).is_le());
            }
        }
    }
}
