//! Signals as messages: nothing happens inside a handler.

use std::io;

use futures_util::Stream;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End in good order (TERM, INT, QUIT).
    End,
    /// The terminal is gone (HUP).
    Hangup,
    /// Stop, to be continued (TSTP).
    Stop,
    /// Go on after a stop that came from outside (CONT).
    Continue,
}

/// Starts to listen.
#[cfg(unix)]
pub(super) fn listen() -> io::Result<impl Stream<Item = Signal> + Unpin> {
    use futures_util::StreamExt as _;
    use tokio::signal::unix::{SignalKind, signal};
    use tokio_stream::wrappers::SignalStream;

    let kinds = [
        (SignalKind::terminate(), Signal::End),
        (SignalKind::interrupt(), Signal::End),
        (SignalKind::quit(), Signal::End),
        (SignalKind::hangup(), Signal::Hangup),
        (
            SignalKind::from_raw(signal_hook::consts::SIGTSTP),
            Signal::Stop,
        ),
        (
            SignalKind::from_raw(signal_hook::consts::SIGCONT),
            Signal::Continue,
        ),
    ];
    let mut streams = Vec::new();
    for (kind, meaning) in kinds {
        let stream = SignalStream::new(signal(kind)?);
        streams.push(stream.map(move |()| meaning).boxed());
    }
    Ok(futures_util::stream::select_all(streams))
}

/// Starts to listen.
#[cfg(not(unix))]
pub(super) fn listen() -> io::Result<impl Stream<Item = Signal> + Unpin> {
    Ok(futures_util::stream::pending())
}
