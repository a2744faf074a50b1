//! What a file may look like, and what is said of one that does not.

use proptest::prelude::*;
use rstest::rstest;

use super::super::super::draft::ANY_TICKET;
use super::*;
use crate::call::DenyList;
use crate::cli::arguments::CallFlags;

fn defaults() -> Draft {
    let flags = CallFlags {
        from: Some("+61255501234".to_owned()),
        handler_uris: vec!["https://app.example/handle-call".to_owned()],
        timeout: Some("20s".to_owned()),
        ..CallFlags::default()
    };
    Draft::of_flags(flags).0
}

fn read(text: &str) -> Result<Sheet, Mistakes> {
    read_bytes(text.as_bytes(), &defaults())
}

fn read_bytes(bytes: &[u8], defaults: &Draft) -> Result<Sheet, Mistakes> {
    let deny = DenyList::default();
    let rules = Rules {
        ticket: Some(ANY_TICKET),
        deny: &deny,
    };
    Sheet::read(bytes, defaults, &rules)
}

fn rows(text: &str) -> Vec<Row> {
    read(text).unwrap().rows
}

fn keys(text: &str) -> Vec<String> {
    rows(text).into_iter().map(|row| row.key).collect()
}

/// All mistakes, a line each.
fn wrong(text: &str) -> String {
    let mistakes = read(text).unwrap_err();
    let told: Vec<String> = mistakes.told.iter().map(ToString::to_string).collect();
    told.join("\n")
}

#[test]
fn a_row_says_what_it_says_and_flags_the_rest() {
    let text = "to,Timeout,label.campaign,handler uris,#note\r\n\
                +61 491 570 006,,spring,https://a.example/|https://b.example/,x\r\n\
                \r\n\
                \"+61491570156\",45s,\"a, \"\"b\"\"\",,\r\n";
    let rows = rows(text);
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
    let [first, second] = &rows[..] else { panic!() };
    assert_eq!(first.call.to, "+61491570006");
    assert_eq!(first.call.options.timeout_seconds, 20);
    assert_eq!(
        first.call.options.handler_uris,
        ["https://a.example/", "https://b.example/"]
    );
    assert_eq!(second.call.options.timeout_seconds, 45);
    assert_eq!(second.call.labels.get("campaign"), Some("a, \"b\""));
    assert_eq!(
        second.call.options.handler_uris,
        ["https://app.example/handle-call"]
    );
}

#[rstest]
#[case::nothing(
    "",
    "1:1: the file is empty: its first row names the columns, such as to,from,handler_uris"
)]
#[case::names_only("to\n", "1:1: there is no row below the names of the columns")]
#[case::no_names(
    "+61491570006,x\n",
    "1:1: +61491570006: the first row has to name the columns, such as to,from,label.campaign\n1:14: x: unknown column; write label.x to send it as a label, or #x to leave it out"
)]
#[case::a_slip(
    "to,timout\n+61491570006,1\n",
    "1:4: timout: unknown column; did you mean timeout?"
)]
#[case::semicolons("to;from\n", "1:1: to;from: put commas between the columns")]
#[case::a_name_twice("to,from,TO\n", "1:9: TO: there is such a column already")]
#[case::a_cell_too_many(
    "to\n+61491570006,2\n",
    "2:14: there are 2 cells, and 1 columns are named"
)]
#[case::a_bad_number(
    "label.a,to\né,0491\n",
    "2:3: to: write the number with + and its country code, such as +61491570006"
)]
#[case::in_a_later_line(
    "label.a,to\n\"x\ny\"\"z, \"\"\",12\n",
    "3:11: to: write the number with + and its country code, such as +61491570006"
)]
#[case::a_flag_of_its_own(
    "to,transcribe\n+61491570006,yes\n",
    "2:14: transcribe: a transcription needs a recording: say when to record, answer or bridge"
)]
#[case::an_id_twice(
    "id,to\n7,+61491570006\n7,+61491570156\n",
    "3:1: id: \"7\" is the id of line 2 too"
)]
#[case::a_missing_column("label.a\nx\n", "2:1: --to: a number is needed, such as +61491570006")]
#[case::one_bad_handler_of_two(
    "to,handler_uris\n+61491570006,https://a.example/ b\n",
    "2:14: handler_uris: the URI must be absolute, such as https://app.example/handle-call"
)]
fn what_is_wrong_is_told_with_its_place(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(wrong(text), expected);
}

#[test]
fn all_that_is_wrong_is_told_but_not_without_end() {
    let mut text = "to\n+61491570006\n".to_owned();
    text.push_str(&"12\n".repeat(70));
    let mistakes = read(&text).unwrap_err();
    assert_eq!((mistakes.told.len(), mistakes.more), (50, 20));
    assert_eq!(mistakes.told[49].line, 52);
}

#[test]
fn a_file_of_another_encoding_is_told() {
    let read = read_bytes(b"to\n\xff", &defaults());
    let told = read.unwrap_err().told[0].to_string();
    assert!(told.starts_with("2:1: this is not UTF-8 text"), "{told}");
    assert_eq!(rows("\u{feff}to\n+61491570006\n").len(), 1);
}

#[test]
fn a_row_is_known_by_what_it_says_wherever_it_stands() {
    let one = keys("to,label.a\n+61491570006,x\n+61491570156,y\n");
    let other = keys("label.a,#n,to\ny,1,+61 491 570 156\n\nx,2,+61491570006\n");
    assert_eq!(
        one.iter().rev().collect::<Vec<_>>(),
        other.iter().collect::<Vec<_>>()
    );
    let edited = keys("to,label.a\n+61491570006,z\n+61491570156,y\n");
    assert_ne!(edited[0], one[0]);
    assert_eq!(edited[1], one[1]);
}

#[test]
fn equal_rows_are_calls_of_their_own() {
    let sheet = rows("to\n+61491570006\n+61491570156\n+61491570006\n+61491570006\n");
    let repeated: Vec<bool> = sheet.iter().map(|row| row.is_repeated).collect();
    assert_eq!(repeated, [false, false, true, true]);
    assert_eq!(sheet[2].key, format!("{}-2", sheet[0].key));
    assert_eq!(sheet[3].key, format!("{}-3", sheet[0].key));
}

#[test]
fn an_id_is_all_that_a_row_is_known_by() {
    let before = keys("id,to\na,+61491570006\nb,+61491570006\n");
    let after = keys("to,id\n+61491570156,b\n+61491570006,a\n");
    assert_eq!(before, [after[1].clone(), after[0].clone()]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _any = read_bytes(&bytes, &Draft::default());
    }

    #[test]
    fn any_text_below_good_names_is_read_or_refused_with_places_in_it(
        text in "[\",\n\r a+0-9é]{0,60}"
    ) {
        let text = format!("to,label.a\n{text}");
        if let Err(mistakes) = read(&text) {
            let lines = u64::try_from(text.split('\n').count()).unwrap();
            for mistake in mistakes.told {
                prop_assert!((1..=lines).contains(&mistake.line), "{mistake}");
            }
        }
    }
}
