//! Reading lists page by page, each request with its place in the sequence of all readings.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::sleep;

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

/// How often a single request is repeated while others are answered. A poll is many requests, and
/// would never be answered whole by a service that fails one in twenty.
const REPEATS: u32 = 2;
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
        }
    }

    pub(super) async fn call(&self, name: &CallName) -> Result<(AsOf, Call), Failure> {
        let mut repeats = 0;
        loop {
            let as_of = self.sequence.next();
            match self.client.get_call(name).await {
                Ok(call) => {
                    self.answered.store(true, Ordering::Relaxed);
                    return Ok((as_of, call));
                }
                Err(failure) => self.before_repeating(failure, &mut repeats).await?,
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
            let as_of = self.sequence.next();
            match self.client.list_calls(&request).await {
                Ok(page) => {
                    self.answered.store(true, Ordering::Relaxed);
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
                Err(failure) => self.before_repeating(failure, &mut repeats).await?,
            }
        }
    }

    /// Waits before a request is repeated, or gives the failure back if it is not to be: an outage
    /// is told at once, and waited for by the feed.
    async fn before_repeating(&self, failure: Failure, repeats: &mut u32) -> Result<(), Failure> {
        let soon = REPEAT_AFTER * 2u32.pow(*repeats);
        let (most, wait) = match &failure.kind {
            FailureKind::Unavailable | FailureKind::Internal => (REPEATS, soon),
            FailureKind::ResourceExhausted { retry_after } => {
                (REPEATS_WHEN_EXHAUSTED, retry_after.unwrap_or(soon))
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
        let answered = self.answered.load(Ordering::Relaxed);
        if !answered || *repeats >= most || wait > LONGEST_REPEAT_AFTER {
            self.answered.store(false, Ordering::Relaxed);
            return Err(failure);
        }
        *repeats += 1;
        sleep(wait).await;
        Ok(())
    }

    /// Reads all pages, as long as `wanted` says of each that more are. A token that is refused on
    /// the way begins the walk anew; what was read until then counts all the same.
    pub(super) async fn all(
        &self,
        filter: &str,
        wanted: impl Fn(&[Call]) -> bool,
    ) -> Result<Vec<Leaf>, Failure> {
        let mut leaves = Vec::new();
        let mut token: Option<String> = None;
        let mut restarts = 0;
        let mut empty = 0;
        let mut had: HashSet<CallName> = HashSet::new();
        let mut known = 0;
        loop {
            let leaf = match self.page(filter, token.as_deref()).await {
                Err(failure)
                    if token.is_some() && is_token_refusal(&failure) && restarts < RESTARTS =>
                {
                    restarts += 1;
                    token = None;
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
            token.clone_from(&leaf.page.next_page_token);
            let more = wanted(&leaf.page.calls);
            leaves.push(leaf);
            if token.is_none() || !more {
                return Ok(leaves);
            }
        }
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
