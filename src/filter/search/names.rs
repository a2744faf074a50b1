//! Values that have names, and how people spell them: in any case, with hyphens or blanks where the
//! service has underscores, and by their number where there is no name yet.

use super::attribute::Attribute;

/// The names of states that people look for.
pub(super) const STATES: [&str; 9] = [
    "queued",
    "starting",
    "ringing",
    "in_progress",
    "completed",
    "failed",
    "not_answered",
    "busy",
    "rejected",
];
/// Those of directions.
pub(super) const DIRECTIONS: [&str; 2] = ["outgoing", "incoming"];
/// Those of transports.
pub(super) const TRANSPORTS: [&str; 3] = ["pstn", "client", "sip"];
/// Those of what brings calls about.
pub(super) const METHODS: [&str; 3] = ["incoming_call", "parent_call", "api"];

/// The names of a field that has few.
pub(super) fn names_of(attribute: Attribute) -> &'static [&'static str] {
    match attribute {
        Attribute::State => &STATES,
        Attribute::Direction => &DIRECTIONS,
        Attribute::Transport => &TRANSPORTS,
        Attribute::Method => &METHODS,
        Attribute::Flag(_) => &["yes", "no"],
        Attribute::Created
        | Attribute::Party(_)
        | Attribute::Text(_)
        | Attribute::Label
        | Attribute::Length(_)
        | Attribute::Price => &[],
    }
}

/// What one of those names stands for, in a few words.
pub(super) fn meaning_of(attribute: Attribute, name: &str) -> &'static str {
    match (attribute, name) {
        (Attribute::State, "queued") => "waits for its attempt",
        (Attribute::State, "starting") => "being attempted",
        (Attribute::State, "ringing") => "the far end rings",
        (Attribute::State, "in_progress") => "answered, going on",
        (Attribute::State, "completed") => "answered, over",
        (Attribute::State, "failed") => "could not be made",
        (Attribute::State, "not_answered") => "nobody answered",
        (Attribute::State, "busy") => "the far end was engaged",
        (Attribute::State, "rejected") => "the far end declined",
        (Attribute::Direction, "outgoing") => "from the project",
        (Attribute::Direction, "incoming") => "to the project",
        (Attribute::Transport, "pstn") => "the telephone network",
        (Attribute::Transport, "client") => "an Enfonica client",
        (Attribute::Transport, "sip") => "a SIP domain",
        (Attribute::Method, "incoming_call") => "somebody called",
        (Attribute::Method, "parent_call") => "another leg made it",
        (Attribute::Method, "api") => "a request made it",
        _ => "",
    }
}

/// The field that a word on its own is a value of.
pub(super) fn named_in(word: &str) -> Option<Attribute> {
    let word = spelled(word).to_ascii_lowercase();
    [
        Attribute::State,
        Attribute::Direction,
        Attribute::Transport,
        Attribute::Method,
    ]
    .into_iter()
    .find(|attribute| names_of(*attribute).contains(&word.as_str()))
}

/// A name in the service's spelling.
pub(super) fn spelled(name: &str) -> String {
    name.to_ascii_uppercase().replace(['-', ' '], "_")
}

/// The wire's number of a value, for values that have no name yet.
pub(super) fn number(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('_').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number: i32 = digits.parse().ok().filter(|_| plain)?;
    // A minus sign has become an underscore by now.
    Some(if digits.len() < text.len() {
        -number
    } else {
        number
    })
}
