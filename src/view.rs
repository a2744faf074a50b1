//! Drawing: the state in, cells out, and nothing changed.
