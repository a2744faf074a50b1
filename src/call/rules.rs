//! The input rules of CreateCall (`api.md §5`), in one place for the form and for the sandbox.
//!
//! Each check answers with the reason as a person would say it, for the form shows it at the field
//! and the sandbox sends it as the description of a field violation.

use url::Url;

use super::{
    E164, Labels, NewCall, NumberFault, PostProcessing, Transcribe, Trigger, Violation, excerpt,
};

/// How many handler URIs there may be.
pub const MAX_HANDLER_URIS: usize = 5;
/// How many labels there may be.
pub const MAX_LABELS: usize = 50;
/// How many bytes of UTF-8 all keys and values of the labels may have together.
pub const MAX_LABEL_BYTES: usize = 10_000;
/// The longest attempt, in seconds.
pub const MAX_TIMEOUT_SECONDS: i32 = 600;
/// The attempt's length in seconds where none is given.
pub const DEFAULT_TIMEOUT_SECONDS: i32 = 30;

/// Every rule over a whole request; an empty answer means that it can be placed.
pub fn check_new_call(call: &NewCall) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut note = |field: String, result: Result<(), String>| {
        if let Err(reason) = result {
            found.push(Violation { field, reason });
        }
    };
    note("call.to".to_owned(), check_number(&call.to));
    note("call.from".to_owned(), check_number(&call.from));
    note("call.labels".to_owned(), check_labels(&call.labels));

    let options = &call.options;
    match options.handler_uris.len() {
        0 => note(
            "call.options.handler_uris".to_owned(),
            Err("at least one handler URI is needed".to_owned()),
        ),
        count if count > MAX_HANDLER_URIS => note(
            "call.options.handler_uris".to_owned(),
            Err(format!(
                "at most {MAX_HANDLER_URIS} handler URIs are allowed, not {count}"
            )),
        ),
        _ => {}
    }
    for (at, uri) in options.handler_uris.iter().enumerate() {
        note(
            format!("call.options.handler_uris[{at}]"),
            check_handler_uri(uri),
        );
    }
    if !options.state_update_uri.is_empty() {
        note(
            "call.options.state_update_uri".to_owned(),
            check_web_uri(&options.state_update_uri),
        );
    }
    note(
        "call.options.timeout_seconds".to_owned(),
        check_timeout(options.timeout_seconds),
    );

    if let Some(recording) = &options.recording {
        let field = |name: &str| format!("call.options.recording.{name}");
        if let Trigger::Other(number) = recording.trigger {
            note(
                field("trigger"),
                Err(format!("{number} is no recording trigger")),
            );
        }
        for (at, step) in recording.post_processing.iter().enumerate() {
            if let PostProcessing::Other(number) = step {
                note(
                    field(&format!("post_processing[{at}]")),
                    Err(format!("{number} is no kind of post-processing")),
                );
            }
        }
        if let Transcribe::Other(number) = recording.transcribe {
            note(
                field("transcribe"),
                Err(format!("{number} is no way to transcribe")),
            );
        } else if recording.transcribes() && !recording.records() {
            note(
                field("transcribe"),
                Err(
                    "a transcription needs a recording: set the trigger to ANSWER or BRIDGE"
                        .to_owned(),
                ),
            );
        }
        for (name, uri) in [
            ("recording_ready_uri", &recording.recording_ready_uri),
            (
                "transcription_ready_uri",
                &recording.transcription_ready_uri,
            ),
        ] {
            if !uri.is_empty() {
                note(field(name), check_web_uri(uri));
            }
        }
    }
    found
}

/// A telephone number as the service takes it: `^\+[1-9][0-9]{1,14}$`.
pub fn check_number(text: &str) -> Result<(), String> {
    E164::parse(text)
        .map(drop)
        .map_err(|fault| fault.to_string())
}

/// At most 50 labels with 10,000 bytes in all, none with an empty key.
pub fn check_labels(labels: &Labels) -> Result<(), String> {
    if labels.iter().any(|(key, _)| key.is_empty()) {
        return Err("a label needs a key".to_owned());
    }
    if labels.len() > MAX_LABELS {
        return Err(format!(
            "at most {MAX_LABELS} labels are allowed, not {}",
            labels.len()
        ));
    }
    if labels.bytes() > MAX_LABEL_BYTES {
        return Err(format!(
            "keys and values may have {MAX_LABEL_BYTES} bytes in all, not {}",
            labels.bytes()
        ));
    }
    Ok(())
}

/// 0 (the default) to 600 seconds.
pub fn check_timeout(seconds: i32) -> Result<(), String> {
    if (0..=MAX_TIMEOUT_SECONDS).contains(&seconds) {
        return Ok(());
    }
    Err(format!(
        "{seconds} s is out of range: 1 to {MAX_TIMEOUT_SECONDS}, or nothing for \
         {DEFAULT_TIMEOUT_SECONDS}"
    ))
}

/// An absolute http or https URI with a host.
pub fn check_web_uri(text: &str) -> Result<(), String> {
    let url = absolute(text)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "{}: is not supported here: use http or https",
            excerpt(url.scheme())
        ));
    }
    with_host(text, &url)
}

/// A handler: an absolute http or https URI with a host, or a sip, sips or tel URI.
pub fn check_handler_uri(text: &str) -> Result<(), String> {
    let url = absolute(text)?;
    match url.scheme() {
        "http" | "https" => with_host(text, &url),
        "sip" | "sips" => {
            let address = url.path().split(['?', ';']).next().unwrap_or_default();
            let host = address.rsplit('@').next().unwrap_or_default();
            if host.is_empty() || address.starts_with('@') {
                return Err("a SIP URI names a user and a domain: sip:user@domain".to_owned());
            }
            Ok(())
        }
        "tel" => check_number(url.path()),
        other => Err(format!(
            "{}: is not supported: use http, https, sip, sips or tel",
            excerpt(other)
        )),
    }
}

/// Whether a text that is no handler URI yet can still become one when somebody types on.
pub fn may_become_handler_uri(text: &str) -> bool {
    may_become(text, &["http", "https", "sip", "sips", "tel"])
}

/// Whether a text that is no web URI yet can still become one when somebody types on.
pub fn may_become_web_uri(text: &str) -> bool {
    may_become(text, &["http", "https"])
}

/// True wherever it is not certain that nothing can follow: nobody is told off in mid-word.
fn may_become(text: &str, schemes: &[&str]) -> bool {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let Some((scheme, rest)) = lower.split_once(':') else {
        return schemes.iter().any(|scheme| scheme.starts_with(&*lower));
    };
    if !schemes.contains(&scheme) {
        return false;
    }
    match scheme {
        "tel" => {
            !matches!(
                E164::parse(rest),
                Err(NumberFault::NotADigit(_) | NumberFault::LeadingZero | NumberFault::TooLong(_))
            ) && (rest.is_empty() || rest.starts_with('+'))
        }
        "sip" | "sips" => !rest.starts_with('@'),
        _ => match rest.strip_prefix("//") {
            Some(host) => !host.starts_with(['/', '\\', '?', '#']),
            None => "//".starts_with(rest),
        },
    }
}

fn absolute(text: &str) -> Result<Url, String> {
    if text.is_empty() {
        return Err("a URI is needed, such as https://app.example/handle-call".to_owned());
    }
    // The parser would silently strip these; what is sent must be what was checked.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("a URI has no blanks or control characters".to_owned());
    }
    Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            "the URI must be absolute, such as https://app.example/handle-call".to_owned()
        }
        other => format!("not a URI: {other}"),
    })
}

/// The parser forgives `http:/host` and `http:host`; other readers of the same text do not.
fn with_host(text: &str, url: &Url) -> Result<(), String> {
    let (_, rest) = text.split_once(':').unwrap_or_default();
    let authority = rest.strip_prefix("//").unwrap_or_default();
    if url.host_str().is_none_or(str::is_empty)
        || authority.starts_with(['/', '\\'])
        || authority.is_empty()
    {
        return Err("the URI needs a host, such as https://app.example/handle-call".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Options, RecordingConfig};
    use rstest::rstest;

    fn valid() -> NewCall {
        NewCall {
            to: "+61491570006".to_owned(),
            from: "+61255501234".to_owned(),
            options: Options {
                handler_uris: vec!["https://app.example/handle-call".to_owned()],
                ..Options::default()
            },
            ..NewCall::default()
        }
    }

    fn fields(call: &NewCall) -> Vec<String> {
        check_new_call(call)
            .into_iter()
            .map(|violation| violation.field)
            .collect()
    }

    #[test]
    fn a_plain_request_passes() {
        assert_eq!(check_new_call(&valid()), []);
    }

    #[test]
    fn an_empty_request_names_all_that_is_missing() {
        assert_eq!(
            fields(&NewCall::default()),
            ["call.to", "call.from", "call.options.handler_uris"]
        );
    }

    #[test]
    fn handlers_are_counted_and_checked_one_by_one() {
        let mut call = valid();
        call.options.handler_uris = vec!["https://a.example/".to_owned(); 6];
        call.options.handler_uris[4] = "ftp://a.example".to_owned();
        assert_eq!(
            fields(&call),
            ["call.options.handler_uris", "call.options.handler_uris[4]"]
        );
    }

    #[test]
    fn a_transcription_needs_a_recording() {
        let mut call = valid();
        let mut recording = RecordingConfig {
            transcribe: Transcribe::Default,
            ..RecordingConfig::default()
        };
        call.options.recording = Some(recording.clone());
        assert_eq!(fields(&call), ["call.options.recording.transcribe"]);
        recording.trigger = Trigger::Bridge;
        call.options.recording = Some(recording);
        assert!(fields(&call).is_empty());
    }

    #[test]
    fn unknown_numbers_of_the_recording_are_refused() {
        let mut call = valid();
        call.options.recording = Some(RecordingConfig {
            trigger: Trigger::Other(9),
            post_processing: vec![PostProcessing::TrimSilence, PostProcessing::Other(7)],
            transcribe: Transcribe::Other(8),
            recording_ready_uri: "/relative".to_owned(),
            transcription_ready_uri: "sip:a@b".to_owned(),
        });
        assert_eq!(
            fields(&call),
            [
                "call.options.recording.trigger",
                "call.options.recording.post_processing[1]",
                "call.options.recording.transcribe",
                "call.options.recording.recording_ready_uri",
                "call.options.recording.transcription_ready_uri",
            ]
        );
    }

    #[rstest]
    #[case("https://app.example/handle?x=1", true)]
    #[case("HTTP://app.example", true)]
    #[case("https://[2001:db8::1]:8443/x", true)]
    #[case("sip:user@sip.example;transport=tls", true)]
    #[case("SIPS:sip.example", true)]
    #[case("tel:+61491570006", true)]
    #[case("tel:12", false)]
    #[case("sip:", false)]
    #[case("sip:@host", false)]
    #[case("https://", false)]
    #[case("https:///path", false)]
    #[case("http:/app.example", false)]
    #[case("http:app.example", false)]
    #[case("app.example/handle", false)]
    #[case("/handle", false)]
    #[case("https://app.example/a b", false)]
    #[case("https://app.example/\n", false)]
    #[case("mailto:a@b.example", false)]
    #[case("", false)]
    fn handler_uris(#[case] uri: &str, #[case] fine: bool) {
        assert_eq!(
            check_handler_uri(uri).is_ok(),
            fine,
            "{:?}",
            check_handler_uri(uri)
        );
    }

    #[rstest]
    #[case("https://app.example:8443/handle?x=1#y")]
    #[case("HTTP://user:word@app.example")]
    #[case("https://[2001:db8::1]:8443/x")]
    #[case("https://xn--bcher-kva.example/%41")]
    #[case("https://192.0.2.1/")]
    #[case("sip:user@sip.example;transport=tls")]
    #[case("SIPS:sip.example:5061")]
    #[case("tel:+61491570006")]
    fn nothing_scolds_on_the_way_to_a_uri(#[case] uri: &str) {
        assert_eq!(check_handler_uri(uri), Ok(()));
        for (at, _) in uri.char_indices() {
            let beginning = uri.get(..at).unwrap();
            let fine = check_handler_uri(beginning).is_ok() || may_become_handler_uri(beginning);
            assert!(fine, "{beginning}");
        }
    }

    #[rstest]
    #[case("ftp:")]
    #[case("app")]
    #[case("/")]
    #[case("https:/x")]
    #[case("https:///")]
    #[case("https://a b")]
    #[case("sip:@")]
    #[case("tel:0")]
    #[case("tel:+01")]
    #[case("tel:+61x")]
    fn what_never_becomes_a_uri_is_known_at_once(#[case] text: &str) {
        assert!(check_handler_uri(text).is_err() && !may_become_handler_uri(text));
    }

    #[test]
    fn labels_are_bounded_in_number_and_in_bytes() {
        let many = |count: usize| (0..count).map(|n| (n.to_string(), "")).collect::<Labels>();
        assert!(check_labels(&many(50)).is_ok());
        assert!(check_labels(&many(51)).unwrap_err().contains("50"));
        let long = |bytes: usize| {
            [("k", "x".repeat(bytes - 1))]
                .into_iter()
                .collect::<Labels>()
        };
        assert!(check_labels(&long(10_000)).is_ok());
        assert!(check_labels(&long(10_001)).unwrap_err().contains("10001"));
        assert!(check_labels(&[("", "v")].into_iter().collect()).is_err());
    }

    #[test]
    fn the_timeout_has_bounds() {
        for (seconds, fine) in [(-1, false), (0, true), (1, true), (600, true), (601, false)] {
            assert_eq!(check_timeout(seconds).is_ok(), fine, "{seconds}");
        }
    }
}
