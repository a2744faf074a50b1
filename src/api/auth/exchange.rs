//! The exchange of a service-account key for tokens (`api.md §8.3`), one for all callers.

use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::key::ServiceAccountKey;
use super::token::{Token, TokenUrl};
use crate::call::{Failure, FailureKind};

/// What the token is for (`api.md §1`).
const SCOPE: &str = "https://api.enfonica.com/auth/voice";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long an assertion holds.
const ASSERTION_SECONDS: i64 = 3_600;
/// How long one exchange may take.
const WITHIN: Duration = Duration::from_secs(10);
/// How long before its end a token is replaced, while it can still be used.
const EARLY: Duration = Duration::from_secs(300);
/// How long before its end a token is used no more: longer than a request may take.
const MARGIN: Duration = Duration::from_secs(15);
/// How long a token is taken to hold if the server does not say; a refusal shows if it is less.
const UNSAID: Duration = Duration::from_secs(300);
/// How long after a failed replacement of a token that still holds the next is tried.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// No answer of a token server is larger.
const LARGEST: usize = 64 << 10;

/// Tokens for a service account: had once, shared by all callers, and replaced before they end.
pub(in crate::api) struct Exchange {
    key: ServiceAccountKey,
    token_url: TokenUrl,
    http: reqwest::Client,
    now: fn() -> DateTime<Utc>,
    tokens: Mutex<Tokens>,
}

#[derive(Default)]
struct Tokens {
    held: Option<Held>,
    /// The exchange under way, for all who wait for it.
    under_way: Option<Shared<BoxFuture<'static, Result<Token, Failure>>>>,
}

struct Held {
    token: Token,
    replace_at: Instant,
    useless_at: Instant,
}

impl Exchange {
    pub(super) fn new(
        key: ServiceAccountKey,
        token_url: TokenUrl,
        now: fn() -> DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let mut http = reqwest::Client::builder()
            .timeout(WITHIN)
            .redirect(reqwest::redirect::Policy::none());
        if token_url.is_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Failure::new(
                FailureKind::Local,
                format!("the connection to {token_url} cannot be set up: {error}"),
            )
        })?;
        Ok(Self {
            key,
            token_url,
            http,
            now,
            tokens: Mutex::default(),
        })
    }

    /// A token that holds for longer than a request takes.
    pub(super) async fn token(self: &Arc<Self>) -> Result<Token, Failure> {
        let waiting = {
            let mut tokens = self.tokens();
            let now = Instant::now();
            let usable = tokens
                .held
                .as_ref()
                .filter(|held| now < held.useless_at)
                .map(|held| (held.token.clone(), now >= held.replace_at));
            if let Some((token, due)) = usable {
                if due {
                    drop(self.begin(&mut tokens));
                }
                return Ok(token);
            }
            self.begin(&mut tokens)
        };
        waiting.await
    }

    /// Drops a token that the service refused, unless it has been replaced already.
    pub(super) fn refused(&self, token: &Token) {
        let mut tokens = self.tokens();
        if tokens
            .held
            .as_ref()
            .is_some_and(|held| held.token == *token)
        {
            tokens.held = None;
        }
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the exchange under way, or begins one. It runs in a task of its own, so that it comes to
    /// its end whoever gives up waiting.
    fn begin(
        self: &Arc<Self>,
        tokens: &mut Tokens,
    ) -> Shared<BoxFuture<'static, Result<Token, Failure>>> {
        if let Some(under_way) = &tokens.under_way {
            return under_way.clone();
        }
        let this = Arc::clone(self);
        let task = tokio::spawn(async move {
            let result = this.exchange().await;
            this.put_away(result)
        });
        let under_way = async move {
            task.await.unwrap_or_else(|_| {
                Err(Failure::new(
                    FailureKind::Internal,
                    "the exchange of the key was cut off",
                ))
            })
        }
        .boxed()
        .shared();
        tokens.under_way = Some(under_way.clone());
        under_way
    }

    fn put_away(&self, result: Result<(Token, Duration), Failure>) -> Result<Token, Failure> {
        let mut tokens = self.tokens();
        tokens.under_way = None;
        let now = Instant::now();
        match result {
            Ok((token, lasts)) => {
                tokens.held = Some(Held {
                    token: token.clone(),
                    replace_at: now + lasts.saturating_sub(EARLY.min(lasts / 2)),
                    useless_at: now + lasts.saturating_sub(MARGIN.min(lasts / 2)),
                });
                Ok(token)
            }
            Err(failure) => {
                tracing::warn!(%failure, "no token");
                if let Some(held) = &mut tokens.held {
                    held.replace_at = now + AGAIN_AFTER;
                }
                Err(failure)
            }
        }
    }

    async fn exchange(&self) -> Result<(Token, Duration), Failure> {
        let issued = (self.now)().timestamp();
        let claims = json!({
            "iss": self.key.client_email(),
            "aud": self.token_url.as_str(),
            "scope": SCOPE,
            "iat": issued,
            "exp": issued.saturating_add(ASSERTION_SECONDS),
        });
        let assertion = self.key.sign(&claims).map_err(|error| {
            Failure::new(
                FailureKind::Local,
                format!(
                    "the key of {} cannot sign: {error}",
                    self.key.client_email()
                ),
            )
        })?;
        let answer = self
            .http
            .post(self.token_url.as_str())
            .form(&[("grant_type", GRANT), ("assertion", &assertion)])
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let body = self.body(answer).await?;
        let fields: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            self.granted(&fields)
        } else {
            Err(self.denied(status, &fields))
        }
    }

    async fn body(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(piece) = answer
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            body.extend_from_slice(&piece);
            if body.len() > LARGEST {
                return Err(self.nonsense());
            }
        }
        Ok(body)
    }

    fn granted(&self, fields: &Value) -> Result<(Token, Duration), Failure> {
        let token = fields["access_token"]
            .as_str()
            .and_then(|text| Token::parse(text).ok())
            .ok_or_else(|| self.nonsense())?;
        let lasts = match &fields["expires_in"] {
            Value::Number(seconds) => seconds.as_u64(),
            Value::String(seconds) => seconds.parse().ok(),
            _ => None,
        };
        // A year is as good as for ever, and can be added to any clock.
        let lasts = lasts.map_or(UNSAID, |seconds| {
            Duration::from_secs(seconds.min(365 * 24 * 3_600))
        });
        Ok((token, lasts))
    }

    fn denied(&self, status: reqwest::StatusCode, fields: &Value) -> Failure {
        let url = &self.token_url;
        if status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS {
            return Failure::new(
                FailureKind::Unavailable,
                format!(
                    "the token server {url} cannot serve now (HTTP {})",
                    status.as_u16()
                ),
            );
        }
        let said = |name: &str| {
            let text = fields[name].as_str().unwrap_or_default();
            text.chars().take(300).collect::<String>()
        };
        let reason = match (said("error"), said("error_description")) {
            (error, description) if error.is_empty() && description.is_empty() => {
                format!("HTTP {}", status.as_u16())
            }
            (error, description) if description.is_empty() => error,
            (error, description) if error.is_empty() => description,
            (error, description) => format!("{error}: {description}"),
        };
        Failure::new(
            FailureKind::Unauthenticated,
            format!(
                "the token server {url} refused the key of {}: {reason}",
                self.key.client_email()
            ),
        )
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let url = &self.token_url;
        if error.is_timeout() {
            let seconds = WITHIN.as_secs();
            return Failure::new(
                FailureKind::Unavailable,
                format!("the token server {url} has not answered within {seconds} s"),
            );
        }
        let mut cause = error.source();
        let mut last = None;
        while let Some(error) = cause {
            last = Some(error);
            cause = error.source();
        }
        let reason = last.map_or_else(|| "the request failed".to_owned(), ToString::to_string);
        Failure::new(
            FailureKind::Unavailable,
            format!("the token server {url} cannot be reached: {reason}"),
        )
    }

    fn nonsense(&self) -> Failure {
        Failure::new(
            FailureKind::Internal,
            format!(
                "{} answered with something else than a token: check the token URL",
                self.token_url
            ),
        )
    }
}

#[cfg(test)]
mod tests;
