//! One wish on its way: written down, sent once, and looked for where its answer is lost.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::journal::{Begun, Page, Stand, Step, Unsettled};
use super::settle::{Seen, Since, Wanted, settle};
use super::{Origin, Placer, Wish, made_at};
use crate::call::{
    Call, CallName, Failure, FailureKind, MAX_LABEL_BYTES, MAX_LABELS, NewCall, Placement,
    TICKET_LABEL, Ticket, TicketLabel, Violation, check_labels,
};

/// How often the journal is asked about a wish that another process carries out.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// For how long a wish of an earlier run is looked for at least, however old it is: this machine's
/// clock, by which it is old, may have been set meanwhile.
const AT_LEAST: Duration = Duration::from_secs(10);
/// How many calls are named at most that may be the one that is looked for.
const NAMED: usize = 3;

/// A wish that is carried out, and who is told of it.
#[derive(Debug)]
pub(super) struct Errand<'a> {
    placer: &'a Placer,
    page: Page,
    progress: &'a mpsc::Sender<Placement>,
}

/// What is to be written down of a wish.
pub(super) fn prepared(placer: &Placer, wish: Wish) -> Result<Page, Failure> {
    let Wish {
        ticket,
        mut call,
        origin,
        follows,
    } = wish;
    match placer.label {
        TicketLabel::Carried => {
            call.labels.insert(TICKET_LABEL, ticket.as_str());
            check_labels(&call.labels).map_err(|reason| labels_too_many(&ticket, reason))?;
        }
        TicketLabel::LeftOut => {
            // That of another call, of which this one is a copy.
            forget_ticket(&mut call);
        }
    }
    Ok(Page {
        wish: Unsettled {
            ticket,
            call,
            since: (placer.clock)(),
            follows,
        },
        home: placer.home(),
        label: placer.label,
        run: String::new(),
        step: match origin {
            Origin::Fresh => Step::Sent,
            Origin::Given => Step::Wished,
        },
        lost: None,
        stand: Stand::Open,
    })
}

/// A call without a ticket among its labels.
pub(super) fn forget_ticket(call: &mut NewCall) {
    let others = call.labels.iter().filter(|(key, _)| *key != TICKET_LABEL);
    call.labels = others.collect();
}

impl<'a> Errand<'a> {
    pub(super) fn new(
        placer: &'a Placer,
        page: Page,
        progress: &'a mpsc::Sender<Placement>,
    ) -> Self {
        Self {
            placer,
            page,
            progress,
        }
    }

    /// Writes the wish down and goes on from what the journal says.
    pub(super) async fn begin(mut self) {
        let Some(journal) = &self.placer.journal else {
            self.carry_out().await;
            return;
        };
        let mut told = false;
        let mut begun = journal.begin(self.page.clone(), self.now()).await;
        loop {
            match begun {
                Ok(Begun::Ours(page, _keeping)) => {
                    self.page = *page;
                    return self.carry_out().await;
                }
                Ok(Begun::Left(page, _keeping)) => {
                    self.page = *page;
                    return match self.page.step {
                        Step::Wished => self.carry_out().await,
                        Step::Sent => self.settle_left().await,
                    };
                }
                Ok(Begun::Ended(page)) => {
                    self.page = *page;
                    return self.tell_end().await;
                }
                Ok(Begun::Barred(reason)) => return self.tell(barred(reason)).await,
                Err(reason) => {
                    let told = format!("it cannot be written down before it is sent: {reason}");
                    let failure = Failure::new(FailureKind::Local, told);
                    return self.tell(Placement::NotSent(failure)).await;
                }
                Ok(Begun::Elsewhere) => {
                    if !std::mem::replace(&mut told, true) {
                        self.tell(Placement::Unknown(elsewhere())).await;
                    }
                    tokio::select! {
                        () = sleep(ASK_EVERY) => {}
                        () = self.progress.closed() => return,
                    }
                    begun = journal.ask_again(&self.page.wish.ticket, self.now()).await;
                }
            }
        }
    }

    /// Sends what is written down, unless the service has it already.
    async fn carry_out(&self) {
        if let Some(reason) = self.looked_first().await {
            return self.end(reason).await;
        }
        if self.page.step == Step::Wished
            && let Some(journal) = &self.placer.journal
        {
            let ticket = self.page.wish.ticket.clone();
            if let Err(reason) = journal.sending(ticket, self.now()).await {
                let failure = Failure::new(FailureKind::Local, reason);
                return self.tell(Placement::NotSent(failure)).await;
            }
        }
        if self.progress.send(Placement::Sending).await.is_err() {
            let failure = Failure::new(FailureKind::Cancelled, "nobody waited for it any more");
            return self.end(Placement::NotSent(failure)).await;
        }
        self.send().await;
    }

    /// Why the wish is not to be sent, after a look at what the service has: a ticket from outside may
    /// have made its call, and the call of which there was no trace may have shown up.
    async fn looked_first(&self) -> Option<Placement> {
        if self.placer.label == TicketLabel::LeftOut {
            return None;
        }
        let wish = &self.page.wish;
        if self.page.step == Step::Wished {
            match self
                .look_for(&wish.ticket, self.since_made(&wish.ticket))
                .await
            {
                Ok(Seen::Ours(call)) => return Some(Placement::Placed(call)),
                Ok(Seen::Others(_)) => {}
                Err(failure) => return Some(unasked(&wish.ticket, &failure)),
            }
        }
        let old = wish.follows.as_ref()?;
        match self.look_for(old, self.since_made(old)).await {
            Ok(Seen::Ours(call)) => {
                let found = format!("the ticket {old} has made the call {} after all", call.name);
                self.correct(old, &call.name).await;
                Some(barred(found))
            }
            Ok(Seen::Others(_)) => None,
            Err(failure) if failure.passes() => Some(unasked(old, &failure)),
            // Who may not look cannot know better.
            Err(_) => None,
        }
    }

    async fn look_for(&self, ticket: &Ticket, since: Since) -> Result<Seen, Failure> {
        let wanted = Wanted {
            ticket,
            ..self.wanted(since)
        };
        wanted.look().await
    }

    fn wanted(&self, since: Since) -> Wanted<'_> {
        Wanted {
            client: &self.placer.client,
            ticket: &self.page.wish.ticket,
            call: &self.page.wish.call,
            label: self.page.label,
            since,
        }
    }

    fn since_made(&self, ticket: &Ticket) -> Since {
        let now = self.placer.clock;
        made_at(ticket).map_or(Since::Ever, |at| Since::After { at, now })
    }

    /// Sends: once.
    async fn send(&self) {
        let ticket = &self.page.wish.ticket;
        let began = Instant::now();
        let outcome = match self.placer.client.create_call(&self.page.wish.call).await {
            Ok(placed) => Placement::Placed(Box::new(placed)),
            Err(failure) if failure.may_have_happened => {
                tracing::warn!(%ticket, %failure, "whether the call was placed is not known");
                if let Some(journal) = &self.placer.journal {
                    let lost = journal.lost(ticket.clone(), failure.clone(), self.now());
                    self.written(lost.await);
                }
                let unknown = Placement::Unknown(failure.clone());
                if self.progress.send(unknown).await.is_ok() {
                    let until = Instant::now() + self.placer.look_for;
                    self.settle(Since::Here(began), &failure, until).await;
                }
                return;
            }
            Err(failure) => without_a_call(failure),
        };
        self.end(outcome).await;
    }

    /// Settles what an earlier run has left.
    pub(super) async fn settle_left(&self) {
        let failure = |kind, message: &str| Failure::new(kind, message);
        if self.page.step == Step::Wished {
            let message = "an earlier run ended before it was sent";
            let failure = failure(FailureKind::Cancelled, message);
            return self.end(Placement::NotSent(failure)).await;
        }
        let lost = self.page.lost.clone().unwrap_or_else(|| Failure {
            may_have_happened: true,
            ..failure(
                FailureKind::Cancelled,
                "an earlier run ended before it was answered",
            )
        });
        if self
            .progress
            .send(Placement::Unknown(lost.clone()))
            .await
            .is_err()
        {
            return;
        }
        let (at, now) = (self.page.wish.since, self.placer.clock);
        let elapsed = now().signed_duration_since(at).to_std().unwrap_or_default();
        let left = self.placer.look_for.saturating_sub(elapsed);
        let until = Instant::now() + left.max(AT_LEAST.min(self.placer.look_for));
        self.settle(Since::Written { at, now }, &lost, until).await;
    }

    async fn settle(&self, since: Since, lost: &Failure, until: Instant) {
        let wanted = self.wanted(since);
        let outcome = match settle(&wanted, lost, until, self.progress).await {
            None => return,
            Some(Seen::Ours(call)) => Placement::Placed(call),
            Some(Seen::Others(others)) => {
                let others = self.not_known(others).await;
                let words = self.without_trace(&others);
                Placement::NoTrace(Failure {
                    message: format!("{}; {words}", lost.message),
                    ..lost.clone()
                })
            }
        };
        self.end(outcome).await;
    }

    /// Those calls that no other wish has made.
    async fn not_known(&self, mut calls: Vec<CallName>) -> Vec<CallName> {
        if let Some(journal) = &self.placer.journal
            && !calls.is_empty()
        {
            let to = self.page.wish.call.to.clone();
            match journal.calls(self.page.home.clone(), to).await {
                Ok(known) => calls.retain(|call| !known.contains(call)),
                Err(reason) => self.written(Err(reason)),
            }
        }
        calls
    }

    /// What it means that the call was not found.
    fn without_trace(&self, others: &[CallName]) -> String {
        let seconds = self.placer.look_for.as_secs();
        let time = match seconds {
            0..120 => format!("{seconds} s"),
            _ => format!("{} min", seconds / 60),
        };
        let call = &self.page.wish.call;
        let between = format!("to {} from {}", call.to, call.from);
        let named: Vec<&str> = others.iter().take(NAMED).map(CallName::short).collect();
        let and_more = if others.len() > NAMED { ", …" } else { "" };
        let named = format!("{}{and_more}", named.join(", "));
        let were = match others.len() {
            1 => "1 call".to_owned(),
            count => format!("{count} calls"),
        };
        match self.page.label {
            TicketLabel::Carried if others.is_empty() => format!(
                "no call with its ticket has shown up in {time}: it was most likely not placed"
            ),
            TicketLabel::Carried => format!(
                "no call with its ticket has shown up in {time}; {were} {between} without a ticket \
                 of that time: {named}"
            ),
            TicketLabel::LeftOut if others.is_empty() => {
                format!("no call {between} has shown up in {time}: it was most likely not placed")
            }
            TicketLabel::LeftOut => format!(
                "whether it was placed cannot be told, for calls carry no ticket here \
                 (ticket_label = false): {were} {between} of that time: {named}"
            ),
        }
    }

    /// Says how a ticket has ended that was used before.
    async fn tell_end(&self) {
        let wish = &self.page.wish;
        let ended = match self.page.stand.clone() {
            Stand::Placed(name) => Placement::Placed(Box::new(self.placed(name).await)),
            Stand::Refused(failure) => Placement::Refused(failure),
            Stand::NotSent(failure) => Placement::NotSent(failure),
            Stand::Open => Placement::Unknown(elsewhere()),
            Stand::NoTrace(failure) => {
                let (at, now) = (wish.since, self.placer.clock);
                // It may have shown up meanwhile.
                match self
                    .look_for(&wish.ticket, Since::Written { at, now })
                    .await
                {
                    Ok(Seen::Ours(call)) => return self.end(Placement::Placed(call)).await,
                    Ok(Seen::Others(_)) | Err(_) => Placement::NoTrace(failure),
                }
            }
        };
        self.tell(ended).await;
    }

    /// A call as the service has it; what the journal knows of it where it cannot be asked.
    async fn placed(&self, name: CallName) -> Call {
        match self.placer.client.get_call(&name).await {
            Ok(call) => call,
            Err(failure) => {
                tracing::warn!(%name, %failure, "a call that was placed before cannot be read");
                let mut call = Call::new(name);
                call.to = self.page.wish.call.to.as_str().into();
                call.from = self.page.wish.call.from.as_str().into();
                call
            }
        }
    }

    /// Writes the end of the wish down, then tells it: what was told is what a later run knows.
    async fn end(&self, placement: Placement) {
        let stand = match &placement {
            Placement::Placed(call) => Some(Stand::Placed(call.name.clone())),
            Placement::Refused(failure) => Some(Stand::Refused(failure.clone())),
            Placement::NotSent(failure) => Some(Stand::NotSent(failure.clone())),
            Placement::NoTrace(failure) => Some(Stand::NoTrace(failure.clone())),
            Placement::Sending | Placement::Unknown(_) => None,
        };
        if let (Some(stand), Some(journal)) = (stand, &self.placer.journal) {
            let page = self.page.settled(stand);
            self.written(journal.settled(&page, self.now()).await);
        }
        self.tell(placement).await;
    }

    /// Writes down that a wish of which there was no trace has made a call.
    async fn correct(&self, old: &Ticket, name: &CallName) {
        let Some(journal) = &self.placer.journal else {
            return;
        };
        let mut page = self.page.settled(Stand::Placed(name.clone()));
        page.wish.ticket = old.clone();
        page.wish.follows = None;
        self.written(journal.settled(&page, self.now()).await);
    }

    /// A line that could not be written is no reason to keep from the person what it says: a later run
    /// finds it out again.
    fn written(&self, written: Result<(), String>) {
        if let Err(reason) = written {
            let ticket = &self.page.wish.ticket;
            tracing::warn!(%ticket, "the journal does not have it: {reason}");
        }
    }

    async fn tell(&self, placement: Placement) {
        // Whoever has gone does not wait for it.
        let _ = self.progress.send(placement).await;
    }

    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        (self.placer.clock)()
    }
}

/// What a failure after which there is certainly no call means: refused, or never sent.
fn without_a_call(failure: Failure) -> Placement {
    match failure.kind {
        FailureKind::Unauthenticated
        | FailureKind::PermissionDenied { .. }
        | FailureKind::InvalidArgument { .. }
        | FailureKind::NotFound
        | FailureKind::FailedPrecondition
        | FailureKind::ResourceExhausted { .. }
        | FailureKind::Unimplemented => Placement::Refused(failure),
        FailureKind::Unavailable
        | FailureKind::DeadlineExceeded
        | FailureKind::Internal
        | FailureKind::Cancelled
        | FailureKind::Local => Placement::NotSent(failure),
    }
}

fn barred(reason: String) -> Placement {
    Placement::NotSent(Failure::new(FailureKind::FailedPrecondition, reason))
}

/// Nothing is sent as long as nobody can say whether it was sent before.
fn unasked(ticket: &Ticket, failure: &Failure) -> Placement {
    let message =
        format!("the service cannot be asked whether it knows the ticket {ticket}: {failure}");
    Placement::NotSent(Failure {
        message,
        may_have_happened: false,
        ..failure.clone()
    })
}

fn elsewhere() -> Failure {
    Failure {
        kind: FailureKind::Cancelled,
        message: "another switchboard is placing it at this moment".to_owned(),
        may_have_happened: true,
    }
}

fn labels_too_many(ticket: &Ticket, reason: String) -> Failure {
    let bytes = TICKET_LABEL.len() + ticket.as_str().len();
    let message = format!(
        "the label {TICKET_LABEL}, by which the call is found again if its answer is lost, takes one \
         of {MAX_LABELS} labels and {bytes} of {MAX_LABEL_BYTES} bytes: leave it room"
    );
    let violations = vec![Violation::new("call.labels", reason)];
    Failure::new(FailureKind::InvalidArgument { violations }, message)
}
