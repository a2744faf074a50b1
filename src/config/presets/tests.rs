//! Presets and deny lists as they are written, and what is said of slips in them.

use std::path::Path;

use rstest::rstest;

use crate::call::{Calling, DenyList, Transcribe, Trigger, check_denied};
use crate::config::{ConfigError, file};

const BOTH: &str = r#"
default_preset = "support"
deny = ["+1900*"]

[preset.support]
from = "+61255501234"
handlers = ["https://app.example/"]

[preset.other]

[profile.a]
deny = ["+61190*"]

[profile.a.preset.support]
from = "+61255509999"
handlers = ["https://a.example/", "tel:+61255501234"]
timeout = "1m"
private = true
record = "bridge"
transcribe = true
labels = { team = "a", x = "" }
"#;

fn calling(text: &str, profile: Option<&str>) -> Result<Calling, ConfigError> {
    let file = file::parse(text, Path::new("c.toml"), None)?;
    let own = profile.map(|name| &file.profiles[name].value.placing);
    file.placing.with(own)
}

#[test]
fn a_profile_has_its_own_presets_before_those_for_all_and_both_deny_lists() {
    let of_a = calling(BOTH, Some("a")).unwrap();
    let names: Vec<&str> = of_a.presets.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        (names, of_a.default_preset),
        (vec!["support", "other"], Some(0))
    );
    let call = &of_a.presets[0].call;
    assert_eq!((call.to.as_str(), call.from.as_str()), ("", "+61255509999"));
    assert_eq!(call.options.timeout_seconds, 60);
    assert_eq!(call.options.handler_uris.len(), 2);
    assert!(call.is_private);
    let recording = call.options.recording.as_ref().unwrap();
    assert_eq!(
        (recording.trigger, recording.transcribe),
        (Trigger::Bridge, Transcribe::Default)
    );
    assert_eq!(call.labels.get("team"), Some("a"));
    let denies = |deny: &DenyList, number| check_denied(number, deny).is_err();
    assert!(denies(&of_a.deny, "+19005550123") && denies(&of_a.deny, "+61190123456"));
    let of_none = calling(BOTH, None).unwrap();
    assert_eq!(of_none.presets[0].call.from, "+61255501234");
    assert_eq!(of_none.presets[0].call.options.recording, None);
    assert!(denies(&of_none.deny, "+19005550123") && !denies(&of_none.deny, "+61190123456"));
}

#[rstest]
#[case::number("[preset.a]\nfrom = \"0255501234\"", "2:8", "country code")]
#[case::handler(
    "[preset.a]\nhandlers = [\"https://a.example\", \"nonsense\"]",
    "2:34",
    "absolute"
)]
#[case::handlers_are_a_list(
    "[preset.a]\nhandlers = \"https://a.example\"",
    "2:12",
    "a list of URIs"
)]
#[case::webhook("[preset.a]\nstate_webhook = \"sip:a@b\"", "2:17", "http or https")]
#[case::timeout("[preset.a]\ntimeout = \"11m\"", "2:11", "1 to 600")]
#[case::no_timeout("[preset.a]\ntimeout = \"0s\"", "2:11", "whole seconds")]
#[case::no_whole_timeout("[preset.a]\ntimeout = \"500ms\"", "2:11", "whole seconds")]
#[case::record("[preset.a]\nrecord = \"anser\"", "2:10", "did you mean answer?")]
#[case::transcribe("[preset.a]\ntranscribe = true", "2:1", "record = \"answer\"")]
#[case::labels("[preset.a]\nlabels = { a = 3 }", "2:16", "a text in quotes")]
#[case::own_label(
    "[preset.a]\nlabels = { switchboard-ticket = \"x\" }",
    "2:12",
    "the console's own"
)]
#[case::unknown_key("[preset.a]\nhandler = []", "2:1", "did you mean handlers?")]
#[case::unknown_preset(
    "default_preset = \"suport\"\n[preset.support]",
    "1:18",
    "did you mean support?"
)]
#[case::no_preset("default_preset = \"support\"", "1:18", "write [preset.NAME]")]
#[case::not_a_table("[preset]\na = 3", "2:1", "a preset is a table")]
#[case::not_the_table("preset = \"a\"", "1:1", "default_preset = ")]
#[case::a_name("[preset.\" a\"]", "1:9", "without blanks")]
#[case::deny("deny = [\"+1900*\", \"1900\"]", "1:19", "+ and its country code")]
#[case::deny_everything("deny = [\"*\"]", "1:9", "read_only")]
fn a_slip_is_told_with_its_place(#[case] text: &str, #[case] place: &str, #[case] told: &str) {
    let error = calling(text, None).unwrap_err().to_string();
    assert!(error.starts_with(&format!("c.toml:{place}: ")), "{error}");
    assert!(error.contains(told), "{error}");
}
