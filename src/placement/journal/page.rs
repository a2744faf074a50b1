//! All that the journal knows of its wishes, as its lines tell it one after the other.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::line::Line;
use super::{Entry, Stand, Unsettled};
use crate::call::{CallName, Failure, NewCall, Ticket, TicketLabel};

/// How many settled wishes are remembered at least.
const SETTLED: usize = 20_000;
/// For how long they are.
const SETTLED_FOR: TimeDelta = TimeDelta::days(30);
/// For how long a wish is remembered that nobody has settled: its service may not have been asked since.
const OPEN_FOR: TimeDelta = TimeDelta::days(90);
/// How many lines may be in the file that need not be.
const NEEDLESS: usize = 4_000;

/// The service and the project of a wish.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::placement) struct Home {
    /// Host and port.
    pub(in crate::placement) service: String,
    /// `projects/…`.
    pub(in crate::placement) project: String,
}

/// Whether a wish may have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::placement) enum Step {
    /// It is certain that it has not.
    Wished,
    /// It was about to.
    Sent,
}

/// What is known of one wish.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::placement) struct Page {
    /// The wish. Of a settled one only the two numbers are kept of the call.
    pub(in crate::placement) wish: Unsettled,
    /// Where it belongs.
    pub(in crate::placement) home: Home,
    /// Whether its call carries the ticket.
    pub(in crate::placement) label: TicketLabel,
    /// The run that looks after it.
    pub(in crate::placement) run: String,
    /// Whether it may have left.
    pub(in crate::placement) step: Step,
    /// Why its outcome is unknown, where a run lived to write that down.
    pub(in crate::placement) lost: Option<Failure>,
    /// How it stands.
    pub(in crate::placement) stand: Stand,
}

impl Page {
    /// What others than the engine may know of it.
    pub(super) fn entry(&self) -> Entry {
        Entry {
            wish: self.wish.clone(),
            stand: self.stand.clone(),
        }
    }

    /// The same with its end, and without what only an open one needs.
    pub(in crate::placement) fn settled(&self, stand: Stand) -> Self {
        let Unsettled {
            ticket,
            call,
            since,
            follows,
        } = self.wish.clone();
        Self {
            wish: Unsettled {
                ticket,
                call: NewCall {
                    to: call.to,
                    from: call.from,
                    ..NewCall::default()
                },
                since,
                follows,
            },
            home: self.home.clone(),
            label: TicketLabel::Carried,
            run: String::new(),
            step: Step::Sent,
            lost: None,
            stand,
        }
    }

    /// Whether the ticket is used for another call than this.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let numbers = |page: &Self| (page.wish.call.to.clone(), page.wish.call.from.clone());
        self.home != other.home || numbers(self) != numbers(other)
    }
}

/// All wishes that are remembered.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Each with the time of its last line.
    pages: HashMap<Ticket, (Page, DateTime<Utc>)>,
    /// How many lines were read for them.
    lines: usize,
}

impl Pages {
    pub(super) fn get(&self, ticket: &Ticket) -> Option<&Page> {
        self.pages.get(ticket).map(|(page, _)| page)
    }

    /// The wishes of a project that are not settled, oldest first.
    pub(super) fn open(&self, home: &Home) -> Vec<&Page> {
        let open = self.pages.values().map(|(page, _)| page);
        let mut open: Vec<&Page> = open
            .filter(|page| page.stand == Stand::Open && page.home == *home)
            .collect();
        open.sort_by_key(|page| (page.wish.since, page.wish.ticket.clone()));
        open
    }

    /// The calls that wishes to a number have made.
    pub(super) fn calls(&self, home: &Home, to: &str) -> HashSet<CallName> {
        let pages = self.pages.values().map(|(page, _)| page);
        pages
            .filter(|page| page.home == *home && page.wish.call.to == to)
            .filter_map(|page| match &page.stand {
                Stand::Placed(name) => Some(name.clone()),
                Stand::Open | Stand::Refused(_) | Stand::NotSent(_) | Stand::NoTrace(_) => None,
            })
            .collect()
    }

    /// A line that is no line of ours still takes its room.
    pub(super) fn skip(&mut self) {
        self.lines += 1;
    }

    /// Takes in what a line tells. That there is a call is never untold by a later line, and what is
    /// settled is opened again only where it is certain that there is none.
    pub(super) fn take(&mut self, line: Line, at: DateTime<Utc>) {
        self.lines += 1;
        let ticket = match &line {
            Line::Wished(page) | Line::Settled(page) => &page.wish.ticket,
            Line::Sending { ticket }
            | Line::TakenOver { ticket, .. }
            | Line::Lost { ticket, .. } => ticket,
        };
        let Some((known, changed)) = self.pages.get_mut(ticket) else {
            if let Line::Wished(page) | Line::Settled(page) = line {
                self.pages.insert(page.wish.ticket.clone(), (*page, at));
            }
            return;
        };
        match (line, &known.stand) {
            (Line::Wished(page), Stand::Refused(_) | Stand::NotSent(_)) => *known = *page,
            (Line::Settled(page), Stand::Open) => *known = *page,
            (Line::Settled(page), Stand::Refused(_) | Stand::NotSent(_) | Stand::NoTrace(_))
                if matches!(page.stand, Stand::Placed(_)) =>
            {
                *known = *page;
            }
            (Line::Sending { .. }, Stand::Open) => known.step = Step::Sent,
            (Line::TakenOver { run, .. }, Stand::Open) => known.run = run,
            (Line::Lost { failure, .. }, Stand::Open) => {
                known.step = Step::Sent;
                known.lost = Some(failure);
            }
            // Told twice, or of what was settled meanwhile.
            (
                Line::Wished(_)
                | Line::Settled(_)
                | Line::Sending { .. }
                | Line::TakenOver { .. }
                | Line::Lost { .. },
                _,
            ) => return,
        }
        *changed = at;
    }

    /// Whether the file has become much longer than it need be.
    pub(super) fn is_long(&self) -> bool {
        self.lines.saturating_sub(self.pages.len()) > NEEDLESS
            || self.pages.len() > SETTLED + NEEDLESS
    }

    /// Forgets what is old, and gives the lines that tell the rest, oldest first. A wish that nobody
    /// has settled is forgotten last.
    pub(super) fn shorten(&mut self, now: DateTime<Utc>) -> Vec<(Line, DateTime<Utc>)> {
        let young = |changed: DateTime<Utc>, bound| now.signed_duration_since(changed) < bound;
        let mut settled: Vec<(DateTime<Utc>, Ticket)> = Vec::new();
        self.pages.retain(|ticket, (page, changed)| {
            if page.stand == Stand::Open {
                return young(*changed, OPEN_FOR);
            }
            let stays = young(*changed, SETTLED_FOR);
            if stays {
                settled.push((*changed, ticket.clone()));
            }
            stays
        });
        settled.sort();
        let too_many = settled.len().saturating_sub(SETTLED);
        for (_, ticket) in settled.drain(..too_many) {
            self.pages.remove(&ticket);
        }
        let mut pages: Vec<&(Page, DateTime<Utc>)> = self.pages.values().collect();
        pages.sort_by_key(|(page, changed)| (*changed, page.wish.ticket.clone()));
        let mut lines = Vec::with_capacity(pages.len());
        for (page, changed) in pages {
            let boxed = Box::new(page.clone());
            if page.stand != Stand::Open {
                lines.push((Line::Settled(boxed), *changed));
                continue;
            }
            lines.push((Line::Wished(boxed), *changed));
            if let Some(failure) = page.lost.clone() {
                let ticket = page.wish.ticket.clone();
                lines.push((Line::Lost { ticket, failure }, *changed));
            }
        }
        self.lines = lines.len();
        lines
    }
}
