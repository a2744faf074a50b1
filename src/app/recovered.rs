//! Wishes to call that an earlier run has left unknown: shown like those of this run, with their time.

use chrono::{DateTime, Utc};

use crate::call::{NewCall, Placement, Ticket};

use super::App;
use super::form::Form;
use super::msg::{Effect, Level, Notice, WishId};
use super::placing::Placing;

/// A wish of an earlier run.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) ticket: Ticket,
    pub(super) call: Box<NewCall>,
    /// When it was sent.
    pub(super) since: DateTime<Utc>,
}

impl App {
    /// A wish of an earlier run has come further.
    pub(super) fn recovered(
        &mut self,
        left: Left,
        placement: Placement,
        effects: &mut Vec<Effect>,
    ) {
        let Left {
            ticket,
            call,
            since,
        } = left;
        let wish = self.wish_of(&ticket, &call, since);
        match placement {
            Placement::Unknown(_) | Placement::Sending => {
                if let Some(placing) = self.placing_mut(wish) {
                    placing.placement = placement;
                }
                self.tell_left(&call.to, since);
            }
            Placement::Placed(placed) => {
                let short = placed.name.short().to_owned();
                self.placement_is(wish, &ticket, Placement::Placed(placed), effects);
                let told = format!(
                    "placed {short} to {} at {} (an earlier run)",
                    call.to,
                    self.clock_of(since)
                );
                self.say(Notice::new(Level::Done, told));
            }
            Placement::Refused(_) | Placement::NotSent(_) | Placement::NoTrace(_) => {
                self.placement_is(wish, &ticket, placement, effects);
            }
        }
    }

    /// The number of the wish in this run, in which it has none at first.
    fn wish_of(&mut self, ticket: &Ticket, call: &NewCall, since: DateTime<Utc>) -> WishId {
        let known = self.recovered.iter().find(|(known, _)| known == ticket);
        if let Some((_, wish)) = known {
            return *wish;
        }
        let wish = WishId(self.next_wish);
        self.next_wish += 1;
        self.recovered.push((ticket.clone(), wish));
        self.placings.push(Placing {
            wish,
            ticket: Some(ticket.clone()),
            to: call.to.clone(),
            placement: Placement::Sending,
            sent_at: since,
            since,
            draft: Some(Form::of(call).under(&self.setup.calling)),
        });
        wish
    }

    /// Says what an earlier run has left unknown; of many, how many there are.
    fn tell_left(&mut self, to: &str, since: DateTime<Utc>) {
        let open = self.recovered.iter().filter(|(_, wish)| {
            let mut placings = self.placings.iter();
            placings.any(|it| it.wish == *wish && matches!(it.placement, Placement::Unknown(_)))
        });
        let told = match open.count() {
            0 | 1 => format!(
                "{to}: outcome unknown since {} (an earlier run); looking for it",
                self.clock_of(since)
            ),
            many => {
                format!("{many} calls of an earlier run: outcome unknown; looking for them")
            }
        };
        self.say(Notice::new(Level::Error, told));
    }

    /// A time as the screen tells it; with the day if that is another one.
    fn clock_of(&self, at: DateTime<Utc>) -> String {
        let [at, now] = [at, self.now].map(|time| time.with_timezone(&self.setup.zone));
        let form = if at.date_naive() == now.date_naive() {
            "%H:%M"
        } else {
            "%d %b %H:%M"
        };
        at.format(form).to_string()
    }
}
