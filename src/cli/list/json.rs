//! Calls as JSON that no terminal obeys: what could steer one is written as an escape, which any
//! reader of JSON takes for the same text.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::call::is_hostile;

/// Writes a call, or what else there is to tell, in one line, without the end of the line.
pub(in crate::cli) fn write(told: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    told.serialize(&mut Serializer::with_formatter(out, Harmless))
        .map_err(io::Error::from)
}

/// The compact form, with escapes for more than JSON asks for.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W>(&mut self, out: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hostile(*c)) {
            let (before, from) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = from.split_at(c.len_utf8()).1;
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Call, CallName};

    fn written(call: &Call) -> String {
        let mut out = Vec::new();
        write(call, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_steers_a_terminal_is_escaped_and_means_the_same() {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        let hostile = "a\u{1b}[2J\u{9b}2J\u{202e}\u{e0041}\"漢字\n\u{7f}";
        call.labels.insert("note", hostile);
        let written = written(&call);
        assert!(!written.contains(is_hostile), "{written}");
        assert!(written.contains("漢字"), "{written}");
        assert!(written.contains(r"\u009b2J\u202e\udb40\udc41"), "{written}");
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["labels"]["note"], hostile);
    }

    #[test]
    fn what_is_harmless_is_written_as_it_is() {
        let mut call = Call::new(CallName::new("projects/demo/calls/1"));
        call.to = "+61491570156".into();
        assert_eq!(written(&call), serde_json::to_string(&call).unwrap());
    }
}
