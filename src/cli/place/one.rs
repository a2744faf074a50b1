//! One call: placed, and followed to its end if that is asked for.

use std::io;

use tokio::sync::mpsc;

use super::draft::{ANY_TICKET, Draft, Input, Remark, Rules};
use super::follow::Follow;
use super::question::{self, Question};
use super::told::Told;
use super::{Ready, flagged, say, wrong_flags};
use crate::call::{
    Call, E164, Failure, NewCall, NumberPlan, Party, Placement, State, Ticket, TicketLabel,
    country_name,
};
use crate::cli::connect::{self, Connected};
use crate::cli::outcome::exit_of;
use crate::cli::signals::Signals;
use crate::cli::{Exit, Stop};
use crate::placement::{Entry, Placer, Stand, Wish, fresh_ticket};
use crate::runtime;

/// Places the call that the flags describe.
pub(super) async fn place(
    ready: &Ready,
    mut wrong: Vec<Remark>,
    signals: &mut Signals,
) -> Result<Exit, Stop> {
    let looks = ready.draft == Draft::default() && !ready.dry_run;
    if let Some(ticket) = ready.ticket.as_ref().filter(|_| looks && wrong.is_empty()) {
        return look(ticket, ready, signals).await;
    }
    let rules = Rules {
        ticket: match ready.settings.ticket_label {
            TicketLabel::Carried => Some(ready.ticket.as_ref().map_or(ANY_TICKET, Ticket::as_str)),
            TicketLabel::LeftOut => None,
        },
        deny: &ready.deny,
    };
    let (call, doubts) = match ready.draft.call(&rules) {
        Ok(checked) if wrong.is_empty() => checked,
        Ok(_) => return Err(wrong_flags(&wrong)),
        Err(more) => {
            let known: Vec<Input> = wrong.iter().map(|it| it.input).collect();
            wrong.extend(more.into_iter().filter(|it| !known.contains(&it.input)));
            wrong.sort_by_key(|it| it.input);
            return Err(wrong_flags(&wrong));
        }
    };
    if ready.dry_run || ready.yes {
        for doubt in &doubts {
            say("warning", &flagged(doubt));
        }
    }
    if ready.dry_run {
        let written = super::request(&call, ready, &mut io::stdout().lock());
        return written.map_or_else(|error| super::unwritten(&error), |()| Ok(Exit::Done));
    }
    ready.check_writable()?;
    if !ready.yes {
        question::ask(&told(&call, &doubts, ready), signals).await?;
    }
    let wish = match &ready.ticket {
        Some(ticket) => Wish::with_given(ticket.clone(), call),
        None => Wish::new(fresh_ticket(runtime::now()), call),
    };
    let connected = Connected::to(&ready.settings.target).await?;
    let placer = connect::placer(connected.client.clone(), &ready.settings);
    let ended = carry_out(&placer, wish, ready, signals).await;
    connected.end().await;
    ended
}

/// Says what became of a wish that was made before. Nothing is sent.
async fn look(ticket: &Ticket, ready: &Ready, signals: &mut Signals) -> Result<Exit, Stop> {
    let connected = Connected::to(&ready.settings.target).await?;
    let placer = connect::placer(connected.client.clone(), &ready.settings);
    let known = match &placer.journal {
        Some(journal) => journal.known(ticket).await.map_err(Stop::failed)?,
        None => None,
    };
    let ended = match known {
        None => Err(Stop::usage(format!(
            "the ticket {ticket} is not known here: say which call is to be placed with it (--to, \
             --from, --handler-uri)"
        ))),
        Some(Entry {
            stand: Stand::Refused(failure) | Stand::NotSent(failure),
            ..
        }) => Err(no_call(&failure)),
        Some(Entry {
            stand: Stand::NoTrace(failure),
            ..
        }) => Err(no_trace(ticket, &failure)),
        Some(Entry {
            stand: Stand::Open | Stand::Placed(_),
            wish,
        }) => {
            let wish = Wish::with_given(ticket.clone(), wish.call);
            carry_out(&placer, wish, ready, signals).await
        }
    };
    connected.end().await;
    ended
}

/// What somebody has to know before a call is placed.
fn told(call: &NewCall, doubts: &[Remark], ready: &Ready) -> Question {
    let mut rows = vec![("Call", number(&call.to)), ("From", number(&call.from))];
    if call.is_private {
        rows.push(("", "the number is withheld".to_owned()));
    }
    rows.extend(ready.whereabouts());
    for (at, uri) in call.options.handler_uris.iter().enumerate() {
        rows.push((if at == 0 { "Handlers" } else { "" }, uri.clone()));
    }
    rows.extend(doubts.iter().map(|doubt| ("!", flagged(doubt))));
    Question {
        ask: "Place this call?".to_owned(),
        rows,
    }
}

/// The number as it is written abroad, with its country.
fn number(number: &str) -> String {
    let written = Party::from_text(number, false);
    match E164::parse(number).map(E164::plan) {
        Ok(NumberPlan::Possible {
            region: Some(region),
            ..
        }) => format!("{written}  {}", country_name(&region).unwrap_or(&region)),
        Ok(NumberPlan::Possible { region: None, .. } | NumberPlan::Impossible(_)) | Err(_) => {
            written.to_string()
        }
    }
}

/// Carries a wish out and says how far it has come.
async fn carry_out(
    placer: &Placer,
    wish: Wish,
    ready: &Ready,
    signals: &mut Signals,
) -> Result<Exit, Stop> {
    let ticket = wish.ticket.clone();
    let (progress, mut reports) = mpsc::channel(1);
    let placing = tokio::spawn({
        let placer = placer.clone();
        async move { placer.place(wish, progress).await }
    });
    let mut sent = false;
    let mut unknown: Option<Failure> = None;
    loop {
        let report = tokio::select! {
            report = reports.recv() => report,
            () = signals.next() => {
                reports.close();
                while let Ok(report) = reports.try_recv() {
                    sent |= report == Placement::Sending;
                }
                return Err(if sent || unknown.is_some() {
                    not_known(&ticket, "interrupted")
                } else {
                    Stop::interrupted("interrupted before the call was sent: there is none")
                });
            }
        };
        match report {
            Some(Placement::Sending) => sent = true,
            Some(Placement::Unknown(failure)) => {
                let looked = "the call is looked for by its ticket, for up to 2 minutes";
                say("warning", &format!("{failure}; {looked} ({ticket})"));
                unknown = Some(failure);
            }
            Some(Placement::Placed(call)) => {
                if !sent {
                    say(
                        "note",
                        &format!("the ticket {ticket} is known: nothing was sent now"),
                    );
                }
                return placed(placer, *call, ready, signals).await;
            }
            Some(Placement::Refused(failure) | Placement::NotSent(failure)) => {
                return Err(no_call(&failure));
            }
            Some(Placement::NoTrace(failure)) => return Err(no_trace(&ticket, &failure)),
            None => break,
        }
    }
    placing.await.map_err(|error| {
        not_known(
            &ticket,
            &format!("a part of this program has failed: {error}"),
        )
    })?;
    let why = unknown.map_or_else(|| "nothing was told of it".to_owned(), |it| it.to_string());
    Err(not_known(&ticket, &why))
}

/// There is a call: says so, and follows it to its end if that is asked for.
async fn placed(
    placer: &Placer,
    call: Call,
    ready: &Ready,
    signals: &mut Signals,
) -> Result<Exit, Stop> {
    let mut told = Told::new(ready.form, ready.settings.screen.zone);
    if let Err(error) = told.placed(&call, ready.wait) {
        return super::unwritten(&error);
    }
    if !ready.wait {
        return Ok(Exit::Done);
    }
    let name = call.name.clone();
    let mut end = (!call.is_open()).then_some(call.state);
    let mut follow = Follow::new(placer.client.clone(), call);
    while end.is_none() {
        let state = tokio::select! {
            state = follow.next() => state,
            () = signals.next() => {
                return Err(Stop::interrupted(format!("interrupted: the call goes on: {name}")));
            }
        };
        match state {
            Ok(Some(call)) => {
                if let Err(error) = told.state(call) {
                    return super::unwritten(&error);
                }
                end = (!call.is_open()).then_some(call.state);
            }
            Ok(None) => break,
            Err(failure) => {
                return Err(Stop::with(
                    exit_of(&failure.kind),
                    format!("{name} was placed, and cannot be followed: {failure}"),
                ));
            }
        }
    }
    match end {
        Some(State::Completed) => Ok(Exit::Done),
        other => {
            let state = other.unwrap_or(State::Unspecified);
            Err(Stop::failed(format!("the call was not completed: {state}")))
        }
    }
}

fn no_call(failure: &Failure) -> Stop {
    Stop::with(
        exit_of(&failure.kind),
        format!("no call was placed: {failure}"),
    )
}

fn no_trace(ticket: &Ticket, failure: &Failure) -> Stop {
    Stop::with(
        Exit::Unknown,
        format!(
            "{} (ticket {ticket}); to place it again use another ticket",
            failure.message
        ),
    )
}

/// Whether there is a call is not known, and how that can be found out.
fn not_known(ticket: &Ticket, why: &str) -> Stop {
    Stop::with(
        Exit::Unknown,
        format!(
            "it is not known whether the call was placed: {why}; this looks for it and sends \
             nothing:\n  switchboard place --ticket {ticket}"
        ),
    )
}
