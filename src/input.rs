//! Keys and mouse, resolved once into what the person wants.
