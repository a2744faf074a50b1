//! Placing a call: from the form over the question to the end of the wish.

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::{AsOf, Call, E164, NumberPlan, Placement, TICKET_LABEL, Ticket};

use super::App;
use super::confirm::{Choice, Confirm};
use super::form::{Form, Stage};
use super::msg::{Action, Effect, Level, Mode, Notice, WishId};

/// How long a settled wish stays in the header.
const SETTLED_FOR: TimeDelta = TimeDelta::seconds(20);

/// A second call to a number within this time is asked about (`placement.md`).
const SAME_NUMBER: TimeDelta = TimeDelta::seconds(60);

/// One wish to call.
#[derive(Debug, Clone)]
pub struct Placing {
    /// Its number within this run.
    pub wish: WishId,
    /// Who is called.
    pub to: String,
    /// How far it has come.
    pub placement: Placement,
    /// Since when it has been so.
    pub since: DateTime<Utc>,
    /// The form that it was written in, kept while the outcome is unknown.
    draft: Option<Form>,
}

impl App {
    /// An action of the form or of the question.
    pub(super) fn placing_act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::NewCall => self.open_form(None),
            Action::Redial => {
                if let Some(call) = self.selected().cloned() {
                    self.open_form(Some(&call));
                }
            }
            Action::Place if self.mode == Mode::Form => self.ask(),
            Action::Yes if self.mode == Mode::Confirm && !self.page.too_small => {
                self.place(effects);
            }
            Action::No if self.mode == Mode::Confirm => {
                self.confirm = None;
                self.mode = Mode::Form;
            }
            Action::Choose => match self.confirm.as_ref().map(|confirm| confirm.lit) {
                Some(Choice::Place) if self.page.too_small => {}
                Some(Choice::Place) => self.place(effects),
                Some(Choice::Cancel) => self.placing_act(Action::No, effects),
                None => {}
            },
            Action::OtherChoice => {
                if let Some(confirm) = &mut self.confirm {
                    confirm.lit = match confirm.lit {
                        Choice::Cancel => Choice::Place,
                        Choice::Place => Choice::Cancel,
                    };
                }
            }
            _ => self.form_act(action),
        }
    }

    /// Opens the form: with the draft that was put aside, with the values of a call to call again,
    /// or with those of the last call that was placed.
    fn open_form(&mut self, again: Option<&Call>) {
        if self.setup.read_only {
            self.say(Notice::new(
                Level::Warning,
                format!(
                    "profile {} is read-only: no calls can be placed",
                    self.setup.profile
                ),
            ));
            return;
        }
        let draft = self.form.as_ref().is_some_and(Form::is_dirty);
        match again {
            Some(_) if draft => self.say(Notice::new(
                Level::Info,
                "your draft is still here: place it or clear it, then redial",
            )),
            Some(call) => self.form = Some(Form::redial(call)),
            None if draft => {}
            None => self.form = Some(self.next_form()),
        }
        self.table.hold(&self.store);
        self.mode = Mode::Form;
    }

    /// A form to begin with: that of a call of which there was no trace, or the values of the last
    /// call that was placed.
    fn next_form(&mut self) -> Form {
        let lost = self
            .placings
            .iter_mut()
            .filter(|placing| matches!(placing.placement, Placement::NoTrace(_)))
            .find_map(|placing| placing.draft.take());
        let fresh = || self.last_form.as_ref().map_or_else(Form::new, Form::afresh);
        lost.unwrap_or_else(fresh)
    }

    /// Checks the form and asks.
    pub(super) fn ask(&mut self) {
        let Some(form) = self
            .form
            .as_mut()
            .filter(|form| *form.stage() == Stage::Writing)
        else {
            return;
        };
        let Some(call) = form.finish() else {
            self.say(Notice::new(
                Level::Warning,
                "the marked fields are not right yet",
            ));
            return;
        };
        let mut doubts = Vec::new();
        if let Ok(number) = E164::parse(&call.to)
            && let NumberPlan::Possible {
                assigned: false, ..
            } = number.plan()
        {
            doubts.push("the number looks unassigned".to_owned());
        }
        doubts.extend(self.same_number(&call.to));
        self.notice = None;
        self.confirm = Some(Confirm {
            call,
            lit: Choice::default(),
            doubts,
        });
        self.mode = Mode::Confirm;
    }

    /// Why a call to a number may be one too many.
    fn same_number(&self, to: &str) -> Option<String> {
        let recent =
            |at: DateTime<Utc>, now: DateTime<Utc>| now.signed_duration_since(at) < SAME_NUMBER;
        let mut called = false;
        for placing in self.placings.iter().filter(|placing| placing.to == to) {
            match placing.placement {
                Placement::Sending | Placement::Unknown(_) => {
                    return Some("the outcome of an earlier call to it is unknown".to_owned());
                }
                Placement::Placed(_) => called |= recent(placing.since, self.now),
                Placement::Refused(_) | Placement::NotSent(_) | Placement::NoTrace(_) => {}
            }
        }
        // Only calls that somebody has placed with this program: an exchange has calls of its own.
        let seen = self.store.newest_first().iter().take(200).any(|slot| {
            let other = self.store.call(slot);
            *other.to == *to
                && other.labels.get(TICKET_LABEL).is_some()
                && other
                    .create_time
                    .is_some_and(|at| recent(at, self.service_now()))
        });
        (called || seen).then(|| "this number was called less than a minute ago".to_owned())
    }

    /// Sends: once.
    fn place(&mut self, effects: &mut Vec<Effect>) {
        let Some(confirm) = self.confirm.take() else {
            return;
        };
        let wish = WishId(self.next_wish);
        self.next_wish += 1;
        if let Some(form) = &mut self.form {
            form.sending(wish);
        }
        self.mode = Mode::Form;
        self.placings.push(Placing {
            wish,
            to: confirm.call.to.clone(),
            placement: Placement::Sending,
            since: self.now,
            draft: None,
        });
        effects.push(Effect::Place {
            wish,
            call: Box::new(confirm.call),
        });
    }

    /// A wish has come further.
    pub(super) fn placement_is(&mut self, wish: WishId, ticket: &Ticket, placement: Placement) {
        let now = self.now;
        let Some(placing) = self.placing_mut(wish) else {
            return;
        };
        placing.placement = placement.clone();
        placing.since = now;
        let to = placing.to.clone();
        match placement {
            Placement::Sending => {}
            Placement::Placed(call) => self.placed(wish, *call),
            Placement::Refused(failure) | Placement::NotSent(failure) => {
                let verdict = format!("not placed: {failure}");
                self.say(Notice::new(Level::Error, format!("{to} {verdict}")));
                if let Some(form) = self.form_of(wish) {
                    form.refused(verdict, failure.violations());
                }
            }
            Placement::Unknown(failure) => {
                self.say(Notice::new(
                    Level::Error,
                    format!(
                        "{to}: outcome unknown ({}); looking for it, do not place it again",
                        failure.headline()
                    ),
                ));
                let draft = self.form_of(wish).cloned();
                if let Some(placing) = self.placing_mut(wish)
                    && draft.is_some()
                {
                    placing.draft = draft;
                }
                self.close_form_of(wish);
            }
            Placement::NoTrace(_) => self.no_trace(wish, &to, ticket),
        }
    }

    /// Looking has found nothing: only now may the person place the call again, from the same draft.
    fn no_trace(&mut self, wish: WishId, to: &str, ticket: &Ticket) {
        if let Some(draft) = self
            .placing_mut(wish)
            .and_then(|placing| placing.draft.as_mut())
        {
            draft.refused(
                format!("no trace of ticket {ticket} after 2 min: place again?"),
                &[],
            );
        }
        self.say(Notice::new(
            Level::Error,
            format!(
                "{to}: no trace of the call after 2 min, it was most likely not placed; \
                 n opens its form again"
            ),
        ));
    }

    fn placing_mut(&mut self, wish: WishId) -> Option<&mut Placing> {
        self.placings
            .iter_mut()
            .find(|placing| placing.wish == wish)
    }

    /// The service has taken the call on: it joins the list, selected.
    fn placed(&mut self, wish: WishId, call: Call) {
        let (to, short) = (call.to.clone(), call.name.short().to_owned());
        let slot = self.merge(call, AsOf(0));
        // Whether the filter hides it has to be known now.
        self.table.finish(&self.store);
        self.table.settle(&self.store);
        // Whoever waits for it is led to it; whoever has gone on to something else is left there.
        let waits = self.mode == Mode::Form && self.form_of(wish).is_some();
        self.close_form_of(wish);
        if !waits {
            self.say(Notice::new(Level::Done, format!("placed {short} to {to}")));
        } else if self.table.lists(&self.store, slot) {
            self.select(slot);
            self.say(Notice::new(Level::Done, format!("placed {short} to {to}")));
        } else {
            self.say(Notice::new(
                Level::Done,
                format!("placed {short} to {to}; the filter hides it"),
            ));
        }
    }

    fn form_of(&mut self, wish: WishId) -> Option<&mut Form> {
        self.form
            .as_mut()
            .filter(|form| *form.stage() == Stage::Sending(wish))
    }

    /// The form has done its work; its values are a start for the next one.
    fn close_form_of(&mut self, wish: WishId) {
        if self.form_of(wish).is_none() {
            return;
        }
        self.last_form = self.form.take();
        if self.mode == Mode::Form {
            self.mode = Mode::Table;
        } else if self.below == Mode::Form {
            self.below = Mode::Table;
        }
    }

    /// Leaves; but first says so if that leaves a wish to call of which nobody knows the outcome.
    pub(super) fn quit(&mut self, again: bool, effects: &mut Vec<Effect>) {
        let open = self
            .placings
            .iter()
            .filter(|placing| !placing.placement.is_settled())
            .count();
        let lost = if open > 0 {
            "a call is being placed and its outcome is not known yet"
        } else if self.has_draft() {
            "the draft of a call would be lost"
        } else {
            ""
        };
        if lost.is_empty() || again {
            effects.push(Effect::Quit);
            return;
        }
        self.quitting = true;
        self.say(Notice::new(
            Level::Warning,
            format!("{lost}: once more to leave all the same"),
        ));
    }

    /// Settled wishes leave the header after a while.
    pub(super) fn forget_settled(&mut self) {
        let now = self.now;
        self.placings.retain(|placing| {
            !placing.placement.is_settled()
                || placing.draft.is_some()
                || now.signed_duration_since(placing.since) < SETTLED_FOR.max(SAME_NUMBER)
        });
    }
}
