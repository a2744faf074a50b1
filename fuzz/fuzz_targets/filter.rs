//! Any text: read in both dialects, printed and read again, planned, held against calls, and completed
//! at every place.
//!
//! `cargo +nightly fuzz run filter -- -max_len=512 -max_total_time=330`

#![no_main]

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::fuzz_target;

use switchboard::call::{Call, CallName, Location, Money, State};
use switchboard::filter::{
    Attribute, Filter, FilterError, MAX_SEARCH_BYTES, OfferKind, Plan, Search, Seen, Standpoint,
    complete,
};

/// Up to how many bytes a text is completed at every place.
const SHORT: usize = 40;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    service(&text);
    console(&text);
    if text.len() <= SHORT {
        (0..=text.len()).for_each(|cursor| completion(&text, cursor));
    } else {
        completion(&text, text.len());
        completion(&text, text.len() / 2);
    }
});

fn points_into(text: &str, error: &FilterError) {
    assert!(text.get(error.span.clone()).is_some(), "{error}");
    assert!(!error.message.is_empty());
}

fn service(text: &str) {
    match Filter::parse(text) {
        Ok(filter) => {
            let printed = filter.to_string();
            match Filter::parse(&printed) {
                Ok(again) => assert_eq!(again, filter, "{printed}"),
                Err(error) => assert!(is_limit(&error), "{error} in {printed}"),
            }
            let search = Search::from(&filter);
            let matcher = search.matcher(&at(0));
            for call in CALLS.iter() {
                assert_eq!(filter.matches(call), matcher.matches(call), "{printed}");
            }
        }
        Err(error) => points_into(text, &error),
    }
}

fn console(text: &str) {
    let search = match Search::parse(text) {
        Ok(search) => search,
        Err(error) => return points_into(text, &error),
    };
    for printed in [search.to_string(), search.reading()] {
        match Search::parse(&printed) {
            Ok(again) => assert_eq!(again, search, "{printed}"),
            Err(error) => assert!(is_limit(&error), "{error} in {printed}"),
        }
    }
    let _ = (search.is_unfinished(text), search.mixes());
    let plan = Plan::of(&search, &at(0));
    let head = plan.head(Some(at(0).now));
    Filter::parse(&head).unwrap_or_else(|error| panic!("{error} in {head}"));
    assert_eq!(
        Filter::parse(&plan.head(None)).as_ref(),
        Ok(plan.pushed()),
        "{search}"
    );
    let (now, later) = (search.matcher(&at(0)), search.matcher(&at(3_600)));
    let drift = search.drift(&at(0), &at(3_600));
    for call in CALLS.iter() {
        let passes = now.matches(call);
        assert!(plan.allows(call) || !passes, "{search}");
        assert!(!plan.is_whole() || plan.allows(call) == passes, "{search}");
        let mut created = drift.created.iter();
        let told = drift.running && call.is_open()
            || call
                .create_time
                .is_some_and(|time| created.any(|range| range.contains(&time)));
        assert!(told || later.matches(call) == passes, "{search}");
    }
}

fn completion(text: &str, cursor: usize) {
    let completion = complete(text, cursor, &Known);
    let replaces = completion.replaces;
    let there = text.get(replaces.clone()).expect("a part of the text");
    let cursor = (0..=cursor)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or_default();
    assert!(replaces.start <= cursor && cursor <= replaces.end);
    assert!(completion.offers.len() <= 50);
    // In a list of words the first decides on the field of the others, so another one may not fit.
    let fits = text.len() < MAX_SEARCH_BYTES / 2 && !text.contains(',');
    let was_good = fits && Search::parse(text).is_ok();
    for offer in completion.offers {
        assert_ne!(offer.text.trim_end(), there, "{text}");
        let mut accepted = text.to_owned();
        accepted.replace_range(replaces.clone(), &offer.text);
        let is_value = matches!(
            offer.kind,
            OfferKind::Name | OfferKind::Value | OfferKind::Number | OfferKind::Time
        );
        if was_good && is_value && !there.is_empty() {
            if let Err(error) = Search::parse(&accepted) {
                assert!(is_limit(&error), "{error} in {accepted} from {text}");
            }
        }
    }
}

/// A text may grow by being written out, as its abbreviations are.
fn is_limit(error: &FilterError) -> bool {
    error.message.contains("at most")
}

fn at(second: i64) -> Standpoint {
    Standpoint {
        now: DateTime::from_timestamp(1_700_000_000 + second, 0).expect("a time"),
        zone: chrono_tz::Australia::Melbourne,
    }
}

static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| {
    let texts = ["", "a", "+61491570156", "sip:100@pbx.example", "İ é"];
    let call = |number: i64, text: &str| {
        let created = at(number * 1_800 - 7_200).now;
        let mut call = Call::new(CallName::new(format!("projects/demo/calls/{number}")));
        call.state = State::from_number(i32::try_from(number).unwrap_or_default() * 3);
        call.create_time = Some(created);
        call.to = text.into();
        call.from = text.into();
        call.error_code = text.into();
        call.error_message = text.into();
        call.labels.insert("k", text);
        call.bridged = number % 2 == 0;
        call.is_private = text.is_empty();
        call.price = (number > 1).then(|| Money::new("AUD", number, 50_000_000));
        call.answer_time = Some(created + TimeDelta::seconds(number));
        call.from_location = (number > 2).then(|| {
            Box::new(Location {
                region_code: "AU".to_owned(),
                ..Location::default()
            })
        });
        call
    };
    (0..)
        .zip(texts)
        .map(|(number, text)| call(number, text))
        .collect()
});

/// A little of everything, whatever is asked for.
struct Known;

impl Seen for Known {
    fn values(&self, _: Attribute, _: Option<&str>, begins: &str, _: usize) -> Vec<String> {
        let more = ["spring", "it's \\ a * \"b\"", "+61491570156", "and", "AUD"];
        let own = format!("{begins}x");
        more.map(str::to_owned).into_iter().chain([own]).collect()
    }

    fn label_keys(&self, begins: &str, _: usize) -> Vec<String> {
        vec![
            "campaign".to_owned(),
            "my *key'".to_owned(),
            format!("{begins}x"),
        ]
    }
}
