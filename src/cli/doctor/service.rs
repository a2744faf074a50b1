//! The way to the service, step by step, and what may be asked of it.

use std::io;

use chrono::TimeDelta;

use super::super::connect::Connected;
use super::super::{Exit, Stop};
use super::finding::{Finding, Report};
use crate::api::probe::{self, Distrust};
use crate::api::{Client, Endpoint, ListRequest};
use crate::call::{CallName, Failure, FailureKind};
use crate::config::{Credentials, Service, Target};
use crate::runtime;

/// How far clocks may be apart: dates of answers are right to a second.
const CLOCKS_AGREE: TimeDelta = TimeDelta::seconds(3);

/// What a call is called that there is none of: that it is not found shows that it may be looked for.
const NO_CALL: &str = "switchboard-doctor";

/// Looks at the service, as far as it can be got at.
pub(super) async fn look(target: &Target, report: &mut Report) -> io::Result<()> {
    if let Target::Service(service) = target
        && !way(service, report).await?
    {
        return report.tell(&Finding::skipped(
            "permissions",
            "the service was not reached",
        ));
    }
    match Connected::to(target).await {
        Ok(connected) => {
            let looked = permissions(target, &connected.client, report).await;
            connected.end().await;
            looked
        }
        Err(stop) => report.tell(&refused(&stop)),
    }
}

/// A client that cannot even be made.
fn refused(stop: &Stop) -> Finding {
    let said = stop.to_string();
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    Finding::failed("client", said, "", stop.exit())
}

/// Name, connection and encryption; false where one of them fails.
async fn way(service: &Service, report: &mut Report) -> io::Result<bool> {
    let endpoint = &service.endpoint;
    let addresses = match probe::look_up(endpoint).await {
        Ok(addresses) => addresses,
        Err(reason) => {
            report.tell(&Finding::failed(
                "name",
                format!("{}: {reason}", endpoint.host()),
                "check the endpoint's spelling, and this machine's network and name server",
                Exit::Unavailable,
            ))?;
            return Ok(false);
        }
    };
    let shown: Vec<String> = addresses.iter().map(|it| it.ip().to_string()).collect();
    report.tell(&Finding::ok(
        "name",
        format!("{} is {}", endpoint.host(), shown.join(", ")),
    ))?;
    let began = tokio::time::Instant::now();
    let stream = match probe::reach(&addresses).await {
        Ok(stream) => stream,
        Err(reason) => {
            report.tell(&Finding::failed(
                "connection",
                reason,
                "is the service up, is the port right, does a firewall or a VPN stand in between?",
                Exit::Unavailable,
            ))?;
            return Ok(false);
        }
    };
    let took = began.elapsed().as_millis();
    report.tell(&Finding::ok(
        "connection",
        format!("{} in {took} ms", endpoint.authority()),
    ))?;
    if !endpoint.is_encrypted() {
        let plain = "none: plain text, which never leaves this machine";
        report.tell(&Finding::ok("encryption", plain))?;
        return Ok(true);
    }
    let encrypted = probe::encrypt(endpoint, stream).await;
    let works = encrypted.is_ok();
    report.tell(&match encrypted {
        Ok(version) => Finding::ok(
            "encryption",
            format!("{version}, HTTP/2, a certificate that this system trusts"),
        ),
        Err(why) => distrusted(endpoint, why),
    })?;
    Ok(works)
}

fn distrusted(endpoint: &Endpoint, why: Distrust) -> Finding {
    const CLOCK: &str = "check this machine's date and time; if they are right, the service's owner \
                         has to renew it";
    const PROXY: &str = "a proxy that reads along has to be trusted by this system, or passed by";
    let host = endpoint.host();
    let (said, remedy) = match why {
        Distrust::NothingTrusted => (
            "this system has no certificates that it trusts".to_owned(),
            "install them (the package is often called ca-certificates)",
        ),
        Distrust::UnknownIssuer => (
            format!("nobody whom this system trusts has signed the certificate of {host}"),
            PROXY,
        ),
        Distrust::Expired => (format!("the certificate of {host} has run out"), CLOCK),
        Distrust::NotYetValid => (
            format!("the certificate of {host} does not hold yet"),
            CLOCK,
        ),
        Distrust::OtherName => (
            format!("the certificate is not that of {host}"),
            "check the endpoint's spelling",
        ),
        Distrust::NoHttp2 => (
            format!("{} does not speak HTTP/2", endpoint.authority()),
            "gRPC needs it: check the port, and proxies in between",
        ),
        Distrust::NoTls => (
            format!("{} does not speak TLS", endpoint.authority()),
            "check the port; a service in plain text is taken on this machine alone, as http://…",
        ),
        Distrust::Other(reason) => (reason, PROXY),
    };
    Finding::failed("encryption", said, remedy, Exit::Unavailable)
}

/// The token, and whether calls may be listed and read.
async fn permissions(target: &Target, client: &Client, report: &mut Report) -> io::Result<()> {
    if let Target::Service(service) = target
        && let Err(failure) = client.sign_in().await
    {
        report.tell(&of_failure(
            "token",
            &failure,
            token_remedy(&failure, service),
        ))?;
        return report.tell(&Finding::skipped(
            "permissions",
            "there is no token to ask with",
        ));
    }
    report.tell(&match target {
        Target::Sandbox { .. } => Finding::skipped("token", "the embedded sandbox asks for none"),
        Target::Service(service) => token(service),
    })?;
    let asked = ListRequest {
        page_size: 1,
        ..ListRequest::default()
    };
    let project = client.project();
    let listed = client.list_calls(&asked).await;
    let (calls, works) = match listed {
        Ok(page) => {
            let said = match page.calls.first() {
                Some(call) => format!("{project}: the newest call is {}", call.name.id()),
                None => format!("{project}: no calls yet"),
            };
            report.tell(&Finding::ok("list", said))?;
            (page.calls, true)
        }
        Err(failure) => {
            report.tell(&of_failure("list", &failure, remedy(&failure)))?;
            (Vec::new(), false)
        }
    };
    report.tell(&clock(client))?;
    let none = || CallName::new(format!("{project}/calls/{NO_CALL}"));
    let name = calls.into_iter().next().map_or_else(none, |call| call.name);
    report.tell(&match client.get_call(&name).await {
        Ok(_) => Finding::ok("get", "a call can be read"),
        Err(failure) if failure.kind == FailureKind::NotFound && works => Finding::ok(
            "get",
            "permitted: a call that there is none of is not found",
        ),
        Err(failure) => of_failure("get", &failure, remedy(&failure)),
    })?;
    report.tell(&Finding::skipped(
        "place",
        "a call cannot be taken back: whether voice.calls.create is granted shows with the first one",
    ))
}

fn token(service: &Service) -> Finding {
    match &service.credentials {
        Credentials::Anonymous => Finding::skipped("token", "the service is asked as nobody"),
        Credentials::Token(_) | Credentials::TokenFile(_) => {
            Finding::ok("token", "given; whether it is taken shows below")
        }
        Credentials::Key(_) | Credentials::KeyFile(_) => {
            Finding::ok("token", format!("from {}", service.token_url.as_str()))
        }
    }
}

/// How far the two clocks are apart, as the service's answers are dated.
fn clock(client: &Client) -> Finding {
    const WHAT: &str = "clock";
    let Some((shown, at)) = client.service_time() else {
        return Finding::skipped(WHAT, "the service has not dated any answer");
    };
    let since = TimeDelta::from_std(at.elapsed()).unwrap_or_default();
    let ahead = runtime::now().signed_duration_since(shown) - since;
    let apart = ahead.abs().num_seconds();
    let way = if ahead < TimeDelta::zero() {
        "behind"
    } else {
        "ahead of"
    };
    if ahead.abs() < CLOCKS_AGREE {
        return Finding::ok(WHAT, "this machine's and the service's agree");
    }
    Finding::warning(
        WHAT,
        format!("this machine's is {apart} s {way} the service's"),
        "set it, best by NTP: keys are refused by a token server when it is minutes off; ages on \
         screen are by the service's clock",
    )
}

fn of_failure(what: &'static str, failure: &Failure, remedy: String) -> Finding {
    let exit = Stop::from(failure.clone()).exit();
    Finding::failed(what, failure.to_string(), remedy, exit)
}

fn token_remedy(failure: &Failure, service: &Service) -> String {
    match failure.kind {
        FailureKind::Unauthenticated => {
            "is the key still there in the account's settings, and is this machine's clock right? \
             A new key is downloaded under Settings, Service accounts"
                .to_owned()
        }
        FailureKind::Unavailable | FailureKind::DeadlineExceeded => format!(
            "check the way to {}, and token_url in the profile",
            service.token_url.as_str()
        ),
        _ => String::new(),
    }
}

fn remedy(failure: &Failure) -> String {
    match &failure.kind {
        FailureKind::Unauthenticated => {
            "the token is not taken: it may have run out, or be another service's; renew it, or \
             use a key file, which is exchanged as often as need be"
        }
        FailureKind::PermissionDenied { .. } => {
            "have the permission granted to the account on this project, or check the project's id"
        }
        FailureKind::NotFound => "check the project's id",
        FailureKind::Unavailable | FailureKind::DeadlineExceeded => {
            "the service is there and does not serve: try again in a minute"
        }
        FailureKind::Unimplemented => {
            "whatever listens there is not the Calls service: check the endpoint"
        }
        FailureKind::InvalidArgument { .. }
        | FailureKind::FailedPrecondition
        | FailureKind::ResourceExhausted { .. }
        | FailureKind::Internal
        | FailureKind::Cancelled
        | FailureKind::Local => "",
    }
    .to_owned()
}
