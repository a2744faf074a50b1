//! Where the service is: an address that keeps secrets off the wire in plain text.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Enfonica's own service (`api.md §1`).
pub const DEFAULT_ENDPOINT: &str = "https://voice.api.enfonica.com";

/// The address of a Calls service: `https` to anywhere, `http` to this machine only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
}

impl Endpoint {
    /// Reads `https://host[:port]`, `http://127.0.0.1:port` or `host[:port]`; without a scheme it
    /// is `http` on this machine and `https` elsewhere. The error is a sentence for the person who
    /// typed it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let mut url = Url::parse(&whole)
            .map_err(|reason| format!("{text:?} is no address: {reason}; {FORM}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "{text:?} has the scheme {:?}; {FORM}",
                url.scheme()
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "an address holds no user and no password; credentials have settings of \
                        their own"
                    .to_owned(),
            );
        }
        if url.host().is_none() {
            return Err(format!("{text:?} names no host; {FORM}"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{text:?} has more than a host and a port; {FORM}"));
        }
        if !text.contains("://") && is_this_machine(&url) {
            url = Url::parse(&format!("http://{text}"))
                .map_err(|reason| format!("{text:?} is no address: {reason}; {FORM}"))?;
        }
        if url.scheme() == "http" && !is_this_machine(&url) {
            return Err(format!(
                "{text:?} would send credentials in plain text; use https:// (http:// is for this \
                 machine only)"
            ));
        }
        Ok(Self { url })
    }

    /// Scheme, host and port, as a client wants it.
    pub fn as_str(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Host and port, for a title.
    pub fn authority(&self) -> &str {
        self.as_str()
            .split_once("://")
            .map_or(self.as_str(), |(_, authority)| authority)
    }

    /// Whether it is without TLS, which means that it is on this machine.
    pub fn is_plaintext(&self) -> bool {
        self.url.scheme() == "http"
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

const FORM: &str = "write https://HOST[:PORT], or http://127.0.0.1:PORT for this machine";

/// Checks the address of the token exchange, under the same rule for plain text.
pub(super) fn check_token_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|reason| {
        format!("{text:?} is no address: {reason}; write https://HOST[:PORT]/PATH")
    })?;
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&url) => {}
        "http" => {
            return Err(format!(
                "{text:?} would send credentials in plain text; use https://"
            ));
        }
        other => return Err(format!("{text:?} has the scheme {other:?}; use https://")),
    }
    // As it was typed: it is also the audience of what is signed, byte for byte.
    Ok(text.to_owned())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => is_loopback(address.into()),
        Some(Host::Ipv6(address)) => is_loopback(address.into()),
        None => false,
    }
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => Ipv4Addr::is_loopback(&address),
        IpAddr::V6(address) => Ipv6Addr::is_loopback(&address),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::the_service("https://voice.api.enfonica.com", "https://voice.api.enfonica.com")]
    #[case::its_default_port_is_left_out("https://h.example:443", "https://h.example")]
    #[case::a_slash_at_the_end("https://h.example:8443/", "https://h.example:8443")]
    #[case::no_scheme("h.example:8443", "https://h.example:8443")]
    #[case::this_machine("127.0.0.1:50051", "http://127.0.0.1:50051")]
    #[case::this_machine_by_name("localhost:50051", "http://localhost:50051")]
    #[case::this_machine_six("[::1]:50051", "http://[::1]:50051")]
    #[case::this_machine_with_tls("https://localhost:1", "https://localhost:1")]
    fn an_address_is_read(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Endpoint::parse(text).unwrap().as_str(), expected);
    }

    #[rstest]
    #[case::empty("", "no address")]
    #[case::plain_text_over_the_network("http://10.0.0.1:1", "plain text")]
    #[case::another_scheme("ftp://h.example", "scheme")]
    #[case::a_path("https://h.example/v1", "more than a host")]
    #[case::a_password("https://u:hunter2@h.example", "no user and no password")]
    #[case::an_impossible_port("h.example:99999", "port")]
    #[case::blanks("h .example", "no address")]
    fn what_is_no_address_is_refused_with_a_reason(#[case] text: &str, #[case] part: &str) {
        let reason = Endpoint::parse(text).unwrap_err();
        assert!(reason.contains(part), "{reason}");
        assert!(!reason.contains("hunter2"), "{reason}");
    }

    #[test]
    fn the_token_exchange_is_as_careful() {
        assert!(check_token_url("https://oauth2.example/token").is_ok());
        assert!(check_token_url("http://127.0.0.1:8081/token").is_ok());
        for bad in ["http://oauth2.example/token", "token", "file:///etc/passwd"] {
            assert!(check_token_url(bad).is_err(), "{bad}");
        }
    }
}
