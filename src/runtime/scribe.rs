//! Writes to one file, beside the loop: one thing after the other, in the order they were asked for.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// How much may wait to be written; more means that the disk does not answer.
const WAITING: usize = 64;

/// What became of one thing: what writing it gave, or why it is not written, as a sentence's end.
type Outcome<T> = Result<T, String>;

/// Something to be written, by its name.
struct Job<T> {
    name: String,
    write: Box<dyn FnOnce() -> Outcome<T> + Send>,
}

/// The things on their way to one file. Two threads would write them in either order: the next one
/// begins when the one before has ended.
pub(super) struct Scribe<T> {
    /// Oldest first.
    waiting: VecDeque<Job<T>>,
    writing: Option<(String, JoinHandle<Outcome<T>>)>,
}

impl<T> fmt::Debug for Scribe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let writing = self.writing.as_ref().map(|(name, _)| name);
        f.debug_struct("Scribe")
            .field("writing", &writing)
            .field("waiting", &self.waiting.len())
            .finish()
    }
}

impl<T> Default for Scribe<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            writing: None,
        }
    }
}

impl<T: Send + 'static> Scribe<T> {
    /// Writes something when all that was asked for before is written; nobody waits for it here.
    ///
    /// # Errors
    ///
    /// Too much is waiting already.
    pub(super) fn write(
        &mut self,
        name: String,
        write: impl FnOnce() -> Outcome<T> + Send + 'static,
    ) -> Result<(), String> {
        if self.waiting.len() >= WAITING {
            return Err("the disk has not taken what was written before".to_owned());
        }
        let write = Box::new(write);
        self.waiting.push_back(Job { name, write });
        self.begin();
        Ok(())
    }

    fn begin(&mut self) {
        if self.writing.is_none()
            && let Some(Job { name, write }) = self.waiting.pop_front()
        {
            self.writing = Some((name, spawn_blocking(write)));
        }
    }

    /// The next thing that has been written or could not be, by its name; `None` when there is nothing
    /// to be written. Can be dropped and asked again at any time.
    pub(super) async fn next(&mut self) -> Option<(String, Result<Outcome<T>, JoinError>)> {
        let (_, writing) = self.writing.as_mut()?;
        let ended = writing.await;
        let (name, _) = self.writing.take()?;
        self.begin();
        Some((name, ended))
    }

    /// Waits until all is written, but not for longer than this. What is not written by then, or could
    /// not be, comes back by its name, with the reason.
    pub(super) async fn finish(&mut self, patience: Duration) -> Vec<(String, String)> {
        let mut unwritten = Vec::new();
        let all = async {
            while let Some((name, ended)) = self.next().await {
                let outcome = ended.unwrap_or_else(|error| Err(failed(&error)));
                unwritten.extend(outcome.err().map(|reason| (name, reason)));
            }
        };
        if timeout(patience, all).await.is_err() {
            let late = format!("the disk has not answered in {patience:?}");
            let waiting = self.waiting.drain(..).map(|job| job.name);
            let names = self.writing.take().map(|(name, _)| name);
            unwritten.extend(
                names
                    .into_iter()
                    .chain(waiting)
                    .map(|it| (it, late.clone())),
            );
        }
        unwritten
    }
}

/// What is said of a task that has panicked.
pub(super) fn failed(error: &JoinError) -> String {
    format!("a part of the console has failed: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn the_second_is_not_begun_before_the_first_has_ended() {
        let (tell, told) = mpsc::channel();
        let (written, order) = mpsc::channel();
        let mut scribe = Scribe::default();
        let first = written.clone();
        scribe
            .write("a".to_owned(), move || {
                told.recv().unwrap();
                first.send(1).unwrap();
                Ok(1)
            })
            .unwrap();
        for number in 2..=9 {
            let written = written.clone();
            scribe
                .write("a".to_owned(), move || {
                    written.send(number).unwrap();
                    Ok(number)
                })
                .unwrap();
        }
        // Whoever asks and does not wait for the answer loses nothing.
        assert!(timeout(Duration::ZERO, scribe.next()).await.is_err());
        tell.send(()).unwrap();
        for number in 1..=9 {
            let (_, ended) = scribe.next().await.unwrap();
            assert_eq!(ended.unwrap(), Ok(number));
        }
        assert!(scribe.next().await.is_none());
        drop(written);
        assert_eq!(
            order.iter().collect::<Vec<_>>(),
            (1..=9).collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_known_in_the_end_and_so_is_what_has_failed() {
        let mut scribe = Scribe::default();
        scribe.write("a".to_owned(), || Ok(())).unwrap();
        scribe
            .write("b".to_owned(), || Err("it is read-only".to_owned()))
            .unwrap();
        scribe.write("c".to_owned(), || panic!("no")).unwrap();
        scribe.write("d".to_owned(), || Ok(())).unwrap();
        let unwritten = scribe.finish(LONG).await;
        let names: Vec<&str> = unwritten.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "c"]);
        let reasons: Vec<&str> = unwritten.iter().map(|(_, it)| it.as_str()).collect();
        assert_eq!(reasons.first(), Some(&"it is read-only"));
        assert!(
            reasons.last().unwrap().contains("has failed"),
            "{reasons:?}"
        );
    }

    #[tokio::test]
    async fn a_disk_that_does_not_answer_is_not_waited_for_and_takes_so_much_only() {
        let (tell, told) = mpsc::channel::<()>();
        let mut scribe = Scribe::default();
        scribe
            .write("0".to_owned(), move || {
                let _released = told.recv();
                Ok(())
            })
            .unwrap();
        for number in 1..=WAITING {
            scribe.write(number.to_string(), || Ok(())).unwrap();
        }
        let refused = scribe.write("one more".to_owned(), || Ok(()));
        assert!(refused.unwrap_err().starts_with("the disk"));
        let unwritten = scribe.finish(Duration::from_millis(1)).await;
        let names: Vec<String> = unwritten.iter().map(|(name, _)| name.clone()).collect();
        let all: Vec<String> = (0..=WAITING).map(|number| number.to_string()).collect();
        assert_eq!(names, all);
        drop(tell);
    }
}
