//! A sandbox that misbehaves, as a process: it says so, and the console on it stays a console.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use rstest::rstest;
use switchboard::call::is_hostile;

use super::BINARY;
use super::home::Home;
use super::pty::{Start, Terminal, signal};
use super::service::Service;

/// What a sandbox says on stderr until it is told to end.
fn said(arguments: &[&str]) -> String {
    let mut child = Command::new(BINARY)
        .args(["sandbox", "--listen", "127.0.0.1:0", "--history", "10"])
        .args(arguments)
        .env_clear()
        .envs(Home::new().variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("listening on "), "{line:?}");
    signal(child.id(), "TERM");
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert!(child.wait().unwrap().success());
    stderr
}

#[test]
fn a_sandbox_with_faults_says_which() {
    let line = said(&[
        "--fault",
        "short-pages",
        "--fault",
        "latency=5ms,jitter=1ms",
    ]);
    assert_eq!(
        line,
        "note: this sandbox misbehaves as it was told: --fault latency=5ms,jitter=1ms,short-pages\n"
    );
    assert_eq!(said(&[]), "", "and one without says nothing");
}

#[rstest]
#[case::twice(&["--fault", "latency=5ms", "--fault", "latency=6ms"], "latency is given twice")]
#[case::unknown(&["--fault", "lost-create=1"], "did you mean lose-create?")]
fn faults_that_make_no_sense_are_wrong_use(#[case] arguments: &[&str], #[case] part: &str) {
    let all: Vec<&str> = ["sandbox"].iter().chain(arguments).copied().collect();
    let output = super::commands::run(&all);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(part), "{stderr}");
}

/// Makes one emoji of two, and is let through between them.
const JOINER: char = '\u{200d}';

/// Fails if anything but the console itself steers the terminal.
fn assert_harmless(terminal: &Terminal) {
    let screen = terminal.screen();
    let (rows, columns) = screen.size();
    for row in 0..rows.get() {
        for column in 0..columns.get() {
            let cell = screen.cell(row, column).map(vt100::Cell::contents);
            let hostile = |c| c != JOINER && is_hostile(c);
            let found = cell.unwrap_or_default().find(hostile);
            assert!(found.is_none(), "{row}, {column}: {cell:?}");
        }
    }
    let bytes = terminal.bytes();
    let written = String::from_utf8_lossy(&bytes);
    for (_, joined) in written
        .match_indices(JOINER)
        .map(|(at, _)| written.split_at(at))
    {
        let next = joined.chars().nth(1);
        let fits = next.is_some_and(|c| c > '\u{2000}' && !is_hostile(c));
        assert!(fits, "it joins nothing: {next:?}");
    }
    // What is steered by: clipboard, titles, links, device control, reset, questions; and C1.
    for order in [
        "\u{1b}]52",
        "\u{1b}]0;",
        "\u{1b}]2;",
        "\u{1b}]8;",
        "\u{1b}P",
        "\u{1b}c",
        "\u{1b}[6n",
        "\u{9b}",
        "\u{9d}",
        "\u{202e}",
        "\u{2067}",
        "\u{feff}",
        "\u{2028}",
        "\u{7f}",
        "\0",
    ] {
        assert!(!written.contains(order), "{}", order.escape_unicode());
    }
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let home = Home::new();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--history",
        "300",
        "--rate",
        "0",
        "--fault",
        "hostile-text",
    ];
    let service = Service::start(&home, &arguments);
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &["--endpoint", &service.address, "--project", "demo"],
        variables: home.variables(),
        columns: 140,
        rows: 40,
    });
    terminal.wait_for("● live").wait_for("✓ completed");
    assert_harmless(&terminal);
    // Each with its detail beside it.
    for row in 2..=40 {
        terminal.keys("j").wait_for(&format!(" {row}/"));
        assert_harmless(&terminal);
    }
    let written = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let shown = ["漢字", "hostile title", "2J"];
    let shown = shown.into_iter().filter(|part| written.contains(part));
    assert!(shown.count() > 0, "what is harmless of it is shown");
    terminal.resize(60, 20).wait_for("● live");
    assert_harmless(&terminal);
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
    terminal.assert_restored();
    assert_harmless(&terminal);
}

#[rstest]
#[case::wide(140, 40, "! the service did not apply the filter · evaluated here")]
#[case::middle(100, 30, "! the service did not apply the filter · evaluated here")]
#[case::narrow(80, 24, "! not applied by the service")]
fn a_filter_that_the_service_does_not_apply_is_warned_of_and_applied(
    #[case] columns: u16,
    #[case] rows: u16,
    #[case] warning: &str,
) {
    let home = Home::new();
    let arguments = ["--listen", "127.0.0.1:0", "--fault", "ignore-filter"];
    let service = Service::start(&home, &arguments);
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &["--endpoint", &service.address, "--project", "demo"],
        variables: home.variables(),
        columns,
        rows,
    });
    terminal.wait_for("● live").wait_for("✓ completed");
    assert!(!terminal.contents().contains("! "), "nothing was asked");
    terminal.keys("/state = failed\r").wait_for(warning);
    terminal.wait_until("failed calls alone", |screen| {
        let contents = screen.contents();
        contents.contains("✗ failed") && !contents.contains("✓ completed")
    });
    terminal.keys("\x1b").wait_for("✓ completed");
    terminal.wait_until("no warning", |screen| !screen.contents().contains(warning));
}

#[test]
fn a_service_that_goes_and_comes_back_is_told_at_each_moment() {
    let home = Home::new();
    let start = |address: &str| {
        let arguments = ["--listen", address, "--history", "200", "--rate", "0"];
        Service::start(&home, &arguments)
    };
    let service = start("127.0.0.1:0");
    let address = service.address.clone();
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &["--endpoint", &address, "--project", "demo"],
        variables: home.variables(),
        columns: 140,
        rows: 40,
    });
    terminal
        .wait_for("● live")
        .wait_for("req/min")
        .wait_for("complete");
    service.kill();
    terminal
        .wait_for("retrying in")
        .wait_for("service unreachable")
        .wait_for("stale since")
        .wait_for("complete to");
    // The screen is a screen all the same.
    terminal.keys("j").wait_for(" 2/");
    let _service = start(&address);
    // Somebody looks, so that it does not take half a minute.
    terminal
        .keys("k")
        .wait_for("● live")
        .wait_until("nothing is stale", |screen| {
            let contents = screen.contents();
            !contents.contains("stale since") && !contents.contains("complete to")
        });
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
    terminal.assert_restored();
}
