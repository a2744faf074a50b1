//! A scenario: everything in it follows from a family of faults and a seed.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use switchboard::api::{Client, Dial, over_pipe};
use switchboard::call::{NewCall, Options, ProjectName};
use switchboard::feed::{Command, Focus, Pace};
use switchboard::sandbox::{Backstage, Setup, Surge};
use tokio::time::{Instant, sleep};

use super::judge::{Difference, Held, Terms, judge};
use super::screen::{Screen, Zero};
use super::tap::Tap;
use crate::embedded::start_with;

/// Filters in the console's language: with and without states, evaluated by the service, here, and
/// by both.
const FILTERS: [&str; 20] = [
    "",
    "",
    "",
    "failed",
    "state = completed",
    "state = in_progress",
    "state = failed, busy, rejected, not_answered",
    "state = ringing, completed",
    "NOT state = completed",
    "direction = outgoing AND state = ringing OR state = in_progress",
    "direction = incoming NOT state = completed",
    "to = '+61*'",
    "to = '+61*' OR from = '+61*' AND state = completed",
    "since:10m",
    "since:5m state = completed, failed",
    "talk > 30s",
    "bridged",
    "price > 0.001",
    "error:* OR state = busy",
    "'+61 4'",
];

/// How the service misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    None,
    Latency,
    Unavailable,
    RateLimit,
    OffsetTokens,
    LateVisible,
    ShortPages,
    LatePrice,
    Several,
    /// Without faults, but with bursts of a thousand calls.
    Burst,
    /// Bursts of a thousand calls among several faults.
    BurstAndFaults,
}

/// What happens in a scenario.
#[derive(Debug)]
struct Shape {
    faults: String,
    terms: Terms,
    history: u32,
    rate: f64,
    initial: usize,
    rounds: usize,
    bursts: bool,
}

/// What was compared.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) points: usize,
    pub(crate) calls: usize,
}

fn seconds(dice: &mut ChaCha8Rng, range: std::ops::Range<f64>) -> Duration {
    Duration::from_secs_f64(dice.random_range(range))
}

impl Family {
    fn faults(self, dice: &mut ChaCha8Rng) -> (String, Terms) {
        let mut terms = Terms {
            late_visible: Duration::ZERO,
            late_price: Duration::from_secs(12),
            fails: false,
        };
        let several = matches!(self, Self::Several | Self::BurstAndFaults);
        let mut faults: Vec<String> = Vec::new();
        let mut has = |family, share: f64| self == family || several && dice.random_bool(share);
        let latency = has(Self::Latency, 0.6);
        let unavailable = has(Self::Unavailable, 0.3);
        let rate_limit = has(Self::RateLimit, 0.2);
        let offset_tokens = has(Self::OffsetTokens, 0.5);
        let late_visible = has(Self::LateVisible, 0.4);
        let short_pages = has(Self::ShortPages, 0.4);
        let late_price = has(Self::LatePrice, 0.3);
        // Without it a walk takes no time, and nothing moves meanwhile.
        let slow_walk = self == Self::OffsetTokens && dice.random_bool(0.7);
        if latency || slow_walk {
            faults.push(format!("latency={}ms", dice.random_range(10..900)));
            faults.push(format!("jitter={}ms", dice.random_range(1..1_500)));
        }
        if unavailable {
            faults.push(format!("unavailable={:.2}", dice.random_range(0.02..0.3)));
            terms.fails = true;
        }
        if rate_limit {
            faults.push(format!("rate-limit={}", dice.random_range(6..40)));
            terms.fails = true;
        }
        if offset_tokens {
            faults.push("offset-tokens".to_owned());
        }
        if late_visible {
            let late = dice.random_range(1..14);
            faults.push(format!("late-visible={late}s"));
            terms.late_visible = Duration::from_secs(late);
        }
        if short_pages {
            faults.push("short-pages".to_owned());
        }
        if late_price {
            let late = dice.random_range(5..90);
            faults.push(format!("late-price={late}s"));
            terms.late_price = Duration::from_secs(late);
        }
        (faults.join(","), terms)
    }

    fn shape(self, dice: &mut ChaCha8Rng) -> Shape {
        let (faults, terms) = self.faults(dice);
        let bursts = matches!(self, Self::Burst | Self::BurstAndFaults);
        Shape {
            faults,
            terms,
            history: *[0, 30, 120, 200].choose(dice).unwrap(),
            rate: *[0.0, 0.3, 2.0, 6.0].choose(dice).unwrap(),
            initial: *[100, 1_000].choose(dice).unwrap(),
            rounds: 3,
            bursts,
        }
    }
}

/// One scenario as it is played.
struct Play {
    dice: ChaCha8Rng,
    shape: Shape,
    zero: Zero,
    tap: Tap,
    screen: Screen,
    backstage: Backstage,
    ledger: Client,
    compared: Compared,
    /// What was done, to be told if it goes wrong.
    story: String,
}

/// A client that sees what the ledger holds.
pub(crate) fn past_the_faults(backstage: &Backstage) -> Client {
    let behind = backstage.pipe();
    let dial: Dial = Arc::new(move || {
        let behind = behind.clone();
        Box::pin(async move { behind.connect().await })
    });
    over_pipe(dial, ProjectName::parse("demo").unwrap())
}

/// Plays a scenario to its end; the error tells what went wrong, and all that led to it.
pub(crate) async fn play(family: Family, seed: u64) -> Result<Compared, String> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let shape = family.shape(&mut dice);
    let (sandbox, _) = start_with(Setup {
        seed,
        salt: Some(seed.into()),
        history: shape.history,
        rate: shape.rate,
        faults: shape.faults.parse().unwrap(),
        ..Setup::default()
    })
    .await;
    let zero = Zero(Instant::now());
    let tap = Tap::default();
    let backstage = sandbox.backstage();
    let ledger = past_the_faults(&backstage);
    let pace = Pace {
        initial: shape.initial,
        seed: Some(seed),
        ..Pace::default()
    };
    let mut play = Play {
        screen: Screen::start(tap.client(&sandbox.pipe()), pace, zero),
        story: format!("{family:?}, seed {seed}: {shape:?}\n"),
        dice,
        shape,
        zero,
        tap,
        backstage,
        ledger,
        compared: Compared::default(),
    };
    let played = play.run().await;
    let replay = format!(
        "ORACLE={family:?}:{seed}..={seed} cargo test --test service oracle::by_hand -- --ignored"
    );
    played.map_err(|error| format!("{}{error}\nto play it again: {replay}\n", play.story))?;
    Ok(play.compared)
}

impl Play {
    fn tell(&mut self, what: &str) {
        let at = self.zero.0.elapsed();
        writeln!(self.story, "  {at:>12.3?} {what}").unwrap();
    }

    async fn run(&mut self) -> Result<(), String> {
        self.change_filter().await;
        if self.dice.random_bool(0.7) {
            self.screen.until_loaded().await?;
        }
        for _ in 0..self.shape.rounds {
            self.churn().await;
            self.disturb().await;
            let wait = seconds(&mut self.dice, 0.0..6.0);
            self.screen.during(wait).await;
            self.look().await?;
        }
        self.screen.until_loaded().await?;
        self.look().await?;
        if self.screen.covered.is_empty() {
            return Err("in the end the list is complete for nothing".to_owned());
        }
        Ok(())
    }

    async fn change_filter(&mut self) {
        let filter = *FILTERS.choose(&mut self.dice).unwrap();
        self.tell(&format!("the filter becomes {filter:?}"));
        self.screen.watch(filter).await;
    }

    /// Calls come in beside those that the rate brings.
    async fn churn(&mut self) {
        let dice = &mut self.dice;
        let calls = if self.shape.bursts {
            dice.random_range(200..=1_000)
        } else {
            *[0, 1, 7, 40, 120].choose(dice).unwrap()
        };
        // Those that are written down late lie within the overlap of the head.
        let ago = seconds(dice, 0.0..13.0);
        let kind = dice.random_range(0..4);
        // Within one moment only tokens lead on, and offsets skip: that is told of in the test's own
        // page, and not tried.
        let offsets = self.shape.faults.contains("offset-tokens");
        let surge = match kind {
            0..=2 if offsets => Surge {
                calls,
                ago,
                within: ago,
                moments: calls.max(1),
            },
            // All at this moment, to the nanosecond.
            0 => Surge {
                calls,
                ago: Duration::ZERO,
                within: Duration::ZERO,
                moments: 1,
            },
            // Written down late.
            1 => Surge {
                calls,
                ago,
                within: ago,
                moments: dice.random_range(1..=calls.max(1)),
            },
            2 => Surge {
                calls,
                ago,
                within: Duration::ZERO,
                moments: 1,
            },
            // In the seconds to come.
            _ => Surge {
                calls,
                ago: Duration::ZERO,
                within: seconds(dice, 0.5..8.0),
                moments: calls.max(1),
            },
        };
        if calls > 0 {
            self.tell(&format!("{surge:?}"));
            self.backstage.surge(surge).await.unwrap();
        }
        if self.dice.random_bool(0.3) {
            self.tell("three calls are placed");
            for to in ["+61491570006", "+61491570156", "+61491570159"] {
                let call = NewCall {
                    to: to.to_owned(),
                    from: "+61255501234".to_owned(),
                    options: Options {
                        handler_uris: vec!["https://app.example/handle-call".to_owned()],
                        ..Options::default()
                    },
                    ..NewCall::default()
                };
                self.ledger.create_call(&call).await.unwrap();
            }
        }
    }

    /// What the console does, or what is done to it.
    async fn disturb(&mut self) {
        match self.dice.random_range(0..14) {
            0 | 1 => self.change_filter().await,
            2 => {
                self.change_filter().await;
                let wait = seconds(&mut self.dice, 0.0..1.5);
                self.screen.during(wait).await;
                self.change_filter().await;
            }
            3 => {
                // A busy project would fill the ledger meanwhile.
                let longest = if self.shape.rate > 1.0 { 60.0 } else { 7_200.0 };
                let wait = seconds(&mut self.dice, 1.0..longest);
                self.tell(&format!("a pause of {wait:?}"));
                self.screen.tell(Command::Pause).await;
                self.screen.during(wait).await;
                self.screen.tell(Command::Resume).await;
            }
            4 => {
                let wait = seconds(&mut self.dice, 1.0..60.0);
                self.tell(&format!("the line is cut for {wait:?}"));
                self.tap.set_closed(true);
                self.screen.during(wait).await;
                self.tap.set_closed(false);
            }
            5 => {
                let wait = seconds(&mut self.dice, 1.0..30.0);
                self.tell(&format!("nobody takes events for {wait:?}"));
                sleep(wait).await;
            }
            6 => {
                self.tell("older calls are asked for");
                self.screen.older().await;
            }
            7 => {
                self.tell("refresh");
                self.screen.tell(Command::Refresh).await;
            }
            9 => {
                let now = self.zero.clock();
                let ago = |seconds: Duration| now - TimeDelta::from_std(seconds).unwrap();
                let end = seconds(&mut self.dice, 0.0..7_200.0);
                let length = seconds(&mut self.dice, 1.0..100_000.0);
                let range = ago(end + length)..ago(end);
                self.tell(&format!("{range:?} is loaded"));
                self.screen.load(range).await;
                let wait = seconds(&mut self.dice, 0.0..20.0);
                self.screen.during(wait).await;
                if self.dice.random_bool(0.3) {
                    self.screen.tell(Command::StopLoading).await;
                }
            }
            8 => {
                self.tell("half an idle minute");
                self.screen.during(Duration::from_secs(30)).await;
            }
            10 => {
                self.tell("another window gets the focus");
                self.screen.tell(Command::Focus(Focus::Away)).await;
            }
            11 => {
                self.tell("the focus is back");
                self.screen.tell(Command::Focus(Focus::Here)).await;
            }
            12 => {
                self.tell("something is about to happen");
                self.screen.tell(Command::Stir).await;
            }
            _ => {}
        }
    }

    /// Looks at a quiet point.
    async fn look(&mut self) -> Result<(), String> {
        // What is told of before is taken first, so that no old word counts.
        self.screen.during(Duration::from_millis(1)).await;
        let before = Held::read(&self.ledger, self.zero).await;
        self.screen.until_polled().await?;
        let after = Held::read(&self.ledger, self.zero).await;
        self.tell(&format!(
            "a look: {} calls in the ledger, {} on screen, {:?}",
            after.calls.len(),
            self.screen.store.len(),
            self.screen.covered
        ));
        if let Some(wrong) = self.screen.wrong.first() {
            return Err(wrong.clone());
        }
        if let Some(question) = self.tap.twice().first() {
            return Err(format!("asked twice at the same time: {question}"));
        }
        let verdict = judge(&self.screen, (&before, &after), self.shape.terms, self.zero);
        self.compared.points += 1;
        self.compared.calls += verdict.due;
        if verdict.differences.is_empty() {
            return Ok(());
        }
        let mut text = format!("{} differences:\n", verdict.differences.len());
        for Difference { name, text: what } in verdict.differences.iter().take(5) {
            writeln!(text, "  {name} {what}").unwrap();
        }
        if let Some(first) = verdict.differences.first() {
            let since = before.at - Duration::from_secs(20);
            let told = self.tap.told_of(first.name.as_str(), since, self.zero.0);
            let (from, to) = (before.at - self.zero.0, after.at - self.zero.0);
            let name = &first.name;
            writeln!(
                text,
                "  the look began {from:.3?} and ended {to:.3?}; of {name} was said\n{told}"
            )
            .unwrap();
        }
        Err(text)
    }
}
