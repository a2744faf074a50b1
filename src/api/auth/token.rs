//! A bearer token, the file that may hold one, and the URL where one is had for a key.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;
use url::Url;

use crate::api::endpoint::is_loopback;
use crate::call::{Failure, FailureKind};

/// No token is longer; what is longer is the wrong file.
const LONGEST: usize = 16 << 10;

/// A bearer token. It shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Arc<str>);

impl Token {
    /// Reads a token, without the blanks around it. The error is a sentence, and holds nothing of it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the token is empty".to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!("no token has more than {LONGEST} bytes"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a token has no blanks, line breaks or special characters".to_owned());
        }
        Ok(Self(text.into()))
    }

    pub(in crate::api) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A file that holds a token. It is read for every request: small, and never stale.
pub(in crate::api) struct TokenFile {
    path: PathBuf,
    /// Held by the one thread that reads: a file that does not answer, such as one of a share that
    /// is gone, keeps one thread waiting and not one more for every request.
    turn: Arc<Mutex<()>>,
}

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            turn: Arc::default(),
        }
    }

    /// Reads the token. This may take for ever: who waits has a deadline.
    pub(super) async fn read(&self) -> Result<Token, Failure> {
        let told = |what: &str| {
            Failure::new(
                FailureKind::Local,
                format!("the token file {}: {what}", self.path.display()),
            )
        };
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let path = self.path.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let most = u64::try_from(LONGEST + 1).unwrap_or(u64::MAX);
            let mut text = String::new();
            File::open(path)?.take(most).read_to_string(&mut text)?;
            io::Result::Ok(text)
        });
        let text = reading
            .await
            .map_err(|error| told(&error.to_string()))?
            .map_err(|error| told(&error.to_string()))?;
        Token::parse(&text).map_err(|reason| told(&reason))
    }
}

/// Where a service-account key is exchanged for tokens: `https`, or `http` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUrl(Url);

impl TokenUrl {
    /// The token URL of the real service (`api.md §1`).
    pub const SERVICE: &'static str = "https://oauth2.api.enfonica.com/token";

    /// Reads a token URL. The error is a sentence for the person who gave it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            // What stands before it may be a password, which nobody is to read in an error.
            return Err("a token URL has no user or password: the key says who asks".to_owned());
        }
        let url = Url::parse(text.trim()).map_err(|error| {
            format!(
                "{text:?} is no token URL ({error}): such as {}",
                Self::SERVICE
            )
        })?;
        let Some(host) = url.host() else {
            return Err(format!("{text:?} names no host: such as {}", Self::SERVICE));
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&host) => Ok(Self(url)),
            "http" => Err(format!(
                "http:// to {host} is refused, for tokens would travel in the open: use https://"
            )),
            other => Err(format!(
                "{other}: is no scheme of a token URL: use https://"
            )),
        }
    }

    /// The URL, which is also the audience of an assertion.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }
}

impl Default for TokenUrl {
    #[expect(clippy::expect_used, reason = "a constant, which a test parses")]
    fn default() -> Self {
        Self(Url::parse(Self::SERVICE).expect("the service's token URL is a URL"))
    }
}

impl fmt::Display for TokenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_token_shows_itself_to_nobody() {
        let token = Token::parse(" s3cret\n").unwrap();
        assert_eq!(token.expose(), "s3cret");
        assert!(!format!("{token:?}").contains("s3cret"));
    }

    #[rstest]
    #[case::empty(" \n")]
    #[case::two_lines("one\ntwo")]
    #[case::an_escape("to\u{1b}ken")]
    #[case::not_ascii("tökén")]
    fn what_is_no_token_is_refused_without_repeating_it(#[case] text: &str) {
        let error = Token::parse(text).unwrap_err();
        assert!(text.trim().is_empty() || !error.contains(text.trim()));
    }

    #[test]
    fn a_token_of_a_megabyte_is_the_wrong_file() {
        assert!(Token::parse(&"x".repeat(1 << 20)).is_err());
    }

    #[rstest]
    #[case::the_service(TokenUrl::SERVICE, true)]
    #[case::this_machine("http://127.0.0.1:50052/token", true)]
    #[case::by_name("http://localhost:50052/token", true)]
    #[case::plaintext_elsewhere("http://oauth2.example/token", false)]
    #[case::a_password("https://a:b@oauth2.example/token", false)]
    #[case::no_url("oauth2.example/token", false)]
    #[case::another_scheme("file:///token", false)]
    fn token_urls(#[case] text: &str, #[case] fine: bool) {
        assert_eq!(TokenUrl::parse(text).is_ok(), fine);
    }

    #[test]
    fn the_default_is_the_service() {
        assert_eq!(TokenUrl::default().as_str(), TokenUrl::SERVICE);
    }

    #[tokio::test]
    async fn a_token_file_is_read_and_its_faults_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let file = TokenFile::new(path.clone());
        let missing = file.read().await.unwrap_err();
        assert!(missing.message.contains("token"), "{missing}");
        std::fs::write(&path, "s3cret\n").unwrap();
        assert_eq!(file.read().await.unwrap().expose(), "s3cret");
        for wrong in [
            &b"two words"[..],
            b"",
            b"\xff\xfe",
            "x".repeat(20_000).as_bytes(),
        ] {
            std::fs::write(&path, wrong).unwrap();
            let failure = file.read().await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Local);
            assert!(failure.message.contains("token file"), "{failure}");
        }
    }
}
