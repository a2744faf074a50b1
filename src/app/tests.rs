//! What the console does, told as its user would.
