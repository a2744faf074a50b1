//! The feed's promises, against a service that moves, stalls, refuses and goes away.

use std::time::Duration;

use chrono::TimeDelta;
use rstest::rstest;
use switchboard::api::auth::Credentials;
use switchboard::api::{Endpoint, Target, connect};
use switchboard::call::{Call, Coverage, FailureKind, Link, Money, ProjectName, State, Turn};
use switchboard::feed::{self, Command, Event, Older, Pace};
use switchboard::filter::Filter;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::console::{Console, plan};
use crate::scripted::{Asked, Reply, Service, call, name, noon};

fn ledger(service: &Service) -> Vec<Call> {
    let mut calls = service.calls();
    calls.sort_by(|a, b| a.name.cmp(&b.name));
    calls
}

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

#[tokio::test(start_paused = true)]
async fn the_first_page_comes_at_once_and_the_rest_follows_to_the_end() {
    let service = Service::start();
    for id in 0..350 {
        service.put(call(id, id, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until("there are calls", |it| it.batches > 0).await;
    assert_eq!(console.store.len(), 100);
    assert_eq!(service.take_asked()[0].filter(), "");
    console.until_loaded().await;
    assert_eq!(console.known(), ledger(&service));
    assert_eq!(console.coverage(), Coverage::Everything);
    assert_eq!(console.older, [Older::Loading, Older::End]);
    assert!(matches!(console.link, Link::Live { every } if every == SECONDS(2)));
}

#[tokio::test(start_paused = true)]
async fn calls_are_followed_from_their_creation_to_their_end() {
    let service = Service::start();
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_live().await;
    for state in [
        State::Queued,
        State::Starting,
        State::Ringing,
        State::InProgress,
        State::Completed,
    ] {
        service.put(call(1, 0, state));
        console
            .until("the state is seen", |it| it.state(1) == Some(state))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_between_two_polls_is_seen_whole() {
    let service = Service::start();
    service.put(call("old", -100, State::Completed));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    for id in 0..1_234 {
        service.put(call(id, id / 100, State::Failed));
    }
    console.during(SECONDS(5)).await;
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn a_poll_brings_only_what_has_changed() {
    let service = Service::start();
    for id in 0..500 {
        service.put(call(id, 0, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(10)).await;
    let before = console.delivered;
    console.during(SECONDS(60)).await;
    assert_eq!(console.delivered, before);
    service.put(call(7, 0, State::Completed));
    console.during(SECONDS(10)).await;
    assert_eq!(console.delivered, before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_beyond_the_head_brings_only_what_has_changed() {
    let service = Service::start();
    for id in 0..500 {
        let mut ended = call(id, id, State::Completed);
        ended.answer_time = ended.create_time;
        service.put(ended);
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    // Nobody waits for their prices for ever.
    console.during(SECONDS(900)).await;
    let before = console.delivered;
    service.take_asked();
    console.during(SECONDS(600)).await;
    assert_eq!(console.delivered, before);
    let asked = service.take_asked();
    assert!(!asked.iter().any(|asked| matches!(asked, Asked::Get(_))));
}

#[tokio::test(start_paused = true)]
async fn each_answered_poll_tells_that_the_link_is_live() {
    let service = Service::start();
    service.put(call(1, 0, State::InProgress));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    let before = console.links.len();
    console.during(SECONDS(20)).await;
    let told = console.links.split_at(before).1;
    assert!((8..=11).contains(&told.len()), "{told:?}");
    assert!(told.iter().all(|link| matches!(link, Link::Live { .. })));
}

#[tokio::test(start_paused = true)]
async fn calls_that_will_match_later_are_watched_now() {
    let service = Service::start();
    let long_ago = -100_000;
    service.put(call("long", long_ago, State::InProgress));
    service.put(call("done", 5, State::Completed));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_live().await;
    console.during(SECONDS(5)).await;
    assert_eq!(console.state("long"), Some(State::InProgress));
    assert_eq!(console.state("done"), None);
    service.put(call("long", long_ago, State::Failed));
    console
        .until("its failure is seen", |it| {
            it.state("long") == Some(State::Failed)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_between_the_first_page_and_the_first_list_of_open_ones_is_not_lost() {
    // The first page is read while the call is under way, the open ones when it has failed.
    let service = Service::start();
    service.put(call(1, 0, State::InProgress));
    let ledger = service.clone();
    service.rule(move |asked| {
        if asked.filter().contains("QUEUED") {
            ledger_later(&ledger);
        }
        Reply::Ledger
    });
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_loaded().await;
    assert_eq!(console.state(1), Some(State::Failed));
}

/// Fails call 1 as soon as nobody holds the ledger.
fn ledger_later(service: &Service) {
    let service = service.clone();
    tokio::spawn(async move { service.put(call(1, 0, State::Failed)) });
}

#[tokio::test(start_paused = true)]
async fn nothing_is_concluded_from_absence() {
    let service = Service::start();
    for id in 0..3 {
        service.put(call(id, id, State::InProgress));
    }
    service.put(call("newest", 3_600, State::Busy));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    // A list of open calls that has a hole, as when a page boundary moves.
    service.rule(|asked| match asked {
        Asked::List(request) if request.filter.contains("QUEUED") => {
            Reply::Without("projects/demo/calls/1".to_owned())
        }
        _ => Reply::Ledger,
    });
    service.take_asked();
    console.during(SECONDS(10)).await;
    assert_eq!(console.state(1), Some(State::InProgress));
    let reread = Asked::Get("projects/demo/calls/1".to_owned());
    assert!(service.take_asked().contains(&reread));
    service.put(call(1, 1, State::Busy));
    console
        .until("its end is seen", |it| it.state(1) == Some(State::Busy))
        .await;
    service.take_asked();
    console.during(SECONDS(10)).await;
    assert!(!service.take_asked().contains(&reread), "it is left alone");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_gone_is_told_once_and_asked_for_no_more() {
    let service = Service::start();
    service.put(call(1, 0, State::InProgress));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    service.remove(&name(1));
    console.during(SECONDS(5)).await;
    service.take_asked();
    console.during(SECONDS(30)).await;
    let gets = service.take_asked();
    assert!(!gets.iter().any(|asked| matches!(asked, Asked::Get(_))));
    assert_eq!(console.gone, [name(1)]);
    assert!(matches!(console.link, Link::Live { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_becomes_visible_late_is_seen() {
    let service = Service::start();
    service.put(call("first", 100, State::Completed));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(10)).await;
    service.put(call("late", 90, State::Completed));
    console
        .until("it is seen", |it| it.state("late").is_some())
        .await;
}

#[rstest]
#[case::alone(0)]
#[case::among_many(250)]
#[tokio::test(start_paused = true)]
async fn a_creation_time_far_in_the_future_hides_nothing(#[case] others: i64) {
    let service = Service::start();
    for id in 0..others {
        service.put(call(format!("other-{id}"), id - 1_000, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(7)).await;
    service.put(call("stray", 1_000_000_000, State::Failed));
    console.during(SECONDS(9)).await;
    for id in 0..150 {
        service.put(call(id, 20, State::Failed));
    }
    console.during(SECONDS(21)).await;
    assert_eq!(console.known(), ledger(&service));
    // From then on the head follows the clock again, with the stray before its eyes.
    for round in 0..20 {
        service.put(call(format!("next-{round}"), 30 + round, State::Busy));
        console.during(SECONDS(3)).await;
        assert_eq!(console.known(), ledger(&service), "round {round}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_under_way_with_a_time_far_in_the_future_hides_no_ends() {
    let service = Service::start();
    service.put(call("stray", 1_000_000_000, State::InProgress));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_loaded().await;
    for round in 0..20 {
        service.put(call(round, round * 10, State::Failed));
        console.during(SECONDS(11)).await;
        assert_eq!(console.known(), ledger(&service), "round {round}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_of_the_service_that_is_put_back_hides_nothing() {
    let service = Service::start();
    for id in 0..300 {
        let seconds = -60 * id;
        service.put(call(format!("old-{id}"), seconds, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(20)).await;
    for round in 0..20 {
        service.put(call(round, round * 10 - 3_600, State::Failed));
        console.during(SECONDS(11)).await;
        assert_eq!(console.known(), ledger(&service), "round {round}");
    }
}

#[rstest]
#[case::everything("")]
#[case::ends("state = COMPLETED")]
#[tokio::test(start_paused = true)]
async fn while_nothing_is_new_a_poll_is_two_requests(#[case] filter: &str) {
    let service = Service::start();
    for id in 0..350 {
        service.put(call(id, id, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch(filter).await;
    console.until_loaded().await;
    service.put(call("long", -5_000, State::InProgress));
    // With nothing under way they would become fewer.
    service.put(call("longer", -6_000, State::InProgress));
    console.during(SECONDS(21)).await;
    // An end that enters the list far down is no reason to doubt the clock.
    service.put(call("long", -5_000, State::Completed));
    console.during(SECONDS(21)).await;
    service.take_asked();
    console.during(SECONDS(40)).await;
    let asked = service.take_asked();
    assert!((38..=42).contains(&asked.len()), "{asked:?}");
    let marked = |asked: &&Asked| asked.filter().contains("createTime >=");
    assert_eq!(asked.iter().filter(marked).count(), 16, "four in five");
}

#[tokio::test(start_paused = true)]
async fn a_call_created_between_two_lists_of_one_poll_that_are_far_apart_is_not_lost() {
    let service = Service::start();
    service.put(call("old", -100, State::Failed));
    let pace = Pace {
        overlap: TimeDelta::seconds(5),
        ..Pace::default()
    };
    let mut console = Console::start(service.client(), pace);
    console.watch("state = FAILED").await;
    console.until_loaded().await;
    console.during(SECONDS(3)).await;
    // The open list is answered at once, and the head ten seconds later.
    let mut refusals = 5;
    service.rule(move |asked| match asked {
        Asked::List(request) if !request.filter.contains("QUEUED") && refusals > 0 => {
            refusals -= 1;
            let details = ErrorDetails::with_retry_info(Some(SECONDS(2)));
            let code = Code::ResourceExhausted;
            Reply::Fail(Status::with_error_details(code, "slow down", details))
        }
        _ => Reply::Ledger,
    });
    console.during(SECONDS(4)).await;
    service.put(call("between", 2, State::InProgress));
    service.put(call("newest", 12, State::Failed));
    let seen = |it: &Console| it.state("newest").is_some();
    console.until("the head has come", seen).await;
    service.put(call("between", 2, State::Failed));
    console.during(SECONDS(5)).await;
    assert_eq!(console.state("between"), Some(State::Failed));
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_waited_for_and_made_up_for() {
    let service = Service::start();
    service.put(call(1, 0, State::InProgress));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    service.set_reachable(false);
    console
        .until("the outage is told", |it| {
            matches!(it.link, Link::Retrying { .. })
        })
        .await;
    let dials = service.dials();
    console.links.clear();
    console.during(SECONDS(300)).await;
    // Half a second to ten between tries, for somebody looks, and each of them told with its wait.
    let tries = console.links.len();
    assert!((35..90).contains(&tries), "{tries} tries in 5 min");
    let dials = service.dials() - dials;
    assert!(dials <= 3 * tries, "{dials} connections for {tries} tries");
    let waits: Vec<Duration> = console
        .links
        .iter()
        .map(|link| match link {
            Link::Retrying { wait, failure } => {
                assert_eq!(failure.kind, FailureKind::Unavailable);
                *wait
            }
            other => panic!("{other:?} during an outage"),
        })
        .collect();
    assert!(
        waits
            .iter()
            .all(|&wait| wait >= Duration::from_millis(500) && wait <= SECONDS(30))
    );
    assert_eq!(console.state(1), Some(State::InProgress), "the list stays");

    service.put(call(1, 0, State::Completed));
    for id in 2..150 {
        service.put(call(id, id, State::Failed));
    }
    service.set_reachable(true);
    console.until_live().await;
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn an_outage_at_the_start_is_waited_for_too() {
    let service = Service::start();
    service.put(call(1, 0, State::Completed));
    service.set_reachable(false);
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.during(SECONDS(60)).await;
    assert!(matches!(console.link, Link::Retrying { .. }));
    service.set_reachable(true);
    console.until_loaded().await;
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_one_request_in_five_is_followed_all_the_same() {
    let service = Service::start();
    for id in 0..400 {
        service.put(call(id, id, State::InProgress));
    }
    let mut requests = 0;
    service.rule(move |_| {
        requests += 1;
        if requests % 5 == 0 {
            Reply::Fail(Status::unavailable("one in five"))
        } else {
            Reply::Ledger
        }
    });
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    for id in 0..400 {
        service.put(call(id, id, State::Completed));
    }
    let began = Instant::now();
    console
        .until("all ends are seen", |it| {
            it.known().iter().all(|call| call.state == State::Completed)
        })
        .await;
    assert!(began.elapsed() < SECONDS(30), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_cannot_be_read_holds_up_no_other() {
    let service = Service::start();
    service.put(call("newest", 3_600, State::Busy));
    for id in 0..20 {
        service.put(call(id, id, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(6)).await;
    service.rule(|asked| match asked {
        Asked::Get(name) if name.ends_with("/7") => Reply::Fail(Status::internal("not this one")),
        _ => Reply::Without("projects/demo/calls/7".to_owned()),
    });
    for id in 0..20 {
        service.put(call(id, id, State::Completed));
    }
    console.during(SECONDS(10)).await;
    assert!(matches!(console.link, Link::Live { .. }));
    for id in 0..20 {
        let ended = if id == 7 {
            State::InProgress
        } else {
            State::Completed
        };
        assert_eq!(console.state(id), Some(ended), "{id}");
    }
    service.rule(|_| Reply::Ledger);
    console
        .until("its end is seen", |it| {
            it.state(7) == Some(State::Completed)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_an_outage_counts() {
    let service = Service::start();
    service.put(call("newest", 3_600, State::Busy));
    // No list finds these by their numbers: they are read one by one.
    let odd = |id, state| {
        let mut call = call(id, id, state);
        call.to = "sip:o'hara@branch.example".into();
        call
    };
    for id in 0..20 {
        service.put(odd(id, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.during(SECONDS(6)).await;
    let mut reads = 0;
    service.rule(move |asked| match asked {
        Asked::Get(_) if reads < 12 => {
            reads += 1;
            Reply::Ledger
        }
        Asked::Get(_) => Reply::Fail(Status::unavailable("going down")),
        _ => Reply::Ledger,
    });
    for id in 0..20 {
        service.put(odd(id, State::Completed));
    }
    console
        .until("it is told", |it| matches!(it.link, Link::Retrying { .. }))
        .await;
    let ended = |call: &&Call| call.state == State::Completed;
    assert_eq!(console.known().iter().filter(ended).count(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_cuts_a_wait_short() {
    let service = Service::start();
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_live().await;
    service.set_reachable(false);
    console.during(SECONDS(120)).await;
    service.set_reachable(true);
    console.tell(Command::Refresh).await;
    let began = Instant::now();
    console.until_live().await;
    assert!(began.elapsed() < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_service_asks_for_is_obeyed() {
    let service = Service::start();
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_live().await;
    service.rule(|_| {
        let details = ErrorDetails::with_retry_info(Some(SECONDS(45)));
        Reply::Fail(Status::with_error_details(
            Code::ResourceExhausted,
            "slow down",
            details,
        ))
    });
    console
        .until(
            "the wait is told",
            |it| matches!(it.link, Link::Retrying { wait, .. } if wait == SECONDS(45)),
        )
        .await;
    service.take_asked();
    console.during(SECONDS(44)).await;
    assert_eq!(service.take_asked(), []);
}

#[rstest]
#[case::no_such_project(Code::NotFound)]
#[case::a_filter_it_does_not_take(Code::InvalidArgument)]
#[tokio::test(start_paused = true)]
async fn a_refusal_stays_until_somebody_does_something(#[case] code: Code) {
    let service = Service::start();
    service.rule(move |_| Reply::Fail(Status::new(code, "no")));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console
        .until("the refusal is told", |it| {
            matches!(it.link, Link::Refused { .. })
        })
        .await;
    service.take_asked();
    console.during(SECONDS(600)).await;
    assert_eq!(service.take_asked(), []);
    service.rule(|_| Reply::Ledger);
    console.tell(Command::Refresh).await;
    console.until_live().await;
}

#[rstest]
#[case::not_permitted(Code::PermissionDenied)]
#[case::not_authenticated(Code::Unauthenticated)]
#[case::another_service(Code::Unimplemented)]
#[tokio::test(start_paused = true)]
async fn what_is_refused_for_who_asks_is_tried_again_by_itself(
    #[case] code: Code,
    #[values(false, true)] from_the_start: bool,
) {
    let service = Service::start();
    for id in 0..150 {
        service.put(call(id, id, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    let refuse = |service: &Service| service.rule(move |_| Reply::Fail(Status::new(code, "no")));
    if from_the_start {
        refuse(&service);
        console.watch("").await;
    } else {
        console.watch("").await;
        console.until_loaded().await;
        refuse(&service);
    }
    let refused = |it: &Console| matches!(it.link, Link::Refused { .. });
    console.until("the refusal is told", refused).await;
    service.take_asked();
    console.links.clear();
    console.during(SECONDS(601)).await;
    let asked = service.take_asked().len();
    assert!((20..=60).contains(&asked), "{asked} requests in 10 min");
    assert_eq!(console.links, [], "it is told once");
    assert!(refused(&console));

    service.rule(|_| Reply::Ledger);
    let began = Instant::now();
    console.until_live().await;
    assert!(began.elapsed() <= SECONDS(30));
    console.until_loaded().await;
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_a_pause_leaves_it_one() {
    let service = Service::start();
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.tell(Command::Pause).await;
    service.rule(|_| Reply::Fail(Status::unauthenticated("no")));
    console.tell(Command::Refresh).await;
    let refused = |it: &Console| matches!(it.link, Link::Refused { .. });
    console.until("the refusal is told", refused).await;
    service.take_asked();
    console.during(SECONDS(600)).await;
    assert_eq!(service.take_asked(), []);
}

#[tokio::test(start_paused = true)]
async fn a_token_file_that_is_missing_for_a_moment_is_read_again() {
    let service = Service::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let client = connect(Target {
        endpoint: Endpoint::parse(&service.listen().await.to_string()).unwrap(),
        project: ProjectName::parse("demo").unwrap(),
        credentials: Credentials::TokenFile(path.clone()),
        now: noon,
    })
    .unwrap();
    let mut console = Console::start(client, Pace::default());
    console.watch("").await;
    let local = |it: &Console| matches!(&it.link, Link::Refused { failure } if failure.kind == FailureKind::Local);
    console.until("the lack is told", local).await;
    std::fs::write(&path, "a-token").unwrap();
    console.until("it is asked again", |it| !local(it)).await;
}

#[tokio::test(start_paused = true)]
async fn answers_to_an_abandoned_query_are_dropped() {
    let service = Service::start();
    for id in 0..500 {
        let state = if id % 2 == 0 {
            State::Failed
        } else {
            State::Completed
        };
        service.put(call(id, id, state));
    }
    service.rule(|_| Reply::After(Duration::from_millis(700)));
    let mut console = Console::start(service.client(), Pace::default());
    for step in 0..20 {
        console
            .watch(if step % 2 == 0 { "" } else { "state = FAILED" })
            .await;
        sleep(Duration::from_millis(150)).await;
    }
    // The last query is the one for failed calls; `take` drops what carries an older turn, and the
    // feed sends nothing of another query under this one's turn.
    console.until_loaded().await;
    assert_eq!(console.listed().len(), 250);
    assert_eq!(console.known(), console.listed());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_twice_at_the_same_time() {
    let service = Service::start();
    for id in 0..50 {
        service.put(call(id, id, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    // Answers take longer than the time between polls, and somebody is impatient.
    service.rule(|_| Reply::After(SECONDS(5)));
    service.take_asked();
    for _ in 0..10 {
        console.tell(Command::Refresh).await;
        console.during(Duration::from_millis(300)).await;
    }
    let asked = service.take_asked();
    assert!(asked.len() <= 2, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_one_and_ends_with_everything_there() {
    let service = Service::start();
    service.put(call(1, 0, State::InProgress));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.tell(Command::Pause).await;
    console
        .until("it pauses", |it| it.link == Link::Paused)
        .await;
    service.put(call(1, 0, State::Completed));
    service.take_asked();
    console.during(SECONDS(600)).await;
    assert_eq!(service.take_asked(), []);
    console.tell(Command::Refresh).await;
    console
        .until("one look is had", |it| {
            it.state(1) == Some(State::Completed)
        })
        .await;
    assert_eq!(console.link, Link::Paused);
    service.put(call(2, 1, State::Completed));
    console.tell(Command::Resume).await;
    console.until_live().await;
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn a_query_asked_in_a_pause_is_answered_and_the_pause_stays() {
    let service = Service::start();
    service.put(call(1, 0, State::Failed));
    let mut console = Console::start(service.client(), Pace::default());
    console.tell(Command::Pause).await;
    console.watch("state = FAILED").await;
    console.until_loaded().await;
    assert_eq!(console.link, Link::Paused);
    service.take_asked();
    console.during(SECONDS(60)).await;
    assert_eq!(service.take_asked(), []);
}

#[tokio::test(start_paused = true)]
async fn older_calls_are_loaded_up_to_a_bound_and_then_when_asked_for() {
    let service = Service::start();
    for id in 0..600 {
        service.put(call(id, id, State::Completed));
    }
    let pace = Pace {
        initial: 300,
        ..Pace::default()
    };
    let mut console = Console::start(service.client(), pace);
    console.watch("").await;
    console.until_loaded().await;
    let loaded = console.store.len();
    assert!((290..400).contains(&loaded), "{loaded}");
    assert!(matches!(console.coverage(), Coverage::Since(_)));
    console.during(SECONDS(60)).await;
    assert_eq!(console.store.len(), loaded);
    while console.coverage() != Coverage::Everything {
        let before = console.store.len();
        console.older.clear();
        console.older().await;
        console.until_loaded().await;
        assert!(console.store.len() > before);
    }
    assert_eq!(console.known(), ledger(&service));
    console.older.clear();
    console.older().await;
    console.until_loaded().await;
    assert_eq!(console.older, [Older::End]);
}

#[tokio::test(start_paused = true)]
async fn coverage_says_no_more_than_is_true() {
    let service = Service::start();
    for id in 0..400 {
        service.put(call(id, id / 7, State::Completed));
    }
    service.set_page(30);
    let pace = Pace {
        initial: 100,
        ..Pace::default()
    };
    let mut console = Console::start(service.client(), pace);
    console.watch("").await;
    console.until_loaded().await;
    let Coverage::Since(since) = console.coverage() else {
        panic!("{:?}", console.coverage());
    };
    for call in service.calls() {
        if call.create_time.unwrap() >= since {
            assert!(console.store.get(&call.name).is_some(), "{}", call.name);
        }
    }
}

#[rstest]
#[case::all_in_one_moment(1_000_000, false)]
#[case::a_hundred_and_fifty_in_each_moment(150, false)]
#[case::a_service_that_does_not_apply_filters(7, true)]
#[tokio::test(start_paused = true)]
async fn the_end_of_history_is_reached(#[case] in_a_moment: i64, #[case] ignores_filters: bool) {
    let service = Service::start();
    for id in 0..450 {
        service.put(call(id, id / in_a_moment, State::Completed));
    }
    if ignores_filters {
        service.ignore_filters(true);
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    assert_eq!(console.coverage(), Coverage::Everything);
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn a_page_token_that_is_no_longer_taken_begins_its_walk_anew() {
    let service = Service::start();
    for id in 0..450 {
        service.put(call(id, 0, State::InProgress));
    }
    let mut refused = 0;
    service.rule(move |asked| match asked {
        Asked::List(request) if !request.page_token.is_empty() && refused < 2 => {
            refused += 1;
            Reply::Fail(Status::invalid_argument("page_token: it has expired"))
        }
        _ => Reply::Ledger,
    });
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    console.until_live().await;
    assert_eq!(console.known(), ledger(&service));
    assert!(
        !console
            .links
            .iter()
            .any(|link| matches!(link, Link::Refused { .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn history_that_fails_is_told_and_goes_on_with_the_next_good_poll() {
    let service = Service::start();
    for id in 0..450 {
        service.put(call(id, id, State::Completed));
    }
    let mut failing = 5;
    service.rule(move |asked| match asked {
        Asked::List(request) if request.filter.contains('<') && failing > 0 => {
            failing -= 1;
            Reply::Fail(Status::unavailable("going down"))
        }
        _ => Reply::Ledger,
    });
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    let failed = |state: &&Older| matches!(state, Older::Failed(_));
    assert_eq!(console.older.iter().filter(failed).count(), 1);
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn while_the_receiver_is_slow_nothing_is_asked_and_commands_are_obeyed() {
    let service = Service::start();
    for id in 0..3_000 {
        service.put(call(id, id, State::Completed));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    // The channel holds four events; nobody takes any for a while.
    sleep(SECONDS(60)).await;
    let asked = service.take_asked().len();
    assert!(asked < 10, "{asked} requests");
    sleep(SECONDS(600)).await;
    assert_eq!(service.take_asked(), []);
    console.watch("state = FAILED").await;
    console.until_live().await;
    console.until_loaded().await;
    assert_eq!(console.listed(), []);
}

#[tokio::test(start_paused = true)]
async fn a_price_that_comes_late_is_seen() {
    let service = Service::start();
    let mut ended = call(1, 0, State::InProgress);
    ended.answer_time = Some(noon() + TimeDelta::seconds(5));
    service.put(ended.clone());
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    ended.state = State::Completed;
    ended.end_time = Some(noon() + TimeDelta::seconds(30));
    service.put(ended.clone());
    console.during(SECONDS(25)).await;
    // Newer calls have pushed it out of the head, and off the first page.
    for id in 2..150 {
        service.put(call(id, 3_600 - id, State::Busy));
    }
    console.during(SECONDS(12)).await;
    ended.price = Some(Money::new("AUD", 0, 42_000_000));
    service.put(ended.clone());
    console
        .until("the price is seen", |it| {
            it.store
                .get(&name(1))
                .is_some_and(|call| call.price.is_some())
        })
        .await;
    service.take_asked();
    console.during(SECONDS(1_200)).await;
    let asked = service.take_asked();
    assert!(!asked.iter().any(|asked| matches!(asked, Asked::Get(_))));
}

#[rstest]
#[case::on_the_first_page(0)]
#[case::further_down(150)]
#[tokio::test(start_paused = true)]
async fn the_price_of_a_call_that_had_just_ended_is_seen(#[case] newer: i64) {
    let service = Service::start();
    let mut ended = call("ended", -400, State::Completed);
    ended.answer_time = Some(noon() - TimeDelta::seconds(390));
    service.put(ended.clone());
    let mut long_ago = call("long ago", -4_000, State::Completed);
    long_ago.answer_time = Some(noon() - TimeDelta::seconds(3_990));
    service.put(long_ago.clone());
    for id in 0..newer {
        service.put(call(id, -id, State::Busy));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    // Newer calls push it off the first page.
    for id in 0..100 {
        service.put(call(format!("newer-{id}"), 3_600 - id, State::Busy));
    }
    console.during(SECONDS(5)).await;
    ended.price = Some(Money::new("AUD", 0, 42_000_000));
    service.put(ended.clone());
    console.during(SECONDS(60)).await;
    assert_eq!(console.known(), ledger(&service));
    let asked = service.take_asked();
    let get = |call: &Call| Asked::Get(call.name.to_string());
    assert_eq!(asked.iter().filter(|it| **it == get(&ended)).count(), 1);
    assert!(!asked.contains(&get(&long_ago)), "nobody waits for it");
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_tokens_go_round_is_told_and_not_followed_for_ever() {
    let service = Service::start();
    for id in 0..250 {
        service.put(call(id, id, State::InProgress));
    }
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    service.rule(|_| Reply::Round);
    let told = |it: &Console| matches!(&it.link, Link::Retrying { failure, .. } if failure.kind == FailureKind::Internal);
    service.take_asked();
    console.until("it is told", told).await;
    let asked = service.take_asked().len();
    assert!(asked < 100, "{asked} requests");
    service.rule(|_| Reply::Ledger);
    console.until_live().await;
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn states_that_are_not_known_yet_are_shown_and_followed_at_leisure() {
    let service = Service::start();
    service.put(call(1, 0, State::Other(77)));
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("").await;
    console.until_loaded().await;
    assert_eq!(console.state(1), Some(State::Other(77)));
    service.put(call(2, 3_600, State::Busy));
    service.put(call(1, 0, State::Completed));
    console
        .until("its end is seen", |it| {
            it.state(1) == Some(State::Completed)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn polls_are_numbered_in_the_order_in_which_they_were_asked_for() {
    let service = Service::start();
    for id in 0..300 {
        service.put(call(id, id, State::InProgress));
    }
    let pace = Pace {
        initial: 0,
        ..Pace::default()
    };
    let (commands, obeyed) = mpsc::channel(8);
    let (told, mut events) = mpsc::channel(4);
    tokio::spawn(feed::run(service.client(), pace, obeyed, told));
    let (turn, plan) = (Turn(1), plan(&Filter::everything()));
    commands.send(Command::Watch { turn, plan }).await.unwrap();
    let mut numbers = Vec::new();
    while numbers.len() < 8 {
        if let Some(Event::Batch { as_of, .. }) = events.recv().await {
            numbers.push(as_of);
        }
        let changed = i64::try_from(numbers.len()).unwrap();
        service.put(call(changed, changed, State::Completed));
    }
    // The first page and the first poll are asked for at the same time, and come in either order.
    let polls = numbers.split_off(2);
    assert!(polls.is_sorted_by(|a, b| a < b), "{polls:?}");
    assert!(numbers.iter().all(|number| *number < polls[0]));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_history_that_is_asked_for_during_a_poll_is_not_outranked_by_it() {
    let version = |version: &str| {
        let mut call = call("both", -500, State::InProgress);
        call.to = version.into();
        call
    };
    let service = Service::start();
    service.put(version("1"));
    service.put(call("left", -900, State::InProgress));
    for id in 0..150 {
        service.put(call(id, -id, State::Completed));
    }
    let pace = Pace {
        initial: 100,
        ..Pace::default()
    };
    let mut console = Console::start(service.client(), pace);
    console.watch("").await;
    console.until_live().await;
    console.during(SECONDS(13)).await;

    // The open list reads version 2, and is late; what has left it is read singly after that. In
    // between a page of history reads version 3.
    service.put(version("2"));
    service.put(call("left", -900, State::Completed));
    service.rule(|asked| match asked {
        Asked::List(request) if request.filter.contains("QUEUED") => Reply::After(SECONDS(3)),
        _ => Reply::Ledger,
    });
    console.during(Duration::from_millis(2_500)).await;
    service.put(version("3"));
    console.older().await;
    let mut shown = vec!["1".to_owned()];
    let end = Instant::now() + SECONDS(20);
    while let Ok(event) = tokio::time::timeout_at(end, console.events.recv()).await {
        console.take(event.unwrap());
        let both = console.store.get(&name("both")).unwrap();
        shown.push(both.to.to_string());
    }
    shown.dedup();
    assert_eq!(shown, ["1", "3"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_poll_reads_after_a_page_of_history_is_seen_with_the_next_one_at_the_latest() {
    let version = |version: &str| {
        let mut call = call("both", -500, State::InProgress);
        call.to = version.into();
        call
    };
    let service = Service::start();
    service.put(version("1"));
    for id in 0..150 {
        service.put(call(id, -id, State::Completed));
    }
    let pace = Pace {
        initial: 100,
        ..Pace::default()
    };
    let mut console = Console::start(service.client(), pace);
    console.watch("").await;
    console.until_live().await;
    console.during(SECONDS(13)).await;

    // The open list does not have it, the head is late, and meanwhile a page of history reads
    // version 1; after that the call is read singly, as version 2.
    service.rule(|asked| match asked {
        Asked::List(request) if request.filter.contains("QUEUED") => {
            Reply::Without("projects/demo/calls/both".to_owned())
        }
        Asked::List(request) if request.filter.contains('<') => Reply::Ledger,
        Asked::List(_) => Reply::After(SECONDS(3)),
        _ => Reply::Ledger,
    });
    console.during(Duration::from_millis(2_500)).await;
    console.older().await;
    console.during(Duration::from_millis(100)).await;
    service.put(version("2"));
    console.during(SECONDS(9)).await;
    assert_eq!(console.known(), ledger(&service));
}

#[tokio::test(start_paused = true)]
async fn the_feed_ends_when_nobody_commands_or_listens() {
    let service = Service::start();
    let (commands, obeyed) = mpsc::channel(1);
    let (told, events) = mpsc::channel(1);
    let feed = tokio::spawn(feed::run(service.client(), Pace::default(), obeyed, told));
    drop(commands);
    feed.await.unwrap();
    drop(events);

    let (_commands, obeyed) = mpsc::channel(1);
    let (told, events) = mpsc::channel(1);
    let feed = tokio::spawn(feed::run(service.client(), Pace::default(), obeyed, told));
    drop(events);
    feed.await.unwrap();
}
