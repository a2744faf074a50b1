//! Access tokens: for whom and until when, with a code that proves that this process gave them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const KEY_BYTES: usize = 64;
const VERSION: u8 = 1;
const CODE_BYTES: usize = 32;
const TIME_BYTES: usize = 8;
const LENGTH_BYTES: usize = 2;
/// Longer texts are no tokens of ours, and are not looked at: the longest account and the longest
/// scope make one of less than 2 kB.
const LONGEST: usize = 4_096;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    /// The e-mail of the account.
    pub(super) account: String,
    /// What it was asked for, in the words of whoever asked.
    pub(super) scope: String,
    /// From when on it holds no longer, in seconds since 1970.
    pub(super) ends: i64,
}

/// Why a token does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It was not given by this process.
    Invalid,
    /// It was, and its time is over.
    Expired,
}

/// Makes tokens, and knows its own.
pub(super) struct AccessTokens([u8; KEY_BYTES]);

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessTokens(..)")
    }
}

impl AccessTokens {
    /// With a key that nobody else has; nothing if the system gives no random numbers.
    pub(super) fn with_fresh_key() -> Option<Self> {
        let mut key = [0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut key).ok()?;
        Some(Self(key))
    }

    /// The token that says this.
    pub(super) fn seal(&self, pass: &Pass) -> String {
        let said = pass.encode();
        let mut token = vec![VERSION];
        token.extend(self.code(&said).finalize().into_bytes());
        token.extend(said);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a token says, if it holds now.
    pub(super) fn open(&self, token: &str, now: DateTime<Utc>) -> Result<Pass, Fault> {
        let pass = self.read(token).ok_or(Fault::Invalid)?;
        if now.timestamp() >= pass.ends {
            return Err(Fault::Expired);
        }
        Ok(pass)
    }

    fn read(&self, token: &str) -> Option<Pass> {
        if token.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let rest = bytes.strip_prefix(&[VERSION])?;
        let (code, said) = rest.split_first_chunk::<CODE_BYTES>()?;
        // Compared in constant time, and before anything is made of what it says.
        self.code(said).verify_slice(code).ok()?;
        Pass::decode(said)
    }

    fn code(&self, said: &[u8]) -> Hmac<Sha256> {
        let mut code = Hmac::<Sha256>::new(&self.0.into());
        code.update(&[VERSION]);
        code.update(said);
        code
    }
}

impl Pass {
    fn encode(&self) -> Vec<u8> {
        // E-mails are bounded where they are read, so that the length always fits.
        let length = u16::try_from(self.account.len()).unwrap_or(u16::MAX);
        let mut said = Vec::from(self.ends.to_be_bytes());
        said.extend(length.to_be_bytes());
        said.extend(self.account.as_bytes());
        said.extend(self.scope.as_bytes());
        said
    }

    fn decode(said: &[u8]) -> Option<Self> {
        let (ends, rest) = said.split_first_chunk::<TIME_BYTES>()?;
        let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
        let (account, scope) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        Some(Self {
            account: String::from_utf8(account.to_vec()).ok()?,
            scope: String::from_utf8(scope.to_vec()).ok()?,
            ends: i64::from_be_bytes(*ends),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens() -> AccessTokens {
        AccessTokens([7; KEY_BYTES])
    }

    fn pass() -> Pass {
        Pass {
            account: "console@demo.example".to_owned(),
            scope: "https://api.enfonica.com/auth/voice".to_owned(),
            ends: 1_700_003_600,
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_token_says_what_was_sealed_until_its_last_second() {
        let token = tokens().seal(&pass());
        assert_eq!(tokens().open(&token, at(1_700_000_000)), Ok(pass()));
        assert_eq!(tokens().open(&token, at(1_700_003_599)), Ok(pass()));
        let late = tokens().open(&token, at(1_700_003_600));
        assert_eq!(late, Err(Fault::Expired));
    }

    #[test]
    fn a_token_of_another_process_is_none_of_ours_even_when_it_is_over() {
        let one = AccessTokens::with_fresh_key().unwrap();
        let other = AccessTokens::with_fresh_key().unwrap();
        let token = one.seal(&pass());
        assert_eq!(other.open(&token, at(0)), Err(Fault::Invalid));
        let late = other.open(&token, at(2_000_000_000));
        assert_eq!(late, Err(Fault::Invalid));
    }

    #[test]
    fn the_longest_account_and_scope_make_a_token_that_is_read() {
        let pass = Pass {
            account: "a".repeat(super::super::accounts::LONGEST_EMAIL),
            scope: "s".repeat(super::super::assertion::LONGEST_SCOPE),
            ends: 1,
        };
        let token = tokens().seal(&pass);
        assert_eq!(tokens().open(&token, at(0)), Ok(pass));
        assert!(token.len() < 2_048);
    }

    #[test]
    fn the_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", tokens()), "AccessTokens(..)");
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_token(text in "[A-Za-z0-9_-]{0,200}|.*") {
            prop_assert_eq!(tokens().open(&text, at(0)), Err(Fault::Invalid));
        }

        #[test]
        fn no_changed_token_is_one(at_byte in 0..180_usize, to in prop::char::range('A', 'Z')) {
            let token = tokens().seal(&pass());
            let changed: String = token
                .char_indices()
                .map(|(index, c)| if index == at_byte { to } else { c })
                .collect();
            if changed != token {
                prop_assert_eq!(tokens().open(&changed, at(0)), Err(Fault::Invalid));
            }
        }
    }
}
