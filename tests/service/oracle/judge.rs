//! The judge: what the screen shows beside what the ledger holds.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use switchboard::api::{Client, ListRequest};
use switchboard::call::{Call, CallName, Coverage, State};
use tokio::time::Instant;

use super::screen::{Screen, Zero};
use crate::scripted::noon;

/// How long after their end calls are read again for their price (`feed.md`, 4): since the end.
const READINGS: [u64; 5] = [10, 40, 100, 220, 520];

/// What comes later than the last of them is not waited for.
const NEVER: u64 = u32::MAX as u64;

/// What the ledger holds at a moment.
pub(crate) struct Held {
    pub(crate) at: Instant,
    pub(crate) clock: DateTime<Utc>,
    pub(crate) calls: HashMap<CallName, Call>,
}

impl Held {
    /// Everything, read past all faults.
    pub(crate) async fn read(ledger: &Client, zero: Zero) -> Self {
        Self::read_of(ledger, zero, String::new()).await
    }

    /// What was created after the history that the ledger began with.
    pub(crate) async fn read_since_noon(ledger: &Client, zero: Zero) -> Self {
        let since_noon = format!("createTime >= '{}'", noon().to_rfc3339());
        Self::read_of(ledger, zero, since_noon).await
    }

    async fn read_of(ledger: &Client, zero: Zero, filter: String) -> Self {
        let (at, clock) = (Instant::now(), zero.clock());
        let mut calls = HashMap::new();
        let mut request = ListRequest {
            page_size: 100,
            filter,
            ..ListRequest::default()
        };
        loop {
            let page = ledger.list_calls(&request).await.unwrap();
            calls.extend(page.calls.into_iter().map(|call| (call.name.clone(), call)));
            request.page_token = page.next_page_token;
            if request.page_token.is_none() {
                return Self { at, clock, calls };
            }
        }
    }
}

/// What is known of how the service misbehaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How long a new call is in no list.
    pub(crate) late_visible: Duration,
    /// How long after the end a price comes at the latest.
    pub(crate) late_price: Duration,
    /// Whether requests fail at times, so that readings for a price come later.
    pub(crate) fails: bool,
}

impl Terms {
    /// How long after its end was told a price must be on screen at the latest.
    fn price_within(self) -> Duration {
        // When exactly the feed has seen the end is not known here.
        let late = self.late_price.as_secs() + 5;
        // A pause puts readings off, but the rest between two of them grows no longer for it.
        let rests = READINGS.windows(2).map(|pair| (pair[1], pair[1] - pair[0]));
        let rest = rests.into_iter().find(|(reading, _)| *reading >= late);
        let within = Duration::from_secs(rest.map_or(NEVER, |(_, rest)| late + rest));
        if self.fails { within * 3 } else { within }
    }
}

/// One call about which screen and ledger are not at one.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) name: CallName,
    pub(crate) text: String,
}

/// The comparison of one quiet point.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// How many calls had to be on screen.
    pub(crate) due: usize,
    pub(crate) differences: Vec<Difference>,
}

/// Judges a quiet point: `before` was read before the poll that has been told last began, `after`
/// when it had been told.
pub(crate) fn judge(
    screen: &Screen,
    (before, after): (&Held, &Held),
    terms: Terms,
    zero: Zero,
) -> Verdict {
    let matcher = screen.search.matcher(&zero.standpoint());
    let mut verdict = Verdict::default();
    let mut differs = |name: &CallName, text: String| {
        verdict.differences.push(Difference {
            name: name.clone(),
            text,
        });
    };
    let late = TimeDelta::from_std(terms.late_visible).unwrap();
    let visible = before.clock - late;
    let mut due = 0;
    for (name, now) in &after.calls {
        let created = now.create_time.unwrap();
        let earlier = before.calls.get(name);
        let covered = match screen.coverage {
            Coverage::None => false,
            Coverage::Since(since) => created >= since,
            Coverage::Everything => true,
        };
        let passes = |call: &Call| matcher.matches(call);
        // A call that ends while a poll goes on may be in neither of its lists; it is in the next.
        let lasts = |then: &Call| then.is_open() == now.is_open();
        let passes = |then: &Call| lasts(then) && passes(then) && passes(now);
        let listed = earlier.is_some_and(|then| covered && passes(then));
        let under_way = earlier.is_some_and(Call::is_open) && now.is_open();
        let is_due = created <= visible && (listed || under_way);
        due += usize::from(is_due);
        match screen.store.get(name) {
            None if is_due => {
                let why = if listed {
                    "it matches"
                } else {
                    "it is under way"
                };
                differs(
                    name,
                    format!("is missing, and {why}\n{}", lives(earlier, now)),
                );
            }
            None => {}
            Some(shown) => {
                let wrong = stale(shown, earlier, now, || price_is_due(screen, name, terms));
                if !wrong.is_empty() {
                    let shown = life(shown);
                    let lives = lives(earlier, now);
                    differs(name, format!("{wrong}\n    on screen:  {shown}\n{lives}"));
                }
            }
        }
    }
    let order: Vec<&Call> = screen
        .store
        .newest_first()
        .iter()
        .map(|slot| screen.store.call(slot))
        .collect();
    for pair in order.windows(2) {
        let key = |call: &Call| (call.create_time, call.name.clone());
        if key(pair[0]) <= key(pair[1]) {
            differs(&pair[0].name, "is out of order, or twice".to_owned());
        }
    }
    for shown in order {
        if !after.calls.contains_key(&shown.name) {
            differs(
                &shown.name,
                "is on screen, and not in the ledger".to_owned(),
            );
        }
    }
    verdict.due = due;
    verdict
}

/// Whether a property is as it was, or as it is now.
fn between<T: PartialEq + Default>(before: Option<&T>, now: &T, shown: &T) -> bool {
    // What it was at its creation is not known; it begins with nothing.
    let then = before.map_or_else(|| *shown == T::default(), |before| before == shown);
    then || now == shown
}

/// How far a call has come.
fn rank(state: State) -> u8 {
    match state {
        State::Unspecified | State::Other(_) => 0,
        State::Queued => 1,
        State::Starting => 2,
        State::Ringing => 3,
        State::InProgress => 4,
        State::Completed | State::Failed | State::NotAnswered | State::Busy | State::Rejected => 5,
    }
}

fn price_is_due(screen: &Screen, name: &CallName, terms: Terms) -> bool {
    let Some(ended) = screen.ended.get(name) else {
        return true;
    };
    let due = *ended + terms.price_within();
    // Of very many at once, each poll reads some.
    let polls = 2 + screen.ended.len() / 400;
    due <= Instant::now() && screen.lives_since(due) >= polls
}

/// What is older on screen than the poll that was told last, or was never so: each property has to
/// be as it was before that poll, or as it is after it, and states lie between the two.
fn stale(shown: &Call, before: Option<&Call>, now: &Call, price_due: impl Fn() -> bool) -> String {
    let mut wrong = String::new();
    let since = before.map_or(0, |before| rank(before.state));
    let known = [before.map(|before| before.state), Some(now.state)];
    let on_the_way = (since..=rank(now.state)).contains(&rank(shown.state));
    if !known.contains(&Some(shown.state)) && (shown.state.is_terminal() || !on_the_way) {
        write!(wrong, "is in a state that is over or never was; ").unwrap();
    }
    let priced = before.is_some_and(|before| before.price.is_some());
    if shown.price.is_some() && shown.price != now.price {
        write!(wrong, "has a price that it never had; ").unwrap();
    } else if shown.price.is_none() && priced && price_due() {
        write!(wrong, "has its price, which is not on screen; ").unwrap();
    }
    let mut differs = |what: &str, differs: bool| {
        if differs {
            write!(wrong, "has another {what}; ").unwrap();
        }
    };
    macro_rules! fixed {
        ($($field:ident),*) => {$(
            differs(stringify!($field), now.$field != shown.$field);
        )*};
    }
    macro_rules! changing {
        ($($field:ident),*) => {$(
            let then = before.map(|before| &before.$field);
            differs(stringify!($field), !between(then, &now.$field, &shown.$field));
        )*};
    }
    fixed!(
        to,
        from,
        labels,
        transport,
        direction,
        is_private,
        create_method
    );
    fixed!(originating_call, sip_call_id, create_time);
    changing!(
        error_code,
        error_message,
        start_time,
        ring_time,
        answer_time
    );
    changing!(end_time, bridged, answer_duration);
    wrong
}

fn lives(before: Option<&Call>, now: &Call) -> String {
    let before = before.map_or_else(|| "not there".to_owned(), life);
    format!("    before:     {before}\n    now:        {}", life(now))
}

/// A call on one line.
fn life(call: &Call) -> String {
    let at = |time: Option<DateTime<Utc>>| {
        time.map_or_else(|| "-".to_owned(), |time| time.format("%T%.9f").to_string())
    };
    format!(
        "{:?} {:?} created {} start {} ring {} answer {} end {} bridged {} price {:?} {} -> {}",
        call.direction,
        call.state,
        at(call.create_time),
        at(call.start_time),
        at(call.ring_time),
        at(call.answer_time),
        at(call.end_time),
        call.bridged,
        call.price.as_ref().map(ToString::to_string),
        call.from,
        call.to
    )
}
