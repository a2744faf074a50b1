//! What must hold of any text, any cursor and any value that was seen.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::call::{
    Call, CallName, CreateMethod, Direction, Location, Money, Options, State, Transport,
};
use crate::filter::search::attribute::{Flag, Length};
use crate::filter::search::language::Entry;
use crate::filter::search::names::spelled;
use crate::filter::search::quoting;
use crate::filter::search::values;
use crate::filter::search::when::{Standpoint, Times, When};
use crate::filter::{Op, Search};

/// Pieces that make a text look like a filter.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "state",
        "to",
        "label",
        "label.",
        "created",
        "price",
        "talk",
        "since",
        "until",
        "sip",
        "bridged",
        "=",
        "!=",
        "<",
        ">=",
        ":",
        "*",
        "(",
        ")",
        " ",
        ",",
        "..",
        "AND",
        "or",
        "Not",
        "-",
        "'",
        "\"",
        "\\",
        "failed",
        "in-progress",
        "+61 4",
        "2021-02-01",
        "10:00",
        "today",
        "-2h",
        "1.5h",
        "AUD",
        "0.05",
        "é",
        "日本",
        "\n",
        "\0",
        "x@y",
        "://",
        "campaign",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..16).prop_map(|pieces| pieces.concat())
}

/// What the text becomes with an offer in it, and where the cursor is then.
fn accepted(text: &str, completion: &Completion, offer: &Offer) -> (String, usize) {
    let mut text = text.to_owned();
    text.replace_range(completion.replaces.clone(), &offer.text);
    (text, completion.replaces.start + offer.text.len())
}

fn standpoint() -> Standpoint {
    Standpoint {
        now: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        zone: chrono_tz::Australia::Melbourne,
    }
}

/// A call that has a value, or one beside which a time or a length stands as an operator says.
fn call_with(entry: &Entry, key: &str, op: Op, value: &str) -> Call {
    let mut call = Call::new(CallName::new("projects/demo/calls/1"));
    match entry.attribute {
        Attribute::Created => {
            let stretch = Times::parse(value).unwrap().stretch(&standpoint());
            call.create_time = Some(beside(op, stretch.start, stretch.end.unwrap()));
        }
        Attribute::Party(End::To) => call.to = value.into(),
        Attribute::Party(End::From) => call.from = value.into(),
        Attribute::State => call.state = State::from_name(&spelled(value)).unwrap(),
        Attribute::Direction => call.direction = Direction::from_name(&spelled(value)).unwrap(),
        Attribute::Transport => call.transport = Transport::from_name(&spelled(value)).unwrap(),
        Attribute::Method => call.create_method = CreateMethod::from_name(&spelled(value)).unwrap(),
        Attribute::Text(Text::Error) => call.error_code = value.into(),
        Attribute::Text(Text::Message) => call.error_message = value.into(),
        Attribute::Text(Text::Region) => {
            let locality = value.to_owned();
            call.from_location = Some(Box::new(Location {
                locality,
                ..Location::default()
            }));
        }
        Attribute::Text(Text::Zone) => call.from_zone = value.into(),
        Attribute::Text(Text::Id) => call.name = CallName::new(value),
        Attribute::Text(Text::Leg) => call.originating_call = Some(CallName::new(value)),
        Attribute::Text(Text::Sip) => call.sip_call_id = value.into(),
        Attribute::Text(Text::Handler) => {
            let handler_uris = vec![value.to_owned()];
            call.options = Some(Box::new(Options {
                handler_uris,
                ..Options::default()
            }));
        }
        Attribute::Label => call.labels.insert(key, value),
        Attribute::Length(length) => {
            let nanos = i64::try_from(values::span(value).unwrap()).unwrap();
            let start = standpoint().now;
            let end = start + TimeDelta::nanoseconds(nanos);
            let later = beside(op, end, end + TimeDelta::milliseconds(1));
            (call.state, call.end_time) = (State::Completed, Some(later));
            match length {
                Length::Talk => call.answer_duration = Some(later - start),
                Length::Queue => (call.create_time, call.start_time) = (Some(start), Some(later)),
                Length::Pdd => (call.start_time, call.ring_time) = (Some(start), Some(later)),
                Length::Ring => (call.ring_time, call.answer_time) = (Some(start), Some(later)),
            }
        }
        Attribute::Price => call.price = Some(Money::new(value, 1, 0)),
        Attribute::Flag(Flag::Bridged) => call.bridged = value == "yes",
        Attribute::Flag(Flag::Private) => call.is_private = value == "yes",
    }
    call
}

/// A time that stands to a stretch as an operator says.
fn beside(op: Op, start: DateTime<Utc>, end: DateTime<Utc>) -> DateTime<Utc> {
    match op {
        Op::Less => start - TimeDelta::milliseconds(2),
        Op::Greater | Op::NotEqual => end + TimeDelta::seconds(2),
        Op::Equal | Op::Has | Op::AtMost | Op::AtLeast => start,
    }
}

/// The value that an offer says, without quotes and escapes.
fn said(offer: &Offer) -> String {
    let text = offer.text.trim_end_matches(' ');
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return text.to_owned();
    };
    let inner = text
        .strip_prefix(quote)
        .unwrap()
        .strip_suffix(quote)
        .unwrap();
    // No star stands for others, so none stands in front without its escape.
    quoting::Typed::quoted(inner).text
}

fn values_seen() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+a-z0-9 '\"\\\\*@:,()=<>!._-]{1,8}",
        r"\+[1-9][0-9 ]{3,9}",
        "[a-zA-ZäÖİσς日\u{a0}\u{1f600}]{1,6}",
        prop::sample::select(vec![
            "and", "OR", "*", "sip:1@x", "=", "\\", "failed", "yes"
        ])
        .prop_map(str::to_owned),
    ]
}

/// What may stand around a restriction under edit.
const AROUND: [(&str, &str); 6] = [
    ("", ""),
    ("busy ", ""),
    ("(failed OR ", ")"),
    ("NOT private AND ", " AND today"),
    ("since:2h (", ") OR 'x y'"),
    ("to = '+61 4*', b  ", " error:*"),
];

proptest! {
    #[test]
    fn every_text_has_a_completion_at_every_place(text in prop_oneof![soup(), any::<String>()]) {
        for cursor in 0..=text.len() + 1 {
            let completion = complete(&text, cursor, &known());
            let there = text.get(completion.replaces.clone());
            prop_assert!(there.is_some());
            prop_assert!(completion.offers.len() <= MOST);
            let at = (0..=cursor.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
            prop_assert!(completion.replaces.start <= at && at <= completion.replaces.end);
            for offer in &completion.offers {
                prop_assert_ne!(Some(offer.text.trim_end()), there, "{} at {}", text, cursor);
                prop_assert!(!offer.text.trim().is_empty());
            }
        }
    }

    #[test]
    fn what_was_just_accepted_is_not_offered_again(text in soup()) {
        for cursor in 0..=text.len() {
            let completion = complete(&text, cursor, &known());
            for offer in &completion.offers {
                let (text, cursor) = accepted(&text, &completion, offer);
                let end = cursor - (offer.text.len() - offer.text.trim_end().len());
                let again = complete(&text, end, &known());
                let is_same_place = again.replaces == (completion.replaces.start..end);
                let same = again.offers.iter().find(|again| again.text.trim_end() == offer.text.trim_end());
                let same = same.filter(|_| is_same_place);
                prop_assert!(same.is_none(), "{:?} again at {} of {:?}", offer, end, text);
            }
        }
    }

    #[test]
    fn an_accepted_value_is_found(
        entry in prop::sample::select(language().fields),
        (before, behind) in prop::sample::select(AROUND.to_vec()),
        values in prop::collection::vec(values_seen(), 1..4),
        key in prop_oneof![Just("k".to_owned()), values_seen()],
        op in any::<prop::sample::Index>(),
        colon in any::<bool>(),
        blank in prop::sample::select(vec!["", " "]),
        quote in prop::sample::select(vec!["", "'", "\""]),
        typed in 0..3_usize,
    ) {
        let mut ops: Vec<Op> = entry.kind.operators().iter().copied().filter(|op| *op != Op::NotEqual).collect();
        ops.push(Op::Has);
        let op = if colon { Op::Has } else { *op.get(&ops) };
        let label = (entry.attribute == Attribute::Label).then(|| &*key.leak());
        let seen = Known(values.iter().map(|value| (entry.attribute, label, value.clone())).collect());
        let name = match label {
            Some(key) => format!("{}.{}", entry.name, quoting::key(key, None)),
            None => entry.name.to_owned(),
        };
        // The beginning of one of the values, as it is written within those quotes.
        let begins: String = values[0].chars().take(typed).collect();
        let begins = if begins.chars().all(char::is_alphanumeric) { &*begins } else { "" };
        let front = format!("{name}{blank}{}{blank}", op.text());
        let text = format!("{before}{front}{quote}{begins}{behind}");
        let cursor = text.len() - behind.len();
        let completion = complete(&text, cursor, &seen);
        for offer in &completion.offers {
            match offer.kind {
                OfferKind::Name | OfferKind::Value | OfferKind::Number | OfferKind::Time => {}
                OfferKind::Field | OfferKind::Operator | OfferKind::Key | OfferKind::Keyword => continue,
            }
            let (whole, _) = accepted(&text, &completion, offer);
            prop_assert!(Search::parse(&whole).is_ok(), "{} from {} by {:?}", whole, text, offer);
            let alone = format!("{front}{}", offer.text);
            let search = Search::parse(&alone).unwrap();
            let call = call_with(&entry, label.unwrap_or_default(), op, &said(offer));
            let passes = search.matcher(&standpoint()).matches(&call);
            prop_assert!(passes, "{} does not find {:?}", alone, call);
        }
        // What was seen is offered, unless it stands there already.
        let is_new = !quote.is_empty() || begins != values[0] || !quoting::reads_itself(begins);
        let is_seen = is_new && matches!(entry.attribute, Attribute::Text(_) | Attribute::Label);
        prop_assert!(!is_seen || !completion.offers.is_empty(), "nothing for {}", text);
    }

    #[test]
    fn an_accepted_bound_is_a_time(since in any::<bool>(), typed in "([0-9]{0,2}|[a-z]|)") {
        let (name, op) = if since { ("since", Op::AtLeast) } else { ("until", Op::AtMost) };
        let text = format!("{name}:{typed}");
        let completion = complete(&text, text.len(), &());
        for offer in &completion.offers {
            let (whole, _) = accepted(&text, &completion, offer);
            let search = Search::parse(&whole).unwrap();
            let stretch = Times::One(When::parse_bound(offer.text.trim()).unwrap()).stretch(&standpoint());
            let mut call = Call::new(CallName::new("projects/demo/calls/1"));
            call.create_time = Some(beside(op, stretch.start, stretch.end.unwrap()));
            prop_assert!(search.matcher(&standpoint()).matches(&call), "{}", whole);
        }
    }

    #[test]
    fn an_accepted_word_is_a_filter_or_on_its_way_to_one(
        (before, behind) in prop::sample::select(AROUND.to_vec()),
        typed in "[a-z]{0,3}",
    ) {
        let text = format!("{before}{typed}{behind}");
        let completion = complete(&text, before.len() + typed.len(), &known());
        for offer in &completion.offers {
            let (whole, cursor) = accepted(&text, &completion, offer);
            let rest = whole.get(cursor..).unwrap();
            let until = whole.get(..cursor).unwrap();
            // What is still missing behind it.
            let missing = match offer.kind {
                OfferKind::Field if offer.text.starts_with("label.") => "x:*",
                OfferKind::Field if offer.text.starts_with("since") || offer.text.starts_with("until") => "2h",
                OfferKind::Field | OfferKind::Key => ":*",
                OfferKind::Operator if offer.text.contains(":*") => "",
                OfferKind::Operator => {
                    let name = offer.text.split(' ').next().unwrap();
                    let entry = language().fields.iter().find(|entry| entry.name == name).unwrap();
                    entry.example.splitn(3, ' ').nth(2).unwrap_or("yes")
                }
                OfferKind::Keyword => "busy",
                OfferKind::Name | OfferKind::Value | OfferKind::Number | OfferKind::Time => "",
            };
            let whole = format!("{until}{missing}{rest}");
            prop_assert!(Search::parse(&whole).is_ok(), "{} from {} by {:?}", whole, text, offer);
        }
    }
}
