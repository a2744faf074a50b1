//! What comes out of flags, variables and files together.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use proptest::prelude::*;
use rstest::rstest;
use tracing::level_filters::LevelFilter;

use super::file::{self, File};
use super::views::VIEW_KEYS;
use super::*;
use crate::api::Endpoint;
use crate::api::auth::{Token, key_json};
use crate::app::{Column, SavedView, Sort, ViewKey};

mod tickets;
mod views;

const SAMPLE: &str = include_str!("../../assets/config.toml");

/// A folder with this configuration in it, and the flags that choose it.
fn configured(text: &str) -> (tempfile::TempDir, Flags) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    let flags = Flags {
        config: Some(path),
        ..Flags::default()
    };
    (folder, flags)
}

fn parse(text: &str) -> Result<File, ConfigError> {
    file::parse(
        text,
        Path::new("/etc/sb/config.toml"),
        Some(Path::new("/home/op")),
    )
}

fn service(settings: &Settings) -> &Service {
    match &settings.target {
        Target::Service(service) => service,
        Target::Sandbox { .. } => panic!("this is the sandbox"),
    }
}

fn error(flags: &Flags, variables: &[(&str, &str)]) -> String {
    resolve(flags, &Environment::of(variables))
        .unwrap_err()
        .to_string()
}

const PROFILES: &str = r#"
default_profile = "production"

[profile.production]
project = "live"
credentials = "live.json"
read_only = true

[profile.local]
project = "demo"
endpoint = "http://127.0.0.1:50051"
"#;

#[test]
fn nothing_configured_is_the_embedded_sandbox() {
    let settings = resolve(&Flags::default(), &Environment::default()).unwrap();
    let project = crate::call::ProjectName::parse("demo").unwrap();
    assert_eq!(settings.target, Target::Sandbox { project });
    assert_eq!(settings.profile, "sandbox");
    assert_eq!(settings.poll_every, Duration::from_secs(2));
    assert_eq!(settings.max_calls, 1_000_000);
    assert_eq!(settings.log.level, LevelFilter::WARN);
    assert_eq!(settings.notices, Vec::<String>::new());
    assert!(settings.screen.mouse && settings.screen.colour && !settings.screen.ascii);
    assert!(!settings.read_only);
}

#[test]
fn the_shipped_sample_is_the_default_configuration() {
    let (_folder, flags) = configured(SAMPLE);
    let world = Environment::default();
    let mut sample = resolve(&flags, &world).unwrap();
    assert!(sample.file.take().is_some());
    assert_eq!(sample, resolve(&Flags::default(), &world).unwrap());
}

#[test]
fn the_shipped_sample_shows_every_setting_and_its_examples_are_right() {
    let examples: String = SAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(example) if !example.starts_with(' ') => format!("{example}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let file = parse(&examples).unwrap();
    assert_eq!(file.zone, Some(Tz::Australia__Melbourne));
    assert!(
        file.profiles
            .contains_key(&file.default_profile.unwrap().value)
    );
    for key in file::KEYS
        .into_iter()
        .filter(|key| !matches!(*key, "profile" | "view" | "preset"))
    {
        assert!(examples.contains(&format!("\n{key} = ")), "{key}");
    }
    for key in file::PROFILE_KEYS
        .into_iter()
        .filter(|key| *key != "preset")
        .chain(VIEW_KEYS)
        .chain(presets::PRESET_KEYS)
    {
        assert!(examples.contains(&format!("\n{key} = ")), "{key}");
    }
    assert_eq!(file.views.len(), 2);
}

#[rstest]
#[case::unknown_key("pol_every = \"2s\"", "1:1", "did you mean poll_every?")]
#[case::unknown_key_with_nothing_near("x = 1", "1:1", "known here: default_profile")]
#[case::unknown_key_of_a_profile("[profile.a]\nendpont = \"x\"", "2:1", "did you mean endpoint?")]
#[case::views_are_a_table("view = 3", "1:1", "write [view.NAME] to add one")]
#[case::a_view_is_a_table("[view]\nmine = \"failed\"", "2:1", "write [view.\"mine\"]")]
#[case::unknown_key_of_a_view("[view.a]\nfilters = \"x\"", "2:1", "did you mean filter?")]
#[case::a_view_without_a_name("[view.\"\"]", "1:7", "a view needs a name")]
#[case::a_name_that_acts("[view.\"a\\u001b[31m\"]", "1:7", "does not show: \"a\\u{1b}[31m\"")]
#[case::a_filter_that_is_wrong(
    "[view.a]\nfilter = \"stat = failed\"",
    "2:11",
    "did you mean state?"
)]
#[case::a_filter_that_is_wrong_further_on(
    "[view.a]\nfilter = 'é busy state = nonsense'",
    "2:26",
    "filter: "
)]
#[case::a_wrong_filter_with_escapes(
    "[view.a]\nfilter = \"\\u0041 stat = failed\"",
    "2:10",
    "state?"
)]
#[case::a_filter_that_is_no_text("[view.a]\nfilter = 3", "2:10", "a text in quotes")]
#[case::no_column(
    "[view.a]\ncolumns = [\"state\", \"prise\"]",
    "2:21",
    "did you mean price?"
)]
#[case::a_column_twice("[view.a]\ncolumns = [\"to\", \"TO\"]", "2:18", "there already")]
#[case::no_columns("[view.a]\ncolumns = []", "2:11", "leave columns out to show all")]
#[case::columns_of_no_text("[view.a]\ncolumns = [1]", "2:12", "texts in quotes")]
#[case::columns_that_are_no_list("[view.a]\ncolumns = \"to\"", "2:11", "in brackets")]
#[case::no_order("[view.a]\nsort = \"talc\"", "2:8", "did you mean talk?")]
#[case::an_order_by_sign("[view.a]\nsort = \"-talk\"", "2:8", "write \"talk reversed\"")]
#[case::an_order_and_more("[view.a]\nsort = \"talk down\"", "2:8", "reversed behind it")]
#[case::no_key("[view.a]\nkey = 0", "2:7", "from 1 to 9")]
#[case::a_key_in_quotes(
    "[view.a]\nkey = \"3\"",
    "2:7",
    "without quotes; this is of type string"
)]
#[case::a_key_twice(
    "[view.a]\nkey = 3\n[view.b]\nkey = 3",
    "4:7",
    "the key 3 is that of the view \"a\" already"
)]
#[case::ill_typed(
    "mouse = true\nascii = \"yes\"",
    "2:9",
    "true or false; this is of type string"
)]
#[case::ill_typed_text("tz = 10", "1:6", "a text in quotes; this is of type integer")]
#[case::a_table_is_no_text("[theme]\na = 1", "1:1", "theme has to be a text")]
#[case::bad_value("poll_every = \"fast\"", "1:14", "no time span")]
#[case::too_few_calls("max_calls = 100", "1:13", "out of range: 5000")]
#[case::too_many_calls("max_calls = 99999999999999999999", "1:13", "out of range: 5000")]
#[case::no_number_of_calls("max_calls = \"many\"", "1:13", "has to be a number")]
#[case::bad_zone("tz = \"Europe/Berln\"", "1:6", "did you mean Europe/Berlin?")]
#[case::bad_theme("theme = \"mon\"", "1:9", "did you mean mono?")]
#[case::two_zones("utc = true\ntz = \"UTC\"", "2:1", "exclude each other")]
#[case::bad_project("[profile.a]\nproject = \"No Such\"", "2:11", "no project id")]
#[case::bad_endpoint("[profile.a]\nendpoint = \"http://h\"", "2:12", "use https://h")]
#[case::columns_are_characters("[profile.\"é\"]\n\"é\" = 1", "2:1", "unknown key")]
#[case::a_token_in_the_file("[profile.a]\ntoken = \"hunter2\"", "2:1", "SWITCHBOARD_TOKEN")]
#[case::two_credentials(
    "[profile.a]\ncredentials = \"a\"\ntoken_file = \"b\"",
    "3:14",
    "credentials are given twice"
)]
#[case::a_name_for_the_table("profile = \"a\"", "1:1", "default_profile")]
#[case::the_reserved_profile("[profile.sandbox]", "1:10", "another name")]
#[case::a_profile_that_is_no_table("[profile]\na = 1", "2:1", "[profile.a]")]
#[case::an_empty_path("[profile.a]\ntoken_file = \"\"", "2:14", "empty")]
#[case::no_toml("mouse = ", "1:", "not TOML")]
#[case::a_secret_in_a_broken_line("token = hunter2 hunter2", "1:", "not TOML")]
#[case::twice("mouse = true\nmouse = true", "2:1", "not TOML: duplicate key")]
#[case::the_first_slip_of_the_file_is_told("zzz = 1\naaa = 1", "1:1", "\"zzz\"")]
fn a_slip_in_the_file_is_told_with_its_place(
    #[case] text: &str,
    #[case] place: &str,
    #[case] part: &str,
) {
    // A view that is wrong is no reason not to start.
    let reason = if text.contains("[view") {
        parse(text).unwrap().notices.concat()
    } else {
        parse(text).unwrap_err().to_string()
    };
    assert!(
        reason.starts_with(&format!("/etc/sb/config.toml:{place}")),
        "{reason}"
    );
    assert!(reason.contains(part), "{reason}");
    assert!(!reason.contains("hunter2"), "{reason}");
}

proptest! {
    #[test]
    fn no_text_makes_the_file_reader_panic(text in ".{0,200}") {
        let _either = parse(&text);
    }

    #[test]
    fn no_toml_makes_the_file_reader_panic(
        key in "[a-z_]{1,8}",
        value in prop_oneof!["\"[^\"\\\\\n]{0,20}\"", "[0-9]{1,4}", "true|false", "\\{\\}|\\[\\]"],
    ) {
        let _either = parse(&format!("{key} = {value}\n[profile.x]\n{key} = {value}"));
    }
}

#[test]
fn paths_in_the_file_stand_beside_it_or_at_home() {
    let file = parse("[profile.a]\ncredentials = \"k/a.json\"\n[profile.b]\ntoken_file = \"~/b\"");
    let file = file.unwrap();
    let credentials = |name: &str| {
        let profile = &file.profiles.get(name).unwrap().value;
        profile.credentials.clone().unwrap().value
    };
    let beside = PathBuf::from("/etc/sb/k/a.json");
    assert_eq!(credentials("a"), Credentials::KeyFile(beside));
    assert_eq!(
        credentials("b"),
        Credentials::TokenFile("/home/op/b".into())
    );
}

#[test]
fn flags_beat_variables_and_those_beat_the_profile() {
    let (folder, mut flags) = configured(PROFILES);
    let world = |variables: &[(&str, &str)]| Environment::of(variables);

    let settings = resolve(&flags, &world(&[])).unwrap();
    assert_eq!(settings.profile, "production");
    assert!(settings.read_only);
    assert_eq!(service(&settings).project.id(), "live");
    assert_eq!(service(&settings).endpoint, Endpoint::default());
    let key = folder.path().join("live.json");
    assert_eq!(service(&settings).credentials, Credentials::KeyFile(key));

    let variables = [
        ("SWITCHBOARD_PROJECT", "other"),
        ("SWITCHBOARD_TOKEN", " t \n"),
    ];
    let settings = resolve(&flags, &world(&variables)).unwrap();
    assert_eq!(service(&settings).project.id(), "other");
    let token = Credentials::Token(Token::parse("t").unwrap());
    assert_eq!(service(&settings).credentials, token);

    flags.project = Some("third".to_owned());
    flags.token_file = Some("tok".into());
    let settings = resolve(&flags, &world(&variables)).unwrap();
    assert_eq!(service(&settings).project.id(), "third");
    let token_file = Credentials::TokenFile("tok".into());
    assert_eq!(service(&settings).credentials, token_file);
    assert!(settings.read_only, "no source takes read-only back");
}

#[test]
fn another_profile_is_chosen_by_flag_or_variable() {
    let (_folder, mut flags) = configured(PROFILES);
    let variables = [("SWITCHBOARD_PROFILE", "local")];
    let settings = resolve(&flags, &Environment::of(&variables)).unwrap();
    assert_eq!(settings.profile, "local");
    assert_eq!(service(&settings).credentials, Credentials::Anonymous);
    flags.profile = Some("production".to_owned());
    let settings = resolve(&flags, &Environment::of(&variables)).unwrap();
    assert_eq!(settings.profile, "production");
    flags.profile = Some("sandbox".to_owned());
    flags.project = Some("mine".to_owned());
    let settings = resolve(&flags, &Environment::of(&variables)).unwrap();
    let project = crate::call::ProjectName::parse("mine").unwrap();
    assert_eq!(settings.target, Target::Sandbox { project });
}

#[test]
fn a_profile_that_is_not_there_is_told_with_the_nearest() {
    let (_folder, mut flags) = configured(PROFILES);
    flags.profile = Some("prodution".to_owned());
    assert_eq!(
        error(&flags, &[]),
        "--profile: there is no profile \"prodution\" (did you mean production?)"
    );
    flags.profile = Some("x".to_owned());
    assert!(error(&flags, &[]).contains("known profiles: local, production, sandbox"));
}

#[rstest]
#[case::a_token_and_a_key_file(
    &[("SWITCHBOARD_TOKEN", "hunter2"), ("SWITCHBOARD_CREDENTIALS", "k.json"),
      ("SWITCHBOARD_PROJECT", "demo")],
    "SWITCHBOARD_TOKEN: credentials are given twice, here and at SWITCHBOARD_CREDENTIALS"
)]
#[case::an_endpoint_without_a_project(
    &[("SWITCHBOARD_ENDPOINT", "127.0.0.1:1")],
    "SWITCHBOARD_ENDPOINT: no project is given (add --project ID"
)]
#[case::a_project_without_credentials(
    &[("SWITCHBOARD_PROJECT", "demo")],
    "there are no credentials for projects/demo at https://voice.api.enfonica.com:443 (name a key"
)]
#[case::credentials_without_a_project(
    &[("SWITCHBOARD_TOKEN", "hunter2")],
    "SWITCHBOARD_TOKEN: no project is given"
)]
#[case::the_sandbox_and_an_endpoint(
    &[("SWITCHBOARD_PROFILE", "sandbox"), ("SWITCHBOARD_ENDPOINT", "127.0.0.1:1")],
    "SWITCHBOARD_ENDPOINT: the embedded sandbox, chosen by SWITCHBOARD_PROFILE, has no use"
)]
#[case::no_yes_and_no_no(&[("SWITCHBOARD_READ_ONLY", "perhaps")], "SWITCHBOARD_READ_ONLY: ")]
#[case::an_unknown_log_level(&[("SWITCHBOARD_LOG_LEVEL", "warm")], "did you mean warn?")]
fn contradictions_are_told_with_a_remedy(#[case] variables: &[(&str, &str)], #[case] part: &str) {
    let reason = error(&Flags::default(), variables);
    assert!(reason.contains(part), "{reason}");
    assert!(!reason.contains("hunter2"), "{reason}");
}

#[test]
fn a_key_file_names_the_project_where_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.json");
    fs::write(&key, key_json().to_string()).unwrap();
    let variables = [("ENFONICA_APPLICATION_CREDENTIALS", key.to_str().unwrap())];
    let settings = resolve(&Flags::default(), &Environment::of(&variables)).unwrap();
    assert_eq!(service(&settings).project.id(), "from-key");
    assert_eq!(settings.profile, "voice.api.enfonica.com:443");
    assert!(matches!(
        &service(&settings).credentials,
        Credentials::Key(_)
    ));
    // It was read, and is not read again.
    fs::remove_file(&key).unwrap();
    let service = service(&settings).clone();
    service.credentials.open(service.token_url).unwrap();
}

#[rstest]
#[case::missing(None, "give the path of the JSON file")]
#[case::no_json(Some("{ \"type\": ".to_owned()), "is not JSON (line 1")]
#[case::another_type(Some("{}".to_owned()), "type is not service_account")]
#[case::endless(Some("\0".repeat(1 << 20)), "too large to be a key file")]
#[case::no_project(
    Some(key_with("project_id", "")),
    "no project is given (add --project ID"
)]
#[case::a_bad_project(
    Some(key_with("project_id", "No Such")),
    "\"No Such\" is no project id"
)]
fn a_key_file_that_names_no_project_is_told_with_what_is_wrong(
    #[case] text: Option<String>,
    #[case] part: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    if let Some(text) = text {
        fs::write(&path, text).unwrap();
    }
    let flags = Flags {
        credentials: Some(path.clone()),
        ..Flags::default()
    };
    let reason = error(&flags, &[]);
    assert!(reason.starts_with("--credentials: "), "{reason}");
    assert!(reason.contains(part), "{reason}");
    let named = reason.contains(path.to_str().unwrap());
    assert!(named || reason.contains("no project is given"), "{reason}");
}

#[cfg(unix)]
#[test]
fn a_key_file_without_an_end_is_not_read_to_it() {
    let flags = Flags {
        credentials: Some("/dev/zero".into()),
        ..Flags::default()
    };
    let reason = error(&flags, &[]);
    assert!(reason.contains("too large to be a key file"), "{reason}");
}

fn key_with(field: &str, value: &str) -> String {
    let mut key = key_json();
    key[field] = value.into();
    key.to_string()
}

#[test]
fn standing_credentials_are_not_shown_to_a_sandbox_on_this_machine() {
    let (_folder, mut flags) = configured(PROFILES);
    flags.endpoint = Some("127.0.0.1:50051".to_owned());
    let variables = [("ENFONICA_APPLICATION_CREDENTIALS", "/keys/live.json")];
    let settings = resolve(&flags, &Environment::of(&variables)).unwrap();
    assert_eq!(service(&settings).credentials, Credentials::Anonymous);
    let notice = settings.notices.first().unwrap();
    assert!(notice.contains("not shown to it"), "{notice}");

    flags.token_url = Some("http://127.0.0.1:8081/token".to_owned());
    let settings = resolve(&flags, &Environment::of(&variables)).unwrap();
    let key = Credentials::KeyFile("/keys/live.json".into());
    assert_eq!(service(&settings).credentials, key);
    assert!(settings.notices.is_empty());
}

#[test]
fn a_named_file_has_to_be_there() {
    let flags = Flags {
        config: Some("/nowhere/at/all.toml".into()),
        ..Flags::default()
    };
    let reason = error(&flags, &[]);
    assert!(
        reason.starts_with("--config: /nowhere/at/all.toml cannot be read"),
        "{reason}"
    );
}

#[test]
fn the_screen_follows_flags_then_file_then_surroundings() {
    let (_folder, mut flags) = configured("tz = \"Asia/Tokyo\"\nascii = false\nmouse = false");
    let world = Environment::of(&[("TZ", "Europe/Berlin"), ("LANG", "C"), ("NO_COLOR", "1")]);
    let screen = resolve(&flags, &world).unwrap().screen;
    let expected = Screen {
        zone: Tz::Asia__Tokyo,
        ascii: false,
        colour: false,
        mouse: false,
    };
    assert_eq!(screen, expected);
    flags.zone = Some(ZoneFlag::Utc);
    flags.ascii = true;
    let screen = resolve(&flags, &world).unwrap().screen;
    assert!(screen.ascii);
    assert_eq!(screen.zone, Tz::UTC);
    flags.zone = Some(ZoneFlag::Named("Nowhere/Land".to_owned()));
    assert!(error(&flags, &[]).starts_with("--tz: \"Nowhere/Land\" is no time zone"));
    flags.config = None;
    flags.zone = None;
    assert_eq!(
        resolve(&flags, &world).unwrap().screen.zone,
        Tz::Europe__Berlin
    );
}

#[test]
fn a_slip_in_a_variable_is_said() {
    let world = Environment::of(&[("SWITCHBOARD_ENDPONT", "x")]);
    let notices = resolve(&Flags::default(), &world).unwrap().notices;
    assert_eq!(
        notices,
        ["the variable \"SWITCHBOARD_ENDPONT\" is not known; did you mean SWITCHBOARD_ENDPOINT?"]
    );
}

#[test]
fn no_secret_is_in_a_debug_form() {
    let world = Environment::of(&[
        ("SWITCHBOARD_TOKEN", "hunter2"),
        ("SWITCHBOARD_PROJECT", "demo"),
    ]);
    let settings = resolve(&Flags::default(), &world).unwrap();
    let shown = format!("{world:?} {settings:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
