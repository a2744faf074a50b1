//! When to draw: at once after a quiet time, at most once in 16 ms in a flood, never for nothing.

use std::time::Duration;

use tokio::time::Instant;

/// The least time between two frames: 60 a second are more than enough for text.
const FRAME: Duration = Duration::from_millis(16);

/// Remembers whether anything has changed and when the last frame was.
#[derive(Debug, Default)]
pub struct Pacer {
    changed: bool,
    last: Option<Instant>,
}

impl Pacer {
    /// Something that can be seen may be different.
    pub fn changed(&mut self) {
        self.changed = true;
    }

    /// A frame has been drawn.
    pub fn drawn(&mut self) {
        self.changed = false;
        self.last = Some(Instant::now());
    }

    /// When the next frame is due, if one is.
    pub fn due(&self) -> Option<Instant> {
        self.changed
            .then(|| self.last.map_or_else(Instant::now, |last| last + FRAME))
    }

    /// Whether a frame is due now.
    pub fn may_draw(&self) -> bool {
        self.due().is_some_and(|due| due <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_drawn_once_a_frame_and_a_lone_change_at_once() {
        let mut pacer = Pacer::default();
        assert!(!pacer.may_draw(), "nothing has changed");
        pacer.changed();
        assert!(pacer.may_draw());
        pacer.drawn();
        pacer.changed();
        assert!(!pacer.may_draw());
        tokio::time::advance(FRAME).await;
        assert!(pacer.may_draw());
        pacer.drawn();
        tokio::time::advance(FRAME * 60).await;
        assert!(!pacer.may_draw(), "nothing has changed since");
    }
}
