//! Where shards are cut, and what a page comes to.

use std::time::Duration;

use super::super::model::{at, call};
use super::shard::REFUSALS;
use super::*;

const SECOND: i64 = 1_000_000_000;

fn page(seconds: impl IntoIterator<Item = i64>, more: bool) -> Page {
    let named = |second: i64| call(usize::try_from(second).unwrap(), at(second * SECOND));
    Page {
        calls: seconds.into_iter().map(named).collect(),
        next_page_token: more.then(|| "more".to_owned()),
    }
}

fn range(seconds: Range<i64>) -> Range<Time> {
    at(seconds.start * SECOND)..at(seconds.end * SECOND)
}

/// A ground of 10,000 seconds whose first page is full, with ten calls in ten seconds.
fn begun() -> (Ground, Instant) {
    let now = Instant::now();
    let mut ground = Ground::new(&[range(0..10_000)], Delivery::NewestFirst, 10);
    let first = ground.next(now, 4.0, true).unwrap();
    assert_eq!(first.window, range(0..10_000));
    // Of what lies behind it nothing is known, so nothing can be cut.
    assert_eq!(ground.next(now, 4.0, true), None);
    ground
        .answered(first.shard, page((9_990..10_000).rev(), true))
        .unwrap();
    (ground, now)
}

#[test]
fn a_page_is_kept_down_to_the_last_moment_that_it_cannot_have_cut() {
    let (mut ground, _) = begun();
    let stretch = ground.pop_ready().unwrap();
    assert_eq!(stretch.calls.len(), 9);
    assert_eq!(stretch.covers.start, at(9_990 * SECOND + 1));
    assert_eq!(stretch.covers.end, at(10_000 * SECOND));
}

#[test]
fn shards_of_so_many_pages_are_cut_near_to_where_calls_are_handed_over() {
    let (mut ground, now) = begun();
    let mut end = at(9_990 * SECOND + 1);
    for _ in 0..16 {
        let ask = ground.next(now, 4.0, true).unwrap();
        assert_eq!(ask.window.end, end);
        let seconds = (ask.window.end - ask.window.start).as_seconds_f64();
        assert!((35.0..=45.0).contains(&seconds), "{seconds}");
        // Whole seconds are misunderstood by nobody.
        assert_eq!(ask.window.start.timestamp_subsec_nanos(), 0);
        end = ask.window.start;
    }
}

#[test]
fn only_what_is_handed_over_next_is_read_where_there_is_no_room() {
    let (mut ground, now) = begun();
    // Something waits for the receiver.
    assert_eq!(ground.next(now, 4.0, false), None);
    while ground.pop_ready().is_some() {}
    assert!(ground.next(now, 4.0, false).is_some());
    assert_eq!(ground.next(now, 4.0, false), None);
}

#[test]
fn when_nothing_is_left_the_older_half_of_the_heaviest_is_split_off() {
    let (mut ground, now) = begun();
    // One shard of 9,990 seconds, as large as 1,000 pages.
    let all = ground.next(now, 1e9, true).unwrap();
    assert_eq!(all.window.start, at(0));
    let half = ground.next(now, 1e9, true).unwrap();
    assert_eq!(half.window.start, at(0));
    let seconds = (half.window.end - half.window.start).as_seconds_f64();
    assert!((4_900.0..5_000.0).contains(&seconds), "{seconds}");
    let quarter = ground.next(now, 1e9, true).unwrap();
    assert!(quarter.window.start > at(0) || quarter.window.end < half.window.end);
    // The page under way may reach beyond its new end: what does is read by the other.
    let calls = page([9_000, 8_000, 3_000], true);
    ground.answered(all.shard, calls).unwrap();
    while let Some(stretch) = ground.pop_ready() {
        assert!(
            stretch
                .calls
                .iter()
                .all(|call| call.create_time > Some(half.window.end))
        );
    }
}

#[test]
fn halves_are_not_split_down_to_nothing() {
    let now = Instant::now();
    let mut ground = Ground::new(&[range(0..100)], Delivery::AsRead, 10);
    let first = ground.next(now, 4.0, true).unwrap();
    ground
        .answered(first.shard, page((80..90).rev(), true))
        .unwrap();
    let mut asked = 0;
    while ground.next(now, 4.0, true).is_some() {
        asked += 1;
    }
    assert!((2..=9).contains(&asked), "{asked} requests for 8 pages");
}

#[test]
fn a_shard_that_rests_is_asked_again_in_its_time_and_the_next_one_meanwhile() {
    let (mut ground, now) = begun();
    while ground.pop_ready().is_some() {}
    let first = ground.next(now, 4.0, true).unwrap();
    let until = now + Duration::from_secs(1);
    ground.failed(first.shard, until);
    assert_eq!(ground.wakes(now), Some(until));
    assert_eq!(ground.wakes(until), None);
    let second = ground.next(now, 4.0, true).unwrap();
    assert!(second.window.end <= first.window.start);
    assert_eq!(ground.next(until, 4.0, true), Some(first));
}

#[test]
fn an_empty_page_is_no_end_and_its_token_is_followed() {
    let (mut ground, now) = begun();
    while ground.pop_ready().is_some() {}
    let ask = ground.next(now, 1e9, true).unwrap();
    ground.answered(ask.shard, page([], true)).unwrap();
    let next = ground.next(now, 1e9, true).unwrap();
    assert_eq!(
        (next.window, next.token),
        (ask.window, Some("more".to_owned()))
    );
    // The same token again leads nowhere.
    let again = ground.answered(next.shard, page([], true));
    assert_eq!(again, Err(Trouble::Endless));
}

#[test]
fn a_token_that_is_refused_again_and_again_is_no_way_on() {
    let (mut ground, now) = begun();
    while ground.pop_ready().is_some() {}
    for _ in 0..REFUSALS {
        let ask = ground.next(now, 1e9, true).unwrap();
        assert_eq!(ask.token, None);
        ground.answered(ask.shard, page([], true)).unwrap();
        let ask = ground.next(now, 1e9, true).unwrap();
        ground.refused(ask.shard).unwrap();
    }
    let ask = ground.next(now, 1e9, true).unwrap();
    assert_eq!(ground.refused(ask.shard), Err(Trouble::Endless));
}

#[test]
fn a_list_of_empty_pages_has_an_end() {
    let (mut ground, now) = begun();
    let outcome = (0..2_000).find_map(|number| {
        let ask = ground.next(now, 1e9, true)?;
        let page = Page {
            calls: Vec::new(),
            next_page_token: Some(number.to_string()),
        };
        ground.answered(ask.shard, page).err()
    });
    assert_eq!(outcome, Some(Trouble::Endless));
}

#[test]
fn calls_outside_of_the_window_show_that_it_is_not_applied() {
    let (mut ground, now) = begun();
    while ground.pop_ready().is_some() {}
    let ask = ground.next(now, 4.0, true).unwrap();
    let other = ground.next(now, 4.0, true).unwrap();
    let first_page = page((9_990..10_000).rev(), true);
    let outcome = ground.answered(ask.shard, first_page.clone());
    assert_eq!(outcome, Err(Trouble::Boundless));
    ground.give_up_windows();
    // What comes of the others is of no use any more.
    ground.answered(other.shard, first_page.clone()).unwrap();
    let ask = ground.next(now, 4.0, true).unwrap();
    assert_eq!(ask.window, at(0)..at(9_990 * SECOND + 1));
    assert_eq!(ground.next(now, 4.0, true), None);
    ground.answered(ask.shard, first_page).unwrap();
    let ask = ground.next(now, 4.0, true).unwrap();
    assert!(ask.token.is_some());
    ground
        .answered(ask.shard, page([9_990, 9_000, 5], false))
        .unwrap();
    let stretch = ground.pop_ready().unwrap();
    assert_eq!(stretch.covers, at(0)..at(9_990 * SECOND + 1));
    assert_eq!(stretch.calls.len(), 3);
    assert!(ground.is_done());
}

#[test]
fn a_gap_of_years_is_crossed_in_few_steps() {
    let now = Instant::now();
    let all = Time::MIN_UTC..Time::MAX_UTC;
    let mut ground = Ground::new(&[all], Delivery::AsRead, 10);
    let ask = ground.next(now, 4.0, true).unwrap();
    ground
        .answered(ask.shard, page((90..100).rev(), true))
        .unwrap();
    let mut requests = 0;
    loop {
        while ground.pop_ready().is_some() {}
        if ground.is_done() {
            break;
        }
        let ask = ground.next(now, 4.0, true).unwrap();
        requests += 1;
        ground.answered(ask.shard, page([], false)).unwrap();
    }
    assert!(requests < 20, "{requests} requests");
}
