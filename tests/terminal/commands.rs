//! What is said, where, and with which exit status, when nothing is drawn.

use std::process::{Command, Output, Stdio};

use rstest::rstest;

use super::BINARY;
use super::home::Home;

pub(crate) fn run_at(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(BINARY)
        .args(arguments)
        .env_clear()
        .envs(home.variables())
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs the program to its end, without a terminal.
pub(crate) fn run(arguments: &[&str]) -> Output {
    run_at(&Home::new(), arguments, &[])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// One error on stderr, nothing on stdout, and the status of wrong use.
fn assert_refused(output: &Output, part: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
    assert!(stderr.contains(part), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn help_goes_to_stdout_and_is_no_failure() {
    for arguments in [
        &["--help"][..],
        &["sandbox", "--help"],
        &["sandbox", "key", "--help"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("Usage: switchboard"));
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn the_version_is_the_package_s() {
    let output = run(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    let version = concat!("switchboard ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(text(&output.stdout), version);
}

#[rstest]
#[case::an_unknown_flag(&["--porject", "x"], "--project")]
#[case::an_unknown_command(&["snadbox"], "similar subcommand exists: 'sandbox'")]
#[case::a_flag_without_its_value(&["--project"], "--project")]
#[case::two_zones(&["--utc", "--tz", "UTC"], "cannot be used with")]
#[case::an_unknown_zone(&["--tz", "Europe/Berln"], "did you mean Europe/Berlin?")]
#[case::an_endpoint_without_a_project(&["--endpoint", "127.0.0.1:1"], "add --project ID")]
#[case::plain_text_over_the_network(
    &["--project", "demo", "--endpoint", "http://192.0.2.1:1"],
    "--endpoint: "
)]
#[case::a_project_without_credentials(&["--project", "demo"], "there are no credentials")]
#[case::a_bad_project(&["--project", "No Such"], "--project: \"No Such\" is no project id")]
#[case::two_credentials(
    &["--project", "demo", "--credentials", "a", "--token-file", "b"],
    "credentials are given twice"
)]
#[case::a_profile_that_is_not_there(&["--profile", "x"], "there is no profile \"x\"")]
#[case::a_configuration_that_is_not_there(&["--config", "/nowhere.toml"], "cannot be read")]
#[case::a_bad_log_level(&["--log-level", "loud"], "choose from off, error")]
#[case::the_sandbox_in_the_open(&["sandbox", "--listen", "0.0.0.0:0"], "this machine only")]
#[case::tokens_without_accounts(&["sandbox", "--token-listen", "127.0.0.1:0"], "--auth <FILE>")]
#[case::a_key_without_permissions(&["sandbox", "key", "--auth", "a", "--out", "k"], "--permission")]
#[case::a_key_of_nobody(
    &["sandbox", "key", "--auth", "a", "--account", "x", "--project", "demo", "--permission",
      "voice.calls.get", "--out", "k"],
    "\"x\" is no e-mail address"
)]
#[case::a_sandbox_without_a_clock(&["sandbox", "--speed", "0"], "above 0")]
#[case::a_flag_of_the_console_for_the_sandbox(&["sandbox", "--filter", "x"], "--filter")]
fn wrong_use_is_told_with_a_remedy(#[case] arguments: &[&str], #[case] part: &str) {
    assert_refused(&run(arguments), part);
}

#[test]
fn a_bad_filter_is_underlined_before_anything_is_drawn() {
    let output = run(&["--filter", "state = FAILD"]);
    assert_refused(&output, "--filter: ");
    assert_refused(&output, "\n  state = FAILD\n          ^^^^^\n");
}

#[test]
fn the_console_says_that_it_needs_a_terminal() {
    assert_refused(&run(&[]), "the console needs a terminal");
}

#[test]
fn a_slip_in_the_configuration_is_told_with_its_place() {
    let home = Home::new();
    let path = home.configure("mouse = true\n[profile.a]\nendpont = \"x\"\n");
    let place = format!("{}:3:1: unknown key \"endpont\"", path.display());
    let output = run_at(&home, &[], &[]);
    assert_refused(&output, &place);
    assert_refused(&output, "(did you mean endpoint?)");
}

#[test]
fn the_profile_that_was_meant_is_named() {
    let home = Home::new();
    home.configure("[profile.production]\nproject = \"live\"\n");
    let output = run_at(&home, &["--profile", "prodution"], &[]);
    assert_refused(&output, "did you mean production?");
}

#[test]
fn a_token_is_in_no_error() {
    let variables = [
        ("SWITCHBOARD_TOKEN", "hunter2"),
        ("SWITCHBOARD_TOKEN_FILE", "/nowhere"),
    ];
    let output = run_at(&Home::new(), &["--project", "demo"], &variables);
    assert_refused(&output, "credentials are given twice");
}

#[test]
fn what_is_echoed_is_harmless() {
    let output = run(&["--project", "demo\u{1b}]0;title\u{7}\u{202e}"]);
    assert_refused(&output, "is no project id");
    assert!(!output.stderr.contains(&0x1b) && !output.stderr.contains(&7));
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let mut child = Command::new(BINARY)
        .arg("--help")
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_first_configuration_is_written_once_and_is_right() {
    let home = Home::new();
    let run = |command: &str| run_at(&home, &["config", command], &[]);
    let path = text(&run("path").stdout);
    assert!(path.trim().ends_with("config.toml"), "{path}");
    let written = run("init");
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    assert_eq!(text(&written.stdout), path);
    let again = run("init");
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("is there already"));
    let checked = run("check");
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("is right"));
}

#[test]
fn a_wrong_configuration_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.toml");
    std::fs::write(&path, "\npoll_evry = \"hunter2\"\n").unwrap();
    let output = run(&["config", "check", "--config", path.to_str().unwrap()]);
    assert_refused(
        &output,
        "wrong.toml:2:1: unknown key \"poll_evry\" (did you mean poll_every?)",
    );
}

#[test]
fn what_is_in_force_is_shown_without_its_secret() {
    let variables = [
        ("SWITCHBOARD_TOKEN", "hunter2"),
        ("SWITCHBOARD_PROJECT", "demo"),
    ];
    let output = run_at(&Home::new(), &["config", "show"], &variables);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(
        shown.contains("project = \"demo\"") && shown.contains("not shown"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[rstest]
#[case::the_manual_page(&["man"], ".TH switchboard 1")]
#[case::completions(&["completions", "zsh"], "#compdef switchboard")]
fn what_an_installation_needs_is_printed(#[case] arguments: &[&str], #[case] part: &str) {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains(part));
    assert_eq!(text(&output.stderr), "");
}
