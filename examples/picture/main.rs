//! Makes the picture of the README from the real screen: runs the built console on its embedded
//! sandbox in a terminal of 140×40, types a short script, and writes what is seen as SVG.
//!
//! `cargo build --release && cargo run --release --example picture`

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a tool for whoever works on this: what goes wrong may stop it"
)]

#[expect(dead_code, reason = "as below")]
#[path = "../../tests/terminal/home.rs"]
mod home;
#[expect(dead_code, reason = "the tests use all of it, a picture only some")]
#[path = "../../tests/terminal/pty.rs"]
mod pty;
mod svg;

use std::fs;
use std::path::Path;

use home::Home;
use pty::{Start, Terminal};

const SIZE: (u16, u16) = (140, 40);

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    // Beside `examples/picture` in the target folder.
    let itself = std::env::current_exe().unwrap();
    let profile = itself.parent().and_then(Path::parent).unwrap();
    let binary = profile.join(format!("switchboard{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.exists(),
        "build the console first: cargo build --release"
    );

    let home = Home::new();
    let mut terminal = Terminal::start(&Start {
        program: binary.to_str().unwrap(),
        arguments: &[],
        variables: home.variables(),
        columns: SIZE.0,
        rows: SIZE.1,
    });
    // All that is loaded by itself has come, and the greeting has gone.
    terminal.wait_for("complete since").wait_for("? help");
    for _ in 0..50 {
        let before = terminal.contents();
        if before.contains("✗ FAILED") {
            break;
        }
        terminal
            .keys("e")
            .wait_until("another call", |screen| screen.contents() != before);
    }
    let title = "The console on its embedded sandbox: counts by state, calls with one selected, \
                 and the details of that call";
    let picture = svg::draw(&terminal.screen(), title);
    terminal.keys("q").status();
    fs::write(folder.join("screen.svg"), picture).unwrap();
}
