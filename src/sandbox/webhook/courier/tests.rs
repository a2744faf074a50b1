//! The courier with a carrier of the test's, in a time that passes only as the test says.

use std::sync::Mutex;

use super::*;
use crate::proto;
use crate::sandbox::ledger::Store;

const TARGET: &str = "http://127.0.0.1:1";

/// When an attempt was made, and with what body.
type Made = (DateTime<Utc>, String);

/// Keeps what it is asked to carry, and answers as it is told to.
#[derive(Debug, Clone)]
struct Scripted {
    clock: Clock,
    made: Arc<Mutex<Vec<Made>>>,
    answer: fn(usize) -> Outcome,
    takes: Duration,
}

impl Carrier for Scripted {
    async fn attempt(&self, _url: &str, body: &[u8]) -> Outcome {
        let count = {
            let mut made = self.made.lock().unwrap();
            made.push((self.clock.now(), String::from_utf8(body.to_vec()).unwrap()));
            made.len()
        };
        sleep(self.takes).await;
        (self.answer)(count)
    }
}

fn origin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// A ledger with a courier of it.
struct Office {
    ledger: Ledger,
    bell: Arc<Notify>,
    scripted: Scripted,
    clock: Clock,
}

impl Office {
    fn open(speed: f64, answer: fn(usize) -> Outcome) -> Self {
        let store = Store::open(None).unwrap();
        let bell = store.bell();
        let (ledger, task) = Ledger::of(store).unwrap();
        tokio::spawn(task);
        let clock = Clock::start(origin(), speed);
        let scripted = Scripted {
            clock,
            made: Arc::default(),
            answer,
            takes: Duration::ZERO,
        };
        Self {
            ledger,
            bell,
            scripted,
            clock,
        }
    }

    fn start(&self) -> oneshot::Sender<()> {
        let (closer, closing) = oneshot::channel();
        let courier = Courier {
            carrier: self.scripted.clone(),
            clock: self.clock,
            ledger: self.ledger.clone(),
            bell: Arc::clone(&self.bell),
        };
        tokio::spawn(courier.run(closing));
        closer
    }

    /// Has a call of a number come into being, or change.
    async fn announce(&self, serial: i64, state: proto::call::State) {
        let mut call = proto::Call {
            name: format!("projects/demo/calls/{serial}"),
            ..proto::Call::default()
        };
        call.set_state(state);
        let known = self.ledger.get(1, serial.to_string()).await.unwrap();
        let change = if known.is_none() {
            Entry::Born {
                serial,
                project: 1,
                call: call.clone(),
            }
        } else {
            Entry::Changed {
                serial,
                call: call.clone(),
            }
        };
        let announced = Change::Announced {
            serial,
            at: self.clock.now(),
            target: TARGET.to_owned(),
            url: format!("{TARGET}/state"),
            call: Box::new(call),
        };
        let entries = vec![change, Entry::Outbox(announced)];
        let written = self
            .ledger
            .write(entries, Vec::new(), self.clock.now())
            .await;
        written.await.unwrap().unwrap();
    }

    /// When attempts were made, in seconds of the exchange's time since the beginning.
    fn times(&self) -> Vec<f64> {
        let made = self.scripted.made.lock().unwrap();
        let seconds = |at: &DateTime<Utc>| (*at - origin()).as_seconds_f64();
        made.iter().map(|(at, _)| seconds(at)).collect()
    }

    fn bodies(&self) -> Vec<String> {
        let made = self.scripted.made.lock().unwrap();
        made.iter().map(|(_, body)| body.clone()).collect()
    }

    async fn waiting(&self) -> Vec<Heading> {
        self.ledger.headings(0, 1_000).await.unwrap()
    }
}

fn never(_: usize) -> Outcome {
    Outcome::Failed("HTTP 500".to_owned())
}

fn at_once(_: usize) -> Outcome {
    Outcome::Delivered
}

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_delivery_in_vain_is_tried_again_on_the_schedule_and_then_dropped() {
    for speed in [1.0, 100.0] {
        let office = Office::open(speed, never);
        let _closer = office.start();
        office.announce(1, proto::call::State::Starting).await;
        pass(20_000).await;
        let mut due = 0.0;
        let mut expected = vec![due];
        for delay in [1.0, 2.0, 4.0, 8.0, 60.0, 1_800.0, 3_600.0, 7_200.0] {
            due += delay;
            expected.push(due);
        }
        let times = office.times();
        assert_eq!(times.len(), expected.len(), "{times:?}");
        // Timers are as good as a millisecond of the machine's.
        for (time, expected) in times.iter().zip(&expected) {
            let late = time - expected;
            assert!((0.0..0.02 * speed).contains(&late), "{time} for {expected}");
        }
        assert_eq!(office.waiting().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_is_taken_is_over() {
    let office = Office::open(1.0, |count| {
        if count < 3 {
            never(count)
        } else {
            at_once(count)
        }
    });
    let _closer = office.start();
    office.announce(1, proto::call::State::Starting).await;
    pass(20_000).await;
    assert_eq!(office.times().len(), 3);
    assert_eq!(office.waiting().await, []);
}

/// What is logged in a test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Keeps what this thread logs until the guard goes.
    fn keep(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        // Another test may have come by these places first, when nobody listened.
        tracing::callsite::rebuild_interest_cache();
        guard
    }

    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(str::to_owned).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_asked_is_named_once_and_without_its_path() {
    let log = Log::default();
    let _kept = log.keep();
    let office = Office::open(1.0, |_| Outcome::Refused(Refusal::NotLoopback));
    let _closer = office.start();
    for serial in 1..=3 {
        office.announce(serial, proto::call::State::Starting).await;
        pass(1).await;
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("webhooks to http://127.0.0.1:1 are not sent"));
    assert!(lines[0].contains("--webhook-anywhere") && !lines[0].contains("/state"));
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_when_it_begins_and_when_something_is_dropped() {
    let log = Log::default();
    let _kept = log.keep();
    let office = Office::open(1.0, never);
    let _closer = office.start();
    office.announce(1, proto::call::State::Starting).await;
    pass(20_000).await;
    let lines = log.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("http://127.0.0.1:1 was not taken, and is tried again: HTTP 500"));
    assert!(lines[1].contains("projects/demo/calls/1 to http://127.0.0.1:1 is dropped after 9"));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_allowed_is_asked_no_second_time() {
    let office = Office::open(1.0, |_| Outcome::Refused(Refusal::NotLoopback));
    let _closer = office.start();
    office.announce(1, proto::call::State::Starting).await;
    pass(20_000).await;
    assert_eq!(office.times().len(), 1);
    assert_eq!(office.waiting().await, []);
}

#[tokio::test(start_paused = true)]
async fn the_next_courier_goes_on_where_the_last_one_ended() {
    let office = Office::open(1.0, never);
    let closer = office.start();
    office.announce(1, proto::call::State::Starting).await;
    pass(5).await;
    assert_eq!(office.times().len(), 3);
    drop(closer);
    pass(100).await;
    assert_eq!(office.times().len(), 3);
    let waiting = office.waiting().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].attempts, 3);
    let _closer = office.start();
    pass(10_000).await;
    let times = office.times();
    // What was due in the meantime is made up for at once; the schedule goes on from there.
    assert!((105.0..105.1).contains(&times[3]), "{times:?}");
    assert!((113.0..113.1).contains(&times[4]), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn first_attempts_for_a_call_go_in_the_order_of_its_states() {
    use proto::call::State::{Completed, InProgress, Ringing, Starting};
    let mut office = Office::open(1.0, at_once);
    office.scripted.takes = Duration::from_secs(5);
    let _closer = office.start();
    for state in [Starting, Ringing, InProgress, Completed] {
        office.announce(1, state).await;
        office.announce(2, state).await;
    }
    pass(60).await;
    let bodies = office.bodies();
    for serial in [1, 2] {
        let of_call = bodies
            .iter()
            .filter(|body| body.contains(&format!("calls/{serial}")));
        let states: Vec<_> = of_call
            .map(|body| body.rsplit('"').nth(1).unwrap())
            .collect();
        assert_eq!(states, ["STARTING", "RINGING", "IN_PROGRESS", "COMPLETED"]);
    }
    // Each waits for the one before it; the calls do not wait for each other.
    let times = office.times();
    assert_eq!(times.len(), 8);
    assert!((15.0..15.5).contains(&times[7]), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn many_deliveries_are_all_made() {
    let office = Office::open(1.0, at_once);
    for serial in 1..=700 {
        office.announce(serial, proto::call::State::Starting).await;
    }
    let _closer = office.start();
    pass(60).await;
    assert_eq!(office.times().len(), 700);
    assert_eq!(office.waiting().await, []);
}
