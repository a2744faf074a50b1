//! What listens at an address that does not speak as a Calls service does.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Asks what a web server answers whatever it serves, and changes nothing.
const QUESTION: &[u8] = b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
/// What every answer of one begins with.
const ANSWER: &[u8] = b"HTTP/1.";
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a web server listens at this address, and not a service of gRPC: that one speaks HTTP/2
/// alone. Nothing is known where nobody answers.
pub(super) async fn is_web_server(authority: &str) -> bool {
    let asking = async {
        let mut stream = TcpStream::connect(authority).await.ok()?;
        stream.write_all(QUESTION).await.ok()?;
        let mut begin = [0; ANSWER.len()];
        stream.read_exact(&mut begin).await.ok()?;
        Some(begin)
    };
    let begin = timeout(PATIENCE, asking).await.ok().flatten();
    begin.is_some_and(|begin| begin == ANSWER)
}
