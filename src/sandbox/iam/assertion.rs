//! Assertions: the JWT that a service account signs to be given an access token (RFC 7523,
//! `api.md §8`).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::accounts::{Account, AccountKey, Accounts};

/// How many seconds an assertion holds at most.
const LONGEST_SECONDS: f64 = 3_600.0;
/// How many seconds two clocks may differ.
const SKEW_SECONDS: f64 = 60.0;
/// How many bytes the scope has at most: it is part of the token, which travels in a header.
pub(super) const LONGEST_SCOPE: usize = 1_024;

/// Why there is no token for an assertion: the description of `invalid_grant`. It repeats nothing of
/// the assertion.
pub(super) type Reason = Cow<'static, str>;

/// Whose assertion it is, and what for.
#[derive(Debug)]
pub(super) struct Granted<'a> {
    pub(super) account: &'a Account,
    /// As asked for; empty if nothing was.
    pub(super) scope: String,
}

/// The URLs by which an assertion may name the token endpoint.
#[derive(Debug)]
pub(super) struct Audience {
    /// The endpoint's own URLs and the real service's; the first is the one to be used.
    pub(super) urls: Vec<String>,
    /// The host and port that this request was sent to, where the endpoint listens on all addresses
    /// and cannot know by which of them it is called.
    pub(super) called: Option<String>,
}

impl Audience {
    pub(super) fn has(&self, url: &str) -> bool {
        let rest = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("https://"));
        let called = rest.and_then(|rest| rest.strip_suffix("/token"));
        self.urls.iter().any(|own| own == url)
            || called.is_some_and(|host| self.called.as_deref() == Some(host))
    }
}

/// Checks an assertion: who made it, that it is theirs, and that it is meant for here and now. It
/// may be used again while it holds: nothing is remembered of it.
pub(super) fn verify<'a>(
    assertion: &str,
    accounts: &'a Accounts,
    audience: &Audience,
) -> Result<Granted<'a>, Reason> {
    let header = jsonwebtoken::decode_header(assertion)
        .ok()
        .filter(|header| header.alg == Algorithm::RS256)
        .ok_or("the assertion is no JWT that is signed with RS256")?;
    if header.crit.is_some() {
        return Err("the assertion's header has crit, of which nothing is understood here".into());
    }
    // Read before it is proved, to know whose key is to prove it.
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(assertion)
        .ok()
        .filter(Value::is_object)
        .ok_or("the assertion's claims are no JSON object")?;
    let issuer = text(&claims, "iss")?.ok_or("the claim iss is missing: the account's e-mail")?;
    let account = accounts
        .find(issuer)
        .ok_or("iss names no account of this sandbox (it reads its accounts when it starts)")?;
    let key = key_of(account, header.kid.as_deref())?;
    let (signed, signature) = assertion.rsplit_once('.').unwrap_or_default();
    // Only the signature: the claims are checked here, by the sandbox's own clock.
    let proved = jsonwebtoken::crypto::verify(
        signature,
        signed.as_bytes(),
        key.decoding(),
        Algorithm::RS256,
    );
    if !proved.unwrap_or(false) {
        return Err("the signature is not that of the account's key".into());
    }
    check_audience(&claims, audience)?;
    check_times(&claims, accounts.now())?;
    if text(&claims, "sub")?.is_some_and(|subject| subject != issuer) {
        return Err("the claim sub is another than iss: leave it out".into());
    }
    let scope = text(&claims, "scope")?.unwrap_or_default().to_owned();
    Ok(Granted { account, scope })
}

fn key_of<'a>(account: &'a Account, id: Option<&str>) -> Result<&'a AccountKey, Reason> {
    let mut keys = account.keys().iter();
    match (id, account.keys()) {
        (Some(id), _) => keys
            .find(|key| key.id() == id)
            .ok_or_else(|| "kid names no key of the account".into()),
        (None, [only]) => Ok(only),
        (None, []) => Err("the account has no key".into()),
        (None, [..]) => Err("the account has several keys: kid has to say which it is".into()),
    }
}

fn check_audience(claims: &Value, audience: &Audience) -> Result<(), Reason> {
    let named = match claims.get("aud") {
        Some(Value::String(url)) => audience.has(url),
        Some(Value::Array(urls)) => urls
            .iter()
            .filter_map(Value::as_str)
            .any(|url| audience.has(url)),
        _ => false,
    };
    if named {
        return Ok(());
    }
    let url = audience.urls.first().map_or("", String::as_str);
    Err(format!("the claim aud does not name this token endpoint: {url}").into())
}

/// The times of RFC 7519, seconds since 1970 and perhaps parts of them.
fn check_times(claims: &Value, now: DateTime<Utc>) -> Result<(), Reason> {
    let issued = time(claims, "iat")?.ok_or("the claim iat is missing")?;
    let ends = time(claims, "exp")?.ok_or("the claim exp is missing")?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this age are exact as a float"
    )]
    let now = now.timestamp_millis() as f64 / 1_000.0;
    if ends <= issued {
        return Err("the claim exp is not after iat".into());
    }
    if ends - issued > LONGEST_SECONDS {
        return Err("the assertion holds for more than 3600 s from iat to exp".into());
    }
    if issued > now + SKEW_SECONDS {
        return Err("the claim iat is in the future: check the clock of whoever signed".into());
    }
    if time(claims, "nbf")?.is_some_and(|begins| begins > now + SKEW_SECONDS) {
        return Err("the assertion does not hold yet: nbf is in the future".into());
    }
    if ends <= now - SKEW_SECONDS {
        return Err("the assertion has expired: sign a new one".into());
    }
    Ok(())
}

fn text<'a>(claims: &'a Value, name: &str) -> Result<Option<&'a str>, Reason> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("the claim {name} is not a text").into()),
    }
}

fn time(claims: &Value, name: &str) -> Result<Option<f64>, Reason> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(_) => Err(format!("the claim {name} is not a number of seconds").into()),
    }
}
