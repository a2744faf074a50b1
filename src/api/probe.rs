//! The way to a service, one step at a time, for telling which of them fails: the name, the
//! connection, the encryption. The client itself takes them all at once.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, ProtocolVersion, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Endpoint;

/// How long one step may take.
pub const STEP_WITHIN: Duration = Duration::from_secs(5);

/// The only protocol that gRPC speaks.
const HTTP_2: &[u8] = b"h2";

/// Finds the addresses of an endpoint's host.
///
/// # Errors
///
/// A sentence: the name is not known, or nobody answers for it.
pub async fn look_up(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, String> {
    let found = within("the name server", lookup_host(endpoint.authority())).await?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(format!("{} has no address", endpoint.host()));
    }
    Ok(addresses)
}

/// Connects to the first of the addresses that takes it.
///
/// # Errors
///
/// A sentence with what the last of them said.
pub async fn reach(addresses: &[SocketAddr]) -> Result<TcpStream, String> {
    let mut reason = "there is no address to connect to".to_owned();
    for address in addresses {
        match within(&address.to_string(), TcpStream::connect(address)).await {
            Ok(stream) => return Ok(stream),
            Err(why) => reason = format!("{address}: {why}"),
        }
    }
    Err(reason)
}

/// Agrees on the encryption as the client would, with the certificates that this system trusts, and
/// tells which it is.
///
/// # Errors
///
/// What is wrong with the certificate, or with the other side.
pub async fn encrypt(endpoint: &Endpoint, stream: TcpStream) -> Result<&'static str, Distrust> {
    // Whoever comes second finds it installed, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut roots = RootCertStore::empty();
    let (trusted, _) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if trusted == 0 {
        return Err(Distrust::NothingTrusted);
    }
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    let host = endpoint.host().trim_matches(['[', ']']).to_owned();
    let host = ServerName::try_from(host).map_err(|_invalid| Distrust::OtherName)?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(host, stream);
    let stream = match timeout(STEP_WITHIN, connecting).await {
        Err(_late) => return Err(Distrust::Other("no answer to the handshake".to_owned())),
        Ok(connected) => connected.map_err(|reason| distrust(&reason))?,
    };
    let (_, connection) = stream.get_ref();
    if connection.alpn_protocol() != Some(HTTP_2) {
        return Err(Distrust::NoHttp2);
    }
    Ok(match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        _ => "TLS",
    })
}

/// Why the encryption does not come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// This system has no certificates that it trusts.
    NothingTrusted,
    /// Nobody whom this system trusts has signed the certificate.
    UnknownIssuer,
    /// The certificate has run out, by this machine's clock.
    Expired,
    /// The certificate does not hold yet, by this machine's clock.
    NotYetValid,
    /// The certificate is another host's.
    OtherName,
    /// The other side does not speak HTTP/2, or not over this connection.
    NoHttp2,
    /// The other side does not speak TLS at all.
    NoTls,
    /// Something else, in the words of the library.
    Other(String),
}

fn distrust(reason: &io::Error) -> Distrust {
    let inner = reason
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(certificate)) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Distrust::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Distrust::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Distrust::OtherName
            }
            CertificateError::UnknownIssuer => Distrust::UnknownIssuer,
            other => Distrust::Other(other.to_string()),
        },
        Some(rustls::Error::InvalidMessage(_)) => Distrust::NoTls,
        Some(rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) => {
            Distrust::NoHttp2
        }
        Some(other) => Distrust::Other(other.to_string()),
        None => Distrust::Other(reason.to_string()),
    }
}

async fn within<T>(who: &str, step: impl Future<Output = io::Result<T>>) -> Result<T, String> {
    match timeout(STEP_WITHIN, step).await {
        Ok(done) => done.map_err(|reason| reason.to_string()),
        Err(_late) => {
            let seconds = STEP_WITHIN.as_secs();
            Err(format!("{who} has not answered within {seconds} s"))
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// A service behind a certificate that it has given itself.
    async fn self_signed() -> Endpoint {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let _refused = acceptor.accept(stream).await;
        });
        Endpoint::parse(&format!("https://localhost:{port}")).unwrap()
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_has_signed_is_told_as_such() {
        let endpoint = self_signed().await;
        let addresses = look_up(&endpoint).await.unwrap();
        let v4: Vec<SocketAddr> = addresses.into_iter().filter(SocketAddr::is_ipv4).collect();
        let stream = reach(&v4).await.unwrap();
        let why = encrypt(&endpoint, stream).await.unwrap_err();
        // A machine without any certificates trusts nobody.
        assert!(
            matches!(why, Distrust::UnknownIssuer | Distrust::NothingTrusted),
            "{why:?}"
        );
    }

    #[tokio::test]
    async fn a_service_in_plain_text_is_told_from_a_bad_certificate() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
            std::future::pending::<()>().await;
        });
        let endpoint = Endpoint::parse(&format!("https://localhost:{}", address.port())).unwrap();
        let stream = reach(&[address]).await.unwrap();
        let why = encrypt(&endpoint, stream).await.unwrap_err();
        assert!(
            matches!(why, Distrust::NoTls | Distrust::NothingTrusted),
            "{why:?}"
        );
    }

    #[tokio::test]
    async fn a_port_that_nobody_listens_on_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let why = reach(&[address]).await.unwrap_err();
        assert!(why.starts_with(&format!("{address}: ")), "{why}");
        assert!(reach(&[]).await.is_err());
    }
}
