//! A terminal with the program in it: types keys, resizes, sends signals, and waits for what is seen.

use std::io::{self, Read as _, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Longer than anything takes on a busy machine: a wait that reaches it has failed.
const DEADLINE: Duration = Duration::from_secs(60);

/// Keys that are not themselves.
pub(crate) mod key {
    pub(crate) const ENTER: &str = "\r";
    pub(crate) const ESC: &str = "\x1b";
    pub(crate) const TAB: &str = "\t";
    pub(crate) const CTRL_C: &str = "\x03";
    pub(crate) const CTRL_R: &str = "\x12";
    pub(crate) const CTRL_S: &str = "\x13";
    pub(crate) const CTRL_U: &str = "\x15";
    pub(crate) const CTRL_Z: &str = "\x1a";
}

/// A program in a terminal of its own.
pub(crate) struct Terminal {
    seen: Arc<Seen>,
    /// Nothing once it is closed.
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Box<dyn Write + Send>,
    process: u32,
    ended: mpsc::Receiver<ExitStatus>,
    is_over: bool,
}

struct Seen {
    screen: Mutex<Output>,
    changed: Condvar,
    /// Whether nobody reads any more.
    is_closed: AtomicBool,
}

struct Output {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// How many of the bytes are on the screen.
    shown: usize,
}

impl Output {
    /// Shows what was written, but for a frame that has not come to its end: a terminal that knows
    /// synchronised updates shows frames whole.
    fn show(&mut self) {
        const BEGIN: &[u8] = b"\x1b[?2026h";
        const END: &[u8] = b"\x1b[?2026l";
        let new = self.bytes.get(self.shown..).unwrap_or_default();
        let last = |mark: &[u8]| new.windows(mark.len()).rposition(|it| it == mark);
        let complete = match (last(BEGIN), last(END)) {
            (Some(begin), Some(end)) if end > begin => new.len(),
            (Some(begin), _) => begin,
            (None, _) => new.len(),
        };
        self.parser.process(new.get(..complete).unwrap_or_default());
        self.shown += complete;
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Output> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How to start a program.
pub(crate) struct Start<'a> {
    pub(crate) program: &'a str,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) columns: u16,
    pub(crate) rows: u16,
}

impl Terminal {
    pub(crate) fn start(start: &Start<'_>) -> Self {
        let size = size(start.columns, start.rows);
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(start.program);
        command.args(start.arguments);
        command.env_clear();
        for (name, value) in &start.variables {
            command.env(name, value);
        }
        command.cwd("/");
        let mut child = pair.slave.spawn_command(command).unwrap();
        let process = child.process_id().unwrap();

        let seen = Arc::new(Seen {
            screen: Mutex::new(Output {
                parser: vt100::Parser::new(cells(start.rows), cells(start.columns), 0),
                bytes: Vec::new(),
                shown: 0,
            }),
            changed: Condvar::new(),
            is_closed: AtomicBool::new(false),
        });
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writing = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let read = buffer.get(..count).unwrap_or(&[]);
                let mut output = writing.lock();
                output.bytes.extend_from_slice(read);
                output.show();
                writing.changed.notify_all();
                if writing.is_closed.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        // The terminal stays open on this side, so that its modes can be looked at in the end.
        let slave = pair.slave;
        let (end, ended) = mpsc::channel();
        let noticing = Arc::clone(&seen);
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                let _nobody_asks = end.send(status);
            }
            noticing.changed.notify_all();
            thread::park_timeout(DEADLINE);
            drop(slave);
        });
        Self {
            seen,
            writer: pair.master.take_writer().unwrap(),
            master: Some(pair.master),
            process,
            ended,
            is_over: false,
        }
    }

    /// Types.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
        self
    }

    /// Pastes, as a terminal with bracketed paste does.
    pub(crate) fn paste(&mut self, text: &str) -> &mut Self {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"))
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        let mut output = self.seen.lock();
        output
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        drop(output);
        self.master().resize(size(columns, rows)).unwrap();
        self
    }

    /// Closes the terminal, as when its window is closed. The reader lets go of it with the next
    /// output: the console tells the time, so there is some every second.
    pub(crate) fn hang_up(&mut self) {
        self.seen.is_closed.store(true, Ordering::SeqCst);
        self.writer = Box::new(io::sink());
        self.master = None;
    }

    fn master(&self) -> &dyn MasterPty {
        self.master.as_deref().unwrap()
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) fn signal(&mut self, name: &str) -> &mut Self {
        signal(self.process, name);
        self
    }

    /// Waits until this text stands on the screen.
    pub(crate) fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?} on the screen"), |screen| {
            screen.contents().contains(text)
        })
    }

    /// Waits until the screen is as wanted; fails with the screen as it is.
    pub(crate) fn wait_until(
        &mut self,
        what: &str,
        wanted: impl Fn(&vt100::Screen) -> bool,
    ) -> &mut Self {
        let output = self.seen.lock();
        let (output, timeout) = self
            .seen
            .changed
            .wait_timeout_while(output, DEADLINE, |output| !wanted(output.parser.screen()))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(
            !timeout.timed_out(),
            "waited in vain for {what}; the screen:\n{}",
            output.parser.screen().contents()
        );
        drop(output);
        self
    }

    /// The screen as text.
    pub(crate) fn contents(&self) -> String {
        self.seen.lock().parser.screen().contents()
    }

    /// The screen with its colours.
    pub(crate) fn screen(&self) -> vt100::Screen {
        self.seen.lock().parser.screen().clone()
    }

    /// Everything that the program has written, as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().bytes.clone()
    }

    /// Waits until the program has stopped itself, as on ctrl-z.
    pub(crate) fn wait_until_stopped(&mut self) -> &mut Self {
        let process = self.process;
        eventually("the program to stop", || state_of(process) == Some('T'));
        self
    }

    /// Waits for the end, and gives the exit status.
    pub(crate) fn status(&mut self) -> u32 {
        match self.ended.recv_timeout(DEADLINE) {
            Ok(status) => {
                self.is_over = true;
                status.exit_code()
            }
            Err(reason) => panic!(
                "the program does not end ({reason}); the screen:\n{}",
                self.contents()
            ),
        }
    }

    /// Fails unless the terminal is as a shell wants it: the main screen, a cursor, no reporting of
    /// mouse and paste, lines and echo by the terminal itself.
    pub(crate) fn assert_restored(&mut self) -> &mut Self {
        self.wait_until("a restored terminal", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let modes = format!("{:?}", self.master().get_termios().unwrap().local_flags);
        for mode in ["ICANON", "ECHO", "ISIG"] {
            assert!(modes.contains(mode), "{mode} is missing from {modes}");
        }
        self
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if !self.is_over && self.ended.try_recv().is_err() {
            signal(self.process, "KILL");
        }
    }
}

/// Sends a signal to a process by the signal's name.
pub(crate) fn signal(process: u32, name: &str) {
    // The shell's own `kill`: a small system may have no other.
    let _gone = Command::new("sh")
        .args(["-c", &format!("kill -s {name} {process}")])
        .output();
}

/// Waits for something that nobody tells of.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let tick = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while !holds() {
        assert!(waited < DEADLINE, "waited in vain for {what}");
        thread::park_timeout(tick);
        waited += tick;
    }
}

/// The state of a process in one letter, where the system tells: `T` is stopped.
fn state_of(process: u32) -> Option<char> {
    let told = if let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) {
        // After the name, which is in parentheses and may hold anything.
        stat.rsplit_once(')')?.1.to_owned()
    } else {
        let asked = Command::new("ps")
            .args(["-o", "state=", "-p", &process.to_string()])
            .output();
        String::from_utf8(asked.ok()?.stdout).ok()?
    };
    told.trim().chars().next()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
}
