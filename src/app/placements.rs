//! The list of the calls that were placed in this session: what became of each, and what to do.

use crate::call::{Placement, Slot, TICKET_LABEL, TicketLabel};

use super::App;
use super::msg::{Action, Effect, Level, Mode, Notice, WishId};
use super::placing::Placing;
use super::viewport;

/// The list while it is open.
#[derive(Debug)]
pub struct Placements {
    /// The mode that it was opened from.
    from: Mode,
    /// The wish under the cursor: that stays the same when others come in above.
    at: Option<WishId>,
    top: usize,
    rows: usize,
}

impl Placements {
    /// The mode that it was opened from.
    pub(super) fn from(&self) -> Mode {
        self.from
    }

    /// The position of the first row in sight.
    pub fn top(&self) -> usize {
        self.top
    }
}

impl Placing {
    /// What the person can do about it, as a sentence.
    pub fn advice(&self) -> &'static str {
        match self.placement {
            Placement::Sending => "its answer is waited for, 10 s at most",
            Placement::Placed(_) => "it is in the list",
            Placement::Refused(_) => "there is no call: mend what was refused and place it",
            Placement::NotSent(_) => "there is no call: the request never left",
            Placement::Unknown(_) => {
                "it may ring or not: it is looked for, for 2 min or more, so do not place it again"
            }
            Placement::NoTrace(_) if self.draft.is_some() => {
                "weigh why first; if you wish, place it again, on a new ticket that names this one"
            }
            Placement::NoTrace(_) => "nothing more is looked for",
        }
    }

    /// Whether it can be placed again from here.
    pub fn may_go_again(&self) -> bool {
        matches!(self.placement, Placement::NoTrace(_)) && self.draft.is_some()
    }
}

impl App {
    /// The list of placements, while it is open.
    pub fn placements(&self) -> Option<&Placements> {
        self.overview.as_ref()
    }

    /// The wishes in the order of the list: those that are not settled first, then the newest.
    pub fn placings_listed(&self) -> Vec<&Placing> {
        let mut listed: Vec<&Placing> = self.placings.iter().rev().collect();
        listed.sort_by_key(|placing| placing.placement.is_settled());
        listed
    }

    /// The position of the cursor in that order.
    pub fn placement_position(&self) -> usize {
        let at = self.overview.as_ref().and_then(|it| it.at);
        let listed = self.placings_listed();
        listed
            .iter()
            .position(|placing| Some(placing.wish) == at)
            .unwrap_or(0)
    }

    /// Whether it is asked whether to leave although an outcome is not known.
    pub fn is_leaving(&self) -> bool {
        self.quitting
    }

    pub(super) fn open_placements(&mut self) {
        if self.placings.is_empty() {
            self.say(Notice::new(
                Level::Info,
                "no call was placed in this session",
            ));
            return;
        }
        self.uncover();
        let first = self.placings_listed().first().map(|placing| placing.wish);
        self.overview = Some(Placements {
            from: self.mode,
            at: first,
            top: 0,
            rows: 0,
        });
        self.mode = Mode::Placements;
    }

    pub(super) fn close_placements(&mut self) {
        self.mode = self.beneath(Mode::Placements);
        self.overview = None;
    }

    pub(super) fn measure_placements(&mut self, rows: usize) {
        let (position, count) = (self.placement_position(), self.placings.len());
        if let Some(overview) = &mut self.overview {
            overview.rows = rows;
            overview.top = viewport::top_for(overview.top, position, count, rows);
        }
    }

    pub(super) fn step_placements(&mut self, lines: isize) {
        let listed = self.placings_listed();
        let to = viewport::moved(self.placement_position(), lines, listed.len());
        let at = listed.get(to).map(|placing| placing.wish);
        if let Some(overview) = &mut self.overview {
            overview.at = at.or(overview.at);
            let rows = overview.rows;
            self.measure_placements(rows);
        }
    }

    /// Puts the cursor on a row that is in sight.
    pub(super) fn point_at_placement(&mut self, row: usize) {
        let listed = self.placings_listed();
        let top = self.overview.as_ref().map_or(0, |it| it.top);
        let at = listed.get(top + row).map(|placing| placing.wish);
        if let (Some(overview), Some(_)) = (&mut self.overview, at) {
            overview.at = at;
        }
    }

    /// What is done with the wish under the cursor.
    pub(super) fn placements_act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(placing) = self
            .placings_listed()
            .get(self.placement_position())
            .map(|it| (*it).clone())
        else {
            return;
        };
        match action {
            Action::Open => match &placing.placement {
                Placement::Placed(call) => {
                    let slot = self.store.find(&call.name);
                    self.close_placements();
                    if let Some(slot) = slot {
                        self.show(slot, effects);
                    }
                }
                Placement::Sending
                | Placement::Refused(_)
                | Placement::NotSent(_)
                | Placement::Unknown(_)
                | Placement::NoTrace(_) => {
                    self.say(Notice::new(Level::Info, placing.advice()));
                }
            },
            Action::PlaceAgain => self.place_again(&placing),
            Action::Copy => {
                if let Some(ticket) = &placing.ticket {
                    self.say(Notice::new(Level::Done, format!("copied {ticket}")));
                    effects.push(Effect::Copy(ticket.as_str().to_owned()));
                }
            }
            _ => {}
        }
    }

    /// Opens the form of a call of which there was no trace.
    fn place_again(&mut self, placing: &Placing) {
        if !placing.may_go_again() {
            return self.say(Notice::new(Level::Info, placing.advice()));
        }
        if let Some(why) = self.why_read_only() {
            return self.say(Notice::new(Level::Warning, why));
        }
        if self.form.as_ref().is_some_and(super::Form::is_dirty) {
            return self.say(Notice::new(
                Level::Info,
                "a draft is open: place it or clear it, then place this one again",
            ));
        }
        let wish = placing.wish;
        let draft = self
            .placings
            .iter_mut()
            .find(|placing| placing.wish == wish)
            .and_then(|placing| placing.draft.take());
        self.close_placements();
        self.form = draft;
        self.table.hold(&self.store);
        self.mode = Mode::Form;
    }

    /// Leads to a call: the filter goes if it hides it.
    pub(super) fn show(&mut self, slot: Slot, effects: &mut Vec<Effect>) {
        self.mode = Mode::Table;
        self.table.finish(&self.store);
        if !self.table.lists(&self.store, slot) {
            self.drop_filter(effects);
            self.table.finish(&self.store);
        }
        self.select(slot);
    }

    /// How to find out later what became of a wish; nothing before it has its ticket.
    pub fn left_unknown(&self, placing: &Placing) -> Option<String> {
        let ticket = placing.ticket.as_ref()?;
        if self.setup.sandbox {
            return Some("the call, if there is one, ends with the sandbox".to_owned());
        }
        let filter = match self.setup.calling.label {
            TicketLabel::Carried => format!("label.{TICKET_LABEL} = {ticket}"),
            // Only its number tells it from others.
            TicketLabel::LeftOut => format!("to = {}", placing.to),
        };
        Some(format!(
            "the next start looks for it; or: switchboard list --filter '{filter}'"
        ))
    }

    /// What is to be said of wishes whose outcome is not known when the console is left.
    pub fn farewells(&self) -> Vec<String> {
        let told = |placing: &Placing| {
            let to = &placing.to;
            match (&placing.ticket, self.left_unknown(placing)) {
                (Some(ticket), Some(how)) => {
                    format!("whether {to} was called is not known (ticket {ticket}): {how}")
                }
                (_, _) => format!("whether {to} was called is not known"),
            }
        };
        self.unsettled().map(told).collect()
    }
}
