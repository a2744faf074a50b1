//! `switchboard sandbox`: starts, says where, ends when told to.

use std::net::TcpStream;

use rstest::rstest;

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
