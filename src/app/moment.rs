//! Moments as people say them to the console: `09:00`, `22 Nov 09:00`, `2h ago`, an exact time. They
//! lie in the past: a time of day that is yet to come today was yesterday's.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use crate::filter::{Day, Standpoint, When};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What is expected, short enough for the palette on a narrow screen.
const SHAPES: &str = "try 09:00, 22 Nov 09:00 or 2h ago";

/// Reads a moment, as seen from a standpoint; of what is written coarsely, its beginning.
///
/// # Errors
///
/// Says what was expected, or that the moment is yet to come.
pub(super) fn read(text: &str, at: &Standpoint) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let when = if let Some(ago) = text.strip_suffix("ago") {
        When::read(&format!("-{}", ago.trim_start_matches('-').trim()))
    } else if let Some(dated) = with_month(text, at) {
        dated.and_then(|text| When::read(&text))
    } else {
        When::read(text)
    };
    let when = when.map_err(|_reason| SHAPES.to_owned())?;
    let begins = when.begin(at);
    if begins <= at.now {
        return Ok(begins);
    }
    match when {
        When::Local(Day::Today, Some(clock)) => {
            Ok(When::Local(Day::Yesterday, Some(clock)).begin(at))
        }
        When::Local(..) | When::Latest(_) | When::At(_) | When::Ago(_) => {
            Err("that is yet to come".to_owned())
        }
    }
}

/// A text with the name of a month, as it is read elsewhere; nothing if there is none in it.
fn with_month(text: &str, at: &Standpoint) -> Option<Result<String, String>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let month = words.iter().find_map(|word| month(word))?;
    let mut others = words.clone();
    // One of them: a second one is no part of a date.
    others.remove(words.iter().position(|word| is_month(word))?);
    let (mut day, mut year, mut clock) = (None, None, "");
    for word in others {
        match word.parse::<u32>() {
            Ok(number) if number <= 31 && day.is_none() => day = Some(number),
            Ok(number) if number > 31 && year.is_none() => year = i32::try_from(number).ok(),
            Err(_) if word.contains(':') && clock.is_empty() => clock = word,
            Ok(_) | Err(_) => return Some(Err(SHAPES.to_owned())),
        }
    }
    let today = at.now.with_timezone(&at.zone).date_naive();
    let dated = |year| NaiveDate::from_ymd_opt(year, month, day?);
    let date = match year {
        Some(year) => dated(year),
        // The last one that there was.
        None => (0..8)
            .filter_map(|back| dated(today.year() - back))
            .find(|date| *date <= today),
    };
    let text = date.map(|date| format!("{} {clock}", date.format("%Y-%m-%d")));
    Some(
        text.map(|text| text.trim().to_owned())
            .ok_or_else(|| SHAPES.to_owned()),
    )
}

fn is_month(word: &str) -> bool {
    month(word).is_some()
}

/// The number of a month, by its name or the first three letters of that.
fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches([',', '.']).to_lowercase();
    let named = |name: &&str| **name == word || (word.len() == 3 && name.starts_with(&word));
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| named(name))
        .map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// Monday 23 November 2026, 08:30 in Melbourne.
    fn standpoint() -> Standpoint {
        Standpoint {
            now: "2026-11-22T21:30:00Z".parse().unwrap(),
            zone: chrono_tz::Australia::Melbourne,
        }
    }

    #[rstest]
    #[case::today("08:00", "2026-11-22T21:00:00Z")]
    #[case::not_yet_today("09:00", "2026-11-21T22:00:00Z")]
    #[case::with_seconds("08:00:30", "2026-11-22T21:00:30Z")]
    #[case::ago("2h ago", "2026-11-22T19:30:00Z")]
    #[case::a_length("2h", "2026-11-22T19:30:00Z")]
    #[case::before_now("-90m", "2026-11-22T20:00:00Z")]
    #[case::days("7d", "2026-11-15T21:30:00Z")]
    #[case::of_a_month("22 Nov 09:00", "2026-11-21T22:00:00Z")]
    #[case::month_first("nov 22 09:00", "2026-11-21T22:00:00Z")]
    #[case::of_last_year("24 December", "2025-12-23T13:00:00Z")]
    #[case::of_a_year("1 Mar 2025", "2025-02-28T13:00:00Z")]
    #[case::a_leap_day("29 Feb", "2024-02-28T13:00:00Z")]
    #[case::a_day("yesterday 23:15", "2026-11-22T12:15:00Z")]
    #[case::a_date("2026-11-01", "2026-10-31T13:00:00Z")]
    #[case::exact("2026-11-22T03:00:00Z", "2026-11-22T03:00:00Z")]
    fn times_are_read_as_people_write_them(#[case] text: &str, #[case] expected: &str) {
        let expected: DateTime<Utc> = expected.parse().unwrap();
        assert_eq!(read(text, &standpoint()), Ok(expected));
    }

    #[rstest]
    #[case("", "try 09:00")]
    #[case("soon", "try 09:00")]
    #[case("ago", "try 09:00")]
    #[case("30 Feb", "try 09:00")]
    #[case("22 Nov Dec", "try 09:00")]
    #[case("22 23 Nov", "try 09:00")]
    #[case("25:00", "try 09:00")]
    #[case("24 Nov 2026", "yet to come")]
    #[case("2030-01-01", "yet to come")]
    fn what_is_no_time_is_told(#[case] text: &str, #[case] told: &str) {
        let error = read(text, &standpoint()).unwrap_err();
        assert!(error.contains(told), "{text}: {error}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_stumble(text in "[0-9a-zA-Z:. ,+-]{0,24}") {
            if let Ok(time) = read(&text, &standpoint()) {
                prop_assert!(time <= standpoint().now);
            }
        }
    }
}
