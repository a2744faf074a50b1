//! Faults that befall requests whatever they ask for, and those of CreateCall (`sandbox.md`, table
//! of `--fault` and "Faults").

use std::time::Duration;

use rstest::rstest;
use switchboard::proto::{Call, CreateCallRequest};
use switchboard::sandbox::{Sandbox, Setup};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::accounts::accounts;
use super::support::{
    Client, connect, create, get, list, page, pass, quiet, refused_fields, start, wish,
};

/// Longer than any client waits.
const FOR_EVER: Duration = Duration::from_secs(3_600);

pub(crate) fn with(faults: &str) -> Setup {
    Setup {
        faults: faults.parse().unwrap(),
        ..quiet()
    }
}

/// How long something takes, in the machine's time.
async fn time<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let began = Instant::now();
    let outcome = work.await;
    (began.elapsed(), outcome)
}

/// Whether a CreateCall was answered with a call; nothing if it was not answered at all.
async fn answered(client: &mut Client, call: Call) -> Option<Result<Call, Status>> {
    timeout(FOR_EVER, create(client, call)).await.ok()
}

/// The reason and the domain are told, and which fault it was.
fn check_fault(status: &Status, code: Code, reason: &str, fault: &str) {
    assert_eq!(status.code(), code, "{status:?}");
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, reason);
    assert_eq!(info.domain, "voice.api.enfonica.com");
    assert_eq!(info.metadata["fault"], fault);
}

/// `latency`: every answer waits so long, errors too, and not by the exchange's clock.
#[rstest]
#[case::as_fast_as_life(1.0)]
#[case::much_faster(100.0)]
#[tokio::test(start_paused = true)]
async fn every_answer_waits(#[case] speed: f64) {
    let setup = Setup {
        speed,
        ..with("latency=50ms")
    };
    let (_sandbox, mut client) = start(setup).await;
    let asked = [
        time(async {
            create(&mut client.clone(), wish("+61491570006"))
                .await
                .is_ok()
        })
        .await,
        time(async {
            get(&mut client.clone(), "projects/demo/calls/x")
                .await
                .is_err()
        })
        .await,
        time(async { page(&mut client, "", -1, "").await.is_err() }).await,
    ];
    for (waited, as_expected) in asked {
        assert!(as_expected);
        assert!((50..55).contains(&waited.as_millis()), "{waited:?}");
    }
}

/// `latency`: the work is done first, and what comes late is of then.
#[tokio::test(start_paused = true)]
async fn the_answer_waits_after_the_work() {
    let (_sandbox, mut client) = start(with("latency=30s")).await;
    let placing = tokio::spawn({
        let mut client = client.clone();
        async move { create(&mut client, wish("+61491570006")).await }
    });
    pass(1.0).await;
    let (waited, calls) = time(list(&mut client, "")).await;
    assert!(waited >= Duration::from_secs(30));
    // By now it talks; when the list was read it was as new as its own answer says.
    assert_eq!(calls, [placing.await.unwrap().unwrap()]);
}

/// `jitter`: a random time longer, up to so much.
#[tokio::test(start_paused = true)]
async fn jitter_comes_on_top() {
    let (_sandbox, mut client) = start(with("latency=100ms,jitter=200ms")).await;
    let mut waits = Vec::new();
    for _ in 0..100 {
        let (waited, _) = time(page(&mut client, "", 1, "")).await;
        assert!((100..305).contains(&waited.as_millis()), "{waited:?}");
        waits.push(waited.as_millis());
    }
    assert!(waits.iter().any(|wait| *wait < 130), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait > 270), "{waits:?}");
}

/// `unavailable`: that share of requests, before they are looked at; the others are as ever.
#[tokio::test(start_paused = true)]
async fn some_requests_find_nobody() {
    let (_sandbox, mut client) = start(with("unavailable=0.25")).await;
    let mut placed = 0;
    let mut refused = 0;
    for _ in 0..400 {
        match create(&mut client, wish("+61491570156")).await {
            Ok(_) => placed += 1,
            Err(status) => {
                check_fault(
                    &status,
                    Code::Unavailable,
                    "SERVICE_UNAVAILABLE",
                    "unavailable",
                );
                refused += 1;
            }
        }
    }
    assert!((70..130).contains(&refused), "{refused} of 400");
    let mut listed = 0;
    let mut token = String::new();
    loop {
        let Ok((calls, next)) = page(&mut client, "", 100, &token).await else {
            continue;
        };
        listed += calls.len();
        if next.is_empty() {
            break;
        }
        token = next;
    }
    assert_eq!(listed, placed, "what found nobody was not carried out");
}

/// `unavailable`, with its latency: even nonsense is not looked at.
#[tokio::test(start_paused = true)]
async fn what_finds_nobody_is_not_looked_at_and_waits() {
    let (_sandbox, mut client) = start(with("unavailable=1,latency=2s")).await;
    let (waited, refused) = time(get(&mut client, "nonsense")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unavailable);
    assert!(waited >= Duration::from_secs(2));
    let refused = create(&mut client, Call::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
}

/// "Faults", determinism: what befalls one kind of request does not hang on the others.
#[tokio::test(start_paused = true)]
async fn each_kind_of_request_has_its_own_luck() {
    let mut outcomes = Vec::new();
    for others in [0, 3] {
        let (_sandbox, mut client) = start(with("unavailable=0.5")).await;
        let mut luck = Vec::new();
        for _ in 0..60 {
            for _ in 0..others {
                drop(get(&mut client, "projects/demo/calls/x").await);
                drop(page(&mut client, "", 1, "").await);
            }
            luck.push(create(&mut client, wish("+61491570156")).await.is_ok());
        }
        outcomes.push(luck);
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert!(outcomes[0].contains(&true) && outcomes[0].contains(&false));
}

/// "Faults", determinism: many at once share the luck that they would have had one by one.
#[tokio::test(start_paused = true)]
async fn requests_at_the_same_time_share_the_same_luck() {
    let mut counts = Vec::new();
    for at_once in [1, 50] {
        let (_sandbox, client) = start(with("unavailable=0.5,jitter=100ms")).await;
        let mut found = 0;
        for _ in 0..100 / at_once {
            let asking: Vec<_> = (0..at_once)
                .map(|_| {
                    let (mut one, mut other) = (client.clone(), client.clone());
                    tokio::spawn(async move { page(&mut one, "", 1, "").await.is_ok() });
                    tokio::spawn(async move { create(&mut other, wish("+61491570156")).await })
                })
                .collect();
            for asked in asking {
                found += usize::from(asked.await.unwrap().is_ok());
            }
        }
        counts.push(found);
    }
    assert_eq!(counts[0], counts[1]);
    assert!((30..70).contains(&counts[0]), "{counts:?}");
}

/// "Faults", determinism: one fault does not shift what another one does.
#[tokio::test(start_paused = true)]
async fn a_fault_more_shifts_no_other() {
    let mut outcomes = Vec::new();
    for faults in [
        "unavailable=0.5",
        "unavailable=0.5,jitter=1s,short-pages,late-visible=1s",
    ] {
        let (_sandbox, mut client) = start(with(faults)).await;
        let mut luck = Vec::new();
        for _ in 0..60 {
            luck.push(page(&mut client, "", 1, "").await.is_ok());
        }
        outcomes.push(luck);
    }
    assert_eq!(outcomes[0], outcomes[1]);
}

/// `rate-limit`: a burst of the same size, then so many a second, over all methods together; the
/// delay that is told is the true one, in the machine's time (§9: `RESOURCE_EXHAUSTED`, `RetryInfo`).
#[tokio::test(start_paused = true)]
async fn more_than_the_rate_is_refused_with_the_true_delay() {
    let setup = Setup {
        speed: 50.0,
        ..with("rate-limit=4")
    };
    let (_sandbox, mut client) = start(setup).await;
    assert!(create(&mut client, wish("+61491570156")).await.is_ok());
    assert!(page(&mut client, "", 1, "").await.is_ok());
    for _ in 0..2 {
        let absent = get(&mut client, "projects/demo/calls/x").await.unwrap_err();
        assert_eq!(absent.code(), Code::NotFound, "errors count as well");
    }
    for _ in 0..3 {
        let refused = create(&mut client, Call::default()).await.unwrap_err();
        let (code, reason) = (Code::ResourceExhausted, "RATE_LIMIT_EXCEEDED");
        check_fault(&refused, code, reason, "rate-limit");
        let details = refused.get_error_details();
        let delay = details.retry_info().unwrap().retry_delay.unwrap();
        assert!(delay <= Duration::from_millis(250), "{delay:?}");
        let moment = Duration::from_millis(1);
        tokio::time::advance(delay.saturating_sub(moment)).await;
        assert!(page(&mut client, "", 1, "").await.is_err(), "too early");
        tokio::time::advance(moment).await;
        assert!(page(&mut client, "", 1, "").await.is_ok());
    }
    pass(60.0).await;
    let mut through = 0;
    while page(&mut client, "", 1, "").await.is_ok() {
        through += 1;
    }
    assert_eq!(through, 4, "no more is saved up than a second's worth");
}

/// `lose-create`: carried out, and never answered; everything else is.
#[tokio::test(start_paused = true)]
async fn a_lost_call_is_placed_and_not_answered() {
    let (_sandbox, mut client) = start(with("lose-create=1.0")).await;
    assert!(answered(&mut client, wish("+61491570156")).await.is_none());
    let calls = list(&mut client, "").await;
    assert_eq!(calls.len(), 1);
    assert_eq!(get(&mut client, &calls[0].name).await.unwrap(), calls[0]);
}

/// `drop-create`: not carried out, and never answered.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_neither_placed_nor_answered() {
    let (_sandbox, mut client) = start(with("drop-create=1.0")).await;
    assert!(answered(&mut client, wish("+61491570156")).await.is_none());
    assert!(list(&mut client, "").await.is_empty());
}

/// "Faults": checks come first.
#[rstest]
#[case("lose-create=1")]
#[case("drop-create=1")]
#[case("lose-create=1,drop-create=1,ignore-filter,latency=5s")]
#[tokio::test(start_paused = true)]
async fn what_is_invalid_is_answered_all_the_same(#[case] faults: &str) {
    let (_sandbox, mut client) = start(with(faults)).await;
    let refused = answered(&mut client, Call::default()).await.unwrap();
    let fields = refused_fields(&refused.unwrap_err());
    assert_eq!(fields, ["call.to", "call.from", "call.options"]);
    let request = CreateCallRequest {
        parent: "projects/other".to_owned(),
        call: Some(wish("+61491570156")),
    };
    let absent = client.create_call(request).await.unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
}

/// "Faults" with "IAM": who asks is checked before a call is dropped or lost, and not at all by a
/// service that is away or asked too often.
#[rstest]
#[case::dropped("drop-create=1", Code::Unauthenticated)]
#[case::lost("lose-create=1", Code::Unauthenticated)]
#[case::away("unavailable=1", Code::Unavailable)]
#[tokio::test(start_paused = true)]
async fn strangers_are_answered_all_the_same(#[case] faults: &str, #[case] code: Code) {
    let (_sandbox, mut client) = start(Setup {
        accounts: Some(accounts()),
        ..with(faults)
    })
    .await;
    let refused = answered(&mut client, wish("+61491570156")).await.unwrap();
    assert_eq!(refused.unwrap_err().code(), code);
}

#[rstest]
#[case::some_of_each("lose-create=0.3,drop-create=0.3", 40, 30)]
#[case::nothing_is_left_to_answer("lose-create=0.5,drop-create=0.5", 0, 50)]
#[case::dropped_goes_before_lost("lose-create=1,drop-create=0.5", 0, 50)]
#[tokio::test(start_paused = true)]
/// `lose-create` with `drop-create`: each has its own share.
async fn shares_of_lost_and_dropped_calls_do_not_meet(
    #[case] faults: &str,
    #[case] told: usize,
    #[case] lost: usize,
) {
    let (_sandbox, client) = start(with(faults)).await;
    let mut answers = 0;
    for _ in 0..300 {
        let asked = answered(&mut client.clone(), wish("+61491570156")).await;
        answers += usize::from(asked.is_some());
    }
    let placed = list(&mut client.clone(), "").await.len();
    let near = |count: usize, share: usize| (count * 100 / 300).abs_diff(share) <= 8;
    assert!(near(answers, told), "{answers} of 300 were answered");
    assert!(near(placed - answers, lost), "{placed} of 300 were placed");
}

/// `lose-create`: silence lasts until the client's own deadline.
#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_silence() {
    let (_sandbox, mut client) = start(with("lose-create=1")).await;
    let mut request = Request::new(CreateCallRequest {
        parent: "projects/demo".to_owned(),
        call: Some(wish("+61491570156")),
    });
    request.set_timeout(Duration::from_secs(10));
    let (waited, outcome) = time(client.create_call(request)).await;
    assert!((10_000..10_100).contains(&waited.as_millis()), "{waited:?}");
    // Both ends count; whichever is first, there is no call in the answer.
    let code = outcome.unwrap_err().code();
    assert!(
        [Code::DeadlineExceeded, Code::Cancelled].contains(&code),
        "{code:?}"
    );
    assert_eq!(list(&mut client, "").await.len(), 1);
}

/// What a fault keeps waiting does not keep the sandbox from ending.
#[rstest]
#[case::lost("lose-create=1")]
#[case::dropped("drop-create=1")]
#[case::slow("latency=1h")]
#[tokio::test(start_paused = true)]
async fn nobody_keeps_the_sandbox_from_ending(#[case] faults: &str) {
    let (sandbox, client) = start(with(faults)).await;
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let mut client = client.clone();
            tokio::spawn(async move { create(&mut client, wish("+61491570156")).await })
        })
        .collect();
    pass(60.0).await;
    assert!(waiting.iter().all(|call| !call.is_finished()));
    drop(client);
    let (waited, ()) = time(sandbox.shutdown()).await;
    assert!(waited < Duration::from_secs(1), "{waited:?}");
    for call in waiting {
        match call.await.unwrap() {
            // A slow answer comes at last, and then it is the true one.
            Ok(call) => assert!(faults.starts_with("latency") && !call.name.is_empty()),
            Err(status) => assert_eq!(status.code(), Code::Unavailable),
        }
    }
}

/// The same over the network, where SIGTERM drains.
#[tokio::test]
async fn nobody_keeps_a_drain_waiting() {
    let sandbox = Sandbox::start(with("lose-create=1")).await.unwrap();
    let client = connect(sandbox.pipe()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(sandbox.serve(listener, async {
        stopped.await.ok();
    }));
    let mut remote = switchboard::proto::calls_client::CallsClient::connect(address)
        .await
        .unwrap();
    let lost = tokio::spawn(async move {
        let call = create(&mut remote, wish("+61491570156")).await;
        call.unwrap_err().code()
    });
    let mut watching = client.clone();
    let placed = timeout(Duration::from_secs(30), async {
        while list(&mut watching, "").await.is_empty() {
            tokio::task::yield_now().await;
        }
    });
    placed.await.unwrap();
    drop((client, watching));
    stop.send(()).unwrap();
    let ended = timeout(Duration::from_secs(4), serving).await;
    ended.expect("it ends at once").unwrap().unwrap();
    assert_eq!(lost.await.unwrap(), Code::Unavailable);
}
