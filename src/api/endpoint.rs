//! Where the service is: host and port, and whether the way there is encrypted.

use std::fmt;

use url::{Host, Url};

/// The real service (`api.md §1`).
const SERVICE: &str = "voice.api.enfonica.com";

/// An address of the service. Without encryption only on this machine: a token and the numbers of
/// customers do not travel in the open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    host: String,
    port: u16,
    encrypted: bool,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            host: SERVICE.to_owned(),
            port: 443,
            encrypted: true,
        }
    }
}

impl Endpoint {
    /// Reads `host`, `host:port`, `https://host:port` or `http://127.0.0.1:50051`. Without a scheme
    /// an address of this machine is plaintext, and every other is encrypted, on port 443 if none is
    /// given. The error is a sentence for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains('@') {
            // What stands before it may be a password, which nobody is to read in an error.
            return Err(format!(
                "an endpoint has no user or password before an @: give host and port alone, \
                 such as {SERVICE}:443"
            ));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        if let Some(other) = scheme
            .as_deref()
            .filter(|s| !matches!(*s, "http" | "https"))
        {
            return Err(format!(
                "{other}:// is no scheme of an endpoint: use https://, or http:// on this machine"
            ));
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() {
            return Err(format!(
                "the endpoint is empty: give a host, such as {SERVICE}"
            ));
        }
        // Read as https whatever the scheme, so that only 443 is taken for a port left out.
        let url = Url::parse(&format!("https://{rest}")).map_err(|error| {
            format!("{text:?} is no endpoint ({error}): give host and port, such as {SERVICE}:443")
        })?;
        if rest.contains(['/', '?', '#', '\\']) {
            return Err(format!(
                "{text:?} has more than a host and a port: such as {SERVICE}:443"
            ));
        }
        let Some(host) = url.host() else {
            return Err(format!("{text:?} names no host: such as {SERVICE}:443"));
        };
        let local = is_loopback(&host);
        let encrypted = match scheme.as_deref() {
            Some("http") if !local => {
                return Err(format!(
                    "http:// to {host} is refused, for tokens and numbers would travel in the \
                     open: use https://{rest}"
                ));
            }
            Some("http") => false,
            Some(_) => true,
            None => !local,
        };
        let port = url.port().or_else(|| rest.ends_with(":443").then_some(443));
        let port = match port {
            Some(0) => return Err(format!("{text:?}: 0 is no port to connect to")),
            Some(port) => port,
            None if encrypted => 443,
            None => {
                return Err(format!(
                    "{text:?} names no port: give it, such as {host}:50051"
                ));
            }
        };
        Ok(Self {
            host: host.to_string(),
            port,
            encrypted,
        })
    }

    /// Whether the connection is encrypted. If not, the address is this machine's.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// The host alone; an IPv6 address stands in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Host and port, as shown to people.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        f.pad(&format!("{scheme}://{}", self.authority()))
    }
}

/// Whether a host is this machine itself, by its address or by the reserved name.
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::a_host_alone("voice.example", "https://voice.example:443")]
    #[case::a_host_and_a_port("voice.example:8443", "https://voice.example:8443")]
    #[case::the_default_port("https://voice.example:443/", "https://voice.example:443")]
    #[case::upper_case("HTTPS://Voice.Example", "https://voice.example:443")]
    #[case::this_machine("127.0.0.1:50051", "http://127.0.0.1:50051")]
    #[case::this_machine_by_name(" localhost:50051 ", "http://localhost:50051")]
    #[case::this_machine_in_v6("[::1]:50051", "http://[::1]:50051")]
    #[case::plaintext_said("http://127.0.0.2:80", "http://127.0.0.2:80")]
    #[case::plaintext_on_443("localhost:443", "http://localhost:443")]
    #[case::encrypted_on_this_machine("https://localhost:50051", "https://localhost:50051")]
    #[case::v6("[2001:db8::1]:8443", "https://[2001:db8::1]:8443")]
    fn endpoints(#[case] text: &str, #[case] shown: &str) {
        let endpoint = Endpoint::parse(text).unwrap();
        assert_eq!(endpoint.to_string(), shown);
        assert_eq!(Endpoint::parse(shown).unwrap(), endpoint);
    }

    #[rstest]
    #[case::empty("", "empty")]
    #[case::only_a_scheme("https://", "empty")]
    #[case::plaintext_to_elsewhere("http://voice.example:80", "use https://voice.example:80")]
    #[case::plaintext_that_looks_local("http://127.0.0.1.example:80", "refused")]
    #[case::another_scheme("ftp://voice.example", "ftp://")]
    #[case::a_path("https://voice.example/v1beta1", "more than a host and a port")]
    #[case::no_port("127.0.0.1", "127.0.0.1:50051")]
    #[case::port_zero("127.0.0.1:0", "no port")]
    #[case::a_port_too_large("voice.example:70000", "no endpoint")]
    #[case::a_blank("voice example", "no endpoint")]
    fn what_is_no_endpoint_is_refused_with_a_remedy(#[case] text: &str, #[case] says: &str) {
        let error = Endpoint::parse(text).unwrap_err();
        assert!(error.contains(says), "{error}");
    }

    #[rstest]
    #[case::with_a_scheme("https://me:s3cret@voice.example")]
    #[case::without("me:s3cret@voice.example:443")]
    #[case::where_the_scheme_is("me:s3cret://x@voice.example")]
    #[case::with_a_port_too_large("https://me:s3cret@voice.example:99999")]
    #[case::plaintext("http://s3cret@voice.example")]
    fn a_password_is_refused_without_repeating_it(#[case] text: &str) {
        let error = Endpoint::parse(text).unwrap_err();
        assert!(error.contains("no user or password"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn without_a_word_it_is_the_real_service() {
        assert_eq!(
            Endpoint::default(),
            Endpoint::parse("voice.api.enfonica.com").unwrap()
        );
    }
}
