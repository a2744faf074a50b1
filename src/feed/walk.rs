//! Reading lists page by page, each request with its place in the sequence of all readings.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Datelike as _, SecondsFormat, Utc};
use tokio::time::{Instant, sleep};

use super::bucket::Bucket;
use super::history::after;
use crate::api::{Client, ListRequest, Page};
use crate::call::{AsOf, Call, CallName, Failure, FailureKind};
use crate::filter::Filter;

/// How often a walk begins anew because the service no longer knows its page token.
const RESTARTS: usize = 3;
/// How many empty pages in a row are followed. The contract sets no bound; something has to.
const EMPTY_PAGES: usize = 1_000;
/// How many pages in a row may bring only calls that the walk has had. Some do where tokens are offsets
/// and calls come in at the other end; a list whose tokens go round does nothing else.
const KNOWN_PAGES: usize = 20;
/// After how many lists by number that brought nothing none is asked for any more.
const FRUITLESS: usize = 3;

/// How often a single request is repeated while others are answered. A poll is many requests, and
/// would never be answered whole by a service that fails one in twenty.
const REPEATS: u32 = 2;
/// The same where it is the service that says so, and not the way there: a poll after a burst is a
/// hundred requests.
const REPEATS_WHEN_ANSWERED: u32 = 4;
/// The same where the service only asks for a slower pace.
const REPEATS_WHEN_EXHAUSTED: u32 = 6;
/// How long to wait before the first of them; each further wait is twice as long.
const REPEAT_AFTER: Duration = Duration::from_millis(250);
/// What asks for a longer wait ends the poll, so that the wait is told.
const LONGEST_REPEAT_AFTER: Duration = Duration::from_secs(2);

/// The sequence of all readings of one feed.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequence(Arc<AtomicU64>);

impl Sequence {
    /// The place of a request that is sent now.
    fn next(&self) -> AsOf {
        AsOf(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Reads calls, singly and in lists.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    client: Client,
    sequence: Sequence,
    page_size: u32,
    /// Whether the latest request was answered.
    answered: Arc<AtomicBool>,
    /// What every request goes through, so that there are not too many of them in a second.
    bucket: Bucket,
    /// How many lists by number in a row brought none of the calls that they were asked for.
    fruitless: Arc<AtomicUsize>,
}

/// A page with its place in the sequence.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) as_of: AsOf,
    pub(super) page: Page,
    /// Whether it has a call that its own filter excludes. That is asked of each page as it came: a
    /// page is one state of the service, and what is merged is none.
    pub(super) ignores_filter: bool,
}

impl Reader {
    pub(super) fn new(client: Client, page_size: u32) -> Self {
        Self {
            client,
            sequence: Sequence::default(),
            page_size,
            answered: Arc::default(),
            bucket: Bucket::live(uuid::Uuid::new_v4().as_u64_pair().0),
            fruitless: Arc::default(),
        }
    }

    /// Shares a bucket with whatever else asks the same service.
    pub(super) fn sharing(self, bucket: Bucket) -> Self {
        Self { bucket, ..self }
    }

    /// Where the calls are read.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// A place in the sequence before all that is asked from now on.
    pub(super) fn place(&self) -> AsOf {
        self.sequence.next()
    }

    /// How many calls a page has at most.
    pub(super) fn page_size(&self) -> usize {
        usize::try_from(self.page_size).unwrap_or(usize::MAX)
    }

    /// Whether lists by number bring the calls that have those numbers, as far as is known.
    pub(super) fn finds_by_number(&self) -> bool {
        self.fruitless.load(Ordering::Relaxed) < FRUITLESS
    }

    /// Takes note of whether a list by number brought anything.
    pub(super) fn found_by_number(&self, something: bool) {
        if something {
            self.fruitless.store(0, Ordering::Relaxed);
        } else {
            self.fruitless.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) async fn call(&self, name: &CallName) -> Result<(AsOf, Call), Failure> {
        let mut repeats = 0;
        loop {
            let sent = self.turn().await?;
            let as_of = self.sequence.next();
            match self.client.get_call(name).await {
                Ok(call) => {
                    self.is_answered();
                    return Ok((as_of, call));
                }
                Err(failure) => self.before_repeating(failure, sent, &mut repeats).await?,
            }
        }
    }

    pub(super) async fn page(&self, filter: &str, token: Option<&str>) -> Result<Leaf, Failure> {
        let request = ListRequest {
            page_size: self.page_size,
            page_token: token.map(str::to_owned),
            filter: filter.to_owned(),
        };
        let mut repeats = 0;
        loop {
            let sent = self.turn().await?;
            let as_of = self.sequence.next();
            match self.client.list_calls(&request).await {
                Ok(page) => {
                    self.is_answered();
                    if token.is_some() && page.next_page_token == request.page_token {
                        return Err(endless());
                    }
                    let sent = Filter::parse(filter).unwrap_or_default();
                    return Ok(Leaf {
                        as_of,
                        ignores_filter: page.calls.iter().any(|call| sent.excludes(call)),
                        page,
                    });
                }
                Err(failure) => self.before_repeating(failure, sent, &mut repeats).await?,
            }
        }
    }

    /// Waits until a request may be sent. A rest that the service has asked for is told if it is long.
    async fn turn(&self) -> Result<Instant, Failure> {
        let turn = self.bucket.take_unless_closed(LONGEST_REPEAT_AFTER).await;
        turn.map_err(|rest| {
            let retry_after = Some(rest);
            Failure::new(
                FailureKind::ResourceExhausted { retry_after },
                "the service has asked not to be asked before that",
            )
        })
    }

    fn is_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
        self.bucket.answered();
    }

    /// Waits before a request is repeated that was sent at some time, or gives the failure back if it
    /// is not to be: an outage is told at once, and waited for by the feed.
    async fn before_repeating(
        &self,
        failure: Failure,
        sent: Instant,
        repeats: &mut u32,
    ) -> Result<(), Failure> {
        let soon = REPEAT_AFTER * 2u32.pow(*repeats);
        let (most, wait) = match &failure.kind {
            FailureKind::Unavailable if failure.may_have_happened => (REPEATS_WHEN_ANSWERED, soon),
            FailureKind::Unavailable | FailureKind::Internal => (REPEATS, soon),
            FailureKind::ResourceExhausted { retry_after } => {
                self.bucket.exhausted(sent, *retry_after);
                (REPEATS_WHEN_EXHAUSTED, self.bucket.closed_for())
            }
            FailureKind::Unauthenticated
            | FailureKind::PermissionDenied { .. }
            | FailureKind::InvalidArgument { .. }
            | FailureKind::FailedPrecondition
            | FailureKind::DeadlineExceeded
            | FailureKind::Unimplemented
            | FailureKind::Cancelled
            | FailureKind::Local => (0, soon),
            // An answer as good as any other.
            FailureKind::NotFound => return Err(failure),
        };
        let most = match &failure.kind {
            _ if self.answered.load(Ordering::Relaxed) => most,
            // It is there, and was not up to this one: with one more try each, a poll of several
            // requests gets through to a service that fails half of them.
            FailureKind::Unavailable if failure.may_have_happened => 1,
            _ => 0,
        };
        if *repeats >= most || wait > LONGEST_REPEAT_AFTER {
            self.answered.store(false, Ordering::Relaxed);
            return Err(failure);
        }
        *repeats += 1;
        // The others wait behind the bucket, in their order: whoever asks at the same moment again is
        // refused again but for one.
        if !matches!(failure.kind, FailureKind::ResourceExhausted { .. }) {
            sleep(wait).await;
        }
        Ok(())
    }

    /// Reads all pages, as long as `wanted` says of each that more are.
    ///
    /// It goes on in windows that end where the page before began: a token that is an offset would
    /// skip calls when others leave the list before it, and calls under way do all the time. Tokens
    /// are followed within one moment, and where the service does not apply windows. One that is
    /// refused begins the window anew; what was read until then counts all the same.
    pub(super) async fn all(
        &self,
        filter: &str,
        wanted: impl Fn(&[Call]) -> bool,
    ) -> Result<Vec<Leaf>, Failure> {
        let mut leaves = Vec::new();
        let mut place = Place::default();
        let mut restarts = 0;
        let mut empty = 0;
        let mut had: HashSet<CallName> = HashSet::new();
        let mut known = 0;
        loop {
            let asked = place.filter(filter);
            let leaf = match self.page(&asked, place.token.as_deref()).await {
                Err(failure)
                    if place.token.is_some()
                        && is_token_refusal(&failure)
                        && restarts < RESTARTS =>
                {
                    restarts += 1;
                    place.token = None;
                    had.clear();
                    continue;
                }
                result => result?,
            };
            if leaf.page.calls.is_empty() {
                empty += 1;
            } else {
                empty = 0;
                let before = had.len();
                had.extend(leaf.page.calls.iter().map(|call| call.name.clone()));
                known = if had.len() > before { 0 } else { known + 1 };
            }
            if empty > EMPTY_PAGES || known > KNOWN_PAGES {
                return Err(endless());
            }
            let more = wanted(&leaf.page.calls) && place.follow(&leaf.page);
            leaves.push(leaf);
            if !more {
                return Ok(leaves);
            }
        }
    }
}

/// Where a walk goes on.
#[derive(Debug, Default)]
struct Place {
    /// The creation time of the oldest call that was read: the window ends just after it, for more
    /// calls may have been created in that moment.
    oldest: Option<DateTime<Utc>>,
    /// Where to go on within the window.
    token: Option<String>,
    /// Whether the service does not apply windows, so that only tokens lead on.
    tokens_only: bool,
}

impl Place {
    fn filter(&self, filter: &str) -> String {
        match self.oldest {
            Some(oldest) if !self.tokens_only => with_end(filter, after(oldest)),
            _ => filter.to_owned(),
        }
    }

    /// Goes on after a page; false at the end of the list.
    fn follow(&mut self, page: &Page) -> bool {
        let times = || page.calls.iter().filter_map(|call| call.create_time);
        let windowed = self.oldest.is_some() && self.token.is_none() && !self.tokens_only;
        if windowed && times().max() > self.oldest {
            // What is newer than the window's end should not be in it: from the beginning, then.
            self.tokens_only = true;
            return true;
        }
        self.token.clone_from(&page.next_page_token);
        // A time that no filter can say leads nowhere.
        let oldest = times()
            .min()
            .filter(|time| (1..=9_999).contains(&time.year()));
        let older = oldest.is_some() && (self.oldest.is_none() || oldest < self.oldest);
        if older && !self.tokens_only {
            self.oldest = oldest;
            return self.token.take().is_some();
        }
        self.token.is_some()
    }
}

/// A filter of the service's and an end of the creation times.
fn with_end(filter: &str, end: DateTime<Utc>) -> String {
    let end = end.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    if filter.is_empty() {
        format!("createTime < '{end}'")
    } else {
        format!("{filter} AND createTime < '{end}'")
    }
}

/// Whether a request with a page token was refused for the token, as far as that can be told: the
/// same filter had been taken before.
pub(super) fn is_token_refusal(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::InvalidArgument { .. })
}

pub(super) fn endless() -> Failure {
    Failure::new(
        FailureKind::Internal,
        "the service's list of calls has no end: it repeats its pages",
    )
}
