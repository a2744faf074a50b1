//! CSV by RFC 4180: a line of names first, CR LF behind every line, quotes where they are needed.
//!
//! Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, and a text of a caller
//! must not become one. So a text that begins with one of these, or with blanks or tabs before one,
//! gets an apostrophe in front, and so does one that begins with an apostrophe: whoever reads the file
//! takes one apostrophe away and has the text again. Telephone numbers (E.164) keep their plus sign
//! and get nothing, for they are digits. What could steer a terminal shows as a dot; JSON has it as it
//! was.

use std::borrow::Cow;
use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use super::column::{Column, Plain, Value};
use crate::call::{Call, Party, is_hostile};
use crate::filter::Standpoint;
use crate::view::text;

/// A file on its way.
#[derive(Debug)]
pub(super) struct Csv {
    columns: Vec<Column>,
    at: Standpoint,
    /// Whether the line of names is yet to be written.
    titled: bool,
}

/// All columns that no other one has the content of.
pub(super) fn all() -> Vec<Column> {
    let told_by_others = [Plain::Id, Plain::Changed];
    let columns = Plain::ALL.iter().filter(|it| !told_by_others.contains(it));
    columns.map(|plain| Column::Plain(*plain)).collect()
}

impl Csv {
    /// A file with these columns, and with their names unless those are there already.
    pub(super) fn new(columns: Vec<Column>, at: Standpoint, titled: bool) -> Self {
        Self {
            columns,
            at,
            titled,
        }
    }

    /// What goes on has gone on until then, in the records from now on.
    pub(super) fn set_now(&mut self, now: DateTime<Utc>) {
        self.at.now = now;
    }

    /// Writes the names, if they are yet to be written.
    pub(super) fn begin(&mut self, out: &mut impl Write) -> io::Result<()> {
        if !std::mem::take(&mut self.titled) {
            return Ok(());
        }
        let names = self.columns.iter().map(|column| match column {
            Column::Plain(plain) => Cow::Borrowed(plain.name()),
            // A key is somebody's text.
            Column::Label(_) => defused(&column.to_string()).into_owned().into(),
        });
        record(names, out)
    }

    /// Writes the next call.
    pub(super) fn call(&mut self, call: &Call, out: &mut impl Write) -> io::Result<()> {
        self.begin(out)?;
        let cells = self.columns.iter().map(|column| {
            let value = column.value(call, self.at.now);
            cell(value, self.at.zone)
        });
        record(cells, out)
    }
}

fn record<'a>(cells: impl Iterator<Item = Cow<'a, str>>, out: &mut impl Write) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        if cell.contains([',', '"', '\n', '\r']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// What stands in a cell: names and times as in JSON, lengths in seconds, and amounts as numbers.
fn cell(value: Value<'_>, zone: Tz) -> Cow<'_, str> {
    match value {
        Value::Absent => Cow::Borrowed(""),
        Value::Text(text) => Cow::Owned(defused(&text).into_owned()),
        Value::Word(word) => word,
        Value::Party(Party::Number(number), _) => Cow::Borrowed(number.as_str()),
        Value::Party(_, text) => defused(text),
        Value::State(state) => state.name(),
        Value::Time(time) => moment(time, zone).into(),
        Value::Span(span) => {
            let seconds = format!("{}.{:09}", span.as_secs(), span.subsec_nanos());
            let shortest = seconds.trim_end_matches('0').trim_end_matches('.');
            shortest.to_owned().into()
        }
        Value::Money(money) => money.amount().into(),
        Value::Error(code, _) => defused(code),
    }
}

/// RFC 3339, exact, in a zone.
fn moment(time: DateTime<Utc>, zone: Tz) -> String {
    time.with_timezone(&zone)
        .to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A text of somebody's that no spreadsheet computes and no terminal obeys.
fn defused(told: &str) -> Cow<'_, str> {
    // Line ends and tabs stay: quotes hold them together.
    let kept = |c: char| matches!(c, '\n' | '\r' | '\t');
    let clean = if told.contains(kept) {
        let parts = told.split_inclusive(kept).map(|part| {
            let (text, end) = part.split_at(part.trim_end_matches(kept).len());
            format!("{}{end}", text::sanitise(text))
        });
        Cow::Owned(parts.collect())
    } else {
        text::sanitise(told)
    };
    debug_assert!(!clean.contains(|c| is_hostile(c) && !kept(c) && c != '\u{200d}'));
    let acts = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\'');
    let first = clean.chars().next();
    let blank = first.is_some_and(|c| matches!(c, '\t' | '\r' | '\n'));
    if blank || clean.trim_start().starts_with(acts) {
        Cow::Owned(format!("'{clean}"))
    } else {
        clean
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::call::{CallName, Money, State};

    fn at() -> Standpoint {
        Standpoint {
            now: "2026-11-23T03:03:22Z".parse().unwrap(),
            zone: chrono_tz::Australia::Melbourne,
        }
    }

    /// Reads it with another's reader, and takes the apostrophes away.
    fn read(written: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(written);
        let plain = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
        let records = reader.records().map(Result::unwrap);
        records.map(|it| it.iter().map(plain).collect()).collect()
    }

    fn written(columns: &str, call: &Call) -> Vec<u8> {
        let columns = columns.split(',').map(|name| name.parse().unwrap());
        let mut csv = Csv::new(columns.collect(), at(), true);
        let mut out = Vec::new();
        csv.call(call, &mut out).unwrap();
        out
    }

    #[test]
    fn it_is_the_form_of_the_standard() {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.state = State::Failed;
        call.from = "+61255501234".into();
        call.create_time = Some("2026-11-23T03:03:11.204Z".parse().unwrap());
        call.answer_duration = Some(chrono::TimeDelta::milliseconds(60_500));
        call.price = Some(Money::new("AUD", 0, -42_000_000));
        call.error_message = "no \"route\", sorry\nat all".into();
        call.labels.insert("a,b", "=1+1");
        let out = written(
            "created,state,from,talk,price,currency,message,label.a,labels",
            &call,
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                "created,state,from,talk,price,currency,message,label.a,labels\r\n",
                "2026-11-23T14:03:11.204+11:00,FAILED,+61255501234,60.5,-0.042,AUD,",
                "\"no \"\"route\"\", sorry\nat all\",,\"{\"\"a,b\"\":\"\"=1+1\"\"}\"\r\n",
            )
        );
    }

    #[rstest]
    #[case::equals("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")")]
    #[case::plus("+61 255", "'+61 255")]
    #[case::minus("-1", "'-1")]
    #[case::at("@SUM(1)", "'@SUM(1)")]
    #[case::tab("\t=1", "'\t=1")]
    #[case::carriage_return("\r=1", "'\r=1")]
    #[case::blanks("  =1", "'  =1")]
    #[case::wide("＝1", "'＝1")]
    #[case::an_apostrophe("'t Hooft", "''t Hooft")]
    #[case::within("a=1", "a=1")]
    #[case::escape("\u{1b}[2J", "·[2J")]
    #[case::a_link_of_marks("\u{202e}=1", "·=1")]
    fn a_text_starts_no_formula(#[case] text: &str, #[case] cell: &str) {
        assert_eq!(defused(text), cell);
    }

    #[rstest]
    #[case::a_number("+61491570156", "+61491570156")]
    #[case::nearly_one("+6149157O156", "'+6149157O156")]
    #[case::a_formula_of_digits("+61+1", "'+61+1")]
    #[case::too_long("+1234567890123456", "'+1234567890123456")]
    #[case::sip("sip:-1@pbx.example", "sip:-1@pbx.example")]
    fn numbers_keep_their_plus(#[case] from: &str, #[case] cell: &str) {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.from = from.into();
        let written = String::from_utf8(written("from", &call)).unwrap();
        assert_eq!(written, format!("from\r\n{cell}\r\n"));
    }

    proptest! {
        #[test]
        fn what_is_read_again_is_what_was_told(
            message in "[-=+@',\"\r\n\t a-zé]{0,12}",
            value in "[-=+@',\"\r\n\t a-zé]{0,12}",
        ) {
            let mut call = Call::new(CallName::new("projects/demo/calls/1"));
            call.error_message = (&*message).into();
            call.labels.insert("key", &*value);
            let read = read(&written("name,message,label.key", &call));
            prop_assert_eq!(read.len(), 2);
            prop_assert_eq!(&read[1], &["projects/demo/calls/1".to_owned(), message, value]);
        }

        #[test]
        fn no_cell_begins_with_what_acts(text in any::<String>()) {
            let cell = defused(&text);
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']));
        }
    }
}
