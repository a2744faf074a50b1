//! Takes on TCP connections: so many at a time, and only those that open HTTP/2 soon.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// What every HTTP/2 client says first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long to wait when the system gives no connection, mostly for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// The next connection, once there is a seat for it. Giving up waiting does no harm.
pub(super) async fn next(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    let Ok(seat) = Arc::clone(seats).acquire_owned().await else {
        // Nobody closes the seats.
        return std::future::pending().await;
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and awaited: they are not to be held back for more.
                stream.set_nodelay(true).ok();
                return (stream, seat);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

/// The connection, once its peer has opened HTTP/2 on it.
///
/// # Errors
///
/// Fails when the peer speaks something else, takes too long or goes away.
pub(super) async fn opened(
    mut stream: TcpStream,
    limit: Duration,
) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static> {
    let opening = async {
        for &expected in PREFACE {
            if stream.read_u8().await? != expected {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(())
    };
    timeout(limit, opening).await??;
    // What was read is read again by who speaks HTTP/2.
    let (reader, writer) = stream.into_split();
    Ok(tokio::io::join(PREFACE.chain(reader), writer))
}
