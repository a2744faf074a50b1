//! Placing a call: from the form over the question to the end of the wish.

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::{
    AsOf, Call, E164, Failure, NumberPlan, Placement, Slot, TICKET_LABEL, Ticket, check_denied_call,
};

use super::App;
use super::confirm::{Choice, Confirm, Question};
use super::form::{Form, Stage};
use super::msg::{Action, Effect, Level, Mode, Notice, WishId};

/// How many settled wishes are kept to be looked at.
const MOST_SETTLED: usize = 200;

/// A second call to a number within this time is asked about (`placement.md`).
const SAME_NUMBER: TimeDelta = TimeDelta::seconds(60);

/// For how long a way back leads to a call that was placed and that the filter hides.
const WAY_TO_HIDDEN: TimeDelta = TimeDelta::seconds(60);

/// One wish to call.
#[derive(Debug, Clone)]
pub struct Placing {
    /// Its number within this run.
    pub wish: WishId,
    /// By which its call is found again; known as soon as it is on its way.
    pub ticket: Option<Ticket>,
    /// Who is called.
    pub to: String,
    /// How far it has come.
    pub placement: Placement,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Since when it has been as it is.
    pub since: DateTime<Utc>,
    /// The form that it was written in, kept while the outcome is unknown.
    pub(super) draft: Option<Form>,
}

/// What a form is opened for.
#[derive(Debug)]
pub(super) enum Opening<'a> {
    /// A new call.
    New,
    /// A new call with this preset.
    With(&'a str),
    /// Another call like this one.
    Again(&'a Call),
}

impl App {
    /// An action of the form or of the question.
    pub(super) fn placing_act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::NewCall => self.open_form(&Opening::New),
            Action::Redial => match self.selected().cloned() {
                Some(call) => self.open_form(&Opening::Again(&call)),
                None => self.say(Notice::new(Level::Info, "nothing is selected")),
            },
            Action::Place if self.mode == Mode::Form => self.ask(),
            Action::Yes | Action::No | Action::Choose | Action::OtherChoice => {
                self.answer(action, effects);
            }
            _ => self.form_act(action),
        }
    }

    /// An answer to the question; nothing is agreed to where it is not on screen.
    fn answer(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(confirm) = self.confirm.as_mut().filter(|_| self.mode == Mode::Confirm) else {
            return;
        };
        let yes = match action {
            Action::Yes => true,
            Action::Choose => confirm.lit == Choice::Place,
            Action::OtherChoice => return confirm.light_other(),
            _ => false,
        };
        if !yes {
            self.confirm = None;
            self.mode = Mode::Form;
        } else if !self.page.too_small && confirm.yes() {
            self.place(effects);
        }
    }

    /// Opens the form: with the draft that was put aside, with the values of a call to call again,
    /// or with a preset or the values of the last call that was placed.
    pub(super) fn open_form(&mut self, wanted: &Opening<'_>) {
        let draft = self.form.as_ref().is_some_and(Form::is_dirty);
        if let Some(why) = self.why_read_only() {
            self.say(Notice::new(Level::Warning, why));
            // What was written before that was known can still be read.
            if self.setup.read_only || !draft {
                return;
            }
        } else {
            match wanted {
                Opening::Again(_) if draft => self.say(Notice::new(
                    Level::Info,
                    "your draft is still here: place it or clear it, then redial",
                )),
                Opening::Again(call) => match Form::redial(call, &self.setup.calling) {
                    Ok(form) => self.form = Some(form),
                    Err(why) => return self.say(Notice::new(Level::Warning, why)),
                },
                Opening::New | Opening::With(_) if draft => {}
                Opening::New | Opening::With(_) => self.form = Some(self.next_form()),
            }
            if let (Opening::With(preset), Some(form)) = (wanted, &mut self.form)
                && *form.stage() == Stage::Writing
            {
                form.take_preset(preset);
            }
        }
        self.table.hold(&self.store);
        self.mode = Mode::Form;
    }

    /// A form to begin with: that of a call of which there was no trace, or a fresh one.
    fn next_form(&mut self) -> Form {
        // Of several the last one, which the notice was of.
        let lost = self
            .placings
            .iter_mut()
            .filter(|it| matches!(it.placement, Placement::NoTrace(_)) && it.draft.is_some())
            .max_by_key(|placing| placing.since)
            .and_then(|placing| placing.draft.take());
        lost.unwrap_or_else(|| Form::begin(&self.setup.calling))
    }

    /// Checks the form and asks.
    pub(super) fn ask(&mut self) {
        if let Some(why) = self.why_read_only() {
            return self.say(Notice::new(Level::Warning, why));
        }
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
        let follows = form.follows(&call.to).cloned();
        let mut doubts = Vec::new();
        if let Ok(number) = E164::parse(&call.to)
            && let NumberPlan::Possible {
                assigned: false, ..
            } = number.plan()
        {
            doubts.push("the number looks unassigned".to_owned());
        }
        self.notice = None;
        self.confirm = Some(Confirm {
            repeats: self.same_number(&call.to),
            call,
            follows,
            lit: Choice::default(),
            question: Question::default(),
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
        // Only calls that somebody has placed with this program, also before it was last started: an
        // exchange has calls of its own.
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
        self.mode = Mode::Form;
        // The field has said so already; nothing that came in between may lead past it.
        let denied = check_denied_call(&confirm.call, &self.setup.calling.deny);
        let why = denied.into_iter().next().map(|it| it.reason);
        if let Some(why) = why.or_else(|| self.why_read_only()) {
            return self.say(Notice::new(Level::Error, format!("not placed: {why}")));
        }
        let wish = WishId(self.next_wish);
        self.next_wish += 1;
        if let Some(form) = &mut self.form {
            form.sending(wish);
        }
        self.placings.push(Placing {
            wish,
            ticket: None,
            to: confirm.call.to.clone(),
            placement: Placement::Sending,
            sent_at: self.now,
            since: self.now,
            draft: None,
        });
        effects.push(Effect::Place {
            wish,
            call: Box::new(confirm.call),
            follows: confirm.follows,
        });
    }

    /// A wish has come further.
    pub(super) fn placement_is(
        &mut self,
        wish: WishId,
        ticket: &Ticket,
        placement: Placement,
        effects: &mut Vec<Effect>,
    ) {
        let now = self.now;
        let Some(placing) = self.placing_mut(wish) else {
            return;
        };
        placing.placement = placement.clone();
        placing.ticket = Some(ticket.clone());
        placing.since = now;
        let to = placing.to.clone();
        match placement {
            Placement::Sending => {}
            Placement::Placed(call) => {
                placing.draft = None;
                self.placed(wish, *call);
                self.close_form_of(wish, effects);
            }
            Placement::Refused(failure) | Placement::NotSent(failure) => {
                self.not_placed(wish, &to, &failure);
            }
            Placement::Unknown(failure) => {
                self.say(Notice::new(
                    Level::Error,
                    format!(
                        "{to}: outcome unknown, do not place it again: it is looked for ({})",
                        failure.headline()
                    ),
                ));
                let draft = self.form_of(wish).cloned();
                if draft.is_some() && self.mode == Mode::Form {
                    self.awaited = Some(wish);
                }
                if let Some(placing) = self.placing_mut(wish)
                    && draft.is_some()
                {
                    placing.draft = draft;
                }
                self.close_form_of(wish, effects);
            }
            Placement::NoTrace(_) => self.no_trace(wish, &to, ticket),
        }
        self.forget_settled();
    }

    /// There is certainly no call; the form is as it was.
    fn not_placed(&mut self, wish: WishId, to: &str, failure: &Failure) {
        self.heed_refusal(failure);
        let verdict = format!("not placed: {failure}");
        let told = if self.may_place() {
            format!("{to} {verdict}")
        } else {
            format!(
                "{to} not placed: {}; this session is read-only now, your draft is kept",
                failure.headline()
            )
        };
        self.say(Notice::new(Level::Error, told));
        if let Some(form) = self.form_of(wish) {
            form.refused(verdict, failure.violations());
        }
    }

    /// Looking has found nothing: only now may the person place the call again, from the same draft
    /// and on a ticket that names this one.
    fn no_trace(&mut self, wish: WishId, to: &str, ticket: &Ticket) {
        if let Some(draft) = self
            .placing_mut(wish)
            .and_then(|placing| placing.draft.as_mut())
        {
            draft.refused(
                format!("no trace of ticket {ticket} after 2 min: place again?"),
                &[],
            );
            draft.follow(ticket.clone());
        }
        // How likely it is that there is a call after all, the reason says.
        let way = if self.has_draft() || !self.may_place() {
            "P says why"
        } else {
            "P says why, n opens its form"
        };
        let told = format!("{to}: no trace of it after 2 min; {way}");
        self.say(Notice::new(Level::Error, told));
    }

    pub(super) fn placing_mut(&mut self, wish: WishId) -> Option<&mut Placing> {
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
        let waits = self.awaited.take_if(|it| *it == wish).is_some()
            || (self.mode == Mode::Form && self.form_of(wish).is_some());
        let hidden = !self.table.lists(&self.store, slot);
        let more = if waits && hidden {
            self.hidden = Some((slot, self.now));
            "; the filter hides it, esc shows it"
        } else {
            ""
        };
        if waits && !hidden {
            self.select(slot);
        }
        let told = format!("placed {short} to {to}{more}");
        self.say(Notice::new(Level::Done, told));
    }

    /// The call that was placed a moment ago and is hidden by the filter: a way back leads to it.
    pub(super) fn take_hidden(&mut self) -> Option<Slot> {
        let (slot, since) = self.hidden.take()?;
        (self.now.signed_duration_since(since) < WAY_TO_HIDDEN).then_some(slot)
    }

    fn form_of(&mut self, wish: WishId) -> Option<&mut Form> {
        self.form
            .as_mut()
            .filter(|form| *form.stage() == Stage::Sending(wish))
    }

    /// The form has done its work; its values are a start for the next one.
    fn close_form_of(&mut self, wish: WishId, effects: &mut Vec<Effect>) {
        let Some(form) = self.form_of(wish) else {
            return;
        };
        let values = form.last_values();
        self.form = None;
        if self.setup.calling.last.as_ref() != Some(&values) {
            effects.push(Effect::KeepValues(Box::new(values.clone())));
            self.setup.calling.last = Some(values);
        }
        if self.mode == Mode::Form {
            self.mode = Mode::Table;
        } else if self.below == Mode::Form {
            self.below = Mode::Table;
        }
    }

    /// Leaves; but first says so if that leaves a wish to call of which nobody knows the outcome.
    pub(super) fn quit(&mut self, again: bool, effects: &mut Vec<Effect>) {
        let unknown = self.unsettled().next().is_some();
        let lost = match (unknown, self.has_draft()) {
            (true, _) => "the outcome of a call is not known yet",
            (false, true) => "the draft of a call would be lost",
            (false, false) => "",
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
        if unknown {
            self.open_placements();
        }
    }

    /// The wishes of which nobody knows the outcome yet.
    pub fn unsettled(&self) -> impl Iterator<Item = &Placing> {
        let placings = self.placings.iter();
        placings.filter(|placing| !placing.placement.is_settled())
    }

    /// Of very many wishes the oldest are forgotten, once they are settled and nothing hangs on them.
    fn forget_settled(&mut self) {
        let of_no_use =
            |placing: &Placing| placing.placement.is_settled() && placing.draft.is_none();
        let count = self.placings.iter().filter(|it| of_no_use(it)).count();
        let mut surplus = count.saturating_sub(MOST_SETTLED);
        self.placings.retain(|placing| {
            let goes = surplus > 0 && of_no_use(placing);
            surplus -= usize::from(goes);
            !goes
        });
    }
}
