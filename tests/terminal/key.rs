//! `switchboard sandbox key`, and the sandbox and the console's side of what it makes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Output;

use rstest::rstest;

use super::commands::run;
use super::home::Home;
use super::service::Service;

/// The accounts file and the key file of a home.
fn files(home: &Home) -> [String; 2] {
    ["auth.json", "key.json"].map(|name| home.path().join(name).display().to_string())
}

fn make_key(home: &Home) -> Output {
    let [auth, out] = files(home);
    let account = ["--account", "console@demo.example", "--project", "demo"];
    let permission = ["--permission", "voice.calls.list,voice.calls.get"];
    let mut arguments = vec!["sandbox", "key", "--auth", &auth, "--out", &out];
    arguments.extend(account);
    arguments.extend(permission);
    run(&arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_key_is_made_and_its_use_is_told() {
    let home = Home::new();
    let output = make_key(&home);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    let [auth, out] = files(&home);
    for part in [
        "console@demo.example (new)",
        "voice.calls.list, voice.calls.get on demo",
        &format!("switchboard sandbox --auth {auth} --token-listen 127.0.0.1:50052\n"),
        &format!("--project demo --credentials {out} --token-url http://127.0.0.1:50052/token\n"),
    ] {
        assert!(stdout.contains(part), "{stdout}");
    }
    let key = std::fs::read_to_string(&out).unwrap();
    let private = key.lines().find(|line| line.contains("PRIVATE")).unwrap();
    assert!(!stdout.contains("PRIVATE") && !stdout.contains(private));

    let again = make_key(&home);
    let stderr = text(&again.stderr);
    assert_eq!(again.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("no key is overwritten"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), key);
}

#[test]
fn the_second_line_says_where_tokens_are_had() {
    let home = Home::new();
    assert!(make_key(&home).status.success());
    let [auth, _] = files(&home);
    let mut service = Service::start(
        &home,
        &[
            "--listen",
            "127.0.0.1:0",
            "--history",
            "0",
            "--auth",
            &auth,
            "--token-listen",
            "localhost:0",
        ],
    );
    let line = service.line();
    let address = line
        .strip_prefix("token endpoint http://")
        .and_then(|rest| rest.strip_suffix("/token\n"))
        .unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let (status, rest) = service.end("TERM");
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
}

#[test]
fn a_sandbox_with_accounts_listens_on_any_address() {
    let home = Home::new();
    assert!(make_key(&home).status.success());
    let [auth, _] = files(&home);
    let everywhere = ["--listen", "0.0.0.0:0", "--token-listen", "0.0.0.0:0"];
    let mut arguments = vec!["--history", "0", "--auth", &auth];
    arguments.extend(everywhere);
    let mut service = Service::start(&home, &arguments);
    assert!(service.address.starts_with("0.0.0.0:"));
    assert!(service.line().starts_with("token endpoint http://0.0.0.0:"));
}

#[rstest]
#[case::missing(None, "does not exist: make it with `switchboard sandbox key --auth ")]
#[case::no_json(Some("{\n]"), "auth.json: line 2, column 1: this is not JSON")]
#[case::another_version(Some("{\"version\": 9, \"accounts\": []}"), "auth.json: version: ")]
fn accounts_of_no_use_are_told(#[case] file: Option<&str>, #[case] part: &str) {
    let home = Home::new();
    let [auth, _] = files(&home);
    if let Some(file) = file {
        std::fs::write(PathBuf::from(&auth), file).unwrap();
    }
    let output = run(&["sandbox", "--listen", "127.0.0.1:0", "--auth", &auth]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(text(&output.stdout), "");
    assert!(stderr.contains(part), "{stderr}");
}
