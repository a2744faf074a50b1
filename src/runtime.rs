//! The loop, the effects and the terminal: where the console meets the world.
