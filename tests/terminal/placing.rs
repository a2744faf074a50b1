//! Placing calls as people do: with a preset, with values of an earlier run, and leaving while the
//! outcome of one is open.

use std::fs;

use super::BINARY;
use super::home::Home;
use super::pty::{Start, Terminal, key};
use super::service::Service;

const PRESETS: &str = r#"
default_preset = "support"
deny = ["+1900*"]

[preset.support]
from = "+61255501234"
handlers = ["https://app.example/handle-call"]

[preset.sales]
from = "+61255509999"
handlers = ["https://sales.example/handle-call"]
"#;

fn console(home: &Home, arguments: &[&str]) -> Terminal {
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments,
        variables: home.variables(),
        columns: 140,
        rows: 40,
    });
    terminal.wait_for("● live");
    terminal
}

#[test]
fn with_a_preset_a_call_takes_its_number_and_three_keys() {
    let home = Home::new();
    home.configure(PRESETS);
    let mut terminal = console(&home, &[]);
    terminal.keys("n").wait_for("[support]");
    terminal.keys("+61491570006").wait_for("AU");
    terminal.keys(key::CTRL_S).wait_for("Place this call?");
    terminal.wait_for("sandbox: no phone rings");
    terminal.keys("y").wait_for("✓ placed ");
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
}

#[test]
fn the_values_of_the_last_call_are_there_in_the_next_run_and_its_number_is_not() {
    let home = Home::new();
    let mut terminal = console(&home, &[]);
    terminal.keys("n").wait_for("Handler URIs");
    terminal.keys("+61491570110").keys(key::TAB);
    terminal.keys("+61255501234").keys(key::TAB).keys(key::TAB);
    terminal.keys("https://app.example/handle-call");
    terminal.keys(key::CTRL_S).wait_for("Place this call?");
    terminal.keys("y").wait_for("✓ placed ");
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
    let kept = home.path().join("state/switchboard/last-calls.toml");
    let text = fs::read_to_string(kept).unwrap();
    assert!(!text.contains("+61491570110"), "{text}");
    let mut terminal = console(&home, &[]);
    terminal.keys("n").wait_for("[last call]");
    terminal.wait_for("https://app.example/handle-call");
    assert!(!terminal.contents().contains("+61491570110"));
}

#[test]
fn whoever_leaves_with_an_open_outcome_is_told_which_on_screen_and_in_the_shell() {
    let home = Home::new();
    home.configure(PRESETS);
    let arguments = ["--listen", "127.0.0.1:0", "--fault", "drop-create=1"];
    let service = Service::start(&home, &arguments);
    let mut terminal = console(
        &home,
        &["--endpoint", &service.address, "--project", "demo"],
    );
    terminal.keys("n").wait_for("[support]");
    terminal.keys("+61491570006").keys(key::CTRL_S);
    terminal.wait_for("this rings a phone").keys("y");
    terminal.wait_for("1 unknown");
    terminal.keys("q").wait_for("Leave? Of one call");
    terminal.wait_for("switchboard list --filter");
    terminal
        .keys("\x1b")
        .wait_until("the calls", |screen| !screen.contents().contains("Leave?"));
    terminal.keys("q").wait_for("Leave?");
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
    terminal.wait_for("whether +61491570006 was called is not known");
}
