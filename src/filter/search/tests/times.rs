//! What times mean in a zone, on the days when its clocks change as on others.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rstest::rstest;

use crate::filter::search::when::{Standpoint, Times, When};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn meant(text: &str, now: &str, zone: Tz) -> (String, String) {
    let standpoint = Standpoint { now: at(now), zone };
    let times = Times::parse(text).unwrap();
    let stretch = times.stretch(&standpoint);
    let print = crate::filter::time::print;
    (print(stretch.start), print(stretch.end.unwrap()))
}

const NOW: &str = "2026-11-23T03:00:00Z";

#[rstest]
#[case::ago("-2h", "2026-11-23T01:00:00Z", "2026-11-23T01:00:00.000000001Z")]
#[case::now("now", NOW, "2026-11-23T03:00:00.000000001Z")]
#[case::today("today", "2026-11-22T13:00:00Z", "2026-11-23T13:00:00Z")]
#[case::yesterday("Yesterday", "2026-11-21T13:00:00Z", "2026-11-22T13:00:00Z")]
#[case::date("2026-01-01", "2025-12-31T13:00:00Z", "2026-01-01T13:00:00Z")]
#[case::minute("13:05", "2026-11-23T02:05:00Z", "2026-11-23T02:06:00Z")]
#[case::second("13:05:30", "2026-11-23T02:05:30Z", "2026-11-23T02:05:31Z")]
#[case::this_minute("14:00", NOW, "2026-11-23T03:01:00Z")]
#[case::minute_to_come("14:01", "2026-11-22T03:01:00Z", "2026-11-22T03:02:00Z")]
#[case::minute_of_today("today 14:01", "2026-11-23T03:01:00Z", "2026-11-23T03:02:00Z")]
#[case::day_and_minute("yesterday 9:00", "2026-11-21T22:00:00Z", "2026-11-21T22:01:00Z")]
#[case::exact(
    "2026-11-23T14:05:00+11:00",
    "2026-11-23T03:05:00Z",
    "2026-11-23T03:05:00.000000001Z"
)]
#[case::range("10:00..11:30", "2026-11-22T23:00:00Z", "2026-11-23T00:31:00Z")]
#[case::night("22:00..02:00", "2026-11-22T11:00:00Z", "2026-11-22T15:01:00Z")]
#[case::night_under_way("13:00..02:00", "2026-11-23T02:00:00Z", "2026-11-23T15:01:00Z")]
#[case::hours_to_come("15:00..16:00", "2026-11-22T04:00:00Z", "2026-11-22T05:01:00Z")]
#[case::to_a_time_of_day("yesterday..10:00", "2026-11-21T13:00:00Z", "2026-11-22T23:01:00Z")]
#[case::today_to_a_time_to_come("today..15:00", "2026-11-22T13:00:00Z", "2026-11-23T04:01:00Z")]
#[case::ends_before_it_begins(
    "13:00..-2h",
    "2026-11-22T02:00:00Z",
    "2026-11-23T01:00:00.000000001Z"
)]
#[case::days(
    "2026-11-20..yesterday",
    "2026-11-19T13:00:00Z",
    "2026-11-22T13:00:00Z"
)]
#[case::ends_in_the_past("today..-48h", "2026-11-22T13:00:00Z", "2026-11-22T13:00:00Z")]
// 5 April 2026, 3:00: the clocks go back to 2:00.
#[case::comes_twice("2026-04-05 2:30", "2026-04-04T15:30:00Z", "2026-04-04T16:31:00Z")]
#[case::a_day_of_25_hours("2026-04-05", "2026-04-04T13:00:00Z", "2026-04-05T14:00:00Z")]
// 4 October 2026, 2:00: the clocks go forward to 3:00.
#[case::is_skipped("2026-10-04 2:30", "2026-10-03T16:00:00Z", "2026-10-03T16:00:00Z")]
#[case::a_day_of_23_hours("2026-10-04", "2026-10-03T14:00:00Z", "2026-10-04T13:00:00Z")]
#[case::range_into_the_gap(
    "2026-10-04 1:00..2026-10-04 2:30",
    "2026-10-03T15:00:00Z",
    "2026-10-03T16:00:00Z"
)]
fn in_melbourne(#[case] text: &str, #[case] start: &str, #[case] end: &str) {
    let (meant_start, meant_end) = meant(text, NOW, chrono_tz::Australia::Melbourne);
    assert_eq!((meant_start.as_str(), meant_end.as_str()), (start, end));
}

#[test]
fn a_midnight_that_is_skipped_begins_the_day_later() {
    // Lebanon goes from 0:00 straight to 1:00.
    let (start, end) = meant("2021-03-28", NOW, chrono_tz::Asia::Beirut);
    assert_eq!(
        (start.as_str(), end.as_str()),
        ("2021-03-27T22:00:00Z", "2021-03-28T21:00:00Z")
    );
}

#[test]
fn a_day_that_a_place_left_out_has_no_length() {
    // Samoa crossed the date line on 30 December 2011.
    let (start, end) = meant("2011-12-30", NOW, chrono_tz::Pacific::Apia);
    assert_eq!(start, end);
    assert_eq!(start, "2011-12-30T10:00:00Z");
}

#[test]
fn the_ends_of_time_do_no_harm() {
    for text in [
        "0001-01-01",
        "9999-12-31",
        "-240000h",
        "9999-12-31 23:59:59",
    ] {
        for zone in [chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Niue] {
            for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, at(NOW)] {
                let times = Times::parse(text).unwrap();
                let stretch = times.stretch(&Standpoint { now, zone });
                assert!(stretch.end.is_none_or(|end| end >= stretch.start), "{text}");
            }
        }
    }
    assert!(When::parse_bound("10000d").is_ok());
}

/// What a window of two restrictions lets pass, from when on and before when.
fn window(text: &str, now: &str) -> (String, String) {
    let at = Standpoint {
        now: at(now),
        zone: chrono_tz::UTC,
    };
    let plan = crate::filter::Plan::once(&crate::filter::Search::parse(text).unwrap(), &at);
    let head = plan.head(None);
    let bounds = |op: &str| -> Vec<String> {
        let texts = head.split(op).skip(1);
        texts
            .map(|text| text.split('\'').nth(1).unwrap().to_owned())
            .collect()
    };
    let (from, before) = (bounds(">="), bounds("<"));
    (
        from.into_iter().max().unwrap(),
        before.into_iter().min().unwrap(),
    )
}

#[rstest]
#[case::both_past(
    "since:10:00 until:11:30",
    "2026-11-23T10:00:00Z",
    "2026-11-23T11:31:00Z"
)]
#[case::both_to_come(
    "since:13:00 until:14:00",
    "2026-11-22T13:00:00Z",
    "2026-11-22T14:01:00Z"
)]
#[case::under_way(
    "since:11:00 until:13:00",
    "2026-11-23T11:00:00Z",
    "2026-11-23T13:01:00Z"
)]
#[case::past_night(
    "since:22:00 until:02:00",
    "2026-11-22T22:00:00Z",
    "2026-11-23T02:01:00Z"
)]
#[case::night_under_way(
    "until:02:00 since:11:00",
    "2026-11-23T11:00:00Z",
    "2026-11-24T02:01:00Z"
)]
#[case::of_a_day(
    "today until:13:00 busy",
    "2026-11-23T00:00:00Z",
    "2026-11-23T13:01:00Z"
)]
#[case::since_a_day(
    "since:yesterday until:10:00",
    "2026-11-22T00:00:00Z",
    "2026-11-23T10:01:00Z"
)]
fn a_window_ends_after_it_begins(#[case] text: &str, #[case] start: &str, #[case] end: &str) {
    let (from, before) = window(text, "2026-11-23T12:00:00Z");
    assert_eq!((from.as_str(), before.as_str()), (start, end));
}

#[test]
fn a_time_of_day_to_come_is_that_of_yesterday() {
    let search = crate::filter::Search::parse("since:23:00").unwrap();
    let seen = |now: &str| Standpoint {
        now: at(now),
        zone: chrono_tz::UTC,
    };
    let plan = |now| crate::filter::Plan::of(&search, &seen(now));
    let night = plan("2026-11-24T00:10:00Z");
    assert_eq!(night.head(None), "createTime >= '2026-11-23T23:00:00Z'");
    assert_eq!(night.expires(), Some(at("2026-11-24T23:00:00Z")));
    let evening = plan("2026-11-24T23:00:00Z");
    assert_eq!(evening.head(None), "createTime >= '2026-11-24T23:00:00Z'");
    assert_eq!(search.to_string(), "created >= 23:00");
}
