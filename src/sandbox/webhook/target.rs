//! Where webhooks go: which targets are allowed, and how their names become addresses. What the text
//! of a host looks like decides nothing; the addresses that are connected to do.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Which targets are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// This machine only.
    Loopback,
    /// Every host.
    Anywhere,
}

/// Why a target is never asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it is not on this machine (--webhook-anywhere allows that)")]
    NotLoopback,
    #[error("it is no http or https URL with a host")]
    NotWeb,
    #[error("hosts below .example are reserved for examples")]
    Reserved,
}

impl Reach {
    /// Checks what can be known of a URL before its host is looked up.
    pub(super) fn check(self, url: &Url) -> Result<(), Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::NotWeb);
        }
        match url.host() {
            Some(Host::Domain(name)) if is_reserved(name) => Err(Refusal::Reserved),
            Some(Host::Domain(_)) => Ok(()),
            Some(Host::Ipv4(address)) => self.check_address(address.into()),
            Some(Host::Ipv6(address)) => self.check_address(address.into()),
            None => Err(Refusal::NotWeb),
        }
    }

    fn check_address(self, address: IpAddr) -> Result<(), Refusal> {
        // An address of version 4 may come in the clothes of version 6.
        if self == Self::Anywhere || address.to_canonical().is_loopback() {
            Ok(())
        } else {
            Err(Refusal::NotLoopback)
        }
    }
}

/// Whether a host is below `.example`, which is kept for examples and leads nowhere (RFC 2606).
fn is_reserved(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.').next() == Some("example")
}

/// Scheme, host and port: deliveries to the same one share its capacity, and it is what the log
/// names, for paths and queries may hold secrets. Nothing for what can never be delivered to.
pub(in crate::sandbox) fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Reach::Anywhere.check(&url).ok()?;
    Some(url.origin().ascii_serialization())
}

/// Looks names up and holds every address of a name to the rule. What it gives is what is connected
/// to: a name that leads elsewhere a moment later changes nothing.
impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            for address in &addresses {
                reach.check_address(address.ip())?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The refusal that made a request fail, if one did.
pub(super) fn refusal_behind(error: &(dyn Error + 'static)) -> Option<Refusal> {
    causes(error).find_map(|cause| cause.downcast_ref().copied())
}

/// The innermost reason of a failed request, which is the one that says something.
pub(super) fn reason(error: &(dyn Error + 'static)) -> impl fmt::Display {
    causes(error)
        .last()
        .map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::version_four("http://127.0.0.1:1/a?b", Ok(()))]
    #[case::the_whole_network("http://127.9.9.9/", Ok(()))]
    #[case::as_a_number("http://2130706433/", Ok(()))]
    #[case::version_six("https://[::1]:1/", Ok(()))]
    #[case::mapped("http://[::ffff:127.0.0.1]/", Ok(()))]
    #[case::a_name_is_looked_up_later("http://localhost:1/", Ok(()))]
    #[case::mapped_elsewhere("http://[::ffff:192.0.2.1]/", Err(Refusal::NotLoopback))]
    #[case::elsewhere("http://192.0.2.1/", Err(Refusal::NotLoopback))]
    #[case::private("http://10.0.0.1/", Err(Refusal::NotLoopback))]
    #[case::metadata("http://169.254.169.254/", Err(Refusal::NotLoopback))]
    #[case::unspecified("http://0.0.0.0/", Err(Refusal::NotLoopback))]
    #[case::unspecified_six("http://[::]/", Err(Refusal::NotLoopback))]
    #[case::looks_local("http://127.0.0.1.example/", Err(Refusal::Reserved))]
    #[case::reserved("https://app.example/state", Err(Refusal::Reserved))]
    #[case::reserved_with_a_dot("https://app.example./state", Err(Refusal::Reserved))]
    #[case::file("file:///etc/passwd", Err(Refusal::NotWeb))]
    #[case::gopher("gopher://127.0.0.1/", Err(Refusal::NotWeb))]
    fn loopback_is_told_by_address(#[case] url: &str, #[case] checked: Result<(), Refusal>) {
        assert_eq!(Reach::Loopback.check(&url.parse().unwrap()), checked);
    }

    #[rstest]
    #[case("http://192.0.2.1/", Ok(()))]
    #[case("https://hooks.test/", Ok(()))]
    #[case("https://notexample/", Ok(()))]
    #[case("https://app.example/", Err(Refusal::Reserved))]
    #[case("ftp://192.0.2.1/", Err(Refusal::NotWeb))]
    fn anywhere_is_anywhere_on_the_web(#[case] url: &str, #[case] checked: Result<(), Refusal>) {
        assert_eq!(Reach::Anywhere.check(&url.parse().unwrap()), checked);
    }

    #[tokio::test]
    async fn a_name_is_as_good_as_its_addresses() {
        let look_up = async |reach: Reach, name: &str| reach.resolve(name.parse().unwrap()).await;
        let found = look_up(Reach::Loopback, "localhost").await.ok().unwrap();
        assert!(found.count() > 0);
        // A name for an address elsewhere, which no server has to be asked for.
        let refused = look_up(Reach::Loopback, "192.0.2.1").await.err().unwrap();
        assert_eq!(refused.downcast_ref(), Some(&Refusal::NotLoopback));
        assert!(look_up(Reach::Anywhere, "192.0.2.1").await.is_ok());
    }

    #[rstest]
    #[case(
        "http://user:secret@127.0.0.1:8080/path?token=secret",
        Some("http://127.0.0.1:8080")
    )]
    #[case("https://Hooks.Test:443/x", Some("https://hooks.test"))]
    #[case("https://app.example/state", None)]
    #[case("mailto:somebody@hooks.test", None)]
    #[case("nonsense", None)]
    fn a_target_is_named_without_its_secrets(#[case] url: &str, #[case] named: Option<&str>) {
        assert_eq!(origin(url).as_deref(), named);
    }
}
