//! `switchboard sandbox`: starts, says where, ends when told to.

use std::net::{TcpListener, TcpStream};

use rstest::rstest;

use super::commands::run;
use super::home::Home;
use super::service::Service;

#[test]
fn the_first_line_says_where_the_sandbox_listens() {
    let home = Home::new();
    let service = Service::start(&home, &["--listen", "127.0.0.1:0", "--history", "10"]);
    assert!(service.address.starts_with("127.0.0.1:"));
    assert!(!service.address.ends_with(":0"));
    TcpStream::connect(&service.address).unwrap();
}

#[rstest]
#[case::interrupt("INT")]
#[case::terminate("TERM")]
fn the_sandbox_ends_when_told_to(#[case] signal: &str) {
    let home = Home::new();
    let mut service = Service::start(&home, &["--listen", "127.0.0.1:0", "--history", "10"]);
    let (status, rest) = service.end(signal);
    assert_eq!(status.code(), Some(0));
    assert_eq!(rest, "");
}

#[test]
fn a_port_that_is_taken_is_told_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["sandbox", "--listen", &address]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with(&format!("error: cannot listen on {address}")));
    assert!(stderr.contains("--listen 127.0.0.1:0 takes a free port"));
}

#[test]
fn a_ledger_that_cannot_be_written_is_told() {
    let output = run(&[
        "sandbox",
        "--listen",
        "127.0.0.1:0",
        "--db",
        "/dev/null/x.db",
    ]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("/dev/null/x.db"), "{stderr}");
    assert_eq!(output.stdout, b"");
}
