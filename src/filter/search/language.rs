//! The console's language as one table: the parser's names, its suggestions, completion, the help
//! page and the README's section all come from here.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::attribute::{Attribute, End, Flag, Length, Text};
use super::names::names_of;
use crate::filter::Op;

/// What kind of value a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A time, a day, or a stretch of time.
    Time,
    /// A telephone number or a SIP address.
    Party,
    /// One of a few names.
    Name,
    /// Any text.
    Text,
    /// A length of time.
    Length,
    /// An amount of money.
    Money,
    /// Yes or no.
    Flag,
}

impl Kind {
    /// All kinds, in the order in which people are told of them.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::Party,
        Self::Text,
        Self::Flag,
        Self::Time,
        Self::Length,
        Self::Money,
    ];

    /// What people call such values.
    pub fn title(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Party => "number, address",
            Self::Name => "name",
            Self::Text => "text",
            Self::Length => "length of time",
            Self::Money => "money",
            Self::Flag => "yes or no",
        }
    }

    /// The operators between such a field and its value.
    pub fn operators(self) -> &'static [Op] {
        match self {
            Self::Time | Self::Length | Self::Money => &[
                Op::Equal,
                Op::NotEqual,
                Op::Less,
                Op::AtMost,
                Op::Greater,
                Op::AtLeast,
            ],
            Self::Party | Self::Name | Self::Text | Self::Flag => &[Op::Equal, Op::NotEqual],
        }
    }

    /// How such values are written.
    pub fn values(self) -> &'static str {
        match self {
            Self::Time => "-2h, today, yesterday, 2026-11-23, 10:00, 10:00..11:30",
            Self::Party => "+61491570156, '+61 491*', 100@pbx.example, agent*",
            Self::Name => "in any case, such as failed or in-progress",
            Self::Text => "text in any case, * for any run of characters",
            Self::Length => "30s, 1m30s, 1.5h, 250ms, 5 min",
            Self::Money => "0.05, AUD 0.05, 0.05 AUD",
            Self::Flag => "yes, no",
        }
    }
}

/// Who evaluates a condition on a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The service, where the condition can be said in the style that it is known to understand.
    Service,
    /// The console, over what is loaded.
    Console,
}

/// One field of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is about.
    pub attribute: Attribute,
    /// Its name; letter case does not matter.
    pub name: &'static str,
    /// Other spellings that are read.
    pub also: &'static [&'static str],
    /// What its values are.
    pub kind: Kind,
    /// What it is, in one line.
    pub means: &'static str,
    /// A restriction with it that can be typed as it stands.
    pub example: &'static str,
}

impl Entry {
    /// The name as it is written: a label is one of a key.
    pub fn written(&self) -> &'static str {
        match self.attribute {
            Attribute::Label => "label.KEY",
            Attribute::Created
            | Attribute::Party(_)
            | Attribute::State
            | Attribute::Direction
            | Attribute::Transport
            | Attribute::Method
            | Attribute::Text(_)
            | Attribute::Length(_)
            | Attribute::Price
            | Attribute::Flag(_) => self.name,
        }
    }

    /// How its values are written: their names where it has few.
    pub fn values(&self) -> Cow<'static, str> {
        match self.kind {
            Kind::Name => names_of(self.attribute).join(", ").replace('_', "-").into(),
            Kind::Time | Kind::Party | Kind::Text | Kind::Length | Kind::Money | Kind::Flag => {
                self.kind.values().into()
            }
        }
    }

    /// Who evaluates it.
    pub fn place(&self) -> Place {
        if self.attribute.field().is_some() {
            Place::Service
        } else {
            Place::Console
        }
    }
}

/// What a form is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// How parts are put together.
    Reading,
    /// Words, names and values.
    Words,
    /// Times.
    Times,
}

impl Topic {
    /// All topics, in the order in which people are told of them.
    pub const ALL: [Self; 3] = [Self::Reading, Self::Words, Self::Times];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Reading => "How it reads",
            Self::Words => "Words and values",
            Self::Times => "Times",
        }
    }
}

/// Something that can be written beside plain restrictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// What it is about.
    pub topic: Topic,
    /// A filter that can be typed as it stands.
    pub example: &'static str,
    /// What it means, in one line.
    pub means: &'static str,
}

/// The whole language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// Every field, in the order in which people are told of them.
    pub fields: &'static [Entry],
    /// All that is not a field.
    pub forms: &'static [Form],
}

/// The console's language.
pub fn language() -> Language {
    Language {
        fields: FIELDS,
        forms: FORMS,
    }
}

const fn entry(
    attribute: Attribute,
    kind: Kind,
    name: &'static str,
    also: &'static [&'static str],
    told: (&'static str, &'static str),
) -> Entry {
    Entry {
        attribute,
        name,
        also,
        kind,
        means: told.0,
        example: told.1,
    }
}

#[rustfmt::skip] // a table is read by its columns
const FIELDS: &[Entry] = &[
    entry(Attribute::State, Kind::Name, "state", &[], ("how far the call has come", "state = failed, busy")),
    entry(Attribute::Direction, Kind::Name, "direction", &[], ("which way it goes", "direction = incoming")),
    entry(Attribute::Transport, Kind::Name, "transport", &[], ("what carries it", "transport = sip")),
    entry(Attribute::Created, Kind::Time, "created", &["createTime", "create_time"], ("when the service took it on", "created > -2h")),
    entry(Attribute::Party(End::To), Kind::Party, "to", &[], ("who is called, as on screen; in quotes to the letter; letter case matters", "to = '+61 491 570 156'")),
    entry(Attribute::Party(End::From), Kind::Party, "from", &[], ("who calls, in the same way; private for a withheld number", "from = '+61*'")),
    entry(Attribute::Text(Text::Error), Kind::Text, "error", &["error_code", "errorCode"], ("the code of its error", "error = INVALID*")),
    entry(Attribute::Text(Text::Message), Kind::Text, "message", &["error_message", "errorMessage"], ("its error in words", "message = '*timed out*'")),
    entry(Attribute::Label, Kind::Text, "label", &["labels"], ("the value of a label; letter case of the key matters", "label.campaign = spring")),
    entry(Attribute::Length(Length::Talk), Kind::Length, "talk", &["answer_duration", "answerDuration"], ("how long people talked so far; 0s if it ended unanswered", "talk < 5s")),
    entry(Attribute::Length(Length::Queue), Kind::Length, "queue", &[], ("from creation to the attempt", "queue > 10s")),
    entry(Attribute::Length(Length::Pdd), Kind::Length, "pdd", &["post_dial_delay"], ("from the attempt to ringing", "pdd >= 3s")),
    entry(Attribute::Length(Length::Ring), Kind::Length, "ring", &[], ("from ringing to the answer or the end", "ring > 1m30s")),
    entry(Attribute::Price, Kind::Money, "price", &[], ("what it costs, in a currency or in any", "price >= AUD 0.05")),
    entry(Attribute::Method, Kind::Name, "method", &["create_method", "createMethod"], ("what brought it about", "method = parent-call")),
    entry(Attribute::Text(Text::Leg), Kind::Text, "leg", &["originating_call", "originatingCall"], ("id of the call during which it was made", "leg = 6f1c2e04*")),
    entry(Attribute::Text(Text::Id), Kind::Text, "id", &["name"], ("its id", "id = 6f1c2e04*")),
    entry(Attribute::Text(Text::Region), Kind::Text, "region", &["from_location", "fromLocation", "location"], ("where the caller is: region, state or city", "region = AU")),
    entry(Attribute::Text(Text::Zone), Kind::Text, "zone", &["from_zone", "fromZone"], ("the caller's zone", "zone = melbourne*")),
    entry(Attribute::Text(Text::Sip), Kind::Text, "sip", &["sip_call_id", "sipCallId"], ("the SIP Call-ID", "sip = *@pbx.example")),
    entry(Attribute::Text(Text::Handler), Kind::Text, "handler", &["handlers", "handler_uris", "handlerUris"], ("the URIs of its handlers", "handler = https://flows.example/*")),
    entry(Attribute::Flag(Flag::Bridged), Kind::Flag, "bridged", &[], ("it was bridged to another leg", "bridged")),
    entry(Attribute::Flag(Flag::Private), Kind::Flag, "private", &["is_private", "isPrivate"], ("the caller's number is withheld", "private = no")),
];

const fn form(topic: Topic, example: &'static str, means: &'static str) -> Form {
    Form {
        topic,
        example,
        means,
    }
}

#[rustfmt::skip] // as above
const FORMS: &[Form] = &[
    form(Topic::Reading, "failed incoming", "side by side or with AND: both"),
    form(Topic::Reading, "failed OR busy", "either"),
    form(Topic::Reading, "incoming failed OR busy", "OR binds tighter than AND: incoming, and either failed or busy"),
    form(Topic::Reading, "(failed incoming) OR busy", "parentheses group"),
    form(Topic::Reading, "NOT private", "the opposite; -private and !private are the same"),
    form(Topic::Reading, "failed && !busy || rejected", "other signs for AND, NOT and OR"),
    form(Topic::Words, "failed", "a name that a field can have stands for that field: state = FAILED"),
    form(Topic::Words, "spring", "any other word: it stands somewhere in the call, in any case"),
    form(Topic::Words, "'+61 491'", "text in quotes is looked for as it is; numbers are found however they are spaced"),
    form(Topic::Words, "state:failed", "the same as state = failed"),
    form(Topic::Words, "state = failed, busy", "one of several values; with != none of them"),
    form(Topic::Words, "error:*", "the field is set"),
    form(Topic::Words, "to = '+61*56'", "* stands for any run of characters; \\* for a star itself"),
    form(Topic::Times, "since:2h", "created in the last two hours; the window moves with the time"),
    form(Topic::Times, "since:10:00 until:11:30", "from a time of day to another, both included, in the zone on screen"),
    form(Topic::Times, "10:00..11:30", "the same; 22:00..02:00 is the latest such night"),
    form(Topic::Times, "since:23:00", "a time of day that is still to come is yesterday's"),
    form(Topic::Times, "yesterday", "created on that day; also today, 2026-11-23, and 2026-11-23..2026-11-25"),
    form(Topic::Times, "created = '2026-11-23 14:05'", "within that minute; < is before it, > after it"),
    form(Topic::Times, "createTime >= '2026-11-23T14:05:00Z'", "an exact time of any zone"),
];

/// The field of a name, in any of its spellings and in any letter case.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    FIELDS.iter().find(|entry| {
        let mut spellings = std::iter::once(entry.name).chain(entry.also.iter().copied());
        spellings.any(|spelling| spelling.eq_ignore_ascii_case(name))
    })
}

/// What is said of an attribute.
pub(crate) fn about(attribute: Attribute) -> &'static Entry {
    // Every attribute has its entry, which a test sees to; the first stands in for none.
    FIELDS
        .iter()
        .find(|entry| entry.attribute == attribute)
        .unwrap_or(&FIELDS[0])
}

/// The words that begin a restriction on the creation time.
pub(super) const SINCE: &str = "since";
/// The same, for its end.
pub(super) const UNTIL: &str = "until";

/// The language as two tables of Markdown, for the README.
pub fn language_in_markdown() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = String::from(
        "| field | what it is | values | operators | evaluated by | example |\n\
         |---|---|---|---|---|---|\n",
    );
    for entry in FIELDS {
        let operators: Vec<&str> = entry.kind.operators().iter().map(|op| op.text()).collect();
        let place = match entry.place() {
            Place::Service => "service",
            Place::Console => "console",
        };
        let row = [
            format!("`{}`", entry.written()),
            cell(entry.means),
            cell(&entry.values()),
            format!("`{} :*`", operators.join(" ")),
            place.to_owned(),
            format!("`{}`", cell(entry.example)),
        ];
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text.push_str("\n| also | means |\n|---|---|\n");
    for form in FORMS {
        let _ = writeln!(text, "| `{}` | {} |", cell(form.example), cell(form.means));
    }
    text
}
