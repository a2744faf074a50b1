//! One line of the journal: what has happened to a wish, as JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::page::{Home, Page, Step};
use super::request::{self, text};
use super::{Stand, Unsettled};
use crate::call::{
    CallName, Failure, FailureKind, NewCall, Ticket, TicketLabel, Violation, excerpt,
};

/// The version of the journal that is written. A newer one is not touched.
pub(super) const VERSION: u64 = 1;

/// How many characters of a failure's message are kept.
const MESSAGE: usize = 1_000;

/// What has happened to a wish.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    /// It was wished, and may be sent or is about to be.
    Wished(Box<Page>),
    /// What was only wished until now is about to be sent.
    Sending { ticket: Ticket },
    /// Another process looks after it.
    TakenOver { ticket: Ticket, run: String },
    /// Its answer was lost.
    Lost { ticket: Ticket, failure: Failure },
    /// It has come to its end. Says what there is to know without any line before it.
    Settled(Box<Page>),
}

/// The first line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u64,
    /// Changes whenever the file is written anew.
    pub(super) generation: String,
}

impl Header {
    pub(super) fn write(&self) -> String {
        let header = json!({
            "journal": "switchboard placements",
            "version": self.version,
            "generation": self.generation,
        });
        format!("{header}\n")
    }

    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(line).ok()?;
        let fields = value.as_object()?;
        fields.get("journal")?;
        Some(Self {
            version: fields.get("version")?.as_u64()?,
            generation: text(fields, "generation"),
        })
    }
}

impl Line {
    /// The line with its end.
    pub(super) fn write(&self, at: DateTime<Utc>) -> String {
        let mut value = match self {
            Self::Wished(page) => {
                let event = match page.step {
                    Step::Wished => "wished",
                    Step::Sent => "sending",
                };
                let mut value = page_value(event, page);
                value["since"] = json!(time(page.wish.since));
                value["run"] = json!(page.run);
                value["call"] = json!(page.wish.call);
                if page.label == TicketLabel::LeftOut {
                    value["label"] = json!(false);
                }
                value
            }
            Self::Sending { ticket } => json!({"event": "sending", "ticket": ticket.as_str()}),
            Self::TakenOver { ticket, run } => {
                json!({"event": "taken-over", "ticket": ticket.as_str(), "run": run})
            }
            Self::Lost { ticket, failure } => json!({
                "event": "unknown", "ticket": ticket.as_str(), "failure": failure_value(failure),
            }),
            Self::Settled(page) => settled_value(page),
        };
        value["at"] = json!(time(at));
        format!("{value}\n")
    }

    /// Reads a line; nothing if it is none, or if it says nothing that is known here.
    pub(super) fn read(line: &[u8]) -> Option<(Self, DateTime<Utc>)> {
        let value: Value = serde_json::from_slice(line).ok()?;
        let fields = value.as_object()?;
        let ticket = Ticket::new(fields.get("ticket")?.as_str()?);
        let at = instant(fields, "at")?;
        let line = match fields.get("event")?.as_str()? {
            "wished" => Self::Wished(Box::new(wished(fields, ticket, Step::Wished)?)),
            "sending" if fields.contains_key("call") => {
                Self::Wished(Box::new(wished(fields, ticket, Step::Sent)?))
            }
            "sending" => Self::Sending { ticket },
            "taken-over" => Self::TakenOver {
                ticket,
                run: text(fields, "run"),
            },
            "unknown" => Self::Lost {
                ticket,
                failure: failure(fields.get("failure"), true),
            },
            event => Self::Settled(Box::new(settled(event, fields, (ticket, at))?)),
        };
        Some((line, at))
    }
}

fn page_value(event: &str, page: &Page) -> Value {
    let mut value = json!({
        "event": event,
        "ticket": page.wish.ticket.as_str(),
        "service": page.home.service,
        "project": page.home.project,
    });
    if let Some(old) = &page.wish.follows {
        value["follows"] = json!(old.as_str());
    }
    value
}

fn settled_value(page: &Page) -> Value {
    let (event, outcome) = match &page.stand {
        // No end, and so never written; it would be read as nothing.
        Stand::Open => ("open", Value::Null),
        Stand::Placed(name) => ("placed", json!(name.as_str())),
        Stand::Refused(failure) => ("refused", failure_value(failure)),
        Stand::NotSent(failure) => ("not-sent", failure_value(failure)),
        Stand::NoTrace(failure) => ("no-trace", failure_value(failure)),
    };
    let mut value = page_value(event, page);
    value["to"] = json!(page.wish.call.to);
    value["from"] = json!(page.wish.call.from);
    value["since"] = json!(time(page.wish.since));
    value[if event == "placed" { "name" } else { "failure" }] = outcome;
    value
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn instant(fields: &Map<String, Value>, name: &str) -> Option<DateTime<Utc>> {
    fields.get(name)?.as_str()?.parse().ok()
}

fn home(fields: &Map<String, Value>) -> Home {
    Home {
        service: text(fields, "service"),
        project: text(fields, "project"),
    }
}

fn follows(fields: &Map<String, Value>) -> Option<Ticket> {
    Some(Ticket::new(fields.get("follows")?.as_str()?))
}

fn wished(fields: &Map<String, Value>, ticket: Ticket, step: Step) -> Option<Page> {
    Some(Page {
        wish: Unsettled {
            ticket,
            call: request::read(fields.get("call")?)?,
            since: instant(fields, "since")?,
            follows: follows(fields),
        },
        home: home(fields),
        label: match fields.get("label").and_then(Value::as_bool) {
            Some(false) => TicketLabel::LeftOut,
            Some(true) | None => TicketLabel::Carried,
        },
        run: text(fields, "run"),
        step,
        lost: None,
        stand: Stand::Open,
    })
}

fn settled(
    event: &str,
    fields: &Map<String, Value>,
    (ticket, at): (Ticket, DateTime<Utc>),
) -> Option<Page> {
    let failed = |may_have_happened| failure(fields.get("failure"), may_have_happened);
    let stand = match event {
        "placed" => Stand::Placed(CallName::new(fields.get("name")?.as_str()?)),
        "refused" => Stand::Refused(failed(false)),
        "not-sent" => Stand::NotSent(failed(false)),
        "no-trace" => Stand::NoTrace(failed(true)),
        _ => return None,
    };
    Some(Page {
        wish: Unsettled {
            ticket,
            call: NewCall {
                to: text(fields, "to"),
                from: text(fields, "from"),
                ..NewCall::default()
            },
            since: instant(fields, "since").unwrap_or(at),
            follows: follows(fields),
        },
        home: home(fields),
        label: TicketLabel::Carried,
        run: String::new(),
        step: Step::Sent,
        lost: None,
        stand,
    })
}

fn failure_value(failure: &Failure) -> Value {
    let message: String = failure.message.chars().take(MESSAGE).collect();
    let mut value = json!({"kind": kind(&failure.kind), "message": message});
    if let FailureKind::PermissionDenied {
        permission: Some(permission),
    } = &failure.kind
    {
        value["permission"] = json!(excerpt(permission).to_string());
    }
    let violations: Vec<Value> = failure
        .violations()
        .iter()
        .take(MESSAGE / 10)
        .map(|violation| json!({"field": violation.field, "reason": violation.reason}))
        .collect();
    if !violations.is_empty() {
        value["violations"] = json!(violations);
    }
    value
}

fn failure(value: Option<&Value>, may_have_happened: bool) -> Failure {
    let empty = Map::new();
    let fields = value.and_then(Value::as_object).unwrap_or(&empty);
    Failure {
        kind: kind_of(fields),
        message: text(fields, "message"),
        may_have_happened,
    }
}

fn kind(kind: &FailureKind) -> &'static str {
    match kind {
        FailureKind::Unauthenticated => "unauthenticated",
        FailureKind::PermissionDenied { .. } => "permission-denied",
        FailureKind::InvalidArgument { .. } => "invalid-argument",
        FailureKind::NotFound => "not-found",
        FailureKind::FailedPrecondition => "failed-precondition",
        FailureKind::ResourceExhausted { .. } => "resource-exhausted",
        FailureKind::Unavailable => "unavailable",
        FailureKind::DeadlineExceeded => "deadline-exceeded",
        FailureKind::Internal => "internal",
        FailureKind::Unimplemented => "unimplemented",
        FailureKind::Cancelled => "cancelled",
        FailureKind::Local => "local",
    }
}

fn kind_of(fields: &Map<String, Value>) -> FailureKind {
    match text(fields, "kind").as_str() {
        "unauthenticated" => FailureKind::Unauthenticated,
        "permission-denied" => FailureKind::PermissionDenied {
            permission: Some(text(fields, "permission")).filter(|it| !it.is_empty()),
        },
        "invalid-argument" => FailureKind::InvalidArgument {
            violations: violations(fields),
        },
        "not-found" => FailureKind::NotFound,
        "failed-precondition" => FailureKind::FailedPrecondition,
        "resource-exhausted" => FailureKind::ResourceExhausted { retry_after: None },
        "unavailable" => FailureKind::Unavailable,
        "deadline-exceeded" => FailureKind::DeadlineExceeded,
        "unimplemented" => FailureKind::Unimplemented,
        "cancelled" => FailureKind::Cancelled,
        "local" => FailureKind::Local,
        // Of a newer version, too: what it means for the call is said by the event.
        _ => FailureKind::Internal,
    }
}

fn violations(fields: &Map<String, Value>) -> Vec<Violation> {
    let values = fields.get("violations").and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|fields| Violation::new(text(fields, "field"), text(fields, "reason")))
        .collect()
}
