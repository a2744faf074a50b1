//! The filter bar across runs: completion, and the filters that were kept.

use super::BINARY;
use super::home::Home;
use super::pty::{Start, Terminal, key};

fn console(home: &Home) -> Terminal {
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &[],
        variables: home.variables(),
        columns: 140,
        rows: 40,
    });
    terminal.wait_for("● live").wait_for("following the newest");
    terminal
}

#[test]
fn a_filter_that_was_completed_and_kept_is_found_in_the_next_run() {
    let home = Home::new();
    let mut terminal = console(&home);
    terminal.keys("/").wait_for("what can be written");
    terminal.keys("stat").wait_for("how far the call has come");
    terminal.keys(key::TAB).wait_for("/ state");
    terminal.keys(" = fai").wait_for("/ state = fai");
    terminal.keys(key::TAB).wait_for("service: all of it");
    terminal.wait_for("/ state = failed");
    // What was kept is on the disk even if the console is left at once.
    terminal.keys(key::ENTER).keys("q");
    assert_eq!(terminal.status(), 0);
    terminal.assert_restored();

    let mut terminal = console(&home);
    terminal.keys("/").wait_for("what can be written");
    terminal
        .keys("busy")
        .keys(key::CTRL_R)
        .wait_for("earlier filters: 1 of 1");
    terminal.keys("FAIL").wait_for("earlier filters: FAIL");
    terminal.wait_for("earlier filters: 1 of 1");
    terminal.keys(key::ENTER).wait_for("/ state = failed");
    terminal.wait_for("service: all of it");
    terminal
        .keys(key::ENTER)
        .wait_until("failed calls alone", |screen| {
            let contents = screen.contents();
            contents.contains("✗ failed") && !contents.contains("● in progress   ")
        });
}

#[test]
fn two_consoles_at_once_keep_the_filters_of_both() {
    let home = Home::new();
    let (mut one, mut two) = (console(&home), console(&home));
    for (terminal, filter) in [(&mut one, "busy"), (&mut two, "failed")] {
        terminal
            .keys("/")
            .keys(filter)
            .wait_for("service: all of it");
        terminal.keys(key::ENTER).wait_for("service: all of it · ");
        terminal.keys("q");
        assert_eq!(terminal.status(), 0);
    }
    let mut third = console(&home);
    third.keys("/").keys(key::CTRL_R).wait_for("2 of 2");
}

#[test]
fn earlier_filters_that_cannot_be_read_are_told_and_hold_nothing_up() {
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("state/switchboard/filters")).unwrap();
    let mut terminal = console(&home);
    terminal.wait_for("earlier filters are not known");
    terminal
        .keys("/")
        .keys("failed")
        .wait_for("service: all of it");
    terminal
        .keys(key::ENTER)
        .wait_for("not kept for later runs");
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
}

#[test]
fn a_click_takes_a_completion() {
    let mut terminal = console(&Home::new());
    terminal
        .keys("/")
        .keys("stat")
        .wait_for("how far the call has come");
    // The list begins in the row under its frame; rows and columns count from one.
    terminal.keys("\x1b[<0;8;6M").wait_for("/ state ");
    // What goes on from there is offered: nothing but an operator means this.
    terminal.wait_for("is not");
}
