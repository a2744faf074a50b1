//! What a poll costs, in requests and bytes on the wire: as much as has changed, and nothing for what
//! merely exists.

use std::fmt::Write as _;
use std::time::Duration;

use switchboard::api::{Client, ListRequest};
use switchboard::call::{NewCall, Options};
use switchboard::feed::{Command, Pace};
use switchboard::sandbox::{Backstage, Sandbox, Setup, Surge};
use tokio::time::Instant;

use super::judge::Held;
use super::scenario::past_the_faults;
use super::screen::{Screen, Zero};
use super::tap::{Spent, Tap};
use crate::embedded::start_with;

/// How many calls are under way while the cost is taken.
const OPEN: usize = 50;
/// Talks for an hour.
const LONG: &str = "+61491570110";

struct Bench {
    _sandbox: Sandbox,
    backstage: Backstage,
    ledger: Client,
    tap: Tap,
    through: Client,
    screen: Screen,
    zero: Zero,
}

impl Bench {
    async fn start(history: u32) -> Self {
        let setup = Setup {
            history,
            rate: 0.0,
            ..Setup::default()
        };
        let (sandbox, _) = start_with(setup).await;
        let zero = Zero(Instant::now());
        let backstage = sandbox.backstage();
        let tap = Tap::default();
        let through = tap.client(&sandbox.pipe());
        let mut bench = Self {
            ledger: past_the_faults(&backstage),
            screen: Screen::start(through.clone(), Pace::default(), zero),
            _sandbox: sandbox,
            backstage,
            tap,
            through,
            zero,
        };
        bench.screen.watch("").await;
        bench.screen.until_loaded().await.unwrap();
        // Whatever was under way in the history ends.
        bench.pause(Duration::from_secs(4 * 3_600)).await;
        bench.settle().await;
        bench
    }

    /// Has all the prices come that calls wait for, or be given up.
    async fn settle(&mut self) {
        for seconds in [12, 32, 62, 122, 302] {
            self.pause(Duration::from_secs(seconds)).await;
        }
    }

    /// Time passes without a poll; then there is one, of which the cost is told.
    async fn pause(&mut self, length: Duration) -> Spent {
        self.screen.tell(Command::Pause).await;
        self.screen.during(length).await;
        self.one_poll().await
    }

    async fn one_poll(&mut self) -> Spent {
        let before = self.tap.spent();
        self.screen.tell(Command::Resume).await;
        self.screen.until_told(1).await.unwrap();
        self.tap.spent() - before
    }

    /// Fifty calls that will be under way for an hour.
    async fn open(&mut self) {
        for _ in 0..OPEN {
            let call = NewCall {
                to: LONG.to_owned(),
                from: "+61255501234".to_owned(),
                options: Options {
                    handler_uris: vec!["https://app.example/handle-call".to_owned()],
                    ..Options::default()
                },
                ..NewCall::default()
            };
            self.ledger.create_call(&call).await.unwrap();
        }
        // They ring, and are answered.
        self.screen.during(Duration::from_secs(90)).await;
    }

    /// Lets a surge come and go, and tells how many calls have changed since the last poll and what
    /// the next one costs.
    async fn change(&mut self, calls: u32, changes: Changes) -> (usize, Spent, String) {
        self.settle().await;
        self.open().await;
        let surge = Surge {
            calls,
            ago: Duration::ZERO,
            within: Duration::from_secs(20),
            moments: calls,
        };
        if changes == Changes::Ends {
            self.backstage.surge(surge).await.unwrap();
            // Until all have come in, and are on screen.
            self.screen.during(Duration::from_secs(24)).await;
        }
        self.screen.tell(Command::Pause).await;
        self.screen.during(Duration::from_millis(10)).await;
        let before = Held::read_since_noon(&self.ledger, self.zero).await;
        if changes == Changes::New {
            self.backstage.surge(surge).await.unwrap();
        }
        self.screen.during(Duration::from_secs(2_000)).await;
        let place = self.tap.spent().requests;
        let spent = self.one_poll().await;
        let kinds = self.tap.kinds_since(place);
        let after = Held::read_since_noon(&self.ledger, self.zero).await;
        let differs = |(name, call): &(_, _)| before.calls.get(*name) != Some(*call);
        (after.calls.iter().filter(differs).count(), spent, kinds)
    }

    /// What it costs to read everything, from some pages of it.
    async fn everything(&self, calls: usize) -> Spent {
        const PAGES: u64 = 20;
        let before = self.tap.spent();
        let mut request = ListRequest {
            page_size: 100,
            ..ListRequest::default()
        };
        for _ in 0..PAGES {
            let page = self.through.list_calls(&request).await.unwrap();
            request.page_token = page.next_page_token;
        }
        let some = self.tap.spent() - before;
        let pages = calls.div_ceil(100);
        Spent {
            requests: pages,
            bytes: some.bytes / PAGES * pages as u64,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changes {
    /// Calls have come and, most of them, ended again.
    New,
    /// Calls that were under way have ended, most of them.
    Ends,
}

/// Takes the costs, and gives them back to be read.
async fn costs(history: u32) -> String {
    let mut bench = Bench::start(history).await;
    bench.open().await;
    bench.screen.during(Duration::from_secs(30)).await;
    let (before, polls) = (bench.tap.spent(), bench.screen.polls());
    bench.screen.during(Duration::from_secs(60)).await;
    let polls = bench.screen.polls() - polls;
    let idle = bench.tap.spent() - before;
    assert!((29..=31).contains(&polls), "{polls} polls");
    assert_eq!(idle.requests, 2 * polls, "an idle poll takes two requests");
    let held = usize::try_from(history).unwrap();
    let everything = bench.everything(held).await;
    let mut text = format!(
        "{held} calls, {OPEN} of them under way\n  an idle poll: 2 requests, {} bytes\n  to read \
         everything instead: {} requests, {} bytes\n",
        idle.bytes / polls as u64,
        everything.requests,
        everything.bytes
    );
    for changes in [Changes::New, Changes::Ends] {
        for calls in [1, 10, 100, 1_000] {
            let (changed, spent, kinds) = bench.change(calls, changes).await;
            let told = writeln!(
                text,
                "  {changes:?}: {changed} calls changed: {} requests ({kinds}), {} bytes",
                spent.requests, spent.bytes
            );
            told.unwrap();
            let hundreds = changed.div_ceil(100);
            let most = match changes {
                Changes::New => 4 + 2 * hundreds,
                Changes::Ends => 4 + 3 * hundreds,
            };
            assert!(
                spent.requests <= most,
                "{spent:?} for {changed}, at most {most}\n{text}"
            );
        }
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_poll_costs_what_has_changed() {
    println!("{}", costs(10_000).await);
}

#[tokio::test(start_paused = true)]
#[ignore = "a million calls, by hand in release"]
async fn a_poll_costs_what_has_changed_among_a_million() {
    println!("{}", costs(1_000_000).await);
}
