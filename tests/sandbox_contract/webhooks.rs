//! Webhooks (`api.md §11`), to real receivers on this machine. Time is the machine's here, and the
//! exchange's runs so fast that a call takes a fraction of a second.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::header::LOCATION;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rstest::rstest;
use sha2::Sha256;
use switchboard::proto::Call;
use switchboard::proto::call::State;
use switchboard::sandbox::{Sandbox, Setup, WebhookKey, Webhooks};
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};

use super::receiver::{Receiver, Seen, Silence};
use super::support::{create, get, pass, quiet, start, start_time, wish};

/// The bytes 0x00 to 0x3f.
fn key() -> [u8; 64] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

/// An exchange in which a minute passes in a fraction of a second.
fn swift() -> Setup {
    Setup {
        speed: 200.0,
        webhooks: Some(Webhooks {
            key: WebhookKey::parse(&STANDARD.encode(key())).unwrap(),
            anywhere: false,
        }),
        ..quiet()
    }
}

fn on(path: &Path) -> Setup {
    Setup {
        db: Some(path.to_owned()),
        ..swift()
    }
}

fn told(to: &str, state_update_uri: impl Into<String>) -> Call {
    let mut call = wish(to);
    call.options.as_mut().unwrap().state_update_uri = state_update_uri.into();
    call
}

fn states(seen: &[Seen]) -> Vec<State> {
    seen.iter().map(Seen::state).collect()
}

/// How many deliveries a ledger still has, once its sandbox has ended.
fn waiting(path: &Path) -> i64 {
    let ledger = rusqlite::Connection::open(path).unwrap();
    ledger
        .query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0))
        .unwrap()
}

fn status(status: StatusCode) -> Response {
    status.into_response()
}

fn sent_on(status: StatusCode, to: impl Into<String>) -> Response {
    (status, [(LOCATION, to.into())]).into_response()
}

/// §11: the headers, the signature over the URL as it was given, the event and the raw body.
#[tokio::test]
async fn a_webhook_is_a_signed_post() {
    let receiver = Receiver::willing().await;
    let (_sandbox, mut client) = start(swift()).await;
    let url = receiver.url("/voice/state?tenant=7");
    create(&mut client, told("+61491570156", &url))
        .await
        .unwrap();
    for seen in receiver.wait_for_state(State::Busy).await {
        assert_eq!(seen.method, Method::POST);
        assert_eq!(seen.uri, "/voice/state?tenant=7");
        assert_eq!(
            seen.header("content-type"),
            "application/json; charset=utf-8"
        );
        assert_eq!(seen.header("x-enfonica-event"), "CALL_STATE_UPDATE");
        let mut code = Hmac::<Sha256>::new_from_slice(&key()).unwrap();
        for part in [url.as_bytes(), b"CALL_STATE_UPDATE", &seen.body] {
            code.update(part);
        }
        let signature = STANDARD.encode(code.finalize().into_bytes());
        assert_eq!(seen.header("x-enfonica-signature"), signature);
        assert!(!seen.headers.contains_key("cookie"));
    }
}

/// §11: at each transition to a new state, in order, and none for the creation.
#[rstest]
#[case("+61491570006", &[State::Starting, State::Ringing, State::InProgress, State::Completed])]
#[case("+61491570156", &[State::Starting, State::Busy])]
#[case("+61491570157", &[State::Starting, State::Ringing, State::NotAnswered])]
#[case("+61491570158", &[State::Starting, State::Ringing, State::Rejected])]
#[case("+61491570159", &[State::Starting, State::Failed])]
#[tokio::test]
async fn every_transition_is_told_once_and_in_order(#[case] to: &str, #[case] expected: &[State]) {
    let receiver = Receiver::willing().await;
    let (_sandbox, mut client) = start(swift()).await;
    let call = create(&mut client, told(to, receiver.url("/")))
        .await
        .unwrap();
    let last = *expected.last().unwrap();
    receiver.wait_for_state(last).await;
    // The price comes within 12 s of the exchange's time, and is told to nobody.
    if last == State::Completed {
        timeout(Duration::from_secs(5), async {
            while get(&mut client, &call.name).await.unwrap().price.is_none() {
                pass(0.01).await;
            }
        })
        .await
        .unwrap();
        pass(0.1).await;
    }
    let seen = receiver.seen();
    assert_eq!(states(&seen), expected);
    // Each is the call as it was then: what is known by now, without what came later.
    let now = get(&mut client, &call.name).await.unwrap();
    for seen in &seen {
        let mut then = now.clone();
        then.price = None;
        then.set_state(seen.state());
        if seen.state() != last {
            then.end_time = None;
            then.answer_duration = None;
            then.error_code.clear();
            then.error_message.clear();
        }
        if matches!(seen.state(), State::Starting | State::Ringing) {
            then.answer_time = None;
        }
        if seen.state() == State::Starting {
            then.ring_time = None;
        }
        assert_eq!(seen.call(), then);
    }
}

/// §11 and §3: the body is the JSON of what GetCall answers in that state.
#[rstest]
#[case("+61491570110", State::InProgress)]
#[case("+61491570156", State::Busy)]
#[case("+61491570159", State::Failed)]
#[tokio::test]
async fn the_body_is_what_get_call_says(#[case] to: &str, #[case] state: State) {
    let receiver = Receiver::willing().await;
    let (_sandbox, mut client) = start(swift()).await;
    let mut wish = told(to, receiver.url("/"));
    wish.labels = [("campaign", "spring \"2021\" 🌱"), ("order", "7")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let call = create(&mut client, wish).await.unwrap();
    let seen = receiver.wait_for_state(state).await;
    let got = get(&mut client, &call.name).await.unwrap();
    assert_eq!(seen.last().unwrap().call(), got);
}

/// §11: anything but a 2xx is tried again after 1, 2, 4 and 8 s of the exchange's time.
#[rstest]
#[case(StatusCode::INTERNAL_SERVER_ERROR)]
#[case(StatusCode::NOT_FOUND)]
#[case(StatusCode::NOT_MODIFIED)]
#[tokio::test]
async fn what_is_not_taken_is_tried_again(#[case] answer: StatusCode) {
    let receiver = Receiver::start(move |count, _| {
        status(if count < 5 {
            answer
        } else {
            StatusCode::ACCEPTED
        })
    })
    .await;
    let setup = Setup {
        speed: 40.0,
        ..swift()
    };
    let (_sandbox, mut client) = start(setup).await;
    create(&mut client, told("+61491570110", receiver.url("/")))
        .await
        .unwrap();
    let starting = |seen: &[Seen]| -> Vec<Seen> {
        let of_state = seen.iter().filter(|seen| seen.state() == State::Starting);
        of_state.cloned().collect()
    };
    let seen = receiver
        .wait_for("the second attempt", |seen| starting(seen).len() >= 3)
        .await;
    let attempts = starting(&seen);
    assert!(attempts.iter().all(|seen| seen.body == attempts[0].body));
    // Not before their time; how long after it is up to the machine.
    let gaps = attempts.windows(2).map(|pair| pair[1].at - pair[0].at);
    for (gap, seconds) in gaps.zip([1.0, 2.0, 4.0, 8.0]) {
        assert!(
            gap.as_secs_f64() > seconds / 40.0 - 0.003,
            "{gap:?} for {seconds} s"
        );
    }
    receiver.wait_for_state(State::InProgress).await;
}

/// §11: redirects are followed, with the signature of the URL that was configured.
#[rstest]
#[case(StatusCode::MOVED_PERMANENTLY)]
#[case(StatusCode::FOUND)]
#[case(StatusCode::TEMPORARY_REDIRECT)]
#[case(StatusCode::PERMANENT_REDIRECT)]
#[tokio::test]
async fn a_webhook_goes_where_it_is_sent_on_to(#[case] answer: StatusCode) {
    let end = Receiver::willing().await;
    let to = end.url("/moved");
    let first = Receiver::start(move |_, seen| match seen.uri.path() {
        "/state" => sent_on(answer, "/there"),
        _ => sent_on(answer, &to),
    })
    .await;
    let (_sandbox, mut client) = start(swift()).await;
    create(&mut client, told("+61491570156", first.url("/state")))
        .await
        .unwrap();
    let arrived = end.wait_for_state(State::Busy).await;
    let asked = first.seen();
    let paths: Vec<&str> = asked.iter().map(|seen| seen.uri.path()).collect();
    assert_eq!(paths, ["/state", "/there", "/state", "/there"]);
    assert_eq!(states(&arrived), [State::Starting, State::Busy]);
    for (seen, asked) in arrived.iter().zip(asked.chunks(2)) {
        assert_eq!((&seen.method, seen.uri.path()), (&Method::POST, "/moved"));
        for asked in asked {
            assert_eq!(seen.body, asked.body);
            let signature = seen.header("x-enfonica-signature");
            assert_eq!(signature, asked.header("x-enfonica-signature"));
        }
    }
}

/// HTTP's own rule for 303: what came of the request is read elsewhere.
#[tokio::test]
async fn after_see_other_it_is_read_and_not_posted_again() {
    let receiver = Receiver::start(|_, seen| match seen.uri.path() {
        "/state" => sent_on(StatusCode::SEE_OTHER, "/done"),
        _ => status(StatusCode::OK),
    })
    .await;
    let (_sandbox, mut client) = start(swift()).await;
    create(&mut client, told("+61491570156", receiver.url("/state")))
        .await
        .unwrap();
    let seen = receiver.wait_for("both", |seen| seen.len() >= 4).await;
    let asked: Vec<_> = seen
        .iter()
        .map(|seen| (seen.method.as_str(), seen.uri.path()))
        .collect();
    let once = [("POST", "/state"), ("GET", "/done")];
    assert_eq!(asked, [once, once].concat());
    assert!(seen[1].body.is_empty());
}

/// A circle has an end: it counts as a failed attempt, and the call's next state is told all the same.
#[tokio::test]
async fn a_webhook_is_not_sent_round_for_good() {
    let receiver = Receiver::start(|_, _| sent_on(StatusCode::FOUND, "/again")).await;
    let setup = Setup {
        speed: 10.0,
        ..swift()
    };
    let (_sandbox, mut client) = start(setup).await;
    create(&mut client, told("+61491570110", receiver.url("/")))
        .await
        .unwrap();
    let seen = receiver
        .wait_for("the next attempt", |seen| {
            seen.iter().filter(|seen| seen.uri == "/").count() >= 2
        })
        .await;
    let round = seen.iter().skip(1).position(|seen| seen.uri == "/");
    assert_eq!(round, Some(10));
}

/// `sandbox.md`, "Webhooks": loopback targets only, whatever leads to others.
#[rstest]
#[case::directly(false)]
#[case::sent_on(true)]
#[tokio::test]
async fn nothing_goes_to_other_hosts_unless_that_is_allowed(#[case] by_redirect: bool) {
    for anywhere in [false, true] {
        // An address that leads to this machine, and is none of loopback.
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let outside = Receiver::on(listener, |_, _| status(StatusCode::OK));
        let target = format!("http://0.0.0.0:{}/state", outside.address.port());
        let location = target.clone();
        let inside = Receiver::start(move |_, _| sent_on(StatusCode::FOUND, &location)).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut setup = on(&path);
        setup.webhooks.as_mut().unwrap().anywhere = anywhere;
        let (sandbox, mut client) = start(setup).await;
        let uri = if by_redirect { inside.url("/") } else { target };
        // What is not allowed is accepted all the same.
        create(&mut client, told("+61491570156", uri))
            .await
            .unwrap();
        let other = Receiver::willing().await;
        create(&mut client, told("+61491570157", other.url("/")))
            .await
            .unwrap();
        other.wait_for_state(State::NotAnswered).await;
        if anywhere {
            outside.wait_for_state(State::Busy).await;
        }
        drop(client);
        sandbox.shutdown().await;
        assert_eq!(outside.seen().len(), if anywhere { 2 } else { 0 });
        // It is skipped, and not tried again.
        assert_eq!(waiting(&path), 0);
    }
}

/// A name is as good as the addresses that it leads to.
#[tokio::test]
async fn localhost_is_this_machine() {
    let receiver = Receiver::willing().await;
    let url = format!("http://localhost:{}/", receiver.address.port());
    let (_sandbox, mut client) = start(swift()).await;
    create(&mut client, told("+61491570156", url))
        .await
        .unwrap();
    receiver.wait_for_state(State::Busy).await;
}

/// A receiver that never answers holds up neither the exchange nor anybody else.
#[tokio::test]
async fn a_silent_receiver_holds_up_nobody_else() {
    let mut silence = Silence::start().await;
    let receiver = Receiver::willing().await;
    let (_sandbox, mut client) = start(swift()).await;
    let began = Instant::now();
    for _ in 0..50 {
        create(&mut client, told("+61491570156", silence.url()))
            .await
            .unwrap();
    }
    silence.wait_for_connections(4).await;
    for _ in 0..10 {
        let call = create(&mut client, told("+61491570156", receiver.url("/")))
            .await
            .unwrap();
        let seen = receiver.wait_for("its end", |seen| {
            let mut calls = seen.iter().map(Seen::call);
            calls.any(|it| it.name == call.name && it.state() == State::Busy)
        });
        seen.await;
        assert_eq!(
            get(&mut client, &call.name).await.unwrap().state(),
            State::Busy
        );
    }
    // All of that while the first attempts there have not even been given up.
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(*silence.connections.borrow(), 4);
}

/// What was not delivered is delivered by the next run, and the transitions in between are told too.
#[tokio::test]
async fn a_restart_goes_on_delivering() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let up = Arc::new(AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let receiver = Receiver::start(move |_, _| {
        status(if is_up.load(Ordering::SeqCst) {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        })
    })
    .await;
    let (sandbox, mut client) = start(on(&path)).await;
    let call = create(&mut client, told("+61491570006", receiver.url("/")))
        .await
        .unwrap();
    receiver.wait_for_state(State::Ringing).await;
    drop(client);
    sandbox.shutdown().await;
    assert!(waiting(&path) >= 2);
    let before = receiver.seen().len();

    up.store(true, Ordering::SeqCst);
    // An hour later, everything of that call has happened.
    let setup = Setup {
        start: Some(start_time() + TimeDelta::hours(1)),
        ..on(&path)
    };
    let (sandbox, mut client) = start(setup).await;
    receiver
        .wait_for("all four", |seen| seen.len() >= before + 4)
        .await;
    let now = get(&mut client, &call.name).await.unwrap();
    drop(client);
    sandbox.shutdown().await;
    assert_eq!(waiting(&path), 0);
    let mut seen = receiver.seen().split_off(before);
    seen.sort_by_key(Seen::state);
    assert_eq!(
        states(&seen),
        [
            State::Starting,
            State::Ringing,
            State::InProgress,
            State::Completed
        ]
    );
    let last = seen.last().unwrap().call();
    assert_eq!(last, Call { price: None, ..now });
}

/// What `kill -9` leaves in the middle of an attempt: it is made again.
#[tokio::test]
async fn what_was_under_way_when_the_sandbox_was_killed_is_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (killed, mut client) = start(on(&path)).await;
    let url = format!("http://{address}/");
    create(&mut client, told("+61491570156", url))
        .await
        .unwrap();
    // It is being sent, and nobody answers.
    let under_way = timeout(Duration::from_secs(5), listener.accept())
        .await
        .unwrap();
    let copy = folder.path().join("copy.db");
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", path.display());
        fs::copy(from, format!("{}{suffix}", copy.display())).unwrap();
    }
    drop((under_way, killed));
    let receiver = Receiver::on(listener, |_, _| status(StatusCode::OK));
    let (_sandbox, _client) = start(on(&copy)).await;
    let seen = receiver.wait_for_state(State::Busy).await;
    assert_eq!(states(&seen), [State::Starting, State::Busy]);
}

/// Without a key nothing is sent, and nothing waits for one.
#[tokio::test]
async fn without_a_key_nobody_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let receiver = Receiver::willing().await;
    let setup = Setup {
        webhooks: None,
        ..on(&path)
    };
    let (sandbox, mut client) = start(setup).await;
    let call = create(&mut client, told("+61491570156", receiver.url("/")))
        .await
        .unwrap();
    let ended = async {
        while get(&mut client, &call.name).await.unwrap().state() != State::Busy {
            pass(0.01).await;
        }
    };
    timeout(Duration::from_secs(5), ended).await.unwrap();
    drop(client);
    sandbox.shutdown().await;
    assert!(receiver.seen().is_empty());
    assert_eq!(waiting(&path), 0);
}

/// The key is in nothing that could be written to a log.
#[tokio::test]
async fn the_key_does_not_show_itself() {
    let secret = STANDARD.encode(key());
    let setup = swift();
    assert!(!format!("{setup:?}").contains(&secret));
    let sandbox = Sandbox::start(setup).await.unwrap();
    let shown = format!("{sandbox:?}");
    assert!(
        !shown.contains(&secret) && !shown.contains("0, 1, 2, 3, 4"),
        "{shown}"
    );
}
