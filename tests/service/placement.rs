//! One wish, at most one call, and the person learns which.

use std::time::Duration;

use rstest::rstest;
use switchboard::call::{
    FailureKind, Labels, NewCall, Options, Placement, State, TICKET_LABEL, Violation,
};
use switchboard::placement::{LOOK_FOR, Wish, fresh_ticket};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::scripted::{Asked, Reply, Service, call, noon, unjournaled};

fn wish() -> Wish {
    let call = NewCall {
        to: "+61491570006".to_owned(),
        from: "+61255501234".to_owned(),
        options: Options {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            ..Options::default()
        },
        ..NewCall::default()
    };
    Wish::new(fresh_ticket(noon()), call)
}

fn begin(service: &Service, wish: Wish) -> mpsc::Receiver<Placement> {
    let (progress, reports) = mpsc::channel(4);
    let placer = unjournaled(service.client());
    tokio::spawn(async move { placer.place(wish, progress).await });
    reports
}

/// All reports; those of an hour if they do not end.
async fn all(mut reports: mpsc::Receiver<Placement>) -> Vec<Placement> {
    let end = Instant::now() + Duration::from_secs(3_600);
    let mut all = Vec::new();
    while let Ok(Some(report)) = timeout_at(end, reports.recv()).await {
        all.push(report);
    }
    all
}

fn creates(service: &Service) -> usize {
    let records = service.records();
    let creates = records.iter().filter(|record| record.asked.is_create());
    creates.count()
}

/// Answers what the ledger says to everything but the placing of a call.
fn for_creates(reply: Reply) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    move |asked| {
        if asked.is_create() {
            reply.clone()
        } else {
            Reply::Ledger
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answered_wish_is_placed_with_its_ticket() {
    let service = Service::start();
    let wish = wish();
    let reports = all(begin(&service, wish.clone())).await;
    let [Placement::Sending, Placement::Placed(placed)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert_eq!(placed.labels.get(TICKET_LABEL), Some(wish.ticket.as_str()));
    assert_eq!(placed.state, State::Queued);
    assert_eq!(service.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_ticket_of_a_copied_call_is_replaced() {
    let service = Service::start();
    let mut wish = wish();
    wish.call.labels.insert(TICKET_LABEL, "the old one");
    wish.call.labels.insert("campaign", "spring");
    let ticket = wish.ticket.clone();
    all(begin(&service, wish)).await;
    let labels = &service.calls()[0].labels;
    assert_eq!(labels.get(TICKET_LABEL), Some(ticket.as_str()));
    assert_eq!(labels.get("campaign"), Some("spring"));
}

#[tokio::test(start_paused = true)]
async fn labels_that_leave_no_room_for_the_ticket_are_told_before_anything_is_sent() {
    let service = Service::start();
    let mut wish = wish();
    wish.call.labels = (0..50)
        .map(|number| (format!("key-{number}"), ""))
        .collect::<Labels>();
    let reports = all(begin(&service, wish)).await;
    let [Placement::NotSent(failure)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert_eq!(failure.violations()[0].field, "call.labels");
    assert!(failure.message.contains(TICKET_LABEL), "{failure}");
    assert_eq!(creates(&service), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_wish_comes_back_with_its_violations() {
    let service = Service::start();
    let details = ErrorDetails::with_bad_request_violation("call.to", "not a number");
    let status = Status::with_error_details(Code::InvalidArgument, "not valid", details);
    service.rule(for_creates(Reply::Fail(status)));
    let reports = all(begin(&service, wish())).await;
    let [Placement::Sending, Placement::Refused(failure)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert_eq!(
        failure.violations(),
        [Violation::new("call.to", "not a number")]
    );
    assert_eq!(creates(&service), 1);
}

#[rstest]
#[case::not_permitted(Code::PermissionDenied)]
#[case::not_authenticated(Code::Unauthenticated)]
#[case::not_possible(Code::FailedPrecondition)]
#[case::too_many(Code::ResourceExhausted)]
#[tokio::test(start_paused = true)]
async fn a_refusal_is_final(#[case] code: Code) {
    let service = Service::start();
    service.rule(for_creates(Reply::Fail(Status::new(code, "no"))));
    let reports = all(begin(&service, wish())).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Refused(_)]
    ));
    assert_eq!(service.take_asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_nothing_was_sent_and_nothing_is_looked_for() {
    let service = Service::start();
    service.set_reachable(false);
    let reports = all(begin(&service, wish())).await;
    let [Placement::Sending, Placement::NotSent(failure)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert_eq!(failure.kind, FailureKind::Unavailable);
    service.set_reachable(true);
    sleep(LOOK_FOR * 2).await;
    assert!(service.calls().is_empty());
}

#[rstest]
#[case::the_answer_never_comes(Reply::CarriedOutSilently)]
#[case::the_connection_is_lost(Reply::CarriedOutAndCut)]
#[case::the_answer_cannot_be_read(Reply::Enormous)]
#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_was_lost_is_found_by_its_ticket(#[case] reply: Reply) {
    let service = Service::start();
    let wish = wish();
    let ticket = wish.ticket.clone();
    // Others call the same number at the same time.
    for id in 0..250 {
        service.put(call(id, id % 10, State::Ringing));
    }
    service.rule(for_creates(reply));
    let reports = all(begin(&service, wish)).await;
    let [
        Placement::Sending,
        Placement::Unknown(_),
        Placement::Placed(found),
    ] = &reports[..]
    else {
        panic!("{reports:?}");
    };
    assert_eq!(found.labels.get(TICKET_LABEL), Some(ticket.as_str()));
    assert_eq!(creates(&service), 1);
    assert_eq!(service.calls().len(), 251);
}

#[rstest]
#[case::the_answer_never_comes(Reply::Never)]
#[case::the_service_says_it_is_going_down(Reply::Fail(Status::unavailable("going down")))]
#[case::the_service_fails(Reply::Fail(Status::internal("oops")))]
#[tokio::test(start_paused = true)]
async fn a_call_that_never_came_about_leaves_no_trace_in_two_minutes(#[case] reply: Reply) {
    let service = Service::start();
    service.put(call("another", 0, State::Ringing));
    service.rule(for_creates(reply));
    let mut reports = begin(&service, wish());
    assert_eq!(reports.recv().await, Some(Placement::Sending));
    let unknown = reports.recv().await.unwrap();
    assert!(matches!(unknown, Placement::Unknown(_)) && !unknown.is_settled());
    let began = Instant::now();
    let settled = reports.recv().await.unwrap();
    assert!(matches!(settled, Placement::NoTrace(_)), "{settled:?}");
    let looked = began.elapsed();
    assert!(looked >= LOOK_FOR && looked < LOOK_FOR + Duration::from_secs(1));
    assert_eq!(reports.recv().await, None);
    let looks = service.take_asked().len() - 1;
    assert!((10..40).contains(&looks), "{looks} looks");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_shows_up_late_is_found() {
    let service = Service::start();
    service.rule(for_creates(Reply::Never));
    let wish = wish();
    let mut late = call("late", 0, State::Ringing);
    late.labels.insert(TICKET_LABEL, wish.ticket.as_str());
    let reports = begin(&service, wish);
    sleep(Duration::from_secs(100)).await;
    service.put(late);
    let reports = all(reports).await;
    assert!(matches!(reports.last(), Some(Placement::Placed(_))));
}

#[tokio::test(start_paused = true)]
async fn as_long_as_nobody_can_look_nothing_is_said_to_be_without_a_trace() {
    let service = Service::start();
    service.rule(|asked| {
        if asked.is_create() {
            Reply::CarriedOutAndCut
        } else {
            Reply::Fail(Status::unavailable("going down"))
        }
    });
    let mut reports = begin(&service, wish());
    assert_eq!(reports.recv().await, Some(Placement::Sending));
    let began = Instant::now();
    while began.elapsed() < LOOK_FOR * 10 {
        let report = tokio::time::timeout(LOOK_FOR, reports.recv()).await;
        if let Ok(report) = report {
            assert!(matches!(report, Some(Placement::Unknown(_))), "{report:?}");
        }
    }
    service.rule(|_| Reply::Ledger);
    let settled = reports.recv().await.unwrap();
    assert!(matches!(settled, Placement::Placed(_)), "{settled:?}");
}

/// Ours may be behind what was read: to say that there is no trace would offer to call again.
#[tokio::test(start_paused = true)]
async fn where_the_list_is_too_long_to_be_searched_it_stays_unknown_with_the_reason() {
    let service = Service::start();
    service.set_page(1);
    for id in 0..60 {
        service.put(call(id, 5, State::Ringing));
    }
    service.rule(for_creates(Reply::CarriedOutAndCut));
    let reports = all(begin(&service, wish())).await;
    let Some(Placement::Unknown(failure)) = reports.last() else {
        panic!("{reports:?}");
    };
    assert!(failure.message.contains("too long to be searched"));
    assert_eq!(reports.len(), 3, "the reason is told once");
    assert_eq!(creates(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn where_looking_is_refused_it_stays_unknown_with_the_reason() {
    let service = Service::start();
    service.rule(|asked| {
        Reply::Fail(if asked.is_create() {
            Status::internal("oops")
        } else {
            Status::permission_denied("no")
        })
    });
    let reports = all(begin(&service, wish())).await;
    let Some(Placement::Unknown(failure)) = reports.last() else {
        panic!("{reports:?}");
    };
    assert!(failure.message.contains("oops"), "{failure}");
    assert!(failure.message.contains("voice.calls.list"), "{failure}");
    assert_eq!(reports.len(), 3, "the reason is told once");
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_nobody_waits_for_is_not_sent() {
    let service = Service::start();
    let (progress, reports) = mpsc::channel(1);
    drop(reports);
    let placer = unjournaled(service.client());
    placer.place(wish(), progress).await;
    assert_eq!(service.take_asked(), []);
}

#[tokio::test(start_paused = true)]
async fn looking_ends_when_nobody_waits_any_more() {
    let service = Service::start();
    service.rule(for_creates(Reply::Never));
    let (progress, mut reports) = mpsc::channel(4);
    let placer = unjournaled(service.client());
    let placing = tokio::spawn(async move { placer.place(wish(), progress).await });
    while !matches!(reports.recv().await, Some(Placement::Unknown(_))) {}
    drop(reports);
    let began = Instant::now();
    placing.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(11));
}
