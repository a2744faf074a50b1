//! `switchboard doctor`: each thing that can be wrong is found, with its exit status and a remedy.

use std::net::TcpListener;
use std::process::Output;

use super::commands::{run, run_at};
use super::home::Home;
use super::service::Service;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The line of a thing, with what stands under it.
fn lines_of(output: &Output, what: &str) -> String {
    assert_eq!(text(&output.stderr), "");
    let all = text(&output.stdout);
    let is_it = |line: &str| line.split_whitespace().nth(1) == Some(what);
    let first = all.lines().position(is_it);
    let first = first.unwrap_or_else(|| panic!("nothing of {what} in\n{all}"));
    let mut lines = all.lines().skip(first);
    let mut told = lines.next().unwrap().to_owned();
    for line in lines.take_while(|line| line.starts_with(' ')) {
        told.push('\n');
        told.push_str(line);
    }
    told
}

#[track_caller]
fn assert_told(output: &Output, what: &str, parts: &[&str], status: i32) {
    let told = lines_of(output, what);
    for part in parts {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    assert_eq!(
        output.status.code(),
        Some(status),
        "{}",
        text(&output.stdout)
    );
}

/// A sandbox with accounts, one of which may do this.
struct Guarded {
    home: Home,
    key: String,
    service: Service,
    token_url: String,
}

impl Guarded {
    fn start(permission: &str) -> Self {
        let home = Home::new();
        let path = |name: &str| home.path().join(name).display().to_string();
        let (auth, key) = (path("auth.json"), path("key.json"));
        let made = run(&[
            "sandbox",
            "key",
            "--auth",
            &auth,
            "--out",
            &key,
            "--account",
            "c@demo.example",
            "--project",
            "demo",
            "--permission",
            permission,
        ]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let ports = ["--listen", "127.0.0.1:0", "--token-listen", "127.0.0.1:0"];
        let mut arguments = vec!["--history", "3", "--auth", &auth];
        arguments.extend(ports);
        let mut service = Service::start(&home, &arguments);
        let line = service.line();
        let token_url = line
            .strip_prefix("token endpoint ")
            .unwrap()
            .trim()
            .to_owned();
        Self {
            home,
            key,
            service,
            token_url,
        }
    }

    fn doctor(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut all = vec![
            "doctor",
            "--project",
            "demo",
            "--endpoint",
            &self.service.address,
        ];
        all.extend(arguments);
        run_at(&self.home, &all, variables)
    }

    fn with_key(&self, key: &str) -> Output {
        self.doctor(&["--credentials", key, "--token-url", &self.token_url], &[])
    }
}

#[test]
fn without_a_configuration_the_sandbox_is_looked_at_and_nothing_fails() {
    let output = run(&["doctor"]);
    assert_told(&output, "configuration", &["ok", "none", "config init"], 0);
    assert_told(&output, "profile", &["the embedded sandbox"], 0);
    assert_told(&output, "list", &["ok", "projects/demo"], 0);
    assert_told(&output, "get", &["ok"], 0);
    assert_told(&output, "place", &["skipped", "cannot be taken back"], 0);
    assert_told(&output, "terminal", &["skipped"], 0);
}

#[test]
fn a_key_that_cannot_be_read_is_found() {
    let home = Home::new();
    let missing = home.path().join("missing.json").display().to_string();
    let arguments = ["doctor", "--project", "demo", "--endpoint", "127.0.0.1:1"];
    let output = run_at(
        &home,
        &[&arguments[..], &["--credentials", &missing]].concat(),
        &[],
    );
    assert_told(&output, "credentials", &["FAILED", "missing.json"], 2);
}

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;

    let guarded = Guarded::start("voice.calls.list,voice.calls.get");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&guarded.key, open).unwrap();
    let output = guarded.with_key(&guarded.key);
    assert_told(
        &output,
        "credentials",
        &["warning", "chmod 600", "c@demo.example"],
        0,
    );
    assert_told(&output, "token", &["ok", "/token"], 0);
    assert_told(&output, "list", &["ok"], 0);
}

#[test]
fn a_key_that_the_token_server_does_not_know_is_found() {
    let guarded = Guarded::start("voice.calls.list");
    let other = Guarded::start("voice.calls.list");
    let output = guarded.with_key(&other.key);
    assert_told(&output, "token", &["FAILED", "refused the key", "-> "], 4);
    assert_told(&output, "permissions", &["skipped"], 4);
}

#[test]
fn a_token_that_is_not_taken_is_found() {
    let guarded = Guarded::start("voice.calls.list");
    let output = guarded.doctor(&[], &[("SWITCHBOARD_TOKEN", "hunter2")]);
    assert_told(&output, "list", &["FAILED", "-> the token is not taken"], 4);
    assert!(!text(&output.stdout).contains("hunter2"));
}

#[test]
fn a_missing_permission_is_found_by_its_name() {
    let guarded = Guarded::start("voice.calls.get");
    let output = guarded.with_key(&guarded.key);
    assert_told(
        &output,
        "list",
        &["FAILED", "voice.calls.list", "-> have the permission"],
        4,
    );
}

#[test]
fn a_port_that_nobody_listens_on_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let output = run(&["doctor", "--project", "demo", "--endpoint", &address]);
    assert_told(
        &output,
        "connection",
        &["FAILED", &address, "-> is the service up"],
        5,
    );
    assert_told(&output, "permissions", &["skipped"], 5);
}

#[test]
fn a_configuration_that_is_wrong_is_told_once() {
    let home = Home::new();
    home.configure("poll_evry = \"1s\"\n");
    let output = run_at(&home, &["doctor"], &[]);
    let place = "config.toml:1:1: unknown key";
    assert_told(&output, "configuration", &["FAILED", place], 2);
    assert_eq!(text(&output.stdout).matches(place).count(), 1);
    assert_told(&output, "service", &["skipped"], 2);
}

#[test]
fn a_clock_that_is_wrong_is_found() {
    let home = Home::new();
    let quick = [
        "--listen",
        "127.0.0.1:0",
        "--history",
        "0",
        "--speed",
        "1000",
    ];
    let service = Service::start(&home, &quick);
    let output = run(&[
        "doctor",
        "--project",
        "demo",
        "--endpoint",
        &service.address,
    ]);
    assert_told(
        &output,
        "clock",
        &["warning", "s behind the service's", "-> set it"],
        0,
    );
}

#[test]
fn clocks_that_agree_are_told_to() {
    let output = run(&["doctor"]);
    assert_told(&output, "clock", &["ok", "agree"], 0);
}
