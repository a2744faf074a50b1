//! What `switchboard list` writes, compared with what the service holds, field by field; and lists
//! that are cut, sorted, or read while the service is away.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Australia::Melbourne;
use rstest::rstest;
use serde_json::Value;
use switchboard::api::auth::Credentials;
use switchboard::api::{Endpoint, ListRequest, Target, connect};
use switchboard::call::{Call, E164, Money, ProjectName, is_hostile};
use switchboard::view::text::sanitise;

use super::BINARY;
use super::home::Home;
use super::list::{list, objects, sandbox, stdout};
use super::pty::{Start, Terminal, signal};
use super::service::Service;

/// What is long over, so that it does not change any more.
const SETTLED: [&str; 4] = ["--since", "20h", "--until", "3h"];

/// Everything that the service holds, newest first.
fn held(service: &Service) -> Vec<Call> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = connect(Target {
            endpoint: Endpoint::parse(&service.address).unwrap(),
            project: ProjectName::parse("demo").unwrap(),
            credentials: Credentials::None,
            now: || DateTime::UNIX_EPOCH,
        });
        let client = client.unwrap();
        let mut request = ListRequest {
            page_size: 100,
            ..ListRequest::default()
        };
        let mut calls = Vec::new();
        loop {
            let page = client.list_calls(&request).await.unwrap();
            calls.extend(page.calls);
            request.page_token = page.next_page_token;
            if request.page_token.is_none() {
                return calls;
            }
        }
    })
}

/// The calls that were listed, which must be one stretch of those that are held.
fn listed<'a>(held: &'a [Call], names: &[String]) -> &'a [Call] {
    assert!(names.len() > 50, "{}", names.len());
    let first = held.iter().position(|call| call.name.as_str() == names[0]);
    let calls = &held[first.unwrap()..][..names.len()];
    assert!(calls.iter().map(|call| call.name.as_str()).eq(names));
    calls
}

fn names(lines: &[Value]) -> Vec<String> {
    let name = |call: &Value| call["name"].as_str().unwrap().to_owned();
    lines.iter().map(name).collect()
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// A number of seconds with up to nine decimals, exactly.
fn length(text: &str) -> TimeDelta {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let nanos = format!("{rest:0<9}").parse().unwrap();
    TimeDelta::new(whole.parse().unwrap(), nanos).unwrap()
}

/// Fails unless an object is the call, in every field (`api.md §2.1`, proto3 JSON).
fn assert_is(object: &Value, call: &Call) {
    let text = |name: &str| object[name].as_str().unwrap_or_default();
    assert_eq!(text("to"), &*call.to);
    assert_eq!(text("from"), &*call.from);
    assert_eq!(text("fromZone"), &*call.from_zone);
    assert_eq!(text("errorCode"), &*call.error_code);
    assert_eq!(text("errorMessage"), &*call.error_message);
    assert_eq!(text("sipCallId"), &*call.sip_call_id);
    assert_eq!(text("state"), call.state.name());
    assert_eq!(text("direction"), call.direction.name());
    assert_eq!(text("transport"), call.transport.name());
    assert_eq!(text("createMethod"), call.create_method.name());
    let parent = call.originating_call.as_ref();
    assert_eq!(
        text("originatingCall"),
        parent.map_or("", |name| name.as_str())
    );
    assert_eq!(
        object["isPrivate"].as_bool().unwrap_or(false),
        call.is_private
    );
    assert_eq!(object["bridged"].as_bool().unwrap_or(false), call.bridged);
    for (name, expected) in [
        ("createTime", call.create_time),
        ("startTime", call.start_time),
        ("ringTime", call.ring_time),
        ("answerTime", call.answer_time),
        ("endTime", call.end_time),
    ] {
        assert_eq!(time(&object[name]), expected, "{name}");
    }
    let duration = object["answerDuration"].as_str();
    let duration = duration.map(|text| length(text.trim_end_matches('s')));
    assert_eq!(duration, call.answer_duration);
    let labels = object["labels"].as_object();
    assert_eq!(
        labels.map_or(0, serde_json::Map::len),
        call.labels.iter().count()
    );
    for (key, value) in call.labels.iter() {
        assert_eq!(object["labels"][key], value);
    }
    match &call.price {
        None => assert!(object["price"].is_null()),
        Some(price) => {
            let money = &object["price"];
            assert_eq!(
                money["currencyCode"].as_str().unwrap_or_default(),
                price.currency()
            );
            let units = money["units"]
                .as_str()
                .map_or(0, |units| units.parse().unwrap());
            assert_eq!(units, price.units());
            assert_eq!(
                money["nanos"].as_i64().unwrap_or(0),
                i64::from(price.nanos())
            );
        }
    }
    let options = &object["options"];
    assert_eq!(options.is_null(), call.options.is_none());
    if let Some(expected) = &call.options {
        let uris = options["handlerUris"]
            .as_array()
            .map_or_else(Vec::new, Clone::clone);
        let uris: Vec<&str> = uris.iter().filter_map(Value::as_str).collect();
        assert_eq!(uris, expected.handler_uris);
        let update = options["stateUpdateUri"].as_str().unwrap_or_default();
        assert_eq!(update, expected.state_update_uri);
        let timeout = options["timeoutSeconds"].as_i64().unwrap_or(0);
        assert_eq!(timeout, i64::from(expected.timeout_seconds));
        assert_eq!(options["recording"].is_null(), expected.recording.is_none());
    }
    let place = &object["fromLocation"];
    assert_eq!(place.is_null(), call.from_location.is_none());
    if let Some(expected) = &call.from_location {
        let text = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(text("regionCode"), expected.region_code);
        assert_eq!(text("administrativeArea"), expected.administrative_area);
        assert_eq!(text("locality"), expected.locality);
    }
}

/// What CSV makes of a text of somebody's, but for what it shows as a dot.
fn shown(text: &str) -> String {
    let starts = text.trim_start().starts_with(['=', '+', '-', '@', '\'']);
    let blank = text.starts_with(['\t', '\r', '\n']);
    let number = E164::parse(text).is_ok();
    let mark = if (starts || blank) && !number {
        "'"
    } else {
        ""
    };
    format!("{mark}{text}")
}

#[rstest]
#[case::well("")]
#[case::hostile("hostile-text")]
fn the_four_forms_have_every_field_of_every_call(#[case] fault: &str) {
    let home = Home::new();
    let faults = ["--fault", fault];
    let service = sandbox(&home, if fault.is_empty() { &[] } else { &faults });
    let held = held(&service);
    let form = |arguments: &[&str]| stdout(&list(&home, &service, &[&SETTLED, arguments].concat()));

    let lines = objects(&form(&["--output", "ndjson"]));
    let calls = listed(&held, &names(&lines));
    for (object, call) in lines.iter().zip(calls) {
        assert_is(object, call);
    }

    let array: Vec<Value> = serde_json::from_str(&form(&["--output", "json"])).unwrap();
    assert_eq!(array.len(), calls.len());
    for (object, call) in array.iter().zip(calls) {
        assert_is(object, call);
    }

    let written = form(&["--output", "csv", "--utc"]);
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    let titles = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), calls.len());
    for (record, call) in records.iter().zip(calls) {
        assert_record(&titles, record, call);
    }

    let table = form(&[]);
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), calls.len());
    for (row, call) in rows.iter().zip(calls) {
        let created = call.create_time.unwrap().with_timezone(&Melbourne);
        let created = created.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string();
        let mut rest = *row;
        let price = call.price.as_ref().map(ToString::to_string);
        let state = call.state.name().into_owned();
        for cell in [&*created, &*state, &*call.direction.name(), call.name.id()] {
            let (_, behind) = rest
                .split_once(cell)
                .unwrap_or_else(|| panic!("{cell}: {row}"));
            rest = behind;
        }
        for cell in [&*call.from, &*call.to, price.as_deref().unwrap_or("-")] {
            let hostile = cell.contains(is_hostile);
            assert!(hostile || row.contains(cell), "{cell}: {row}");
        }
    }
}

fn assert_record(titles: &csv::StringRecord, record: &csv::StringRecord, call: &Call) {
    let told_in = |name: &str| {
        let at = titles.iter().position(|title| title == name);
        &record[at.unwrap_or_else(|| panic!("no column {name}"))]
    };
    // The joiner of emoji stays within them, and quotes hold lines together.
    let acts = |c: char| is_hostile(c) && !matches!(c, '\n' | '\r' | '\t' | '\u{200d}');
    for (name, text) in [
        ("name", call.name.as_str()),
        ("from", &*call.from),
        ("to", &*call.to),
        ("error", &*call.error_code),
        ("message", &*call.error_message),
        ("zone", &*call.from_zone),
        ("sip", &*call.sip_call_id),
    ] {
        if sanitise(text) == text {
            assert_eq!(told_in(name), shown(text), "{name}");
        } else {
            assert!(!told_in(name).contains(acts), "{name}: {}", told_in(name));
        }
    }
    assert_eq!(told_in("state"), call.state.name());
    assert_eq!(told_in("direction"), call.direction.name());
    assert_eq!(told_in("transport"), call.transport.name());
    assert_eq!(told_in("method"), call.create_method.name());
    assert_eq!(
        told_in("private"),
        if call.is_private { "yes" } else { "no" }
    );
    assert_eq!(told_in("bridged"), if call.bridged { "yes" } else { "no" });
    for (name, time) in [
        ("created", call.create_time),
        ("started", call.start_time),
        ("rang", call.ring_time),
        ("answered", call.answer_time),
        ("ended", call.end_time),
    ] {
        let told = time.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        assert_eq!(told_in(name), told.unwrap_or_default(), "{name}");
    }
    if let Some(talk) = call.answer_duration {
        assert_eq!(length(told_in("talk")), talk);
    }
    let price = call.price.as_ref();
    assert_eq!(
        told_in("price"),
        price.map_or_else(String::new, Money::amount)
    );
    assert_eq!(told_in("currency"), price.map_or("", Money::currency));
    let labels: Value = match told_in("labels") {
        "" => Value::Object(serde_json::Map::new()),
        labels => serde_json::from_str(labels).unwrap(),
    };
    for (key, value) in call.labels.iter() {
        assert_eq!(labels[key], value);
    }
}

#[test]
fn a_list_is_sorted_by_any_column_and_limited_behind_it() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let mut expected: Vec<TimeDelta> = held(&service)
        .iter()
        .filter_map(|call| call.answer_duration)
        .collect();
    expected.sort_unstable();
    expected.reverse();
    let arguments = [
        "--filter",
        "state = COMPLETED",
        "--sort-by",
        "talk",
        "--limit",
        "7",
    ];
    let form = ["--output", "csv", "--columns", "talk", "--no-header"];
    let output = list(&home, &service, &[&arguments[..], &form].concat());
    let talks: Vec<TimeDelta> = stdout(&output).lines().map(length).collect();
    assert_eq!(talks, expected[..7]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("partial: the first 7 calls of all from "),
        "{stderr}"
    );
    let ids = |more: &[&str]| {
        let arguments = ["--columns", "id", "--no-header", "--filter", "until:1h"];
        let text = stdout(&list(&home, &service, &[&arguments, more].concat()));
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut oldest_first = ids(&["--reverse"]);
    oldest_first.reverse();
    assert_eq!(oldest_first, ids(&[]));
}

#[rstest]
#[case::side_by_side(&["--since", "2d"], " to ")]
#[case::page_by_page(&[], "complete from the first call to ")]
fn the_last_line_says_how_complete_it_is(#[case] arguments: &[&str], #[case] part: &str) {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let arguments = [&["--output", "ndjson"], arguments].concat();
    let output = list(&home, &service, &arguments);
    assert_eq!(stdout(&output).lines().count(), 400);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("complete from "), "{stderr}");
    assert!(
        stderr.contains(part) && stderr.ends_with(": 400 calls\n"),
        "{stderr}"
    );
    let quiet = list(&home, &service, &[&arguments[..], &["--quiet"]].concat());
    assert_eq!(quiet.stderr, b"");
}

fn started(home: &Home, service: &Service, arguments: &[&str]) -> Child {
    Command::new(BINARY)
        .args(["list", "--endpoint", &service.address, "--project", "demo"])
        .args(arguments)
        .env_clear()
        .envs(home.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[rstest]
#[case::side_by_side(&["--since", "2d", "--page-size", "5"], "latency=300ms")]
#[case::page_by_page(&["--page-size", "10"], "latency=100ms")]
fn what_was_cut_goes_on_where_it_says(#[case] arguments: &[&str], #[case] fault: &str) {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", fault]);
    let form = ["--output", "ndjson", "--filter", "created < -1h"];
    let mut child = started(&home, &service, &[&form, arguments].concat());
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut written = String::new();
    reader.read_line(&mut written).unwrap();
    signal(child.id(), "INT");
    reader.read_to_string(&mut written).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let (told, rest) = stderr
        .trim()
        .split_once("; the rest: ")
        .unwrap_or_else(|| panic!("{stderr}"));
    let mut names = names(&objects(&written));
    let count = names.len();
    assert!(
        told.starts_with(&format!("partial: {count} calls, complete from ")),
        "{stderr}"
    );
    assert!(count < 350, "{count}");
    let rest: Vec<&str> = rest.split(' ').collect();
    let more = stdout(&list(&home, &service, &[&form, &*rest].concat()));
    names.extend(self::names(&objects(&more)));
    let whole = stdout(&list(&home, &service, &form));
    assert!(
        names == self::names(&objects(&whole)),
        "not the same calls in the same order"
    );
}

#[test]
fn it_can_be_interrupted_while_nobody_reads() {
    let home = Home::new();
    let still = [
        "--listen",
        "127.0.0.1:0",
        "--history",
        "4000",
        "--rate",
        "0",
    ];
    let service = Service::start(&home, &still);
    let mut child = started(&home, &service, &["--output", "ndjson", "--since", "2d"]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // From here on the pipe fills up.
    reader.read_line(&mut line).unwrap();
    signal(child.id(), "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    let (blocked, between) = ("error: nobody reads standard output", "partial: ");
    assert!(
        stderr.starts_with(blocked) || stderr.starts_with(between),
        "{stderr}"
    );
}

#[test]
fn a_service_that_is_away_at_times_is_asked_again() {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", "unavailable=0.4"]);
    for arguments in [
        &["--output", "ndjson"][..],
        &["--output", "ndjson", "--since", "2d"],
    ] {
        let output = list(&home, &service, arguments);
        assert_eq!(stdout(&output).lines().count(), 400);
    }
}

#[test]
fn on_a_terminal_progress_is_seen_and_gone_in_the_end() {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", "latency=300ms"]);
    let file = home.path().join("calls.csv").display().to_string();
    let address = &service.address;
    let command = format!(
        "{BINARY} list --endpoint {address} --project demo --output csv --page-size 40 > {file}"
    );
    let mut terminal = Terminal::start(&Start {
        program: "/bin/sh",
        arguments: &["-c", &command],
        variables: home.variables(),
        columns: 100,
        rows: 10,
    });
    terminal.wait_for(" calls read · ");
    assert_eq!(terminal.status(), 0);
    terminal.wait_for(": 400 calls");
    let contents = terminal.contents();
    assert!(
        contents.starts_with("complete from the first call to "),
        "{contents}"
    );
    assert!(!contents.contains("calls read"), "{contents}");
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 401);
}

#[rstest]
#[case::colours(&[], true)]
#[case::no_colours(&[("NO_COLOR", "1")], false)]
#[case::dumb(&[("TERM", "dumb")], false)]
fn on_a_terminal_states_have_their_colours(
    #[case] variables: &[(&str, &str)],
    #[case] coloured: bool,
) {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let more = variables
        .iter()
        .map(|(name, value)| (String::from(*name), String::from(*value)));
    let mut all = home.variables();
    all.retain(|(name, _)| variables.iter().all(|(other, _)| name != other));
    all.extend(more);
    let arguments = ["list", "--endpoint", &service.address, "--project", "demo"];
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &[&arguments[..], &["--filter", "failed", "--limit", "3"]].concat(),
        variables: all,
        columns: 120,
        rows: 20,
    });
    assert_eq!(terminal.status(), 0);
    terminal.wait_for("partial: ");
    let written = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert_eq!(written.contains("\u{1b}[1;31m"), coloured, "{written}");
    assert_eq!(written.contains('\u{1b}'), coloured, "{written}");
}

#[test]
fn colours_in_a_pipe_have_to_be_forced() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let plain = stdout(&list(&home, &service, &["--limit", "3"]));
    assert!(!plain.contains('\u{1b}'));
    let to = ["list", "--endpoint", &service.address, "--project", "demo"];
    let arguments = [&to[..], &["--filter", "failed", "--limit", "3"]].concat();
    let forced = super::commands::run_at(&home, &arguments, &[("CLICOLOR_FORCE", "1")]);
    assert!(stdout(&forced).contains("\u{1b}[1;31mFAILED\u{1b}[0m"));
}
