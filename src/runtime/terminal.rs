//! The terminal: the only place that changes its modes, and the one that always changes them back.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use futures_util::Stream;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{SetCursorStyle, Show};
use ratatui::crossterm::event::{
    self, DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture, Event,
};
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal as Drawn};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::screen::Screen;

/// The most bytes that are put on a clipboard: terminals refuse or cut more.
const MAX_COPY: usize = 74_994;

/// Events that may wait for the loop; beyond that the terminal keeps them.
const WAITING: usize = 1_024;

/// Whether the terminal is ours at the moment; restoring it twice does nothing.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether the mouse was taken with it.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// This process's terminal. Dropping it restores what was.
#[derive(Debug)]
pub(super) struct Terminal {
    drawn: Drawn<CrosstermBackend<BufWriter<Ours>>>,
}

/// Standard output while the terminal is ours. Afterwards what is still written goes nowhere, and
/// without an error: a half-drawn frame must not land on the shell's screen, and a terminal that has
/// hung up is no reason for a panic on the way out.
#[derive(Debug)]
struct Ours(Stdout);

impl Write for Ours {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_ours() {
            self.0.write(bytes)
        } else {
            Ok(bytes.len())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if is_ours() { self.0.flush() } else { Ok(()) }
    }
}

fn is_ours() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

impl Terminal {
    /// Takes the terminal over; a panic anywhere restores it before it says what happened.
    pub(super) fn open(mouse: bool) -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                report(panic);
            }));
        });
        MOUSE.store(mouse, Ordering::SeqCst);
        // One write a frame: a whole screen with colours fits.
        let out = BufWriter::with_capacity(1 << 16, Ours(io::stdout()));
        take().inspect_err(|_| restore())?;
        let drawn = Drawn::new(CrosstermBackend::new(out)).inspect_err(|_| restore())?;
        Ok(Self { drawn })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

impl Screen for Terminal {
    fn area(&self) -> io::Result<Rect> {
        self.drawn
            .size()
            .map(|size| Rect::new(0, 0, size.width, size.height))
    }

    fn draw(&mut self, render: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        if !is_ours() {
            // A panic in some thread has given it back: going on would draw over its message.
            return Err(io::Error::other("a part of the console has failed"));
        }
        // Terminals that know this mode show the frame at once, without tearing; others ignore it.
        queue!(self.drawn.backend_mut(), BeginSynchronizedUpdate)?;
        self.drawn.draw(render)?;
        queue!(self.drawn.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(self.drawn.backend_mut())
    }

    fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`: that asks the terminal where its cursor is, and the answer would have to get
        // past whoever reads the keys. A resize to the same size clears as well, and asks nothing.
        let area = self.area()?;
        self.drawn.resize(area)
    }

    fn retake(&mut self) -> io::Result<()> {
        // A shell may have set the terminal's modes while we were stopped; crossterm would believe
        // that they are still those it has set itself.
        disable_raw_mode()?;
        take()?;
        self.redraw()
    }

    fn suspend(&mut self) -> io::Result<()> {
        restore();
        stop_process()?;
        take()?;
        self.redraw()
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        if text.len() > MAX_COPY {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "too long for a clipboard",
            ));
        }
        // OSC 52 reaches the clipboard of the person's own machine, over SSH as well.
        let coded = base64::engine::general_purpose::STANDARD.encode(text);
        let out = self.drawn.backend_mut();
        write!(out, "\x1b]52;c;{coded}\x07")?;
        Write::flush(out)
    }

    fn abandon(&mut self) {
        // On a terminal that is gone every write fails at once.
        restore();
    }
}

/// Keys, mouse, pastes and resizes as they come, and the first error, which is the last thing heard.
///
/// They are read on a thread of their own: when the terminal hangs up, crossterm's reader may turn
/// in a circle without ever returning, and must then hold up nothing but itself.
pub(super) fn events() -> io::Result<impl Stream<Item = io::Result<Event>> + Unpin> {
    let (heard, events) = mpsc::channel(WAITING);
    std::thread::Builder::new()
        .name("keys".to_owned())
        .spawn(move || {
            loop {
                let event = event::read();
                let over = event.is_err();
                if heard.blocking_send(event).is_err() || over {
                    return;
                }
            }
        })?;
    Ok(ReceiverStream::new(events))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that owns the terminal"
)]
fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    execute!(
        out,
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange
    )?;
    if MOUSE.load(Ordering::SeqCst) {
        execute!(out, EnableMouseCapture)?;
    }
    Ok(())
}

/// Undoes every mode that [`take`] has set. Errors are of no use here: each step is tried, whatever
/// became of the one before.
pub(super) fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    drop(execute!(out, EndSynchronizedUpdate));
    if MOUSE.load(Ordering::SeqCst) {
        drop(execute!(out, DisableMouseCapture));
    }
    drop(execute!(out, DisableFocusChange, DisableBracketedPaste));
    drop(execute!(
        out,
        LeaveAlternateScreen,
        SetCursorStyle::DefaultUserShape,
        Show
    ));
    drop(disable_raw_mode());
    drop(out.flush());
}

#[cfg(unix)]
fn stop_process() -> io::Result<()> {
    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
}

#[cfg(not(unix))]
fn stop_process() -> io::Result<()> {
    Ok(())
}
