//! What the loop needs of a screen; the real one is in `terminal`, tests bring their own.

use std::io;

use ratatui::Frame;
use ratatui::layout::Rect;

/// Something that frames are drawn on.
pub trait Screen {
    /// Its size now.
    ///
    /// # Errors
    ///
    /// The terminal cannot be asked.
    fn area(&self) -> io::Result<Rect>;

    /// Draws one frame; what has not changed since the last is not written again.
    ///
    /// # Errors
    ///
    /// The terminal cannot be written.
    fn draw(&mut self, render: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()>;

    /// Forgets what is on the screen, so that the next frame writes all of it.
    ///
    /// # Errors
    ///
    /// The terminal cannot be written.
    fn redraw(&mut self) -> io::Result<()>;

    /// Sets the terminal's modes anew, after somebody else may have changed them, and draws all.
    ///
    /// # Errors
    ///
    /// The terminal cannot be written.
    fn retake(&mut self) -> io::Result<()>;

    /// Gives the terminal back, stops this process as ctrl-z does, and takes the terminal again when
    /// the process goes on.
    ///
    /// # Errors
    ///
    /// The terminal cannot be given back or taken again.
    fn suspend(&mut self) -> io::Result<()>;

    /// Puts a text on the clipboard of whoever sits at the terminal.
    ///
    /// # Errors
    ///
    /// The terminal cannot be written.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// The terminal has hung up: gives it back as well as that goes, for a signal can come without
    /// its reason, and does not touch it any more.
    fn abandon(&mut self);
}
