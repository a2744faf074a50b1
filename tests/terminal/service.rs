//! `switchboard sandbox` as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use super::BINARY;
use super::home::Home;
use super::pty::signal;

/// A running sandbox; dropping it kills it.
pub(crate) struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl Service {
    /// Starts a sandbox with these arguments, and waits until it listens.
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .arg("sandbox")
            .args(arguments)
            .env_clear()
            .envs(home.variables())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("not the first line of a sandbox: {line:?}"))
            .trim()
            .to_owned();
        Self {
            child,
            stdout,
            address,
        }
    }

    /// The next line on stdout.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end by a signal, and gives the status and what else it wrote to stdout.
    pub(crate) fn end(&mut self, name: &str) -> (ExitStatus, String) {
        signal(self.child.id(), name);
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
