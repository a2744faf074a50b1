//! Placing with a journal: what is written down before anything is sent, and what a later run makes of it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use rstest::rstest;
use switchboard::api::{Client, Dial, over_pipe};
use switchboard::call::{
    NewCall, Options, Placement, ProjectName, State, TICKET_LABEL, Ticket, TicketLabel,
};
use switchboard::placement::{Journal, LOOK_FOR, Placer, Stand, Unsettled, Wish, fresh_ticket};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tonic::Status;

use crate::scripted::{Asked, Reply, Service, call, noon};

/// Noon when a test first asks, and from then on as time passes for it.
pub(crate) fn clock() -> DateTime<Utc> {
    thread_local! {
        static BEGAN: OnceCell<Instant> = const { OnceCell::new() };
    }
    let passed = BEGAN.with(|began| began.get_or_init(Instant::now).elapsed());
    noon() + TimeDelta::from_std(passed).unwrap()
}

/// Places calls as a process does that keeps its journal there. Dropped with all its clones it has ended.
pub(crate) fn process(client: Client, journal: &Path) -> Placer {
    Placer {
        client,
        journal: Some(Journal::at(journal.to_owned())),
        label: TicketLabel::Carried,
        look_for: LOOK_FOR,
        clock,
    }
}

/// Waits until no process that writes the journal is left.
pub(crate) async fn all_ended(journal: &Path) {
    let marks = || {
        let found = std::fs::read_dir(journal.parent().unwrap()).unwrap();
        found
            .flatten()
            .filter(|found| found.file_name().to_string_lossy().ends_with(".run"))
            .count()
    };
    for _ in 0..10_000 {
        if marks() == 0 {
            return;
        }
        sleep(Duration::from_millis(1)).await;
    }
    panic!("a process does not end");
}

/// A folder with a journal in it.
struct Desk {
    _folder: tempfile::TempDir,
    journal: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("placements.jsonl");
        Self {
            _folder: folder,
            journal,
        }
    }

    fn process(&self, service: &Service) -> Placer {
        process(service.client(), &self.journal)
    }
}

fn new_call() -> NewCall {
    NewCall {
        to: "+61491570006".to_owned(),
        from: "+61255501234".to_owned(),
        options: Options {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            ..Options::default()
        },
        ..NewCall::default()
    }
}

fn wish() -> Wish {
    Wish::new(fresh_ticket(clock()), new_call())
}

fn begin(placer: &Placer, wish: Wish) -> (JoinHandle<()>, mpsc::Receiver<Placement>) {
    let (progress, reports) = mpsc::channel(16);
    let placer = placer.clone();
    let task = tokio::spawn(async move { placer.place(wish, progress).await });
    (task, reports)
}

async fn all(mut reports: mpsc::Receiver<Placement>) -> Vec<Placement> {
    let mut all = Vec::new();
    while let Some(report) = reports.recv().await {
        all.push(report);
    }
    all
}

async fn place(placer: &Placer, wish: Wish) -> Vec<Placement> {
    all(begin(placer, wish).1).await
}

/// What a process finds at its start, until all is settled.
pub(crate) async fn recover(placer: &Placer) -> Vec<(Unsettled, Placement)> {
    let (progress, mut reports) = mpsc::channel(16);
    let recovering = async {
        placer.recover(progress).await.unwrap();
    };
    let collect = async {
        let mut all = Vec::new();
        while let Some(report) = reports.recv().await {
            all.push(report);
        }
        all
    };
    tokio::join!(recovering, collect).1
}

/// The last report of each of an earlier run's wishes, of which there was one.
async fn recovered(placer: &Placer) -> Placement {
    let mut reports = recover(placer).await;
    let (wish, end) = reports.pop().unwrap();
    assert_eq!(
        wish.call,
        new_call(),
        "as it was wished, without the ticket"
    );
    assert!(reports.iter().all(|(it, placement)| {
        it.ticket == wish.ticket && matches!(placement, Placement::Unknown(_))
    }));
    end
}

fn creates(service: &Service) -> usize {
    let records = service.records();
    records
        .iter()
        .filter(|record| record.asked.is_create())
        .count()
}

fn with_ticket(service: &Service, ticket: &Ticket) -> usize {
    let calls = service.calls();
    let ours = calls
        .iter()
        .filter(|it| it.labels.get(TICKET_LABEL) == Some(ticket.as_str()));
    ours.count()
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
async fn the_wish_is_on_disk_before_the_service_hears_of_it() {
    let (service, desk) = (Service::start(), Desk::new());
    let wish = wish();
    let (journal, ticket) = (desk.journal.clone(), wish.ticket.clone());
    service.rule(move |asked| {
        if asked.is_create() {
            let text = std::fs::read_to_string(&journal).unwrap();
            assert!(text.contains(ticket.as_str()), "{text}");
        }
        Reply::Ledger
    });
    let reports = place(&desk.process(&service), wish.clone()).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Placed(_)]
    ));
    let known = Journal::at(desk.journal.clone()).known(&wish.ticket).await;
    let name = service.calls()[0].name.clone();
    assert_eq!(known.unwrap().unwrap().stand, Stand::Placed(name));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_sent() {
    let service = Service::start();
    let mut placer = process(service.client(), Path::new("/dev/null/placements.jsonl"));
    for journal in [None, Some(Journal::nowhere())] {
        placer.journal = journal.or(placer.journal);
        let reports = place(&placer, wish()).await;
        let [Placement::NotSent(failure)] = &reports[..] else {
            panic!("{reports:?}");
        };
        assert!(failure.message.contains("written down"), "{failure}");
    }
    assert_eq!(service.take_asked(), []);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_the_journal_knows_is_not_sent_again() {
    let (service, desk) = (Service::start(), Desk::new());
    let wish = wish();
    place(&desk.process(&service), wish.clone()).await;
    let reports = place(&desk.process(&service), wish).await;
    let [Placement::Placed(call)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert_eq!(call.name, service.calls()[0].name);
    assert_eq!((creates(&service), service.calls().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_only_the_service_knows_is_not_sent_again() {
    let service = Service::start();
    let wish = Wish::with_given(fresh_ticket(clock()), new_call());
    place(&Desk::new().process(&service), wish.clone()).await;
    // On another machine, days later, with many calls in between.
    for id in 0..150 {
        service.put(call(id, 86_400 * 3 + id, State::Completed));
    }
    let desk = Desk::new();
    let reports = place(&desk.process(&service), wish.clone()).await;
    assert!(
        matches!(&reports[..], [Placement::Placed(_)]),
        "{reports:?}"
    );
    assert_eq!(
        (creates(&service), with_ticket(&service, &wish.ticket)),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_ticket_from_outside_is_not_sent_while_the_service_cannot_be_asked_for_it() {
    let (service, desk) = (Service::start(), Desk::new());
    service.rule(|asked| match asked {
        Asked::List(_) => Reply::Fail(Status::permission_denied("no")),
        Asked::Create(_) | Asked::Get(_) => Reply::Ledger,
    });
    let wish = Wish::with_given(Ticket::new("order-4711"), new_call());
    let reports = place(&desk.process(&service), wish.clone()).await;
    let [Placement::NotSent(failure)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert!(failure.message.contains("voice.calls.list"), "{failure}");
    service.rule(|_| Reply::Ledger);
    let reports = place(&desk.process(&service), wish).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Placed(_)]
    ));
    assert_eq!(creates(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_ticket_may_be_sent_again() {
    let (service, desk) = (Service::start(), Desk::new());
    service.rule(for_creates(Reply::Fail(Status::resource_exhausted(
        "later",
    ))));
    let wish = wish();
    let reports = place(&desk.process(&service), wish.clone()).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Refused(_)]
    ));
    service.rule(|_| Reply::Ledger);
    let reports = place(&desk.process(&service), wish).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Placed(_)]
    ));
    assert_eq!(service.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_shows_up_after_all_is_found_when_its_ticket_is_used_again_or_followed() {
    let (service, desk) = (Service::start(), Desk::new());
    service.rule(for_creates(Reply::Never));
    let lost = wish();
    let reports = place(&desk.process(&service), lost.clone()).await;
    assert!(matches!(reports.last(), Some(Placement::NoTrace(_))));
    let reports = place(&desk.process(&service), lost.clone()).await;
    assert!(
        matches!(&reports[..], [Placement::NoTrace(_)]),
        "{reports:?}"
    );
    service.rule(|_| Reply::Ledger);
    // It was carried out very late.
    let mut late = call("late", 300, State::Ringing);
    late.labels.insert(TICKET_LABEL, lost.ticket.as_str());
    service.put(late);
    let again = wish().following(lost.ticket.clone());
    let reports = place(&desk.process(&service), again).await;
    let [Placement::NotSent(failure)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert!(failure.message.contains("after all"), "{failure}");
    let reports = place(&desk.process(&service), lost).await;
    assert!(
        matches!(&reports[..], [Placement::Placed(_)]),
        "{reports:?}"
    );
    assert_eq!((creates(&service), service.calls().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn where_there_was_no_trace_a_new_ticket_may_follow() {
    let (service, desk) = (Service::start(), Desk::new());
    service.rule(for_creates(Reply::Never));
    let lost = wish();
    place(&desk.process(&service), lost.clone()).await;
    service.rule(|_| Reply::Ledger);
    let again = wish().following(lost.ticket.clone());
    let reports = place(&desk.process(&service), again.clone()).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Placed(_)]
    ));
    let known = Journal::at(desk.journal.clone()).known(&again.ticket).await;
    assert_eq!(known.unwrap().unwrap().wish.follows, Some(lost.ticket));
}

#[tokio::test(start_paused = true)]
async fn of_two_processes_with_one_ticket_one_sends_and_both_tell_the_same_end() {
    let (service, desk) = (Service::start(), Desk::new());
    service.rule(for_creates(Reply::CarriedOutSilently));
    let wish = wish();
    let (one, two) = (desk.process(&service), desk.process(&service));
    let (_, first) = begin(&one, wish.clone());
    let (_, second) = begin(&two, wish);
    let (first, second) = tokio::join!(all(first), all(second));
    assert_eq!(first.last(), second.last());
    assert!(
        matches!(first.last(), Some(Placement::Placed(_))),
        "{first:?}"
    );
    let sending = [&first, &second].map(|it| it.contains(&Placement::Sending));
    assert!(sending[0] != sending[1], "{first:?} {second:?}");
    assert_eq!(creates(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn while_one_process_is_sending_another_does_not_call_its_wish_lost() {
    let (service, desk) = (Service::start(), Desk::new());
    service.rule(for_creates(Reply::After(Duration::from_secs(8))));
    let one = desk.process(&service);
    let (_, reports) = begin(&one, wish());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(recover(&desk.process(&service)).await, []);
    let reports = all(reports).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Placed(_)]
    ));
    assert_eq!(recover(&desk.process(&service)).await, []);
}

/// Where a process is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kill {
    /// When its line is on disk and nothing was sent.
    Written,
    /// When the service has the request, which it carries out or not.
    Sent { carried_out: bool },
    /// When the answer has come, before that is on disk.
    Answered,
    /// While the call is being looked for.
    Settling { carried_out: bool },
}

/// Runs a process into its death.
async fn kill(desk: &Desk, service: &Service, wish: &Wish, at: Kill) {
    let silent = |carried_out| {
        if carried_out {
            Reply::CarriedOutSilently
        } else {
            Reply::Never
        }
    };
    let held = std::fs::File::create(desk.journal.with_file_name("placements.jsonl.lock")).unwrap();
    match at {
        Kill::Written => {}
        Kill::Sent { carried_out } | Kill::Settling { carried_out } => {
            service.rule(for_creates(silent(carried_out)));
            if matches!(at, Kill::Settling { .. }) {
                service.rule(move |asked| match asked {
                    Asked::Create(_) => silent(carried_out),
                    Asked::List(_) | Asked::Get(_) => Reply::Fail(Status::unavailable("later")),
                });
            }
        }
        // From the answer on the journal cannot be written.
        Kill::Answered => {
            let held = held.try_clone().unwrap();
            service.rule(move |asked| {
                if asked.is_create() {
                    held.lock().unwrap();
                }
                Reply::Ledger
            });
        }
    }
    let mut placer = desk.process(service);
    if at == Kill::Written {
        placer.client = unreachable();
    }
    let (task, mut reports) = begin(&placer, wish.clone());
    assert_eq!(reports.recv().await, Some(Placement::Sending));
    let until = match at {
        Kill::Written => Duration::from_secs(1),
        Kill::Sent { .. } => Duration::from_secs(5),
        Kill::Answered => Duration::from_secs(2),
        Kill::Settling { .. } => Duration::from_secs(60),
    };
    sleep(until).await;
    task.abort();
    assert!(
        task.await.unwrap_err().is_cancelled(),
        "it has ended before it was killed"
    );
    held.unlock().unwrap();
    drop((placer, reports));
    all_ended(&desk.journal).await;
    service.rule(|_| Reply::Ledger);
}

/// A client of the same service whose connection never comes about.
fn unreachable() -> Client {
    let dial: Dial = Arc::new(|| std::future::pending().boxed());
    over_pipe(dial, ProjectName::parse("demo").unwrap())
}

#[rstest]
#[case::written(Kill::Written)]
#[case::sent(Kill::Sent { carried_out: true })]
#[case::sent_in_vain(Kill::Sent { carried_out: false })]
#[case::answered(Kill::Answered)]
#[case::settling(Kill::Settling { carried_out: true })]
#[case::settling_in_vain(Kill::Settling { carried_out: false })]
#[tokio::test(start_paused = true)]
async fn what_a_killed_process_has_left_is_settled_by_the_next(#[case] at: Kill) {
    let (service, desk) = (Service::start(), Desk::new());
    let wish = wish();
    kill(&desk, &service, &wish, at).await;
    let began = Instant::now();
    let next = desk.process(&service);
    let end = recovered(&next).await;
    let placed = with_ticket(&service, &wish.ticket);
    match &end {
        Placement::Placed(_) => assert_eq!(placed, 1),
        Placement::NoTrace(_) => {
            assert_eq!(placed, 0);
            assert!(began.elapsed() <= LOOK_FOR);
        }
        other => panic!("{other:?}"),
    }
    let carried_out = !matches!(
        at,
        Kill::Written | Kill::Sent { carried_out: false } | Kill::Settling { carried_out: false }
    );
    assert_eq!(placed, usize::from(carried_out));
    assert_eq!(creates(&service), usize::from(at != Kill::Written));
    // It is told once.
    assert_eq!(recover(&desk.process(&service)).await, []);
    assert_eq!(recover(&next).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_recovery_that_is_killed_is_taken_up_by_the_next() {
    let (service, desk) = (Service::start(), Desk::new());
    let wish = wish();
    kill(&desk, &service, &wish, Kill::Sent { carried_out: true }).await;
    service.rule(|_| Reply::Fail(Status::unavailable("later")));
    let second = desk.process(&service);
    let stopped = timeout(Duration::from_secs(30), recover(&second)).await;
    assert!(stopped.is_err());
    // The same process may go on, and no other one before it has ended.
    assert_eq!(recover(&desk.process(&service)).await, []);
    drop(second);
    all_ended(&desk.journal).await;
    service.rule(|_| Reply::Ledger);
    let end = recovered(&desk.process(&service)).await;
    assert!(matches!(end, Placement::Placed(_)), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_a_killed_process_has_left_is_settled_when_it_is_used_again() {
    let (service, desk) = (Service::start(), Desk::new());
    let wish = wish();
    kill(&desk, &service, &wish, Kill::Sent { carried_out: true }).await;
    let reports = place(&desk.process(&service), wish).await;
    assert!(
        matches!(&reports[..], [Placement::Unknown(_), Placement::Placed(_)]),
        "{reports:?}"
    );
    assert_eq!((creates(&service), service.calls().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn nobody_who_has_ended_before_looking_has_sent_a_ticket_from_outside() {
    let (service, desk) = (Service::start(), Desk::new());
    let wish = Wish::with_given(Ticket::new("order-4711"), new_call());
    service.rule(|_| Reply::Never);
    let placer = desk.process(&service);
    let (task, reports) = begin(&placer, wish.clone());
    sleep(Duration::from_secs(2)).await;
    task.abort();
    let _ = task.await;
    drop((placer, reports));
    all_ended(&desk.journal).await;
    service.rule(|_| Reply::Ledger);
    let end = recovered(&desk.process(&service)).await;
    assert!(matches!(end, Placement::NotSent(_)), "{end:?}");
    let reports = place(&desk.process(&service), wish).await;
    assert!(matches!(
        &reports[..],
        [Placement::Sending, Placement::Placed(_)]
    ));
}

#[tokio::test(start_paused = true)]
async fn a_wish_at_another_service_is_left_to_whoever_asks_that() {
    let (service, desk) = (Service::start(), Desk::new());
    kill(&desk, &service, &wish(), Kill::Sent { carried_out: true }).await;
    let address = service.listen().await;
    let target = switchboard::api::Target {
        endpoint: switchboard::api::Endpoint::parse(&format!("http://{address}")).unwrap(),
        project: ProjectName::parse("demo").unwrap(),
        credentials: switchboard::api::auth::Credentials::None,
        now: clock,
    };
    let other = process(switchboard::api::connect(target).unwrap(), &desk.journal);
    assert_eq!(recover(&other).await, []);
    assert_eq!(recover(&desk.process(&service)).await.len(), 2);
}

#[rstest]
#[case::nothing_there(0, "most likely not placed")]
#[case::one(1, "cannot be told")]
#[case::many(5, "cannot be told")]
#[tokio::test(start_paused = true)]
async fn without_the_label_what_is_there_is_no_proof_and_only_what_is_not_tells(
    #[case] others: usize,
    #[case] words: &str,
) {
    let (service, desk) = (Service::start(), Desk::new());
    let mut placer = desk.process(&service);
    placer.label = TicketLabel::LeftOut;
    let mut copy = wish();
    copy.call.labels.insert(TICKET_LABEL, "of another call");
    place(&placer, copy).await;
    assert_eq!(service.calls()[0].labels.get(TICKET_LABEL), None);
    service.rule(for_creates(Reply::Never));
    for id in 0..others {
        service.put(call(id, 0, State::Ringing));
    }
    let mut incoming = call("incoming", 0, State::Ringing);
    incoming.direction = switchboard::call::Direction::Incoming;
    service.put(incoming);
    let reports = place(&placer, wish()).await;
    let Some(Placement::NoTrace(failure)) = reports.last() else {
        panic!("{reports:?}");
    };
    // The first call is known to be another wish's.
    assert!(failure.message.contains(words), "{failure}");
    let counted = failure.message.contains(&format!("{others} call"));
    assert_eq!(counted, others > 0, "{failure}");
}
