//! What an earlier run has left in the journal, as the console tells it at its start.

use super::BINARY;
use super::home::Home;
use super::pty::{Start, Terminal};
use super::service::Service;

#[test]
fn a_call_whose_outcome_an_earlier_run_did_not_live_to_learn_is_told_and_looked_for() {
    let home = Home::new();
    let service = Service::start(&home, &["--listen", "127.0.0.1:0", "--history", "5"]);
    let folder = home.path().join("state/switchboard");
    std::fs::create_dir_all(&folder).unwrap();
    // As a run leaves it that is killed between its line and the answer.
    let line = r#"{"event":"sending","ticket":"019aaf00-0000-7000-8000-000000000000",
        "at":"2026-11-20T03:04:05Z","since":"2026-11-20T03:04:05Z","run":"",
        "service":"ADDRESS","project":"projects/demo",
        "call":{"to":"+61491570006","from":"+61255501234","options":{}}}"#;
    let line = line.replace("ADDRESS", &service.address).replace('\n', "");
    let journal = folder.join("placements.jsonl");
    std::fs::write(&journal, format!("{line}\n")).unwrap();

    let endpoint = format!("http://{}", service.address);
    let mut terminal = Terminal::start(&Start {
        program: BINARY,
        arguments: &["--project", "demo", "--endpoint", &endpoint],
        variables: home.variables(),
        columns: 140,
        rows: 40,
    });
    terminal
        .wait_for("+61491570006: outcome unknown since 20 Nov 14:04 (an earlier run)")
        .wait_for("1 unknown");
    // Another console leaves it to this one.
    let text = std::fs::read_to_string(&journal).unwrap();
    assert!(text.contains("taken-over"), "{text}");
    terminal.keys("q").wait_for("once more to leave");
    terminal.wait_for("no trace");
    terminal.keys("q");
    assert_eq!(terminal.status(), 0);
}
