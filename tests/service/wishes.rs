//! Many wishes at a service that loses answers, by processes that are killed at every step: the ledger
//! never holds two calls of one ticket, and what was told at the end is what it says.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rstest::rstest;
use switchboard::api::{Client, Dial, over_pipe};
use switchboard::call::{NewCall, Options, Placement, ProjectName, TICKET_LABEL, Ticket};
use switchboard::placement::{Journal, Stand, Wish, fresh_ticket};
use switchboard::sandbox::{Pipe, Sandbox, Setup};
use tokio::io::{copy_bidirectional, duplex};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::embedded::start_with;
use crate::faults::everything;
use crate::journaled::{all_ended, clock, process};

/// Wishes of one process.
const AT_ONCE: usize = 16;
/// Processes that may be killed.
const LIVES: usize = 10;

/// A connection to the sandbox that can be cut.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Vec<AbortHandle>>>);

impl Line {
    fn client(&self, pipe: &Pipe) -> Client {
        let (line, pipe) = (self.clone(), pipe.clone());
        let dial: Dial = Arc::new(move || {
            let (line, pipe) = (line.clone(), pipe.clone());
            async move {
                let mut far = pipe.connect().await?;
                let (client, mut near) = duplex(1 << 16);
                let between = tokio::spawn(async move {
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
                line.0.lock().unwrap().push(between.abort_handle());
                Ok::<_, io::Error>(client)
            }
            .boxed()
        });
        over_pipe(dial, ProjectName::parse("demo").unwrap())
    }

    fn cut(&self) {
        for connection in self.0.lock().unwrap().drain(..) {
            connection.abort();
        }
    }
}

/// Dies after so many steps: each time that anything has happened is one.
struct Mortal<F> {
    life: Pin<Box<F>>,
    steps: u32,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.steps.checked_sub(1) {
            Some(left) => {
                self.steps = left;
                self.life.as_mut().poll(context).map(Some)
            }
            None => Poll::Ready(None),
        }
    }
}

/// What people were told of their tickets, the last of each.
type Told = Arc<Mutex<BTreeMap<Ticket, Placement>>>;

fn wish(random: &mut ChaCha8Rng) -> Wish {
    let ticket = fresh_ticket(clock());
    let call = NewCall {
        to: format!("+6149157015{}", random.random_range(6..10)),
        from: "+61255501234".to_owned(),
        options: Options {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            ..Options::default()
        },
        ..NewCall::default()
    };
    // A script's tickets take the longer way.
    match random.random_range(0..4) {
        0 => Wish::with_given(ticket, call),
        _ => Wish::new(ticket, call),
    }
}

/// A process that settles what it finds and carries out wishes, until it is killed or has nothing left
/// to do.
async fn live(
    client: Client,
    journal: &Path,
    wishes: Vec<Wish>,
    (told, steps): (&Told, u32),
) -> bool {
    let placer = process(client, journal);
    let life = {
        let placer = &placer;
        async move {
            let (progress, mut reports) = mpsc::channel(4);
            let recovering = async { placer.recover(progress).await.unwrap() };
            let listening = async {
                while let Some((wish, placement)) = reports.recv().await {
                    told.lock().unwrap().insert(wish.ticket, placement);
                }
            };
            let placing = join_all(wishes.into_iter().map(|wish| async {
                let ticket = wish.ticket.clone();
                let (progress, mut reports) = mpsc::channel(4);
                let listening = async {
                    while let Some(placement) = reports.recv().await {
                        told.lock().unwrap().insert(ticket.clone(), placement);
                    }
                };
                tokio::join!(placer.place(wish, progress), listening);
            }));
            tokio::join!(recovering, listening, placing);
        }
    };
    let life = Box::pin(life);
    let ended = Mortal { life, steps }.await.is_some();
    drop(placer);
    all_ended(journal).await;
    ended
}

/// Runs some processes; gives how often one was killed.
async fn run(sandbox: &Sandbox, journal: &Path, (told, seed): (&Told, u64)) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let line = Line::default();
    let cutting = tokio::spawn({
        let line = line.clone();
        let mut random = ChaCha8Rng::seed_from_u64(!seed);
        async move {
            // Only where the seed says so: a connection that is cut in mid-request.
            while seed % 2 == 1 {
                sleep(Duration::from_millis(random.random_range(5..15_000))).await;
                line.cut();
            }
        }
    });
    let mut killed = 0;
    for _ in 0..LIVES {
        let wishes: Vec<Wish> = (0..AT_ONCE).map(|_| wish(&mut random)).collect();
        // Most of the steps are at the beginning of a life, and most deaths should be.
        let most = 1u32 << random.random_range(1..12);
        let steps = random.random_range(0..most);
        let client = line.client(&sandbox.pipe());
        let ended = live(client, journal, wishes, (told, steps)).await;
        killed += usize::from(!ended);
        line.cut();
    }
    cutting.abort();
    killed
}

/// What became of wishes, by what was told.
#[derive(Debug, Default)]
struct Table {
    placed: usize,
    refused: usize,
    not_sent: usize,
    no_trace: usize,
    /// Of which nobody was told, for the process died before; the journal tells whoever asks.
    untold: usize,
}

#[rstest]
#[case::sound("")]
#[case::lost("lose-create=1")]
#[case::dropped("drop-create=1")]
#[case::lost_or_dropped("lose-create=0.4,drop-create=0.4")]
#[case::away("unavailable=0.5")]
#[case::slow("latency=12s")]
#[case::late("lose-create=0.5,late-visible=20s,short-pages")]
#[tokio::test(start_paused = true)]
async fn no_ticket_is_ever_two_calls_and_the_end_that_was_told_is_the_ledger_s(
    #[case] faults: &str,
    #[values(1, 2)] seed: u64,
) {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("placements.jsonl");
    let sandbox = |faults: &str| {
        start_with(Setup {
            db: Some(folder.path().join("ledger.db")),
            history: 20,
            rate: 0.0,
            faults: faults.parse().unwrap(),
            ..Setup::default()
        })
    };
    let (mut faulty, mut client) = sandbox(faults).await;
    let told = Told::default();
    let killed = run(&faulty, &journal, (&told, seed)).await;
    if faults.contains("latency=12s") {
        // Nothing is ever answered in time there, so that nothing is ever settled, either.
        drop(client);
        faulty.shutdown().await;
        (faulty, client) = sandbox("").await;
    }
    // Those who come last live until all is settled.
    let last = Line::default().client(&faulty.pipe());
    assert!(live(last, &journal, Vec::new(), (&told, u32::MAX)).await);

    let mut ledger: BTreeMap<Ticket, usize> = BTreeMap::new();
    for call in everything(&client).await.into_values() {
        if let Some(ticket) = call.labels.get(TICKET_LABEL) {
            *ledger.entry(Ticket::new(ticket)).or_default() += 1;
        }
    }
    assert!(ledger.values().all(|&calls| calls == 1), "{ledger:?}");
    let mut table = Table::default();
    let told = told.lock().unwrap().clone();
    assert!(killed > 0 && told.len() > AT_ONCE * 2, "{killed}, {told:?}");
    for (ticket, placement) in &told {
        let calls = ledger.remove(ticket).unwrap_or_default();
        let known = Journal::at(journal.clone()).known(ticket).await.unwrap();
        let expected = match placement {
            Placement::Placed(_) => {
                table.placed += 1;
                1
            }
            Placement::Refused(_) => {
                table.refused += 1;
                0
            }
            Placement::NotSent(_) => {
                table.not_sent += 1;
                0
            }
            Placement::NoTrace(_) => {
                table.no_trace += 1;
                0
            }
            Placement::Sending | Placement::Unknown(_) => {
                table.untold += 1;
                match known.map(|entry| entry.stand) {
                    Some(Stand::Placed(_)) => 1,
                    Some(Stand::Refused(_) | Stand::NotSent(_) | Stand::NoTrace(_)) => 0,
                    open => panic!("{ticket} has no end: {placement:?}, {open:?}"),
                }
            }
        };
        assert_eq!(calls, expected, "{ticket}: {placement:?}");
    }
    // Nobody was told anything of the rest: then there is no call either, or the journal knows it.
    for ticket in ledger.keys() {
        let known = Journal::at(journal.clone()).known(ticket).await.unwrap();
        let stand = known.map(|entry| entry.stand);
        assert!(
            matches!(stand, Some(Stand::Placed(_))),
            "{ticket}: {stand:?}"
        );
        table.untold += 1;
    }
    println!("{faults:40} seed {seed}: {killed} kills, {table:?}");
}
