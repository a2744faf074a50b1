//! What a form begins with: nothing, a preset, the values of the last call, or those of a call to call
//! again.
//!
//! What somebody has typed is theirs: another preset changes only what still is as the one before, or
//! the default, has left it.

use std::sync::Arc;

use crate::call::{
    Call, Calling, Direction, Labels, NewCall, Options, Party, TICKET_LABEL, Ticket,
};

use super::super::line::Line;
use super::field::List;
use super::{Content, Field, Form};

/// The choices of what to begin with, and which of them was taken last.
#[derive(Debug, Clone, Default)]
pub(super) struct Starts {
    all: Arc<[Start]>,
    pub(super) at: usize,
}

/// One of them.
#[derive(Debug)]
struct Start {
    title: String,
    call: NewCall,
}

impl Starts {
    /// Nothing, the presets in their order, and the last call if there was one.
    fn of(calling: &Calling) -> Self {
        let nothing = Start {
            title: "none".to_owned(),
            call: NewCall::default(),
        };
        let presets = calling.presets.iter().map(|preset| Start {
            title: preset.name.clone(),
            call: preset.call.clone(),
        });
        let last = calling.last.iter().map(|call| Start {
            title: "last call".to_owned(),
            call: call.clone(),
        });
        let all: Arc<[Start]> = std::iter::once(nothing)
            .chain(presets)
            .chain(last)
            .collect();
        let at = match calling.default_preset {
            Some(at) => at + 1,
            None if calling.last.is_some() => all.len() - 1,
            None => 0,
        };
        Self { all, at }
    }

    /// Whether there is anything to choose from.
    pub(super) fn is_choice(&self) -> bool {
        self.all.len() > 1
    }

    pub(super) fn titles(&self) -> Vec<&str> {
        self.all.iter().map(|start| start.title.as_str()).collect()
    }

    fn form(&self, at: usize) -> Form {
        let call = self.all.get(at).map(|start| &start.call);
        call.map(Form::of).unwrap_or_default()
    }
}

impl Form {
    /// A form for a new call: with the preset that forms begin with, or the values of the last call.
    #[must_use]
    pub(in super::super) fn begin(calling: &Calling) -> Self {
        let starts = Starts::of(calling);
        let mut form = starts.form(starts.at);
        form.starts = starts;
        form.deny = calling.deny.clone();
        form.began = form.written();
        form
    }

    /// A form that calls the other end of `call` again, of a call received the caller. What the call
    /// does not tell is as in any new form.
    ///
    /// # Errors
    ///
    /// Says why nobody can be called, as a sentence for a notice.
    pub(in super::super) fn redial(call: &Call, calling: &Calling) -> Result<Self, String> {
        let (to, from) = match call.direction {
            Direction::Incoming => (&call.from, &call.to),
            Direction::Outgoing | Direction::Unspecified | Direction::Other(_) => {
                (&call.to, &call.from)
            }
        };
        let withheld = call.is_private && call.direction == Direction::Incoming;
        let to = number(Party::from_text(to, withheld))?;
        let mut form = Self::begin(calling);
        form.content.lines.insert(Field::To, Line::new(to));
        if let Ok(from) = number(Party::from_text(from, false)) {
            form.content.lines.insert(Field::From, Line::new(from));
            form.content.private = call.is_private && call.direction == Direction::Outgoing;
        }
        let known = |options: &&Options| !options.handler_uris.is_empty();
        let labels: Labels = call
            .labels
            .iter()
            .filter(|(key, _)| *key != TICKET_LABEL)
            .collect();
        let options = call.options.as_deref().filter(known);
        let told = Self::of(&NewCall {
            labels,
            options: options.cloned().unwrap_or_default(),
            ..NewCall::default()
        });
        if options.is_some() {
            form.take_options(&told, None);
            // Nothing of this is of the preset.
            form.starts.at = 0;
        }
        if options.is_some() || !call.labels.is_empty() {
            form.take_list(List::Labels, &told, None);
        }
        form.grow();
        form.began = form.written();
        Ok(form)
    }

    /// Nothing is begun with any more: what follows is a form of one's own.
    pub(super) fn begin_with_nothing(&mut self) {
        self.starts.at = 0;
        self.follows = None;
    }

    /// The same draft under the rules of a profile: one that was written before they were known.
    #[must_use]
    pub(in super::super) fn under(mut self, calling: &Calling) -> Self {
        let starts = Starts::of(calling);
        self.starts = Starts { at: 0, ..starts };
        self.deny = calling.deny.clone();
        // All of it would be missed.
        self.began.clear();
        self
    }

    /// Takes a preset by its name; what was typed stays.
    pub(in super::super) fn take_preset(&mut self, name: &str) {
        if let Some(at) = self
            .starts
            .titles()
            .iter()
            .skip(1)
            .position(|it| *it == name)
        {
            self.start_with(at + 1);
        }
    }

    /// Takes the next or the previous preset, round the ends.
    pub(super) fn next_start(&mut self, next: bool) {
        let count = self.starts.all.len();
        if count > 1 {
            let step = if next { 1 } else { count - 1 };
            self.start_with((self.starts.at + step) % count);
        }
    }

    pub(super) fn start_with(&mut self, at: usize) {
        let untouched = !self.is_dirty();
        let before = self.starts.form(self.starts.at).content;
        let next = self.starts.form(at);
        self.starts.at = at;
        self.take_line(Field::From, &next, Some(&before));
        if self.content.private == before.private {
            self.content.private = next.content.private;
        }
        self.take_list(List::Labels, &next, Some(&before));
        self.take_options(&next, Some(&before));
        self.grow();
        self.keep_focus();
        self.refused.clear();
        self.verdict = None;
        if untouched {
            self.began = self.written();
        }
    }

    /// Keeps the cursor on a field that there is: a list may have fewer rows now.
    fn keep_focus(&mut self) {
        if let Some((list, row)) = self.focus.row() {
            let last = self.rows(list).saturating_sub(1);
            self.focus = self.focus.in_row(row.min(last));
        }
    }

    /// Takes handlers, webhook, timeout and recording of another form; of a known form before, only
    /// where this one is still as that.
    fn take_options(&mut self, next: &Self, before: Option<&Content>) {
        self.take_list(List::Handlers, next, before);
        for field in [
            Field::StateUpdate,
            Field::Timeout,
            Field::RecordingReady,
            Field::TranscriptionReady,
        ] {
            self.take_line(field, next, before);
        }
        if before.is_none_or(|it| it.trim_silence == self.content.trim_silence) {
            self.content.trim_silence = next.content.trim_silence;
            self.take_note(Field::TrimSilence, next);
        }
        if before.is_none_or(|it| it.transcribe == self.content.transcribe) {
            self.content.transcribe = next.content.transcribe;
            self.take_note(Field::Transcribe, next);
        }
        if before.is_none_or(|it| it.trigger == self.content.trigger) {
            self.content.trigger = next.content.trigger;
            self.take_note(Field::Trigger, next);
        }
    }

    /// What could not be taken over goes with what was.
    fn take_note(&mut self, field: Field, next: &Self) {
        self.altered.remove(&field);
        let said = next.altered.get(&field).cloned();
        self.altered.extend(said.map(|said| (field, said)));
    }

    fn take_line(&mut self, field: Field, next: &Self, before: Option<&Content>) {
        let text = |content: &Content| {
            let line = content.lines.get(&field);
            line.map_or_else(String::new, |line| line.text().trim().to_owned())
        };
        if before.is_none_or(|before| text(before) == text(&self.content)) {
            let line = next.line(field).cloned().unwrap_or_default();
            self.content.lines.insert(field, line);
            self.take_note(field, next);
        }
    }

    fn take_list(&mut self, list: List, next: &Self, before: Option<&Content>) {
        let is_in = |field: &Field| matches!(field.row(), Some((other, _)) if other == list);
        let texts = |content: &Content| {
            let lines = content.lines.iter().filter(|(field, _)| is_in(field));
            let texts = lines.map(|(field, line)| (*field, line.text().trim().to_owned()));
            texts
                .filter(|(_, text)| !text.is_empty())
                .collect::<Vec<_>>()
        };
        if before.is_none_or(|before| texts(before) == texts(&self.content)) {
            self.content.lines.retain(|field, _| !is_in(field));
            let lines = next.content.lines.iter();
            let lines = lines.map(|(field, line)| (*field, line.clone()));
            let lines = lines.filter(|(field, _)| is_in(field));
            self.content.lines.extend(lines);
            self.altered.retain(|field, _| !is_in(field));
            let notes = next.altered.iter();
            let notes = notes.map(|(field, said)| (*field, said.clone()));
            let notes = notes.filter(|(field, _)| is_in(field));
            self.altered.extend(notes);
        }
    }

    /// The draft is of a call of whose ticket there was no trace: placed again, it names that ticket.
    pub(in super::super) fn follow(&mut self, ticket: Ticket) {
        self.follows = Some((ticket, self.new_call().to));
    }

    /// The ticket in whose place a call to this number would be; none if it is another number.
    pub(in super::super) fn follows(&self, to: &str) -> Option<&Ticket> {
        let (ticket, number) = self.follows.as_ref()?;
        (number == to).then_some(ticket)
    }

    /// The values for the next form, in this run and in later ones: never the number called, nor the
    /// labels, which are of one call.
    pub(in super::super) fn last_values(&self) -> NewCall {
        NewCall {
            to: String::new(),
            labels: Labels::default(),
            ..self.new_call()
        }
    }
}

/// The number of a party that can be called.
fn number(party: Party<'_>) -> Result<&str, String> {
    match party {
        Party::Number(number) => Ok(number.as_str()),
        Party::Private => {
            Err("the caller has withheld the number: nobody can be called back".to_owned())
        }
        Party::Absent => Err("this call has no number that could be called".to_owned()),
        Party::Sip(address) => Err(format!(
            "{address} is a SIP address: only telephone numbers can be called"
        )),
        Party::Other(text) => Err(format!(
            "{text} is no telephone number: it cannot be called"
        )),
    }
}

#[cfg(test)]
mod tests;
