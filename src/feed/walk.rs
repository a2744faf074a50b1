//! Reading lists page by page, each request with its place in the sequence of all readings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::{Client, ListRequest, Page};
use crate::call::{AsOf, Call, CallName, Failure, FailureKind};

/// How often a walk begins anew because the service no longer knows its page token.
const RESTARTS: usize = 3;
/// How many empty pages in a row are followed. The contract sets no bound; something has to.
const EMPTY_PAGES: usize = 1_000;

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
    pub(super) client: Client,
    pub(super) sequence: Sequence,
    pub(super) page_size: u32,
}

/// A page with its place in the sequence.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) as_of: AsOf,
    pub(super) page: Page,
}

impl Reader {
    pub(super) async fn call(&self, name: &CallName) -> Result<(AsOf, Call), Failure> {
        let as_of = self.sequence.next();
        let call = self.client.get_call(name).await?;
        Ok((as_of, call))
    }

    pub(super) async fn page(&self, filter: &str, token: Option<&str>) -> Result<Leaf, Failure> {
        let as_of = self.sequence.next();
        let request = ListRequest {
            page_size: self.page_size,
            page_token: token.map(str::to_owned),
            filter: filter.to_owned(),
        };
        let page = self.client.list_calls(&request).await?;
        if page.next_page_token.is_some() && page.next_page_token == request.page_token {
            return Err(endless());
        }
        Ok(Leaf { as_of, page })
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
        loop {
            let leaf = match self.page(filter, token.as_deref()).await {
                Err(failure)
                    if token.is_some() && is_token_refusal(&failure) && restarts < RESTARTS =>
                {
                    restarts += 1;
                    token = None;
                    continue;
                }
                result => result?,
            };
            empty = if leaf.page.calls.is_empty() {
                empty + 1
            } else {
                0
            };
            if empty > EMPTY_PAGES {
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
