//! The arguments of `switchboard list`.

use std::num::NonZeroU64;

use clap::{ArgAction, Args, ValueEnum};

use super::connection::{Connection, zone};
use crate::cli::list::Column;
use crate::config::Flags;

const EXAMPLES: &str = "\
Examples:
  switchboard list --since 7d --output ndjson | jq -r .state | sort | uniq -c
  switchboard list --since yesterday --sort-by price --limit 20 --output csv > dearest.csv
  switchboard list --watch --filter failed --output ndjson";

/// Lists calls, newest first, for people and for scripts.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_help_flag = true)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flag without a value is a bool"
)]
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
    /// Created then or later: 2h (ago), 10:00, yesterday, 2026-11-23, an exact time.
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
    /// At most so many: the newest, or the first by --sort-by.
    #[arg(long, value_name = "N", value_parser = limit, help_heading = "Calls")]
    pub(in crate::cli) limit: Option<NonZeroU64>,
    /// How many a request asks for, 1 to 100.
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=100),
        help_heading = "Calls"
    )]
    pub(in crate::cli) page_size: Option<u32>,
    /// Goes on with every change of state from now on, a line each.
    #[arg(
        long,
        conflicts_with_all = ["since", "until", "page_size", "sort_by", "reverse", "explain"],
        help_heading = "Calls"
    )]
    pub(in crate::cli) watch: bool,
    /// table, csv, ndjson (a JSON object a line) or json (an array).
    #[arg(
        long,
        value_name = "FORM",
        default_value = "table",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "Output"
    )]
    pub(in crate::cli) output: Output,
    /// Which columns of a table or CSV, by the names of filter fields.
    #[arg(
        long,
        value_name = "A,B,C",
        value_delimiter = ',',
        help_heading = "Output"
    )]
    pub(in crate::cli) columns: Vec<Column>,
    /// In the order of a column; reads all calls before it writes.
    #[arg(long, value_name = "COLUMN", help_heading = "Output")]
    pub(in crate::cli) sort_by: Option<Column>,
    /// The other way round; alone, the oldest first.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) reverse: bool,
    /// Leaves the names of the columns out.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) no_header: bool,
    /// Says nothing on stderr but what is amiss.
    #[arg(long, short, help_heading = "Output")]
    pub(in crate::cli) quiet: bool,
    /// Says who evaluates which part of the filter, and asks nothing.
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) explain: bool,
    /// Reads and shows times in this zone, such as Australia/Melbourne.
    #[arg(long, value_name = "ZONE", help_heading = "Output")]
    tz: Option<String>,
    /// Reads and shows times in UTC.
    #[arg(long, conflicts_with = "tz", help_heading = "Output")]
    utc: bool,
    /// Shows this.
    #[arg(long = "help", short = 'h', action = ArgAction::Help, help_heading = "Program")]
    _help: Option<bool>,
}

/// How many calls at most, told in words where it is none.
fn limit(given: &str) -> Result<NonZeroU64, String> {
    let limit = given.parse().ok();
    limit.ok_or_else(|| "a limit is a whole number, 1 or more".to_owned())
}

// The help of the flag tells of each in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Output {
    Table,
    Csv,
    Ndjson,
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
             --page-size 50 --output csv --columns id,label.x,to --sort-by talk --reverse \
             --no-header --quiet --explain",
        );
        let columns: Vec<String> = list.columns.iter().map(Column::to_string).collect();
        assert_eq!(columns, ["id", "label.x", "to"]);
        assert_eq!(
            list.sort_by.as_ref().map(Column::to_string).as_deref(),
            Some("talk")
        );
        assert_eq!(list.page_size, Some(50));
        assert!(list.reverse && list.no_header && list.quiet);
        assert_eq!(list.since.as_deref(), Some("k"));
        assert_eq!(list.until.as_deref(), Some("l"));
        assert_eq!(list.limit.map(NonZeroU64::get), Some(7));
        assert_eq!((list.output, list.explain), (Output::Csv, true));
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
        assert!(list.columns.is_empty() && !list.watch);
    }

    #[test]
    fn watching_is_with_ndjson_and_a_limit() {
        let list = list("--watch --limit 3 --output ndjson --filter failed");
        assert!(list.watch);
        assert_eq!(list.limit.map(NonZeroU64::get), Some(3));
    }
}
