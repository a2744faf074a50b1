//! The question before anything is placed: on a terminal, with *no* as its default.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use tokio::sync::oneshot;

use crate::cli::Stop;
use crate::cli::signals::Signals;
use crate::logging::harmless;

/// What somebody is asked, with everything that a mistake could hide in.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) ask: String,
    /// Captions and what is told under them.
    pub(super) rows: Vec<(&'static str, String)>,
}

/// Asks on the terminal; anything but a yes ends the command. Without a terminal nobody can be asked.
pub(super) async fn ask(question: &Question, signals: &mut Signals) -> Result<(), Stop> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Stop::usage(
            "nobody can be asked without a terminal: add --yes to place without being asked, or \
             --dry-run to check only",
        ));
    }
    write(question, &mut io::stderr().lock())
        .map_err(|reason| Stop::failed(format!("the question cannot be asked: {reason}")))?;
    match answer(signals).await {
        Some(Answer::Yes) => Ok(()),
        Some(Answer::No) => Err(Stop::failed("nothing was placed")),
        None => {
            let _gone = writeln!(io::stderr().lock());
            Err(Stop::interrupted("interrupted: nothing was placed"))
        }
    }
}

fn write(question: &Question, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out)?;
    for (caption, told) in &question.rows {
        writeln!(out, "  {caption:<9} {}", harmless(told))?;
    }
    write!(out, "\n{} [y/N] ", question.ask)?;
    out.flush()
}

enum Answer {
    Yes,
    No,
}

/// The answer; nothing if a signal comes first.
async fn answer(signals: &mut Signals) -> Option<Answer> {
    let (tell, told) = oneshot::channel();
    // A thread of its own: nothing ends the reading of a line, and the command does not wait for it.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let _nobody = tell.send(read.map(|_| line).unwrap_or_default());
    });
    tokio::select! {
        line = told => {
            let line = line.unwrap_or_default();
            match line.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => Some(Answer::Yes),
                _ => Some(Answer::No),
            }
        }
        () = signals.next() => None,
    }
}
