//! What is said beside the calls, on standard error: notes and warnings that stay, and one line that
//! tells how far the list has come, on a terminal only, and gone when the list is.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use ratatui::crossterm::terminal;
use tokio::time::Instant;

use super::source::Pace;
use crate::call::Failure;
use crate::config::{Environment, Screen};
use crate::logging::harmless;
use crate::view::text;
use crate::view::theme::{Palette, Theme};

/// How far apart the line is written anew.
const EVERY: Duration = Duration::from_millis(200);
/// Takes the line back: to its beginning, and away with all behind it.
const ERASED: &str = "\r\u{1b}[K";

/// Whatever is said beside the calls.
#[derive(Debug)]
pub(super) struct Notes {
    /// Whether there is a line that can be taken back.
    live: bool,
    /// Whether calls are written to the same terminal, so that they tell themselves how far they are.
    shares_terminal: bool,
    theme: Theme,
    /// Whether only what is amiss is told.
    quiet: bool,
    /// The line that stands there, and since when.
    shown: Option<Instant>,
}

impl Notes {
    pub(super) fn new(screen: Screen, environment: &Environment, quiet: bool) -> Self {
        Self {
            live: io::stderr().is_terminal() && environment.has_cursor() && !quiet,
            shares_terminal: io::stdout().is_terminal(),
            theme: Theme {
                palette: Palette::Mono,
                ascii: screen.ascii,
            },
            quiet,
            shown: None,
        }
    }

    /// Tells what may be left out.
    pub(super) fn note(&mut self, told: &str) {
        if !self.quiet {
            self.say("note: ", told);
        }
    }

    /// Tells what should not be overlooked.
    pub(super) fn warn(&mut self, told: &str) {
        self.say("warning: ", told);
    }

    /// The last word: how complete the list is. It is never left unsaid if the list has not all that
    /// was asked for.
    pub(super) fn completeness(&mut self, told: &str, asked_for: bool) {
        self.clear();
        if !(self.quiet && asked_for) {
            self.say("", told);
        }
    }

    fn say(&mut self, what: &str, told: &str) {
        self.clear();
        // Whoever does not read it any more misses nothing.
        let _gone = writeln!(io::stderr().lock(), "{what}{}", harmless(told));
    }

    /// Shows how far the list has come.
    pub(super) fn progress(&mut self, pace: Pace) {
        let due = |shown: &Instant| shown.elapsed() >= EVERY;
        if !self.shares_terminal && self.shown.as_ref().is_none_or(due) {
            self.show(&progress(pace, self.theme));
        }
    }

    /// Shows why nothing comes at present.
    pub(super) fn waiting(&mut self, failure: &Failure, wait: Duration) {
        let dot = self.theme.signs().dot;
        let told = format!(
            "{} {dot} trying again in {} s {dot} {}",
            failure.headline(),
            wait.as_secs_f64().ceil(),
            failure.message
        );
        self.show(&told);
    }

    fn show(&mut self, line: &str) {
        if !self.live {
            return;
        }
        let cells = terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        let line = text::fit(line, cells.saturating_sub(1));
        let mut err = io::stderr().lock();
        let _gone = write!(err, "{ERASED}{line}").and_then(|()| err.flush());
        self.shown = Some(Instant::now());
    }

    /// Takes the line away, so that something else can be written.
    pub(super) fn clear(&mut self) {
        if self.shown.take().is_some() {
            let mut err = io::stderr().lock();
            let _gone = write!(err, "{ERASED}").and_then(|()| err.flush());
        }
    }

    /// Takes the line away if calls are about to be written where it stands.
    pub(super) fn make_way(&mut self) {
        if self.shares_terminal {
            self.clear();
        }
    }
}

/// `12,300 calls · 4,100 a second · 37 % · about 12s left`.
fn progress(pace: Pace, theme: Theme) -> String {
    let count = |number: u64| text::count(usize::try_from(number).unwrap_or(usize::MAX));
    let mut parts = vec![format!("{} calls read", count(pace.calls))];
    let whole = |figure: f64| {
        // A rate or a share: neither negative nor beyond what a count of seconds or calls can be.
        let text = format!("{:.0}", figure.max(0.0));
        text.parse().unwrap_or(0)
    };
    if pace.per_second >= 1.0 {
        parts.push(format!("{} a second", count(whole(pace.per_second))));
    }
    if let Some(share) = pace.share {
        parts.push(format!("{} %", (share * 100.0).floor()));
    }
    if let Some(remaining) = pace.remaining.filter(|rest| !rest.is_zero()) {
        let rest = Duration::from_secs(remaining.as_secs() + 1);
        parts.push(format!("about {} left", text::short_span(rest)));
    }
    parts.join(&format!(" {} ", theme.signs().dot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_calls_rate_share_and_remaining_time() {
        let mut pace = Pace {
            calls: 12_300,
            per_second: 4_100.4,
            share: Some(0.379),
            remaining: Some(Duration::from_millis(11_400)),
        };
        assert_eq!(
            progress(pace, Theme::default()),
            "12,300 calls read · 4,100 a second · 37 % · about 12s left"
        );
        pace.share = None;
        pace.remaining = None;
        pace.per_second = 0.0;
        let ascii = Theme {
            ascii: true,
            ..Theme::default()
        };
        assert_eq!(progress(pace, ascii), "12,300 calls read");
    }
}
