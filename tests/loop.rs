//! The real loop with scripted input, paused time and a screen in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail"
)]

#[path = "loop/placing.rs"]
mod placing;

use std::io;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use switchboard::app::{App, Effect, Setup};
use switchboard::call::{
    AsOf, Call, CallName, Coverage, Link, NewCall, Placement, ProjectName, State, Turn,
};
use switchboard::feed::{Command, Event as FeedEvent, Focus};
use switchboard::input::key::Key;
use switchboard::runtime::{Ended, Loop, Place, Screen, Services, Signal};
use switchboard::view::Look;

fn start() -> DateTime<Utc> {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

/// What a screen has been through, for the test to look at while the loop runs.
#[derive(Debug, Default)]
struct Seen {
    text: String,
    frames: usize,
    copied: Vec<String>,
    suspended: usize,
    abandoned: bool,
    /// Set when the loop has ended.
    looked_at: usize,
}

#[derive(Debug)]
struct Memory {
    terminal: Terminal<TestBackend>,
    size: Arc<Mutex<(u16, u16)>>,
    seen: Arc<Mutex<Seen>>,
}

impl Screen for Memory {
    fn area(&self) -> io::Result<Rect> {
        let (width, height) = *self.size.lock().unwrap();
        Ok(Rect::new(0, 0, width, height))
    }

    fn draw(&mut self, render: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        let (width, height) = *self.size.lock().unwrap();
        self.terminal.backend_mut().resize(width, height);
        self.terminal.draw(render).unwrap();
        let buffer = self.terminal.backend().buffer();
        let mut seen = self.seen.lock().unwrap();
        seen.frames += 1;
        seen.text = buffer
            .content()
            .chunks(usize::from(width.max(1)))
            .map(|row| {
                row.iter()
                    .map(ratatui::buffer::Cell::symbol)
                    .collect::<String>()
                    + "\n"
            })
            .collect();
        Ok(())
    }

    fn redraw(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn retake(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.seen.lock().unwrap().suspended += 1;
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.seen.lock().unwrap().copied.push(text.to_owned());
        Ok(())
    }

    fn abandon(&mut self) {
        self.seen.lock().unwrap().abandoned = true;
    }
}

/// A loop that has not begun, and the other ends of all that it holds but its input.
struct Parts {
    looping: Loop<Memory>,
    effects: Vec<Effect>,
    feed: mpsc::Sender<FeedEvent>,
    commands: mpsc::Receiver<Command>,
    size: Arc<Mutex<(u16, u16)>>,
    seen: Arc<Mutex<Seen>>,
}

impl Parts {
    fn new(place: Place) -> Self {
        let (feed, feed_events) = mpsc::channel(64);
        let (to_feed, commands) = mpsc::channel(64);
        let size = Arc::new(Mutex::new((100, 30)));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let screen = Memory {
            terminal: Terminal::new(TestBackend::new(100, 30)).unwrap(),
            size: size.clone(),
            seen: seen.clone(),
        };
        let (app, effects) = App::new(Setup {
            profile: "test".to_owned(),
            project: ProjectName::parse("demo").unwrap(),
            endpoint: "nowhere".to_owned(),
            sandbox: false,
            read_only: false,
            zone: chrono_tz::Tz::UTC,
            filter: String::new(),
            history: Vec::new(),
            views: Vec::new(),
            max_calls: 1_000_000,
            calling: switchboard::call::Calling::default(),
            now: start(),
            notices: Vec::new(),
        });
        let services = Services::new(to_feed, feed_events, place);
        Self {
            looping: Loop::new(app, Look::default(), screen, services, start),
            effects,
            feed,
            commands,
            size,
            seen,
        }
    }
}

/// A running console with a test's hands on all its ends.
struct Console {
    keys: mpsc::Sender<io::Result<Event>>,
    signals: mpsc::Sender<Signal>,
    feed: mpsc::Sender<FeedEvent>,
    commands: mpsc::Receiver<Command>,
    size: Arc<Mutex<(u16, u16)>>,
    seen: Arc<Mutex<Seen>>,
    ended: tokio::task::JoinHandle<anyhow::Result<Ended>>,
}

impl Console {
    fn start() -> Self {
        Self::placing(Box::new(|_, _| Box::pin(async {})))
    }

    fn placing(place: Place) -> Self {
        let (keys, events) = mpsc::channel(100_000);
        let (signals, for_loop) = mpsc::channel(8);
        let Parts {
            looping: mut console,
            effects,
            feed,
            commands,
            size,
            seen,
        } = Parts::new(place);
        let at_end = seen.clone();
        let ended = tokio::spawn(async move {
            console.perform(effects)?;
            let ended = console
                .run(ReceiverStream::new(events), ReceiverStream::new(for_loop))
                .await;
            at_end.lock().unwrap().looked_at = console.app().table().looked_at();
            ended
        });
        Self {
            keys,
            signals,
            feed,
            commands,
            size,
            seen,
            ended,
        }
    }

    async fn press(&self, keys: &str) {
        for word in keys.split(' ') {
            let key = Key::parse(word).unwrap();
            self.keys.send(Ok(Event::Key(event(key)))).await.unwrap();
        }
    }

    async fn write(&self, text: &str) {
        for c in text.chars() {
            let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            self.keys.send(Ok(Event::Key(event))).await.unwrap();
        }
    }

    /// Opens the form and writes all that a call needs.
    async fn fill_form(&self) {
        self.press("n").await;
        self.write("+61491570006").await;
        self.press("enter").await;
        self.write("+61255501234").await;
        self.press("enter enter").await;
        self.write("https://app.example/handle").await;
    }

    async fn wait_for(&self, text: &str) {
        for _ in 0..200 {
            if self.seen.lock().unwrap().text.contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let screen = self.seen.lock().unwrap().text.clone();
        panic!("{text:?} did not appear on\n{screen}");
    }

    async fn arrive(&self, turn: Turn, calls: Vec<Call>) {
        self.feed
            .send(FeedEvent::Batch {
                turn,
                as_of: AsOf(1),
                calls,
            })
            .await
            .unwrap();
        let link = Link::Live {
            every: Duration::from_secs(2),
        };
        self.feed.send(FeedEvent::Link(link)).await.unwrap();
    }

    fn frames(&self) -> usize {
        self.seen.lock().unwrap().frames
    }
}

fn event(key: Key) -> KeyEvent {
    use switchboard::input::key::Code;
    let code = match key.code {
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::Backspace => KeyCode::Backspace,
        Code::Down => KeyCode::Down,
        other => panic!("{other:?} is not used in these tests"),
    };
    let modifiers = if key.ctrl {
        KeyModifiers::CONTROL
    } else {
        KeyModifiers::NONE
    };
    KeyEvent::new(code, modifiers)
}

fn call(id: u32, state: State) -> Call {
    let mut call = Call::new(CallName::new(format!("projects/demo/calls/{id:05}")));
    call.state = state;
    call.create_time = Some(start() - TimeDelta::seconds(i64::from(id)));
    call.to = format!("+6149157{id:04}").into();
    call
}

#[tokio::test(start_paused = true)]
async fn the_first_thing_asked_is_everything() {
    let mut console = Console::start();
    let command = console.commands.recv().await.unwrap();
    assert!(
        matches!(command, Command::Watch { turn: Turn(1), plan } if plan.pushed().is_everything())
    );
    console.wait_for("connecting to nowhere").await;
}

#[tokio::test(start_paused = true)]
async fn a_typed_filter_is_applied_at_once_and_asked_after_a_rest() {
    let mut console = Console::start();
    console.commands.recv().await.unwrap();
    console
        .arrive(Turn(1), vec![call(1, State::Failed), call(2, State::Busy)])
        .await;
    console.wait_for("busy").await;
    console.press("/").await;
    console.write("state = FAILED").await;
    console.wait_for("1 of 2").await;
    assert!(
        console.commands.try_recv().is_err(),
        "it was asked before it rested"
    );
    let asked = tokio::time::Instant::now();
    let command = console.commands.recv().await.unwrap();
    assert!(asked.elapsed() <= Duration::from_millis(250));
    let Command::Watch { turn, plan } = command else {
        panic!("{command:?}")
    };
    assert_eq!(plan.head(None), "state = FAILED");
    console.arrive(Turn(1), vec![call(3, State::Failed)]).await;
    console.arrive(turn, vec![call(4, State::Failed)]).await;
    console.wait_for("2 of 3").await;
}

#[tokio::test(start_paused = true)]
async fn every_key_lets_the_filter_rest_anew() {
    let mut console = Console::start();
    console.commands.recv().await.unwrap();
    console.press("/").await;
    for text in ["state = busy", ", failed", ", ringing"] {
        console.write(text).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(console.commands.try_recv().is_err(), "asked after {text}");
    }
    let rest = tokio::time::Instant::now();
    let command = console.commands.recv().await.unwrap();
    assert!(rest.elapsed() >= Duration::from_millis(40));
    assert!(rest.elapsed() <= Duration::from_millis(60));
    let Command::Watch { plan, .. } = command else {
        panic!("{command:?}")
    };
    assert!(plan.head(None).contains("RINGING"), "{}", plan.head(None));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_keys_is_drawn_in_few_frames_and_leaves_no_backlog() {
    let console = Console::start();
    console
        .arrive(
            Turn(1),
            (0..5_000).map(|id| call(id, State::Completed)).collect(),
        )
        .await;
    console.wait_for("1/5,000").await;
    let before = console.frames();
    for _ in 0..2_000 {
        console.press("j").await;
    }
    console.wait_for("2,001/5,000").await;
    let frames = console.frames() - before;
    assert!(frames < 20, "{frames} frames for one burst");
}

#[tokio::test(start_paused = true)]
async fn a_filter_over_many_calls_is_counted_to_its_end_without_another_key() {
    let console = Console::start();
    let state = |id: u32| match id {
        0..150_000 => State::Completed,
        _ => State::Failed,
    };
    let calls = (0..150_007).map(|id| call(id, state(id))).collect();
    console.arrive(Turn(1), calls).await;
    console.wait_for("150,007 calls").await;
    console.press("/").await;
    console.write("failed ").await;
    console.wait_for("7 of 150,007").await;
    // A key that comes before the end is not lost, and the older filter is.
    console.write("OR busy ").await;
    console.write("OR NOT failed ").await;
    console.wait_for("150,007 calls").await;
    console.press("esc").await;
    console.wait_for("1/150,007").await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_typed_in_a_flood_of_keys_is_listed_for_few_of_them() {
    let console = Console::start();
    let calls = (0..150_000).map(|id| call(id, State::Completed)).collect();
    console.arrive(Turn(1), calls).await;
    console.wait_for("150,000 calls").await;
    let before = console.frames();
    console.press("/").await;
    console.write("xx").await;
    for _ in 0..1_000 {
        console.press("backspace").await;
        console.write("x").await;
    }
    console.wait_for("0 of 150,000").await;
    let frames = console.frames() - before;
    console.signals.send(Signal::End).await.unwrap();
    console.ended.await.unwrap().unwrap();
    let looked_at = console.seen.lock().unwrap().looked_at;
    let slices = looked_at / 65_536;
    assert!(looked_at >= 150_000, "{looked_at} calls");
    assert!(slices < 20, "{slices} slices for 2,000 keys");
    assert!(frames < 20, "{frames} frames for one burst");
}

#[tokio::test(start_paused = true)]
async fn keys_that_take_long_cannot_keep_the_screen_from_being_drawn() {
    let console = Parts::new(Box::new(|_, _| Box::pin(async {})));
    let mut left = 1_000;
    let keys = futures_util::stream::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        // At its first poll the clock goes on.
        let mut takes = std::pin::pin!(tokio::time::advance(Duration::from_millis(5)));
        let _ = takes.as_mut().poll(context);
        let key = Key::parse("j").unwrap();
        Poll::Ready(Some(Ok(Event::Key(event(key)))))
    });
    let Parts {
        mut looping, seen, ..
    } = console;
    let none = futures_util::stream::pending::<Signal>();
    looping.run(keys, none).await.unwrap();
    let frames = seen.lock().unwrap().frames;
    assert!(frames >= 1_000 * 5 / 50, "{frames} frames in 5 seconds");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drawn_while_nothing_changes_but_the_clock() {
    let console = Console::start();
    console
        .arrive(Turn(1), vec![call(1, State::Completed)])
        .await;
    console.wait_for("completed").await;
    let before = console.frames();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let frames = console.frames() - before;
    assert!((9..=11).contains(&frames), "{frames} frames in ten seconds");
}

#[tokio::test(start_paused = true)]
async fn a_resize_storm_ends_on_the_right_screen() {
    let console = Console::start();
    console
        .arrive(Turn(1), vec![call(1, State::Completed)])
        .await;
    for (width, height) in [
        (1, 1),
        (0, 0),
        (200, 60),
        (39, 9),
        (20, 5),
        (300, 2),
        (80, 24),
    ] {
        *console.size.lock().unwrap() = (width, height);
        console
            .keys
            .send(Ok(Event::Resize(width, height)))
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    console.wait_for("completed").await;
    console.wait_for("? help").await;
}

#[tokio::test(start_paused = true)]
async fn a_pasted_megabyte_is_one_change_and_no_commands() {
    let console = Console::start();
    console
        .keys
        .send(Ok(Event::Paste("q".repeat(1 << 20))))
        .await
        .unwrap();
    console.press("/").await;
    console
        .keys
        .send(Ok(Event::Paste("state = FAILED ".repeat(1 << 16))))
        .await
        .unwrap();
    console.press("esc").await;
    console.press("/").await;
    console.write("state = BUSY").await;
    console.wait_for("/ state = BUSY").await;
}

#[tokio::test(start_paused = true)]
async fn quitting_and_signals_end_the_loop() {
    let console = Console::start();
    console.press("q").await;
    assert_eq!(console.ended.await.unwrap().unwrap(), Ended::Left);
    let console = Console::start();
    console.signals.send(Signal::End).await.unwrap();
    assert_eq!(console.ended.await.unwrap().unwrap(), Ended::Interrupted);
    let console = Console::start();
    console.signals.send(Signal::Hangup).await.unwrap();
    assert_eq!(console.ended.await.unwrap().unwrap(), Ended::Interrupted);
    assert!(console.seen.lock().unwrap().abandoned);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_has_hung_up_ends_the_console_without_an_error() {
    let console = Console::start();
    let gone = io::Error::from_raw_os_error(6);
    console.keys.send(Err(gone)).await.unwrap();
    assert_eq!(console.ended.await.unwrap().unwrap(), Ended::Interrupted);
    assert!(console.seen.lock().unwrap().abandoned);
}

#[tokio::test(start_paused = true)]
async fn ctrl_z_gives_the_terminal_back_and_asks_anew_when_it_goes_on() {
    let mut console = Console::start();
    console.commands.recv().await.unwrap();
    console.press("ctrl-z").await;
    assert_eq!(console.commands.recv().await.unwrap(), Command::Refresh);
    assert_eq!(console.seen.lock().unwrap().suspended, 1);
}

#[tokio::test(start_paused = true)]
async fn the_feed_knows_whether_somebody_looks_and_keys_say_so_too() {
    let mut console = Console::start();
    console.commands.recv().await.unwrap();
    let (away, here) = (Command::Focus(Focus::Away), Command::Focus(Focus::Here));
    // A terminal that never tells counts as looked at.
    console.press("j").await;
    for (event, command) in [
        (Event::FocusLost, Some(&away)),
        (Event::FocusLost, None),
        (Event::FocusGained, Some(&here)),
        (Event::FocusLost, Some(&away)),
        (Event::Paste("j".to_owned()), Some(&here)),
        (Event::FocusGained, None),
    ] {
        console.keys.send(Ok(event)).await.unwrap();
        if let Some(command) = command {
            assert_eq!(console.commands.recv().await.as_ref(), Some(command));
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(console.commands.try_recv().is_err(), "nothing else");
}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_call_is_copied() {
    let console = Console::start();
    console
        .arrive(Turn(1), vec![call(1, State::Completed)])
        .await;
    console.wait_for("completed").await;
    console.press("c").await;
    console.wait_for("copied projects/demo/calls/00001").await;
    assert_eq!(
        console.seen.lock().unwrap().copied,
        ["projects/demo/calls/00001"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_wish_is_carried_out_once_and_its_call_selected() {
    let wishes: Arc<Mutex<Vec<NewCall>>> = Arc::default();
    let seen = wishes.clone();
    let console = Console::placing(Box::new(move |wish, reports| {
        seen.lock().unwrap().push(wish.call.clone());
        Box::pin(async move {
            reports.send(Placement::Sending).await.unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            reports
                .send(Placement::Placed(Box::new(call(7, State::Queued))))
                .await
                .unwrap();
        })
    }));
    console
        .arrive(Turn(1), vec![call(1, State::Completed)])
        .await;
    console.fill_form().await;
    console.press("ctrl-s").await;
    console.wait_for("Place this call?").await;
    console.press("y y y ctrl-s enter").await;
    console.wait_for("placed 00007").await;
    assert_eq!(wishes.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_held_down_does_not_place_a_call() {
    let console = Console::placing(Box::new(|_, _| panic!("a repeated key has placed a call")));
    console.fill_form().await;
    console.press("ctrl-s").await;
    console.wait_for("Place this call?").await;
    let mut held = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE);
    held.kind = KeyEventKind::Repeat;
    for _ in 0..10 {
        console.keys.send(Ok(Event::Key(held))).await.unwrap();
    }
    console.press("esc").await;
    console.wait_for("asks first").await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_ends_the_console_with_its_error() {
    let console = Console::placing(Box::new(|_, _| {
        Box::pin(async { panic!("as the test wants") })
    }));
    console.fill_form().await;
    console.press("ctrl-s y").await;
    let error = console.ended.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("has failed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn coverage_is_shown() {
    let console = Console::start();
    console
        .arrive(Turn(1), vec![call(1, State::Completed)])
        .await;
    let coverage = Coverage::Since(start() - TimeDelta::hours(2)).into();
    console
        .feed
        .send(FeedEvent::Coverage {
            turn: Turn(1),
            coverage,
        })
        .await
        .unwrap();
    console.wait_for("complete since 01:00").await;
}
