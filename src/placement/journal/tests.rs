//! The journal as processes, crashes and time treat it. Each `Journal` of its own is a process; dropping
//! it ends that process.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;

use super::file::Book;
use super::*;
use crate::call::{FailureKind, TicketLabel};

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn at(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("state/placements.jsonl")
}

fn ticket(number: usize) -> Ticket {
    Ticket::new(format!("ticket-{number}"))
}

fn page(number: usize) -> Page {
    Page {
        wish: Unsettled {
            ticket: ticket(number),
            call: NewCall {
                to: format!("+6149157{number:04}"),
                from: "+61255501234".to_owned(),
                ..NewCall::default()
            },
            since: noon(),
            follows: None,
        },
        home: home(),
        label: TicketLabel::Carried,
        run: String::new(),
        step: Step::Sent,
        lost: None,
        stand: Stand::Open,
    }
}

fn home() -> Home {
    Home {
        service: "the sandbox".to_owned(),
        project: "projects/demo".to_owned(),
    }
}

fn placed(number: usize) -> Stand {
    Stand::Placed(CallName::new(format!("projects/demo/calls/{number}")))
}

fn failure(message: &str) -> Failure {
    Failure::new(FailureKind::Unavailable, message)
}

async fn begin(journal: &Journal, page: &Page) -> Begun {
    journal.begin(page.clone(), noon()).await.unwrap()
}

async fn settle(journal: &Journal, number: usize, stand: Stand) {
    let page = page(number).settled(stand);
    journal.settled(&page, noon()).await.unwrap();
}

async fn stand(journal: &Journal, number: usize) -> Option<Stand> {
    let entry = journal.known(&ticket(number)).await.unwrap();
    entry.map(|entry| entry.stand)
}

#[tokio::test]
async fn what_was_wished_is_on_disk_for_the_owner_alone_before_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(at(&folder));
    assert_eq!(stand(&journal, 1).await, None);
    assert!(!at(&folder).exists(), "reading makes no file");
    let begun = begin(&journal, &page(1)).await;
    assert!(matches!(begun, Begun::Ours(..)));
    let text = fs::read_to_string(at(&folder)).unwrap();
    assert!(text.contains("ticket-1") && text.ends_with('\n'), "{text}");
    assert!(text.contains("+61255501234"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(at(&folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(stand(&Journal::at(at(&folder)), 1).await, Some(Stand::Open));
}

#[tokio::test]
async fn a_ticket_is_one_process_s_as_long_as_that_lives_and_then_the_next_one_s() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = [(); 2].map(|()| Journal::at(at(&folder)));
    let Begun::Ours(_, keeping) = begin(&one, &page(1)).await else {
        panic!("nobody else has it");
    };
    assert!(matches!(begin(&two, &page(1)).await, Begun::Elsewhere));
    assert!(matches!(begin(&one, &page(1)).await, Begun::Elsewhere));
    assert_eq!(two.take_over(home(), noon()).await.unwrap().len(), 0);
    assert_eq!(one.take_over(home(), noon()).await.unwrap().len(), 0);
    one.lost(ticket(1), failure("no answer"), noon())
        .await
        .unwrap();
    drop((one, keeping));
    let left = two.take_over(home(), noon()).await.unwrap();
    let [(page, _keeping)] = &left[..] else {
        panic!("{left:?}");
    };
    let lost = page.lost.as_ref().map(|lost| lost.message.as_str());
    assert_eq!(lost, Some("no answer"));
    let three = Journal::at(at(&folder));
    assert_eq!(three.take_over(home(), noon()).await.unwrap().len(), 0);
    let begun = three.ask_again(&ticket(1), noon()).await.unwrap();
    assert!(matches!(begun, Begun::Elsewhere));
    settle(&two, 1, placed(1)).await;
    let begun = three.ask_again(&ticket(1), noon()).await.unwrap();
    assert!(matches!(begun, Begun::Ended(page) if page.stand == placed(1)));
}

#[tokio::test]
async fn what_a_living_process_has_given_up_is_left_to_be_settled() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(at(&folder));
    drop(begin(&journal, &page(1)).await);
    assert!(matches!(begin(&journal, &page(1)).await, Begun::Left(..)));
    // To another process it is not: the one that gave it up may take it up again.
    let other = Journal::at(at(&folder));
    assert!(matches!(begin(&other, &page(1)).await, Begun::Elsewhere));
    let elsewhere = Home {
        project: "projects/other".to_owned(),
        ..home()
    };
    assert_eq!(journal.take_over(elsewhere, noon()).await.unwrap().len(), 0);
}

#[rstest]
#[case::placed(placed(1), false)]
#[case::no_trace(Stand::NoTrace(failure("lost")), false)]
#[case::refused(Stand::Refused(failure("no")), true)]
#[case::not_sent(Stand::NotSent(failure("no")), true)]
#[tokio::test]
async fn only_a_ticket_that_certainly_made_no_call_is_sent_again(
    #[case] ended: Stand,
    #[case] again: bool,
) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(at(&folder));
    drop(begin(&journal, &page(1)).await);
    settle(&journal, 1, ended.clone()).await;
    let next = Journal::at(at(&folder));
    match begin(&next, &page(1)).await {
        // Not before the service was asked for it.
        Begun::Ours(page, _) => assert!(again && page.step == Step::Wished),
        Begun::Ended(page) => assert!(!again && page.stand.is_like(&ended)),
        other => panic!("{other:?}"),
    }
}

impl Stand {
    /// The same but for whether it may have happened.
    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

#[tokio::test]
async fn a_ticket_of_another_call_is_barred() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(at(&folder));
    let _first = begin(&journal, &page(1)).await;
    let mut other = page(2);
    other.wish.ticket = ticket(1);
    let Begun::Barred(reason) = begin(&journal, &other).await else {
        panic!("it must not be sent");
    };
    assert!(reason.contains("+61491570001"), "{reason}");
}

#[rstest]
#[case::open(None, true)]
#[case::placed(Some(placed(1)), true)]
#[case::no_trace(Some(Stand::NoTrace(failure("lost"))), false)]
#[tokio::test]
async fn a_wish_takes_the_place_of_another_only_where_that_left_no_trace(
    #[case] ended: Option<Stand>,
    #[case] barred: bool,
) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(at(&folder));
    drop(begin(&journal, &page(1)).await);
    if let Some(ended) = ended {
        settle(&journal, 1, ended).await;
    }
    let mut next = page(2);
    next.wish.follows = Some(ticket(1));
    let begun = begin(&journal, &next).await;
    assert_eq!(matches!(begun, Begun::Barred(_)), barred, "{begun:?}");
}

#[tokio::test]
async fn that_there_is_a_call_is_never_untold() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(at(&folder));
    drop(begin(&journal, &page(1)).await);
    settle(&journal, 1, Stand::NoTrace(failure("lost"))).await;
    settle(&journal, 1, placed(1)).await;
    settle(&journal, 1, Stand::NoTrace(failure("lost"))).await;
    assert_eq!(stand(&journal, 1).await, Some(placed(1)));
    assert_eq!(stand(&Journal::at(at(&folder)), 1).await, Some(placed(1)));
    let calls = journal.calls(home(), "+61491570001".to_owned()).await;
    assert_eq!(calls.unwrap().len(), 1);
}

#[tokio::test]
async fn where_nothing_can_be_written_the_reason_is_told() {
    for path in ["/dev/null/placements.jsonl", "/dev/null", "/"] {
        let journal = Journal::at(PathBuf::from(path));
        let reason = journal.begin(page(1), noon()).await.unwrap_err();
        assert!(reason.starts_with(path), "{reason}");
    }
    let journal = Journal::nowhere();
    let reason = journal.begin(page(1), noon()).await.unwrap_err();
    assert!(reason.contains("HOME"), "{reason}");
    assert_eq!(journal.known(&ticket(1)).await, Ok(None));
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("placements.jsonl");
    let newer = "{\"journal\":\"switchboard placements\",\"version\":2,\"generation\":\"x\"}\n";
    fs::write(&path, newer).unwrap();
    let reason = Journal::at(path.clone()).begin(page(1), noon()).await;
    assert!(reason.unwrap_err().contains("newer switchboard"));
    assert_eq!(fs::read_to_string(path).unwrap(), newer);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_is_never_let_go_of_is_told_and_a_short_one_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(at(&folder));
    let _one = begin(&journal, &page(1)).await;
    let lock = at(&folder).with_file_name("placements.jsonl.lock");
    let held = fs::File::open(lock).unwrap();
    held.lock().unwrap();
    let reason = journal.begin(page(2), noon()).await.unwrap_err();
    assert!(reason.contains("another process"), "{reason}");
    let waiting = tokio::spawn({
        let journal = journal.clone();
        async move { journal.begin(page(2), noon()).await }
    });
    sleep(PATIENCE / 2).await;
    held.unlock().unwrap();
    assert!(matches!(waiting.await.unwrap(), Ok(Begun::Ours(..))));
}

#[tokio::test]
async fn of_many_processes_at_once_each_ticket_is_one_s() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let journal = Journal::at(at(&folder));
        all.spawn(async move {
            let mut ours = Vec::new();
            for number in 0..20 {
                if let Begun::Ours(page, keeping) = begin(&journal, &page(number)).await {
                    ours.push((page.wish.ticket.clone(), keeping));
                }
            }
            (journal, ours)
        });
    }
    let all = all.join_all().await;
    let tickets: Vec<_> = all
        .iter()
        .flat_map(|(_, ours)| ours)
        .map(|it| &it.0)
        .collect();
    let distinct: BTreeSet<_> = tickets.iter().collect();
    assert_eq!((tickets.len(), distinct.len()), (20, 20));
}

#[tokio::test]
async fn a_long_journal_is_shortened_and_others_read_on() {
    let folder = tempfile::tempdir().unwrap();
    let other = Journal::at(at(&folder));
    let _open = begin(&other, &page(9_999)).await;
    let mut book = Book::new(at(&folder));
    let old = noon() - TimeDelta::days(40);
    let settled = |numbers: std::ops::Range<usize>| {
        let pages = numbers.map(|number| page(number).settled(placed(number)));
        pages
            .map(|page| Line::Settled(Box::new(page)))
            .collect::<Vec<_>>()
    };
    let mut open = book.open().ok().unwrap();
    open.append(settled(0..100), old).unwrap();
    open.append(settled(100..1_000), noon()).unwrap();
    drop(open);
    let before = fs::metadata(at(&folder)).unwrap().len();
    for _ in 0..5 {
        let mut open = book.open().ok().unwrap();
        open.append(settled(100..1_000), noon()).unwrap();
    }
    assert!(fs::metadata(at(&folder)).unwrap().len() < before * 2);
    for (number, known) in [(5, false), (100, true), (999, true), (9_999, true)] {
        let here = stand(&other, number).await.is_some();
        assert_eq!(here, known, "{number}");
    }
    settle(&other, 9_999, placed(1)).await;
    assert_eq!(
        stand(&Journal::at(at(&folder)), 9_999).await,
        Some(placed(1))
    );
}

/// A journal of some wishes, and what is known after each of its lines.
fn sample(path: &Path) -> Vec<u8> {
    let mut book = Book::new(path.to_owned());
    let mut write = |line| {
        let mut open = book.open().ok().unwrap();
        open.append(vec![line], noon()).unwrap();
    };
    for number in 0..4 {
        write(Line::Wished(Box::new(page(number))));
    }
    let (lost, run) = (failure("no \u{1b}[31m\nanswer"), "abc".to_owned());
    write(Line::Lost {
        ticket: ticket(1),
        failure: lost.clone(),
    });
    write(Line::Settled(Box::new(page(0).settled(placed(0)))));
    write(Line::TakenOver {
        ticket: ticket(2),
        run,
    });
    write(Line::Settled(Box::new(
        page(1).settled(Stand::NoTrace(lost)),
    )));
    write(Line::Sending { ticket: ticket(3) });
    fs::read(path).unwrap()
}

/// What is known of the sample's tickets.
fn known(path: &Path) -> Vec<Option<Page>> {
    let mut book = Book::new(path.to_owned());
    let open = book.open().ok().unwrap();
    (0..4)
        .map(|number| open.pages().get(&ticket(number)).cloned())
        .collect()
}

proptest! {
    #[test]
    fn a_journal_cut_anywhere_knows_all_its_whole_lines_and_goes_on(cut in 0usize..2_600) {
        let folder = tempfile::tempdir().unwrap();
        let (whole, torn) = (folder.path().join("whole"), folder.path().join("torn"));
        let text = sample(&folder.path().join("sample"));
        let left = &text[..cut.min(text.len())];
        let lines = left.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        // Of the last line only its end may be missing: then it counts.
        let complete = text.get(left.len()) == Some(&b'\n');
        fs::write(&whole, if complete { &text[..=left.len()] } else { &left[..lines] }).unwrap();
        fs::write(&torn, left).unwrap();
        prop_assert_eq!(known(&torn), known(&whole));
        let mut book = Book::new(torn.clone());
        let line = Line::Wished(Box::new(page(77)));
        book.open().ok().unwrap().append(vec![line], noon()).unwrap();
        prop_assert_eq!(known(&torn), known(&whole));
        let mut book = Book::new(torn);
        prop_assert!(book.open().ok().unwrap().pages().get(&ticket(77)).is_some());
    }

    #[test]
    fn garbage_between_lines_costs_none_of_them(
        garbage in prop::collection::vec(any::<u8>(), 0..200),
        line in 0usize..10,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sample");
        let text = sample(&path);
        let before = known(&path);
        let mut lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
        let mut garbage = garbage;
        garbage.push(b'\n');
        lines.insert(line.min(lines.len()), &garbage);
        fs::write(&path, lines.concat()).unwrap();
        prop_assert_eq!(known(&path), before);
    }

    #[test]
    fn nothing_that_a_file_holds_makes_it_panic(
        lines in prop::collection::vec(
            prop_oneof![
                any::<Vec<u8>>(),
                "[{}\\[\\],:\"a-z0-9\n]{0,80}".prop_map(String::into_bytes),
                prop::sample::select(vec![
                    r#"{"ticket":"ticket-1","event":"placed","at":"2026-01-01T00:00:00Z","name":7}"#,
                    r#"{"ticket":"ticket-1","event":"placed","at":"2026-01-01T00:00:00Z","name":"x"}"#,
                    r#"{"ticket":"ticket-1","event":"sending","at":"-262143-01-01T00:00:00Z"}"#,
                    r#"{"ticket":"ticket-1","event":"refused","at":"2026-01-01T00:00:00Z","failure":[]}"#,
                    r#"{"ticket":"ticket-1","event":"wished","since":"2026-01-01T00:00:00Z","at":"2026-01-01T00:00:00Z","run":"../..","call":{"to":"+1"}}"#,
                    r#"{"journal":"x","version":1}"#,
                ])
                .prop_map(|line| line.as_bytes().to_vec()),
            ],
            0..12,
        ),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd");
        fs::write(&path, lines.join(&b'\n')).unwrap();
        let mut book = Book::new(path.clone());
        if let Ok(mut open) = book.open() {
            open.append(vec![Line::Wished(Box::new(page(77)))], noon()).unwrap();
            prop_assert!(Book::new(path).open().is_err(), "it is locked");
        }
    }
}
