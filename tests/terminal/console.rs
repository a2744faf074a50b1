//! The console as people use it: on the embedded sandbox, and on a service over TCP.

use rstest::rstest;

use super::BINARY;
use super::home::Home;
use super::pty::{Start, Terminal, key};
use super::service::Service;

/// The sign and the word of each state, as a row of the table begins.
const STATES: [&str; 9] = [
    "◌ queued",
    "» starting",
    "~ ringing",
    "● in progress",
    "✓ completed",
    "✗ failed",
    "∅ not answered",
    "⊘ busy",
    "⊗ rejected",
];

fn console_at(home: &Home, arguments: &[&str]) -> Terminal {
    Terminal::start(&Start {
        program: BINARY,
        arguments,
        variables: home.variables(),
        columns: 140,
        rows: 40,
    })
}

/// The console with its first calls on screen.
fn console(arguments: &[&str]) -> Terminal {
    let mut terminal = console_at(&Home::new(), arguments);
    terminal.wait_for("● live");
    terminal.wait_until("calls in several states", in_several);
    terminal
}

/// Whether the table has rows in at least three states.
fn in_several(screen: &vt100::Screen) -> bool {
    let seen = |state: &&str| rows_in(screen, state) > 0;
    STATES.iter().filter(|state| seen(state)).count() >= 3
}

/// How many rows of the table are in this state.
fn rows_in(screen: &vt100::Screen, state: &str) -> usize {
    screen.contents().matches(state).count()
}

/// Whether the table has rows in this state, and in no other.
fn only(screen: &vt100::Screen, state: &str) -> bool {
    STATES
        .iter()
        .all(|other| (rows_in(screen, other) > 0) == (*other == state))
}

/// Whether the call under the cursor is one to this number, as it is shown, in this state.
fn selected(screen: &vt100::Screen, number: &str, state: &str) -> bool {
    let rows: Vec<String> = screen.rows(0, 140).collect();
    let mut table = rows.iter().filter_map(|row| row.split('│').nth(1));
    table.any(|row| row.starts_with('▸') && row.contains(state) && row.contains(number))
}

/// Fills in the form for a new call, sends it and waits until it is placed; how its name begins.
fn place(terminal: &mut Terminal, number: &str) -> String {
    terminal.keys("n").wait_for("Handler URIs");
    terminal.keys(number).keys(key::TAB).keys("+61255501234");
    terminal.keys(key::TAB).keys(key::TAB);
    terminal.keys("https://app.example/handle-call");
    terminal.keys(key::CTRL_S).wait_for("Place this call?");
    terminal
        .keys("y")
        .wait_until("that the call is placed", |screen| {
            placed_name(screen).is_some()
        });
    placed_name(&terminal.screen()).unwrap()
}

/// The beginning of the name of the call that is told to be placed.
fn placed_name(screen: &vt100::Screen) -> Option<String> {
    let contents = screen.contents();
    let (_, told) = contents.split_once("✓ placed ")?;
    let (name, _) = told.split_once(" to ")?;
    Some(name.chars().take(8).collect())
}

#[test]
fn the_console_starts_on_the_embedded_sandbox_and_says_so() {
    let mut terminal = console(&[]);
    terminal.wait_for("sandbox ▸ projects/demo");
    terminal.wait_until("calls in five states", |screen| {
        let counts = screen.rows(0, 140).nth(1).unwrap_or_default();
        let numbers = counts.split_whitespace().filter_map(|word| {
            let digits = word.replace(',', "");
            digits.parse::<u32>().ok()
        });
        numbers.filter(|number| *number > 0).count() >= 5
    });
}

#[test]
fn the_screen_says_how_long_ago_the_service_answered() {
    let mut terminal = console(&[]);
    for _ in 0..2 {
        terminal.wait_for("live · now").wait_for("live · 1 s ago");
    }
}

#[test]
fn a_filter_leaves_the_failed_calls_and_esc_brings_the_rest_back() {
    let mut terminal = console(&[]);
    terminal.keys("/").keys("state = FAILED");
    terminal.wait_until("failed calls alone", |screen| only(screen, "✗ failed"));
    terminal.keys(key::ESC);
    terminal.wait_until("calls in several states", in_several);
}

#[test]
fn a_filter_that_was_kept_stays_when_the_bar_is_left() {
    let mut terminal = console(&[]);
    terminal.keys("/").keys("state = BUSY").keys(key::ENTER);
    terminal.wait_until("busy calls alone", |screen| only(screen, "⊘ busy"));
    terminal.keys("jjk");
    terminal.wait_until("busy calls alone", |screen| only(screen, "⊘ busy"));
}

#[test]
fn a_filter_can_be_given_from_the_start() {
    let mut terminal = console_at(&Home::new(), &["--filter", "state = FAILED"]);
    terminal.wait_until("failed calls alone", |screen| only(screen, "✗ failed"));
}

#[test]
fn quick_filters_write_into_the_bar_and_the_list_follows_at_once() {
    let mut terminal = console(&[]);
    terminal.keys("f").wait_for("Quick filters");
    terminal.keys("x").wait_for("/ state = failed");
    terminal.keys("b").wait_for("/ state = failed, busy");
    terminal.wait_until("failed and busy calls alone", |screen| {
        // The menu names every state once, below the rows.
        let rows = |state| rows_in(screen, state) - 1;
        let others = STATES[..5].iter().chain([&STATES[6], &STATES[8]]);
        rows("✗ failed") > 0
            && rows("⊘ busy") > 0
            && others.map(|state| rows(state)).sum::<usize>() == 0
    });
    terminal
        .wait_for("x [✓] ✗ failed")
        .wait_for("n [ ] ∅ not answered");
    terminal.keys("u").wait_for("/ all calls");
    terminal.keys("x").wait_for("/ state = failed");
    terminal.keys(key::ESC);
    // Only the rows name the states when the menu is gone.
    terminal.wait_until("failed calls alone", |screen| only(screen, "✗ failed"));
    terminal.wait_for("/ state = failed");
}

#[test]
fn a_bad_filter_is_explained_and_what_was_typed_stays() {
    let mut terminal = console(&[]);
    terminal.keys("/").keys("state = FAILD");
    terminal.wait_for("did you mean failed?");
    terminal.wait_until("calls in several states", in_several);
    let contents = terminal.contents();
    assert!(contents.contains("/ state = FAILD"), "{contents}");
}

#[test]
fn a_placed_call_is_followed_to_its_end() {
    let mut terminal = console(&[]);
    let name = place(&mut terminal, "+61491570156");
    terminal.wait_until("its end", |screen| {
        selected(screen, "+61 491 570 156", "⊘ busy")
    });
    // The pane beside the table is about the same call.
    terminal.wait_for(&format!("┌ {name}"));
}

#[test]
fn a_wrong_number_is_told_before_anything_is_sent() {
    let mut terminal = console(&[]);
    terminal.keys("n").wait_for("Handler URIs");
    terminal.keys("+6149").keys(key::CTRL_S);
    terminal
        .wait_for("too short")
        .wait_for("the marked fields are not right yet");
    let contents = terminal.contents();
    assert!(!contents.contains("Place this call?"), "{contents}");
    assert!(contents.contains("+6149"), "{contents}");
}

#[test]
fn a_read_only_console_places_no_call() {
    let mut terminal = console(&["--read-only"]);
    terminal.wait_for("read-only");
    terminal.keys("n").keys("?").wait_for("Help");
    let contents = terminal.contents();
    assert!(!contents.contains("Handler URIs"), "{contents}");
}

#[test]
fn a_storm_of_resizes_down_to_one_cell_is_survived() {
    let mut terminal = console(&[]);
    for step in 0..140 {
        terminal.resize(140 - step, 40_u16.saturating_sub(step / 3).max(1));
    }
    terminal.resize(1, 1);
    terminal
        .resize(140, 40)
        .wait_for("SWITCHBOARD")
        .wait_for("● live");
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_a_return_takes_it_again() {
    let mut terminal = console(&[]);
    terminal.keys(key::CTRL_Z).wait_until_stopped();
    terminal.assert_restored();
    terminal.signal("CONT").wait_for("● live");
    terminal.wait_until("the screen of the console", vt100::Screen::alternate_screen);
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
    terminal.assert_restored();
}

#[rstest]
#[case::q("q")]
#[case::ctrl_c(key::CTRL_C)]
fn leaving_restores_the_terminal(#[case] keys: &str) {
    let mut terminal = console(&[]);
    terminal.keys(keys);
    assert_eq!(terminal.status(), 0);
    terminal.assert_restored();
}

#[rstest]
#[case::terminated("TERM")]
#[case::interrupted("INT")]
#[case::hung_up("HUP")]
fn a_signal_restores_the_terminal(#[case] name: &str) {
    let mut terminal = console(&[]);
    terminal.signal(name);
    assert_eq!(terminal.status(), 130);
    terminal.assert_restored();
}

#[test]
fn a_terminal_that_is_closed_ends_the_console() {
    let mut terminal = console(&[]);
    terminal.hang_up();
    assert_eq!(terminal.status(), 130);
}

#[test]
fn a_paste_into_the_table_is_no_row_of_commands() {
    let mut terminal = console(&[]);
    terminal.paste("q\rn\r/ q");
    terminal.keys("?").wait_for("Help");
}

#[test]
fn a_burst_of_keys_longer_than_any_buffer_is_heard_to_its_end() {
    let mut terminal = console(&[]);
    let burst = "j".repeat(5_000) + "?";
    terminal.keys(&burst).wait_for("Help");
}

#[test]
fn a_megabyte_pasted_into_the_filter_is_survived() {
    let mut terminal = console(&[]);
    terminal.keys("/").paste(&"x".repeat(1 << 20));
    terminal.keys(key::CTRL_U).keys("state = FAILED");
    terminal.wait_until("failed calls alone", |screen| only(screen, "✗ failed"));
}

#[test]
fn nothing_but_ascii_is_drawn_where_that_is_asked_for() {
    let mut terminal = console_at(&Home::new(), &["--ascii"]);
    terminal.wait_for("* live").wait_for("calls - complete");
    assert!(terminal.contents().is_ascii(), "{}", terminal.contents());
}

#[test]
fn no_colour_is_used_where_none_is_wanted() {
    let home = Home::new();
    let mut variables = home.variables();
    variables.push(("NO_COLOR".to_owned(), "1".to_owned()));
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &[],
        variables,
        columns: 100,
        rows: 30,
    });
    terminal.wait_for("● live");
    terminal.wait_until("calls in several states", in_several);
    let screen = terminal.screen();
    for (row, column) in (0..30).flat_map(|row| (0..100).map(move |column| (row, column))) {
        let cell = screen.cell(row, column).unwrap();
        let colours = (cell.fgcolor(), cell.bgcolor());
        let none = (vt100::Color::Default, vt100::Color::Default);
        assert_eq!(colours, none, "row {row}, column {column}");
    }
}

#[test]
fn a_wrong_flag_in_a_terminal_leaves_it_as_it_was() {
    let mut terminal = console_at(&Home::new(), &["--filter", "state ="]);
    assert_eq!(terminal.status(), 2);
    terminal.wait_for("error: --filter").assert_restored();
    let alternate = b"\x1b[?1049h";
    let bytes = terminal.bytes();
    assert!(!bytes.windows(alternate.len()).any(|it| it == alternate));
}

#[test]
fn a_key_file_that_is_not_there_is_told_before_anything_is_drawn() {
    let arguments = ["--project", "demo", "--credentials", "/nowhere/key.json"];
    let mut terminal = console_at(&Home::new(), &arguments);
    assert_eq!(terminal.status(), 2);
    terminal.wait_for("the key file /nowhere/key.json");
    terminal.assert_restored();
}

#[test]
fn without_a_place_for_the_log_the_console_runs_and_says_so() {
    let home = Home::new();
    let mut variables = home.variables();
    variables.retain(|(name, _)| name != "XDG_STATE_HOME");
    variables.push(("XDG_STATE_HOME".to_owned(), "/dev/null/state".to_owned()));
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &[],
        variables,
        columns: 140,
        rows: 40,
    });
    terminal.wait_for("nothing is logged").wait_for("● live");
}

#[test]
fn the_service_may_go_away_and_come_back_and_no_placed_call_is_missing() {
    let home = Home::new();
    let ledger = home.path().join("calls.db").display().to_string();
    let common = [
        "--db",
        &ledger,
        "--history",
        "50",
        "--rate",
        "0",
        "--speed",
        "20",
    ];
    let start = |address: &str| {
        let arguments: Vec<&str> = ["--listen", address].into_iter().chain(common).collect();
        Service::start(&home, &arguments)
    };
    let service = start("127.0.0.1:0");
    let address = service.address.clone();
    let mut terminal = console_at(&home, &["--endpoint", &address, "--project", "demo"]);
    terminal.wait_for("● live");
    let name = place(&mut terminal, "+61491570006");
    let is_over = |screen: &vt100::Screen| selected(screen, "+61 491 570 006", "✓ completed");
    terminal.wait_until("its end", is_over);

    service.kill();
    terminal.wait_for("retrying");
    terminal.wait_for("stale since");
    terminal.wait_until("the placed call still", is_over);
    let mut service = start(&address);
    terminal.wait_for("● live");
    terminal.wait_until("the placed call still", is_over);
    // The first console would show it in any case; another one has it from the service.
    let mut other = console_at(
        &home,
        &[
            "--endpoint",
            &address,
            "--project",
            "demo",
            "--filter",
            "from = '+61255501234' AND to = '+61491570006'",
        ],
    );
    other.wait_until("the placed call from the ledger", is_over);
    other.wait_for(&format!("┌ {name}"));

    // It ends in good order although the console holds a connection.
    let (status, _) = service.end("TERM");
    assert_eq!(status.code(), Some(0));
    terminal.wait_for("retrying");
}
