//! A service to test walks on: a ledger in memory that pages, fails and forgets as it is told.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::Pages;
use crate::api::{ListRequest, Page};
use crate::call::{Call, CallName, Failure, FailureKind, State, Violation};
use crate::filter::{Filter, Plan, Search, Standpoint};

/// How the service misbehaves. Shares are of requests, 0 to 1.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    pub(super) unavailable: f64,
    pub(super) exhausted: f64,
    pub(super) broken: f64,
    pub(super) expired: f64,
    pub(super) empty: f64,
    pub(super) short: f64,
    pub(super) latency: Duration,
    pub(super) jitter: Duration,
    pub(super) offsets: bool,
    pub(super) ignores_filters: bool,
    /// Every request from this one on is answered so.
    pub(super) from: Option<(usize, FailureKind)>,
}

#[derive(Debug)]
pub(super) struct Inner {
    /// In the service's order.
    calls: Vec<Call>,
    random: ChaCha8Rng,
    pub(super) faults: Faults,
    pub(super) asked: Vec<ListRequest>,
    under_way: usize,
    pub(super) most_under_way: usize,
    /// The calls that were given out.
    given: HashSet<CallName>,
    /// Given out, and not yet with the receiver, at most.
    pub(super) most_kept: usize,
    received: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Model(Arc<Mutex<Inner>>);

pub(super) fn at(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(1_700_000_000_000_000_000 + nanos)
}

pub(super) fn call(number: usize, created: DateTime<Utc>) -> Call {
    // Names that do not follow the order of creation.
    let id = (number * 7_919) % 1_000_003;
    let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id:07}")));
    call.create_time = Some(created);
    call.state = if number.is_multiple_of(3) {
        State::Busy
    } else {
        State::Completed
    };
    call
}

pub(super) fn plan(text: &str) -> Plan {
    let standpoint = Standpoint {
        now: at(0),
        zone: chrono_tz::UTC,
    };
    Plan::of(&Search::parse(text).unwrap(), &standpoint)
}

impl Model {
    pub(super) fn new(calls: Vec<Call>, faults: Faults, seed: u64) -> Self {
        let model = Self(Arc::new(Mutex::new(Inner {
            calls: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            faults,
            asked: Vec::new(),
            under_way: 0,
            most_under_way: 0,
            given: HashSet::new(),
            most_kept: 0,
            received: 0,
        })));
        model.put(calls);
        model
    }

    pub(super) fn with<T>(&self, what: impl FnOnce(&mut Inner) -> T) -> T {
        what(&mut self.0.lock().unwrap())
    }

    pub(super) fn put(&self, calls: Vec<Call>) {
        self.with(|inner| {
            inner.calls.extend(calls);
            inner
                .calls
                .sort_by(|a, b| (b.create_time, &b.name).cmp(&(a.create_time, &a.name)));
        });
    }

    /// What a walk over a range has to deliver, in order.
    pub(super) fn expected(&self, plan: &Plan, range: &Range<DateTime<Utc>>) -> Vec<Call> {
        self.with(|inner| {
            let in_range = |call: &&Call| range.contains(&call.create_time.unwrap());
            let calls = inner.calls.iter().filter(in_range);
            calls.filter(|call| plan.allows(call)).cloned().collect()
        })
    }

    /// Takes note that the receiver has taken so many calls.
    pub(super) fn receive(&self, calls: usize) {
        self.with(|inner| inner.received += calls);
    }
}

impl Inner {
    fn befalls(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }

    fn wait(&mut self) -> Duration {
        let jitter = self
            .random
            .random_range(Duration::ZERO..=self.faults.jitter);
        self.faults.latency + jitter
    }

    fn answer(&mut self, request: &ListRequest) -> Result<Page, Failure> {
        let faults = self.faults.clone();
        if let Some((from, kind)) = faults.from
            && self.asked.len() > from
        {
            return Err(Failure::new(kind, "for good"));
        }
        if self.befalls(faults.unavailable) {
            return Err(Failure::new(FailureKind::Unavailable, "down"));
        }
        if self.befalls(faults.broken) {
            return Err(Failure::new(FailureKind::Internal, "broken"));
        }
        if self.befalls(faults.exhausted) {
            let retry_after = self.befalls(0.5).then(|| Duration::from_millis(700));
            let kind = FailureKind::ResourceExhausted { retry_after };
            return Err(Failure::new(kind, "too many"));
        }
        let refused = |field: &str| {
            let violations = vec![Violation::new(field, "refused")];
            Failure::new(FailureKind::InvalidArgument { violations }, "refused")
        };
        let filter = Filter::parse(&request.filter).map_err(|_error| refused("filter"))?;
        let place = match &request.page_token {
            None => None,
            Some(token) => {
                if self.befalls(faults.expired) {
                    return Err(refused("page_token"));
                }
                // A token holds for its filter only.
                let place = token.strip_suffix(&request.filter);
                Some(place.ok_or_else(|| refused("page_token"))?.to_owned())
            }
        };
        let mut size = usize::try_from(request.page_size).unwrap();
        if self.befalls(faults.short) {
            size = self.random.random_range(1..=size);
        }
        if self.befalls(faults.empty) {
            // Each token differs from the one before.
            let place = place.unwrap_or_else(|| "0.".to_owned());
            return Ok(Page {
                calls: Vec::new(),
                next_page_token: Some(format!("0{place}{}", request.filter)),
            });
        }
        let listed: Vec<&Call> = self
            .calls
            .iter()
            .filter(|call| faults.ignores_filters || filter.matches(call))
            .collect();
        let skipped = match place.as_deref().and_then(|place| place.split_once('.')) {
            None | Some((_, "")) => 0,
            Some((_, place)) if faults.offsets => place.parse().unwrap(),
            Some((_, name)) => {
                let last = listed.iter().position(|call| call.name.as_str() == name);
                last.map_or(0, |last| last + 1)
            }
        };
        let calls: Vec<Call> = listed
            .iter()
            .skip(skipped)
            .take(size)
            .map(|call| (*call).clone())
            .collect();
        let more = skipped + calls.len() < listed.len();
        let next = calls.last().filter(|_| more).map(|last| {
            let offset = skipped + calls.len();
            let place = if faults.offsets {
                offset.to_string()
            } else {
                last.name.as_str().to_owned()
            };
            format!("0.{place}{}", request.filter)
        });
        self.given
            .extend(calls.iter().map(|call| call.name.clone()));
        self.most_kept = self.most_kept.max(self.given.len() - self.received);
        Ok(Page {
            calls,
            next_page_token: next,
        })
    }
}

impl Pages for Model {
    fn page(
        &self,
        request: ListRequest,
    ) -> impl Future<Output = Result<Page, Failure>> + Send + 'static {
        let model = self.clone();
        async move {
            let wait = model.with(|inner| {
                inner.asked.push(request.clone());
                inner.under_way += 1;
                inner.most_under_way = inner.most_under_way.max(inner.under_way);
                inner.wait()
            });
            tokio::time::sleep(wait / 2).await;
            let answer = model.with(|inner| inner.answer(&request));
            tokio::time::sleep(wait / 2).await;
            model.with(|inner| inner.under_way -= 1);
            answer
        }
    }
}

/// Times so many seconds apart.
pub(super) fn every(gap: TimeDelta, count: usize) -> Vec<Call> {
    let step = gap.num_nanoseconds().unwrap();
    (0..count)
        .map(|number| call(number, at(i64::try_from(number).unwrap() * step)))
        .collect()
}
