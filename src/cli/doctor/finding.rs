//! What was found of one thing, and how it is told.

use std::io::{self, Write as _};

use super::super::Exit;
use crate::logging::harmless;

/// One thing that was looked at.
#[derive(Debug)]
pub(super) struct Finding {
    what: &'static str,
    verdict: Verdict,
    said: String,
    /// What mends it; empty where what was said says that already.
    remedy: String,
}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warning,
    /// With the exit status that tells it to a script.
    Failed(Exit),
    /// Something that it depends on has failed, or there is no need.
    Skipped,
}

impl Finding {
    /// As it should be.
    pub(super) fn ok(what: &'static str, said: impl Into<String>) -> Self {
        Self::with(what, Verdict::Ok, said.into(), String::new())
    }

    /// It works, and yet something should be seen to.
    pub(super) fn warning(
        what: &'static str,
        said: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::with(what, Verdict::Warning, said.into(), remedy.into())
    }

    /// It does not work.
    pub(super) fn failed(
        what: &'static str,
        said: impl Into<String>,
        remedy: impl Into<String>,
        exit: Exit,
    ) -> Self {
        Self::with(what, Verdict::Failed(exit), said.into(), remedy.into())
    }

    /// It was not looked at.
    pub(super) fn skipped(what: &'static str, said: impl Into<String>) -> Self {
        Self::with(what, Verdict::Skipped, said.into(), String::new())
    }

    fn with(what: &'static str, verdict: Verdict, said: String, remedy: String) -> Self {
        Self {
            what,
            verdict,
            said,
            remedy,
        }
    }
}

impl Verdict {
    /// The word, and the colour that says the same.
    fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("ok", "32"),
            Self::Warning => ("warning", "33"),
            Self::Failed(_) => ("FAILED", "1;31"),
            Self::Skipped => ("skipped", "2"),
        }
    }
}

/// All that was found, told line by line on standard output.
#[derive(Debug)]
pub(super) struct Report {
    colour: bool,
    /// The status of the first that failed.
    failed: Option<Exit>,
}

impl Report {
    pub(super) fn new(colour: bool) -> Self {
        Self {
            colour,
            failed: None,
        }
    }

    /// Tells one thing.
    pub(super) fn tell(&mut self, finding: &Finding) -> io::Result<()> {
        if let Verdict::Failed(exit) = finding.verdict {
            self.failed.get_or_insert(exit);
        }
        let mut out = io::stdout().lock();
        out.write_all(self.text(finding).as_bytes())?;
        out.flush()
    }

    fn text(&self, finding: &Finding) -> String {
        /// As wide as the two columns in front are.
        const INDENT: usize = 9 + 15;
        let (word, colour) = finding.verdict.word();
        let word = if self.colour {
            format!("\u{1b}[{colour}m{word:<9}\u{1b}[0m")
        } else {
            format!("{word:<9}")
        };
        let mut lines = Vec::new();
        for line in finding.said.lines() {
            let line = harmless(line);
            lines.push(if lines.is_empty() {
                format!("{word}{:<15}{line}", finding.what)
            } else {
                format!("{:INDENT$}{line}", "")
            });
        }
        if !finding.remedy.is_empty() {
            let remedy = harmless(&finding.remedy);
            lines.push(format!("{:INDENT$}-> {remedy}", ""));
        }
        lines.join("\n") + "\n"
    }

    /// The exit status of it all.
    pub(super) fn end(self) -> Exit {
        self.failed.unwrap_or(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_stands_under_what_it_is_for_and_nothing_steers_the_terminal() {
        let report = Report::new(false);
        let finding = Finding::failed("name", "no \u{1b}[2J such", "mend it", Exit::Unavailable);
        assert_eq!(
            report.text(&finding),
            "FAILED   name           no \\u{1b}[2J such\n\
             \x20                       -> mend it\n"
        );
    }

    #[test]
    fn the_first_that_failed_decides_and_warnings_do_not() {
        let mut report = Report::new(false);
        report.tell(&Finding::warning("a", "b", "c")).unwrap();
        report
            .tell(&Finding::failed("a", "b", "c", Exit::Unavailable))
            .unwrap();
        report
            .tell(&Finding::failed("a", "b", "c", Exit::Usage))
            .unwrap();
        assert_eq!(report.end(), Exit::Unavailable);
        assert_eq!(Report::new(true).end(), Exit::Done);
    }
}
