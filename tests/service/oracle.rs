//! The oracle: the real feed on the real sandbox, with the ledger itself as the judge.
//!
//! Each seed is a scenario: calls come in and end while the service misbehaves, the filter changes,
//! the console pauses, the line is cut. Tokio's time is paused, so that hours take no time.
//!
//! **A quiet point** is reached when a whole poll has been told (`Link::Live`) that began after the
//! moment under test. Whatever happened before that moment is then on screen: the ledger is read past
//! all faults at the moment (*before*) and at the quiet point (*after*), and
//!
//! - every call that was there *before*, had become visible (`late-visible`), lies in the range that
//!   Coverage claims, and passes the whole filter before and after, is on screen, unless it has ended
//!   in between: then it may be in neither list of that poll, and is in the next; so is every call that
//!   was under way before and after, whatever the filter says;
//! - every call on screen is in the ledger, once, in the service's order, under any filter;
//! - every property of it is as it was *before*, or as it is *after*, and its state is one of those or
//!   lies between the two: **nothing on screen is older than one whole poll**. What does not change
//!   between the two has to be exactly as in the ledger. While the service fails, that is one
//!   *answered* poll; between such, the link says that it is not live;
//! - a price alone may be missing for longer: until the next of the readings at 10, 40, 100, 220 and
//!   520 s after the end, and as many polls as it takes to read all that wait.
//!
//! One thing is left out: more calls than a page has, created in the very same nanosecond, on a service
//! whose tokens are offsets. Nothing but those tokens leads through them, and they skip calls.
//!
//! As the quiet point, all this holds at any moment, and not only when nothing moves any more.
//!
//! More seeds by hand: `ORACLE=1..=10000 cargo test --release --test service oracle::by_hand --
//! --ignored --nocapture` plays each family with its share of the seeds, and `ORACLE=Latency:7..=9` a
//! few of one; `ORACLE_THREADS` says on how many threads.

mod clock;
mod cost;
mod judge;
mod scenario;
mod screen;
mod tap;

pub(crate) use scenario::past_the_faults;

use std::sync::atomic::{AtomicU64, Ordering};

use rstest::rstest;
use scenario::{Family, play};

const FAMILIES: [Family; 11] = [
    Family::None,
    Family::Latency,
    Family::Unavailable,
    Family::RateLimit,
    Family::OffsetTokens,
    Family::LateVisible,
    Family::ShortPages,
    Family::LatePrice,
    Family::Several,
    Family::Burst,
    Family::BurstAndFaults,
];

/// Plays one scenario in a time of its own.
fn played(family: Family, seed: u64) -> Result<scenario::Compared, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(family, seed))
}

fn check(family: Family, seeds: impl IntoIterator<Item = u64>) {
    for seed in seeds {
        match played(family, seed) {
            Ok(compared) => assert!(compared.points > 0, "{family:?} {seed}: {compared:?}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[rstest]
#[case::none(Family::None, 10)]
#[case::latency(Family::Latency, 10)]
#[case::unavailable(Family::Unavailable, 10)]
#[case::rate_limit(Family::RateLimit, 10)]
#[case::offset_tokens(Family::OffsetTokens, 10)]
#[case::late_visible(Family::LateVisible, 10)]
#[case::short_pages(Family::ShortPages, 10)]
#[case::late_price(Family::LatePrice, 10)]
#[case::several(Family::Several, 10)]
#[case::several_more(Family::Several, 10)]
fn the_screen_is_at_one_with_the_ledger(#[case] family: Family, #[case] seeds: u64) {
    check(family, 1..=seeds);
}

/// Seeds that went wrong once, each with what it found.
#[rstest]
#[case::more_left_the_list_of_open_ones_than_could_be_read_one_by_one(Family::RateLimit, 58)]
#[case::prices_waited_for_their_turn_to_be_read_one_by_one(Family::RateLimit, 14)]
#[case::a_price_was_put_off_for_minutes_as_its_reading_was_given_up(Family::ShortPages, 17)]
#[case::a_look_and_history_asked_for_the_same_at_once(Family::Latency, 8020)]
#[case::calls_that_ended_between_the_two_lists_of_a_long_poll_were_missed(
    Family::BurstAndFaults,
    571
)]
#[case::a_poll_of_more_requests_than_a_second_may_have_never_came_to_its_end(
    Family::BurstAndFaults,
    4080
)]
fn a_seed_that_went_wrong_once_does_not_again(#[case] family: Family, #[case] seed: u64) {
    check(family, [seed]);
}

/// `ORACLE` is a family and a range of seeds, or a range alone, for all families in turn.
#[test]
#[ignore = "plays as many seeds as one likes"]
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to tell a test a number"
)]
fn by_hand() {
    let asked = std::env::var("ORACLE").unwrap_or_else(|_| "1..=1000".to_owned());
    let threads = std::env::var("ORACLE_THREADS").ok();
    let threads: usize = threads.and_then(|text| text.parse().ok()).unwrap_or(2);
    let (family, range) = match asked.split_once(':') {
        Some((family, range)) => (Some(family), range),
        None => (None, &*asked),
    };
    let family = family.map(|name| {
        let mut families = FAMILIES.into_iter();
        families.find(|it| format!("{it:?}") == name).unwrap()
    });
    let (first, last) = range.split_once("..=").unwrap();
    let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
    let next = AtomicU64::new(first);
    let failed = AtomicU64::new(0);
    let points = AtomicU64::new(0);
    let calls = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last {
                        return;
                    }
                    let turn = usize::try_from(seed).unwrap() % FAMILIES.len();
                    match played(family.unwrap_or(FAMILIES[turn]), seed) {
                        Ok(compared) => {
                            points.fetch_add(compared.points as u64, Ordering::Relaxed);
                            calls.fetch_add(compared.calls as u64, Ordering::Relaxed);
                        }
                        Err(error) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            eprintln!("{error}");
                        }
                    }
                }
            });
        }
    });
    println!("{range}: {points:?} quiet points, {calls:?} calls compared, {failed:?} seeds failed");
    assert_eq!(failed.into_inner(), 0);
}
