//! Saved views from one run to the next, and the palette, in a terminal.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::BINARY;
use super::home::Home;
use super::pty::{Start, Terminal, key};

const CONFIGURED: &str = r#"# ours
poll_every = "1s" # the link is good

# what people complain about
[view.missed]
filter = "state = busy, not-answered" # not those that failed
columns = ["to", "state", "created"]
key = 3
"#;

fn console(home: &Home) -> Terminal {
    let mut terminal = console_with(home, &[]);
    terminal.wait_for("● live");
    terminal
}

fn console_with(home: &Home, arguments: &[&str]) -> Terminal {
    Terminal::start(&Start {
        program: BINARY,
        arguments,
        variables: home.variables(),
        columns: 140,
        rows: 40,
    })
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The order of these columns in the headings of the table.
fn headed(screen: &vt100::Screen, columns: &str) -> bool {
    let row = screen.rows(0, 78).nth(4).unwrap_or_default();
    let words: Vec<&str> = row.split(|c: char| !c.is_ascii_uppercase()).collect();
    let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
    words.join(" ") == columns
}

#[test]
fn a_configured_view_comes_up_by_its_key_and_one_that_is_saved_is_there_in_the_next_run() {
    let home = Home::new();
    let path = home.configure(CONFIGURED);
    let mut terminal = console(&home);
    terminal.keys("3").wait_for("/ state = busy, not-answered");
    terminal.wait_for("Calls · missed ─");
    terminal.wait_until("the view's columns", |screen| {
        headed(screen, "TO STATE CREATED")
    });
    terminal.keys("s").wait_for("Calls · missed* ─");
    terminal
        .keys("V")
        .wait_for("replaces the view of this name");
    terminal.keys(key::CTRL_U).keys("oldest missed");
    terminal.wait_for("goes into the configuration");
    // Left at once: what is being saved is saved all the same.
    terminal.keys(key::ENTER).keys("q");
    assert_eq!(terminal.status(), 0);
    let added = r#"
[view."oldest missed"]
filter = "state = busy, not-answered"
columns = ["to", "state", "created"]
sort = "created reversed"
key = 7
"#;
    assert_eq!(text(&path), format!("{CONFIGURED}{added}"));

    let mut terminal = console(&home);
    terminal.keys("7").wait_for("Calls · oldest missed ─");
    terminal.wait_for("/ state = busy, not-answered");
    terminal.wait_until("the view's columns", |screen| {
        headed(screen, "TO STATE CREATED")
    });
    terminal.keys(key::ESC).wait_for("/ all calls");
    terminal.keys("8").wait_for("no view is on 8 yet");
}

#[test]
fn without_a_configuration_the_first_view_makes_one_for_its_owner_alone() {
    let home = Home::new();
    let mut terminal = console(&home);
    terminal.keys("3").wait_for("Calls · failed 1h ─");
    terminal.keys("V").wait_for("Save view");
    terminal.keys(key::CTRL_U).keys("mine").keys(key::TAB);
    terminal.keys(key::ENTER).wait_for("saved the view mine in");
    let path = home.path().join("config/switchboard/config.toml");
    let written = text(&path);
    assert!(
        written.starts_with("[view.mine]\nfilter = \"failed since:1h\"\n"),
        "{written}"
    );
    assert!(written.ends_with("key = 8\n"), "{written}");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
}

#[test]
fn a_configuration_that_was_broken_meanwhile_is_left_alone_and_the_view_lasts_for_the_run() {
    let home = Home::new();
    let path = home.configure(CONFIGURED);
    let mut terminal = console(&home);
    std::fs::write(&path, "poll_every = \n").unwrap();
    terminal.keys("V").wait_for("Save view");
    terminal.keys("mine").keys(key::ENTER);
    terminal.wait_for("the view mine lasts until you leave only");
    assert_eq!(text(&path), "poll_every = \n");
    terminal.keys("3").wait_for("Calls · missed ─");
    terminal.keys("7").wait_for("Calls · mine ─");
}

#[test]
fn a_view_that_could_not_be_saved_when_the_console_was_left_is_told_afterwards() {
    let home = Home::new();
    let path = home.configure(CONFIGURED);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    let mut terminal = console(&home);
    terminal.keys("V").wait_for("Save view");
    terminal.keys("mine\rq");
    assert_eq!(terminal.status(), 0);
    terminal.assert_restored();
    let told = terminal.contents().replace(['\n', '\r'], "");
    let reason = "warning: the view mine may not be there in later runs: ";
    assert!(told.contains(reason), "{told}");
    assert!(told.contains("it is read-only"), "{told}");
    let log = text(&home.path().join("state/switchboard/switchboard.log"));
    assert!(log.contains("the view mine may not be there"), "{log}");
    assert_eq!(text(&path), CONFIGURED);
}

#[test]
fn the_palette_finds_a_view_and_an_action_by_a_few_letters() {
    let home = Home::new();
    let mut terminal = console(&home);
    terminal.keys(":").wait_for("Palette");
    terminal.keys("vft").wait_for("▸ view failed today");
    terminal.keys(key::ENTER).wait_for("Calls · failed today ─");
    terminal.keys(":zzzz").wait_for("nothing of that name");
    terminal.keys(key::ENTER).keys(key::CTRL_U).keys("quit");
    terminal.wait_for("▸ quit");
    terminal.keys(key::ENTER);
    assert_eq!(terminal.status(), 0);
    terminal.assert_restored();
}

#[test]
fn a_view_that_is_wrong_is_told_with_its_place_and_left_out() {
    let home = Home::new();
    home.configure("[view.a]\nfilter = \"stat = failed\"\n");
    let mut terminal = console_with(&home, &[]);
    terminal.wait_for(":2:11: filter: ").wait_for("in progress");
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
}
