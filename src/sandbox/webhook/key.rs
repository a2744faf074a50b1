//! The key that webhooks are signed with, and the signature (`api.md §11`).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How many bytes a key has.
const KEY_BYTES: usize = 64;

/// The secret that a project shares with the receivers of its webhooks. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookKey([u8; KEY_BYTES]);

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey(..)")
    }
}

impl WebhookKey {
    /// Reads a key in base64, the form in which the Console shows it. Blanks and line breaks in it
    /// do not matter.
    ///
    /// # Errors
    ///
    /// Tells as a sentence what is wrong, without repeating any of the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "give the base64 of 64 bytes, which is 88 characters that end in ==";
        let text: String = text.split_ascii_whitespace().collect();
        if text.is_empty() {
            return Err(format!("the webhook key is empty: {FORM}"));
        }
        if text.len() == 2 * KEY_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("the webhook key seems to be hexadecimal: {FORM}"));
        }
        if text.len() == KEY_BYTES {
            return Err(format!(
                "the webhook key has 64 characters, so these seem to be the 64 bytes themselves: {FORM}"
            ));
        }
        let bytes = STANDARD
            .decode(text)
            .map_err(|_secret| format!("the webhook key is no base64 with its padding: {FORM}"))?;
        let count = bytes.len();
        let key = bytes.try_into().map_err(|_secret| {
            format!("the webhook key has {count} bytes once it is decoded, not 64: {FORM}")
        })?;
        Ok(Self(key))
    }

    /// The signature of a request: over the URL as it was configured, the event and the body, with
    /// nothing between them.
    pub(super) fn sign(&self, url: &str, event: &str, body: &[u8]) -> String {
        let mut code = Hmac::<Sha256>::new(&self.0.into());
        code.update(url.as_bytes());
        code.update(event.as_bytes());
        code.update(body);
        STANDARD.encode(code.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const KEY: &str =
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
    const URL: &str = "https://example.test/voice/state?tenant=7";
    const EVENT: &str = "CALL_STATE_UPDATE";
    const BODY: &[u8] = br#"{"name":"projects/demo/calls/0001","state":"RINGING"}"#;

    /// `api.md §11`, "Self-made test vector".
    #[test]
    fn the_signature_is_that_of_the_contract() {
        let key = WebhookKey::parse(KEY).unwrap();
        let signature = key.sign(URL, EVENT, BODY);
        assert_eq!(signature, "O0RyyTvw5meH9jVrK33uMyfNA0EVqPKccHHlRk+BKyY=");
    }

    /// The usual mistake, by a receiver: the text of the key in place of what it stands for.
    #[test]
    fn the_text_of_the_key_gives_another_signature() {
        let mut code = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
        for part in [URL.as_bytes(), EVENT.as_bytes(), BODY] {
            code.update(part);
        }
        let wrong = STANDARD.encode(code.finalize().into_bytes());
        assert_eq!(wrong, "sEnp/YO7OlsgMidfz5FWgDWvMn4zq4JBYlnZr7ZyNII=");
        let key = WebhookKey::parse(KEY).unwrap();
        assert_ne!(key.sign(URL, EVENT, BODY), wrong);
    }

    #[test]
    fn every_part_of_a_request_is_signed() {
        let key = WebhookKey::parse(KEY).unwrap();
        let right = key.sign(URL, EVENT, BODY);
        assert_ne!(key.sign("https://example.test/", EVENT, BODY), right);
        assert_ne!(key.sign(URL, "CALL", BODY), right);
        assert_ne!(key.sign(URL, EVENT, b"{}"), right);
        let other = WebhookKey::parse(&STANDARD.encode([1; 64])).unwrap();
        assert_ne!(other.sign(URL, EVENT, BODY), right);
    }

    #[test]
    fn a_key_may_be_broken_into_lines() {
        let (first, second) = KEY.split_at(64);
        let lines = format!("{first}\n{second}\r\n");
        assert_eq!(WebhookKey::parse(&lines), WebhookKey::parse(KEY));
    }

    #[rstest]
    #[case::empty("", "empty")]
    #[case::blank(" \n", "empty")]
    #[case::raw(
        "correct-horse-battery-staple-correct-horse-battery-staple-correct",
        "no base64"
    )]
    #[case::the_bytes_themselves(
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde!",
        "64 bytes themselves"
    )]
    #[case::hexadecimal(&"0f".repeat(64), "hexadecimal")]
    #[case::too_short("AAECAw==", "4 bytes once it is decoded, not 64")]
    #[case::without_padding(KEY.trim_end_matches('='), "no base64 with its padding")]
    #[case::for_urls(&format!("{}-_==", "A".repeat(84)), "no base64")]
    #[case::the_base64_of_the_base64(&STANDARD.encode(KEY), "88 bytes once it is decoded")]
    fn what_is_no_key_is_told_without_repeating_it(#[case] text: &str, #[case] part: &str) {
        let told = WebhookKey::parse(text).unwrap_err();
        assert!(told.contains(part), "{told}");
        assert!(told.contains("88 characters"), "{told}");
        assert!(text.trim().is_empty() || !told.contains(text), "{told}");
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let key = WebhookKey::parse(KEY).unwrap();
        assert_eq!(format!("{key:?}"), "WebhookKey(..)");
    }
}
