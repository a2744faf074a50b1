//! Reading known calls again: many with one list by their numbers, and singly what no list brings
//! (`feed.md`, 3).
//!
//! A list of the numbers of some calls, from the first of their creations to the last, has hardly any
//! others; so some forty calls take one request. Nothing is concluded from what such a list does not
//! have: the rest is read singly, and that alone tells of calls that are gone.

use std::collections::{HashMap, HashSet};

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::lead::{Group, Lead, groups};
use super::walk::{Reader, is_token_refusal};
use crate::call::{AsOf, Call, CallName, Failure, FailureKind};

/// How many empty pages in a row of such a list are followed.
const EMPTY_PAGES: usize = 5;

/// What became of reading calls again.
pub(super) struct Reads<T> {
    /// What was read; nothing for a call that does not exist any more.
    pub(super) read: Vec<(T, Option<(AsOf, Call)>)>,
    pub(super) unread: Vec<T>,
    pub(super) failure: Option<Failure>,
}

/// Reads calls again, some requests at a time, until one fails for good.
pub(super) async fn reread<T>(
    reader: &Reader,
    wanted: Vec<T>,
    lead: impl Fn(&T) -> &Lead + Copy,
    at_once: usize,
) -> Reads<T> {
    let mut reads = Reads {
        read: Vec::with_capacity(wanted.len()),
        unread: Vec::new(),
        failure: None,
    };
    let (groups, alone) = if reader.finds_by_number() {
        groups(wanted, lead, reader.page_size())
    } else {
        (Vec::new(), wanted)
    };
    let left = together(reader, groups, lead, at_once, &mut reads).await;
    singly(
        reader,
        alone.into_iter().chain(left),
        lead,
        at_once,
        &mut reads,
    )
    .await;
    reads
}

/// Reads groups, and gives back what they have not brought.
async fn together<T>(
    reader: &Reader,
    groups: Vec<Group<T>>,
    lead: impl Fn(&T) -> &Lead,
    at_once: usize,
    reads: &mut Reads<T>,
) -> Vec<T> {
    let mut left = Vec::new();
    let mut groups = groups.into_iter();
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < at_once.max(1)
            && reads.failure.is_none()
            && let Some(group) = groups.next()
        {
            let names = group.members.iter().map(|one| lead(one).name.clone());
            let names: HashSet<CallName> = names.collect();
            under_way.push(async move {
                let (found, failure) = find(reader, &group.filter, names).await;
                (group.members, found, failure)
            });
        }
        let Some((members, mut found, failure)) = under_way.next().await else {
            break;
        };
        // A service that does not take such a filter is asked for each call.
        let failure = failure.filter(|failure| !is_token_refusal(failure));
        if failure.is_none() {
            reader.found_by_number(!found.is_empty());
        }
        for one in members {
            match found.remove(&lead(&one).name) {
                Some(reading) => reads.read.push((one, Some(reading))),
                None if failure.is_some() => reads.unread.push(one),
                None => left.push(one),
            }
        }
        if let Some(failure) = failure {
            reads.failure.get_or_insert(failure);
        }
    }
    reads.unread.extend(groups.flat_map(|group| group.members));
    left
}

/// Follows a list for as long as each page brings something of what is looked for.
async fn find(
    reader: &Reader,
    filter: &str,
    mut names: HashSet<CallName>,
) -> (HashMap<CallName, (AsOf, Call)>, Option<Failure>) {
    let mut found = HashMap::new();
    let mut token: Option<String> = None;
    let mut empty = 0;
    loop {
        let leaf = match reader.page(filter, token.as_deref()).await {
            Ok(leaf) => leaf,
            Err(failure) => return (found, Some(failure)),
        };
        let (as_of, page) = (leaf.as_of, leaf.page);
        empty = if page.calls.is_empty() { empty + 1 } else { 0 };
        let before = names.len();
        let some = !page.calls.is_empty();
        for call in page.calls {
            if names.remove(&call.name) {
                found.insert(call.name.clone(), (as_of, call));
            }
        }
        let fruitless = some && names.len() == before;
        token = page.next_page_token;
        if names.is_empty() || token.is_none() || fruitless || empty > EMPTY_PAGES {
            return (found, None);
        }
    }
}

/// Reads calls singly, some at a time, until one fails for good.
async fn singly<T>(
    reader: &Reader,
    mut wanted: impl Iterator<Item = T>,
    lead: impl Fn(&T) -> &Lead,
    at_once: usize,
    reads: &mut Reads<T>,
) {
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < at_once.max(1)
            && reads.failure.is_none()
            && let Some(one) = wanted.next()
        {
            let name = lead(&one).name.clone();
            under_way.push(async move {
                let reading = reader.call(&name).await;
                (one, reading)
            });
        }
        match under_way.next().await {
            None => break,
            Some((one, Ok(reading))) => reads.read.push((one, Some(reading))),
            Some((one, Err(failure))) if failure.kind == FailureKind::NotFound => {
                reads.read.push((one, None));
            }
            // The service stumbles over this call, and not over others: it is asked again.
            Some((one, Err(failure))) if failure.kind == FailureKind::Internal => {
                tracing::warn!(%failure, "a call could not be read");
                reads.unread.push(one);
            }
            Some((one, Err(failure))) => {
                reads.unread.push(one);
                reads.failure.get_or_insert(failure);
            }
        }
    }
    reads.unread.extend(wanted);
}
