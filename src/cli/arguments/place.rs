//! The arguments of `switchboard place`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::connection::Connection;
use super::get::Form;
use crate::config::Flags;

const EXAMPLES: &str = "\
Examples:
  switchboard place --to +61491570006 --from +61255501234 --handler-uri https://app.example/hello
  switchboard place ... --yes --wait --output json   for a script: one object for each state
  switchboard place ... --yes --ticket order-4711    safe to repeat: places one call, however often
  switchboard place --batch calls.csv --rate 2       a call for each row; run again, it goes on
The first row of calls.csv names its columns: to, from, handler_uris (with blanks between them),
timeout, label.KEY and so on, as the flags; flags stand in for cells that are empty. Rows are told
apart by a column id, if there is one; columns whose name begins with # are left out.
Exit status: 0 placed, with --wait completed; 1 refused, or the call failed; 2 usage; 4 not
permitted; 5 not sent: unavailable; 6 not known whether there is a call; 130 interrupted";

/// Places a call: once, or not at all, and known either way.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Place {
    #[command(flatten)]
    pub(in crate::cli) call: CallFlags,
    #[command(flatten)]
    pub(in crate::cli) placing: Placing,
    #[command(flatten)]
    pub(in crate::cli) batch: Batch,
    #[command(flatten)]
    connection: Connection,
}

/// What the call is like. All of it is text here: what is wrong with any of it is told at once.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Call")]
pub(in crate::cli) struct CallFlags {
    /// The number to call.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub(in crate::cli) to: Option<String>,
    /// The caller's number.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub(in crate::cli) from: Option<String>,
    /// Withholds the caller's number.
    #[arg(long)]
    pub(in crate::cli) private: bool,
    /// Who is asked how to handle the call; up to 5, in the order of their turn.
    #[arg(long = "handler-uri", value_name = "URI", allow_hyphen_values = true)]
    pub(in crate::cli) handler_uris: Vec<String>,
    /// For how long it is attempted, 1s to 600s [default of the service: 30s].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(in crate::cli) timeout: Option<String>,
    /// A label; may be repeated.
    #[arg(long = "label", value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub(in crate::cli) labels: Vec<String>,
    /// Is told of each new state.
    #[arg(long, value_name = "URI", allow_hyphen_values = true)]
    pub(in crate::cli) state_webhook: Option<String>,
    /// Records it: from the answer or from the bridge on.
    #[arg(long, value_name = "answer|bridge", allow_hyphen_values = true)]
    pub(in crate::cli) record: Option<String>,
    /// Cuts the silence off both ends of the recording.
    #[arg(long)]
    pub(in crate::cli) trim_silence: bool,
    /// Is told when the recording is ready.
    #[arg(long, value_name = "URI", allow_hyphen_values = true)]
    pub(in crate::cli) recording_webhook: Option<String>,
    /// Puts the recording into words.
    #[arg(long)]
    pub(in crate::cli) transcribe: bool,
    /// Is told when the transcription is ready.
    #[arg(long, value_name = "URI", allow_hyphen_values = true)]
    pub(in crate::cli) transcript_webhook: Option<String>,
}

/// How it is placed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Placing")]
pub(in crate::cli) struct Placing {
    /// Does not ask first.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Follows the call to its end.
    #[arg(long)]
    pub(in crate::cli) wait: bool,
    /// Your name for this wish to call: one that is known already is not sent again.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(in crate::cli) ticket: Option<String>,
    /// Checks everything and prints the request as JSON; sends nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// How what became of it is written: for people, or one JSON object a line.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(in crate::cli) output: Form,
}

/// Many calls.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many calls")]
pub(in crate::cli) struct Batch {
    /// Places a call for each row of a CSV file.
    #[arg(long = "batch", value_name = "FILE")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// At most so many calls a second [default: 5].
    #[arg(long, value_name = "CPS", requires = "file", value_parser = rate)]
    pub(in crate::cli) rate: Option<f64>,
    /// At most so many on their way at once, with --wait until their end [default: 10].
    #[arg(long, value_name = "N", requires = "file")]
    pub(in crate::cli) max_in_flight: Option<NonZeroUsize>,
    /// Sends no more once more than this share has failed, of 10 or more [default: 20%].
    #[arg(long, value_name = "SHARE", requires = "file", value_parser = share)]
    pub(in crate::cli) stop_after_failures: Option<f64>,
    /// What became of each row, and where a second run goes on [default: FILE.results.csv].
    #[arg(long, value_name = "FILE", requires = "file")]
    pub(in crate::cli) results: Option<PathBuf>,
    /// Places those again, on new tickets, of which no trace was found.
    #[arg(long, requires = "file")]
    pub(in crate::cli) again_without_trace: bool,
}

impl Place {
    /// What the flags say that other commands have too.
    pub(in crate::cli) fn flags(&mut self) -> Flags {
        std::mem::take(&mut self.connection).into_flags()
    }
}

/// More calls a second than one machine places.
const MOST: f64 = 1_000.0;

fn rate(text: &str) -> Result<f64, String> {
    let wrong = || "write a number of calls a second, such as 2 or 0.5".to_owned();
    let rate: f64 = text.parse().ok().ok_or_else(wrong)?;
    if (0.001..=MOST).contains(&rate) {
        Ok(rate)
    } else {
        Err(format!("0.001 to {MOST} calls a second are possible"))
    }
}

fn share(text: &str) -> Result<f64, String> {
    let wrong = || "write a share, such as 20%".to_owned();
    let percent = text.strip_suffix('%').ok_or_else(wrong)?;
    let percent: f64 = percent.trim_end().parse().ok().ok_or_else(wrong)?;
    if (0.0..=100.0).contains(&percent) {
        Ok(percent / 100.0)
    } else {
        Err("a share is 0% to 100%".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use rstest::rstest;

    use super::super::{Arguments, Command};
    use super::*;

    fn place(arguments: &str) -> Result<Place, clap::Error> {
        let arguments = format!("switchboard place {arguments}");
        let parsed = Arguments::try_parse_from(arguments.split_whitespace())?;
        match parsed.command {
            Some(Command::Place(place)) => Ok(*place),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_flag_is_taken() {
        let mut place = place(
            "--profile a --project b --endpoint c --from e --handler-uri f --handler-uri g \
             --timeout h --private --state-webhook i --label j=k --label l=m --record n \
             --trim-silence --recording-webhook o --transcribe --transcript-webhook p --yes \
             --wait --ticket q --dry-run --output json --batch r --rate 0.5 --max-in-flight 7 \
             --stop-after-failures 12.5% --results s --again-without-trace",
        )
        .unwrap();
        assert_eq!(place.call.handler_uris, ["f", "g"]);
        assert_eq!(place.call.labels, ["j=k", "l=m"]);
        assert_eq!(place.call.transcript_webhook.as_deref(), Some("p"));
        assert_eq!(place.placing.output, Form::Json);
        assert_eq!(place.batch.rate, Some(0.5));
        assert_eq!(place.batch.stop_after_failures, Some(0.125));
        assert_eq!(place.batch.max_in_flight.map(NonZeroUsize::get), Some(7));
        let flags = place.flags();
        assert_eq!(flags.project.as_deref(), Some("b"));
    }

    #[rstest]
    #[case::a_rate_of_nothing("--batch a --rate 0")]
    #[case::a_rate_that_is_none("--batch a --rate NaN")]
    #[case::a_share_without_its_sign("--batch a --stop-after-failures 20")]
    #[case::more_than_all("--batch a --stop-after-failures 101%")]
    #[case::none_in_flight("--batch a --max-in-flight 0")]
    #[case::a_rate_for_one_call("--rate 2")]
    #[case::results_of_one_call("--results x")]
    fn what_makes_no_sense_is_refused(#[case] arguments: &str) {
        assert!(place(arguments).is_err());
    }

    #[test]
    fn a_number_with_a_minus_in_front_is_told_as_a_number_and_no_flag() {
        assert_eq!(place("--to -61").unwrap().call.to.as_deref(), Some("-61"));
    }
}
