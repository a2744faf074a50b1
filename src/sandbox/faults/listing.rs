//! Lists as the faults have them read: filters left out, new calls hidden, pages cut, and places
//! that are counted rather than remembered.

use chrono::TimeDelta;

use super::Name;
use super::gate::Visit;
use crate::filter::Filter;
use crate::proto;
use crate::sandbox::ledger::{Cursor, Page, PageQuery};
use crate::sandbox::page_token::{At, Place};
use crate::sandbox::wire;

/// The share of pages with nothing on them, under `short-pages`.
const EMPTY: f64 = 0.25;
/// The share of last pages that say there is more, under `short-pages`.
const FURTHER: f64 = 0.25;

/// How one page is read.
#[derive(Debug)]
pub(in crate::sandbox) struct Listing {
    /// What the ledger is asked; nothing for a page with nothing on it.
    pub(in crate::sandbox) query: Option<PageQuery>,
    from: At,
    after_nothing: bool,
    /// Whether there is said to be more, although there may be none.
    claims_more: bool,
}

impl Visit<'_> {
    /// What becomes of a request for a page from a place on, or from the beginning, once it has been
    /// checked.
    pub(in crate::sandbox) fn listing(
        &self,
        mut query: PageQuery,
        place: Option<Place>,
    ) -> Listing {
        let faults = &self.gate.faults;
        match place.as_ref().map(|place| &place.at) {
            Some(At::Call(cursor)) => query.after = Some(cursor.clone()),
            Some(At::Offset(skip)) => query.skip = *skip,
            None => {}
        }
        let Place { at, after_nothing } = place.unwrap_or_else(|| Place {
            at: if faults.has(Name::OffsetTokens) {
                At::Offset(0)
            } else {
                At::Call(before_all())
            },
            after_nothing: false,
        });
        if faults.has(Name::IgnoreFilter) {
            query.filter = Filter::everything();
        }
        if let Some(late) = faults.length(Name::LateVisible) {
            let late = TimeDelta::from_std(late).unwrap_or(TimeDelta::MAX);
            let latest = self.gate.clock.now().checked_sub_signed(late);
            query.visible_until = Some(latest.map_or(i64::MIN, wire::nanos));
        }
        let short = faults.has(Name::ShortPages);
        // Never two in a row: every walk gets on.
        let empty = short && !after_nothing && self.chance.empty < EMPTY;
        if short {
            query.size = cut(query.size, self.chance.cut);
        }
        Listing {
            query: (!empty).then_some(query),
            from: at,
            after_nothing,
            claims_more: empty || (short && self.chance.further < FURTHER),
        }
    }
}

impl Listing {
    /// Where the list goes on after a page: nothing at its end.
    pub(in crate::sandbox) fn next(&self, page: &Page) -> Option<Place> {
        let after_nothing = page.calls.is_empty();
        let ends =
            page.next.is_none() && (!self.claims_more || after_nothing && self.after_nothing);
        if ends {
            return None;
        }
        let at = match &self.from {
            At::Offset(skipped) => At::Offset(skipped.saturating_add(page.calls.len() as u64)),
            At::Call(from) => {
                let last = page.next.clone();
                let last = last.or_else(|| page.calls.last().map(cursor));
                At::Call(last.unwrap_or_else(|| from.clone()))
            }
        };
        Some(Place { at, after_nothing })
    }
}

/// One call at least, and no more than were asked for.
fn cut(size: usize, share: f64) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a page has 100 calls at most, and a share lies between 0 and 1"
    )]
    let some = (size as f64 * share) as usize;
    (some + 1).min(size)
}

/// No call is so late: what follows this place is the whole list.
fn before_all() -> Cursor {
    Cursor {
        created: i64::MAX,
        id: String::new(),
    }
}

fn cursor(call: &proto::Call) -> Cursor {
    let created = wire::time(call.create_time.as_ref()).unwrap_or_default();
    Cursor {
        created: wire::nanos(created),
        id: call.name.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}
