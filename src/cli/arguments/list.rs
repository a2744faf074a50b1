//! The arguments of `switchboard list`.

use std::num::NonZeroU64;

use clap::{Args, ValueEnum};

use super::connection::{Connection, zone};
use crate::config::Flags;

const EXAMPLES: &str = "\
Examples:
  switchboard list --filter failed --since 2h       what failed in the last two hours
  switchboard list --filter 'to = +61491570156' --limit 1 --output json
                                                    the latest call to a number
  switchboard list --since today --output ndjson | jq -r .state | sort | uniq -c
                                                    today's calls by state
  switchboard list --filter 'failed talk<5s' --explain
                                                    how that is read, and who evaluates it

The language of filters is in the README, and in the console under F1 in its filter bar.";

/// Lists calls, newest first, for people and for scripts.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    connection: Connection,
    /// Which calls, in the language of the console's filter bar.
    #[arg(
        long,
        value_name = "EXPR",
        allow_hyphen_values = true,
        help_heading = "Calls"
    )]
    filter: Option<String>,
    /// Created then or later: 2h (that long ago), 10:00, yesterday, 2026-11-23, an exact time.
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Calls"
    )]
    pub(in crate::cli) since: Option<String>,
    /// Created then or before it.
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Calls"
    )]
    pub(in crate::cli) until: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", help_heading = "Calls")]
    pub(in crate::cli) limit: Option<NonZeroU64>,
    /// How they are written.
    #[arg(
        long,
        value_name = "FORM",
        default_value = "table",
        help_heading = "Output"
    )]
    pub(in crate::cli) output: Output,
    /// Says how the filter is read, what the service evaluates and what is evaluated here, and why;
    /// asks nothing of the service.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) explain: bool,
    /// Reads and shows times in this zone, such as Australia/Melbourne.
    #[arg(long, value_name = "ZONE", help_heading = "Output")]
    tz: Option<String>,
    /// Reads and shows times in UTC.
    #[arg(long, conflicts_with = "tz", help_heading = "Output")]
    utc: bool,
}

/// How calls are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Output {
    /// Columns: as many as the terminal has room for; all of them, uncut, in a pipe.
    Table,
    /// One JSON object a line.
    Ndjson,
    /// One JSON array of all.
    Json,
}

impl List {
    /// What the flags say that other commands have too.
    pub(in crate::cli) fn flags(&mut self) -> Flags {
        Flags {
            filter: self.filter.take(),
            zone: zone(self.tz.take(), self.utc),
            ..std::mem::take(&mut self.connection).into_flags()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Arguments, Command};
    use super::*;
    use crate::config::ZoneFlag;

    fn list(arguments: &str) -> List {
        let arguments = format!("switchboard list {arguments}");
        let parsed = Arguments::try_parse_from(arguments.split_whitespace()).unwrap();
        match parsed.command {
            Some(Command::List(list)) => list,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_flag_is_taken() {
        let mut list = list(
            "--profile a --project b --endpoint c --credentials d --token-file e --token-url f \
             --config g --log-level h --filter i --tz j --since k --until l --limit 7 \
             --output ndjson --explain",
        );
        assert_eq!(list.since.as_deref(), Some("k"));
        assert_eq!(list.until.as_deref(), Some("l"));
        assert_eq!(list.limit.map(NonZeroU64::get), Some(7));
        assert_eq!((list.output, list.explain), (Output::Ndjson, true));
        let flags = list.flags();
        assert_eq!(flags.filter.as_deref(), Some("i"));
        assert_eq!(flags.zone, Some(ZoneFlag::Named("j".to_owned())));
        assert_eq!(flags.project.as_deref(), Some("b"));
        assert_eq!(flags.log_level.as_deref(), Some("h"));
    }

    #[test]
    fn without_flags_it_is_a_table_of_all_calls() {
        let list = list("");
        assert_eq!((list.output, list.explain), (Output::Table, false));
        assert_eq!(list.limit, None);
    }
}
