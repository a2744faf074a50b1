//! `switchboard get`: one call, as text and as JSON.

use rstest::rstest;

use super::commands::run_at;
use super::home::Home;
use super::list::{list, objects, sandbox, stdout};
use super::service::Service;

fn get(home: &Home, service: &Service, arguments: &[&str]) -> std::process::Output {
    let to = [
        "get",
        "--endpoint",
        &service.address,
        "--project",
        "demo",
        "--utc",
    ];
    run_at(home, &[&to, arguments].concat(), &[])
}

#[rstest]
#[case::well("none")]
#[case::hostile("hostile-text")]
fn a_call_is_shown_by_its_name_or_its_id(#[case] fault: &str) {
    let home = Home::new();
    let faults = ["--fault", fault];
    let service = sandbox(&home, if fault == "none" { &[] } else { &faults });
    let settled = [
        "--output",
        "ndjson",
        "--filter",
        "failed label.campaign:* until:3h",
        "--limit",
        "1",
    ];
    let line = stdout(&list(&home, &service, &settled));
    let call = &objects(&line)[0];
    let name = call["name"].as_str().unwrap();
    let id = name.rsplit('/').next().unwrap();
    let json = stdout(&get(&home, &service, &[name, "--output", "json"]));
    assert_eq!(json, line);
    assert_eq!(
        stdout(&get(&home, &service, &[id, "--output", "json"])),
        line
    );
    let text = stdout(&get(&home, &service, &[id]));
    assert!(text.starts_with("✗ FAILED"), "{text}");
    for part in [
        "\nFrom ",
        "\nTo ",
        "\nTiming     created ",
        "\nLabels ",
        name,
    ] {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
    assert!(
        !text.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\0']),
        "{text}"
    );
    assert!(!text.contains('…'), "{text}");
    // Whoever reads it tomorrow knows the day and the zone.
    let created = call["createTime"].as_str().unwrap();
    let created: chrono::DateTime<chrono::Utc> = created.parse().unwrap();
    let created = created.format("created %-d %b %Y %H:%M:%S%.3f").to_string();
    assert!(text.contains(&created), "{text}");
    assert!(text.ends_with("\nTimes      UTC\n"), "{text}");
}

#[test]
fn a_call_that_is_not_there_has_its_status() {
    let home = Home::new();
    let service = sandbox(&home, &[]);
    let output = get(&home, &service, &["6f1c2e04"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout, b"");
    let stderr = String::from_utf8(output.stderr).unwrap();
    let told = "there is no call projects/demo/calls/6f1c2e04";
    assert!(
        stderr.starts_with("error: not found: ") && stderr.contains(told),
        "{stderr}"
    );
}

#[test]
fn a_service_that_is_not_there_is_told_at_once() {
    let home = Home::new();
    let to = [
        "get",
        "--endpoint",
        "127.0.0.1:1",
        "--project",
        "demo",
        "6f1c2e04",
    ];
    assert_eq!(run_at(&home, &to, &[]).status.code(), Some(5));
}

#[test]
fn a_service_that_is_away_at_times_is_asked_again() {
    let home = Home::new();
    let service = sandbox(&home, &["--fault", "unavailable=0.5"]);
    let arguments = ["--columns", "id", "--no-header", "--limit", "1"];
    let id = stdout(&list(&home, &service, &arguments));
    for _ in 0..4 {
        stdout(&get(&home, &service, &[id.trim()]));
    }
}
