//! What a form begins with: nothing, a preset, the values of the last call, or those of a call to call
//! again.
//!
//! What somebody has typed is theirs: another preset changes only what still is as the one before, or
//! the default, has left it.

use std::sync::Arc;

use crate::call::{
    Call, Calling, DenyList, Direction, Labels, NewCall, Options, Party, TICKET_LABEL, Ticket,
};

use super::super::line::Line;
use super::Form;

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
        form.begun()
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
        form.to = Line::new(to);
        if let Ok(from) = number(Party::from_text(from, false)) {
            form.from = Line::new(from);
            form.private = call.is_private && call.direction == Direction::Outgoing;
        }
        // Of a call received the service may not tell them.
        let options = call.options.as_deref();
        let options = options.filter(|it: &&Options| !it.handler_uris.is_empty());
        let labels: Labels = call
            .labels
            .iter()
            .filter(|(key, _)| *key != TICKET_LABEL)
            .collect();
        let told = Self::of(&NewCall {
            labels,
            options: options.cloned().unwrap_or_default(),
            ..NewCall::default()
        });
        if options.is_some() {
            form.take_options(&told, None);
        }
        if !call.labels.is_empty() {
            form.labels = told.labels;
        }
        Ok(form.begun())
    }

    /// An empty form in place of this one.
    pub(in super::super) fn clear(&mut self) {
        let starts = Starts {
            at: 0,
            ..self.starts.clone()
        };
        let deny = self.deny.clone();
        *self = Self {
            starts,
            deny,
            ..Self::new()
        };
        self.began = self.content();
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

    fn start_with(&mut self, at: usize) {
        let untouched = !self.is_dirty();
        let before = self.starts.form(self.starts.at);
        let next = self.starts.form(at);
        self.starts.at = at;
        if same(&self.from, &before.from) {
            self.from = next.from.clone();
        }
        if self.private == before.private {
            self.private = next.private;
        }
        if texts(&self.labels) == texts(&before.labels) {
            self.labels.clone_from(&next.labels);
        }
        self.take_options(&next, Some(&before));
        self.grow();
        self.refused.clear();
        self.verdict = None;
        if untouched {
            self.began = self.content();
        }
    }

    /// Takes handlers, webhook, timeout and recording of another form; of a known form before, only
    /// where this one is still as that.
    fn take_options(&mut self, next: &Self, before: Option<&Self>) {
        if before.is_none_or(|before| texts(&self.handlers) == texts(&before.handlers)) {
            self.handlers.clone_from(&next.handlers);
        }
        let lines: [fn(&mut Self) -> &mut Line; 4] = [
            |it| &mut it.state_update,
            |it| &mut it.timeout,
            |it| &mut it.recording_ready,
            |it| &mut it.transcription_ready,
        ];
        let (mut next, mut before) = (next.clone(), before.cloned());
        for line in lines {
            let kept = before
                .as_mut()
                .is_some_and(|before| !same(line(self), line(before)));
            if !kept {
                *line(self) = line(&mut next).clone();
            }
        }
        let as_before = |own: bool, theirs: fn(&Self) -> bool| {
            before.as_ref().is_none_or(|before| own == theirs(before))
        };
        if as_before(self.trim_silence, |it| it.trim_silence) {
            self.trim_silence = next.trim_silence;
        }
        if as_before(self.transcribe, |it| it.transcribe) {
            self.transcribe = next.transcribe;
        }
        if before.as_ref().is_none_or(|it| it.trigger == self.trigger) {
            self.trigger = next.trigger;
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

    /// The numbers that are not called from this form.
    pub(super) fn deny(&self) -> &DenyList {
        &self.deny
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

fn same(one: &Line, other: &Line) -> bool {
    one.text().trim() == other.text().trim()
}

fn texts(lines: &[Line]) -> Vec<&str> {
    let texts = lines.iter().map(|line| line.text().trim());
    texts.filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests;
