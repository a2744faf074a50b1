//! Hostile text: what a caller, a handler or another network may put into the texts of a call, and
//! what no screen, log or script should take at its word.

use std::collections::BTreeMap;

use crate::call::{MAX_LABEL_BYTES, MAX_LABELS};
use crate::proto;
use crate::sandbox::exchange::Dice;

/// Texts that do more than be read, or that take other room than they seem to. None of them has a
/// NUL: see [`NUL`].
const SPECIMENS: [&str; 24] = [
    // CSI: colours, a cleared screen, a question that the terminal answers as if it were typed.
    "\u{1b}[31;1m\u{1b}[2J\u{1b}[H",
    "\u{1b}[6n\u{1b}[c",
    // The same by way of C1.
    "\u{9b}31m\u{9b}2J",
    // OSC: the clipboard, the title (both ends), a link that says something else than it is.
    "\u{1b}]52;c;aG9zdGlsZQ==\u{7}",
    "\u{1b}]0;hostile title\u{7}",
    "\u{9d}2;hostile title\u{9c}",
    "\u{1b}]8;;https://hostile.example/\u{1b}\\https://app.example/\u{1b}]8;;\u{1b}\\",
    // DCS, a reset of everything, and one that was cut off before its end.
    "\u{1b}P+q544e\u{1b}\\",
    "\u{1b}c",
    "\u{1b}]",
    // Controls that move: back, back and delete, a bell, tabs.
    "\u{8}\u{8}\u{8}\u{7f}\u{7}\t\u{b}\u{c}",
    // Lines: each of the ways to end one.
    "one\ntwo\r\nthree\rfour\u{85}five\u{2028}six\u{2029}seven",
    // Bidirectional overrides, isolates and marks, some never ended.
    "\u{202e}6510 7519 16+\u{202c}",
    "\u{2067}\u{202d}\u{2066}",
    "\u{200f}\u{61c}\u{200e}",
    // Characters that take no room: joiners, fillers, a byte order mark, tags, soft hyphens.
    "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{34f}",
    "\u{3164}\u{115f}\u{ffa0}\u{e0041}\u{e007f}",
    // Wide characters, and the widest of all.
    "漢字カナ한국어ＡＢＣ",
    "\u{fdfd}\u{1242b}",
    // Combining characters: a few, a pile, one with nothing to stand on.
    "e\u{301}a\u{308}\u{20dd}",
    "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{36b}\u{33d}\u{34f}\u{334}\u{319}\u{324}\u{31e}\u{349}",
    "\u{301}\u{338}",
    // Emoji that are one from many, and a flag that lacks its half.
    "👩\u{200d}👩\u{200d}👧\u{200d}👦👍🏽🇦🇺🇦❤\u{fe0f}",
    // What is no character and stands for none.
    "\u{fffd}\u{fff9}\u{ffff}\u{10ffff}\u{e000}",
];

/// Ends a text for whoever thinks in C. Only texts that no filter looks at have it: SQLite's GLOB,
/// which the wildcards of filters become, reads no further than that.
const NUL: &str = "nothing\0follows";

/// How many characters the message of a rejection has at most (`api.md §4.4`).
const USER_MESSAGE: usize = 64;
/// How many times a specimen is repeated for a very long text.
const REPEATS: usize = 100;
/// How many labels a call has before it gets more.
const USUAL_LABELS: usize = 2;

/// Spoils some texts of a simulated call, at least one. Its resource names, what it was handled by,
/// and everything that is not text stay as they are, and so do the bounds of the API.
pub(in crate::sandbox) fn spoil(call: &mut proto::Call, dice: &mut Dice) {
    let harmless = call.clone();
    spoil_number(&mut call.to, dice);
    spoil_number(&mut call.from, dice);
    spoil_number(&mut call.sip_call_id, dice);
    spoil_text(&mut call.from_zone, dice);
    if let Some(place) = &mut call.from_location {
        spoil_text(&mut place.region_code, dice);
        spoil_text(&mut place.administrative_area, dice);
        spoil_text(&mut place.locality, dice);
    }
    spoil_message(call, dice);
    spoil_labels(&mut call.labels, dice);
    if *call == harmless {
        call.to = mixed(&call.to, specimen(dice), dice);
    }
}

/// Half of the numbers and names there are; one that is not there stays so.
fn spoil_number(text: &mut String, dice: &mut Dice) {
    if dice.happens(0.5) && !text.is_empty() {
        *text = mixed(text, specimen(dice), dice);
    }
}

fn spoil_text(text: &mut String, dice: &mut Dice) {
    if dice.happens(0.5) && !text.is_empty() {
        *text = mixed(text, any(dice), dice);
    }
}

fn spoil_message(call: &mut proto::Call, dice: &mut Dice) {
    if call.error_message.is_empty() {
        return;
    }
    if dice.happens(0.1) {
        call.error_message = any(dice).repeat(REPEATS);
    } else {
        spoil_text(&mut call.error_message, dice);
    }
    if call.error_code == "USER" {
        call.error_message = call.error_message.chars().take(USER_MESSAGE).collect();
    }
}

/// Values, a key, and at times as much as labels may hold.
fn spoil_labels(labels: &mut BTreeMap<String, String>, dice: &mut Dice) {
    for value in labels.values_mut() {
        spoil_text(value, dice);
    }
    if dice.happens(0.4) {
        labels.insert(any(dice).to_owned(), any(dice).to_owned());
    }
    let much = dice.number(0..20);
    if much == 0 {
        let used: usize = labels
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        let room = MAX_LABEL_BYTES.saturating_sub(used + "long".len());
        let piece = any(dice);
        labels.insert("long".to_owned(), piece.repeat(room / piece.len()));
    } else if much == 1 {
        for number in USUAL_LABELS + 1..MAX_LABELS {
            labels.insert(format!("{number}{}", any(dice)), any(dice).to_owned());
        }
    }
}

fn specimen(dice: &mut Dice) -> &'static str {
    dice.pick(&SPECIMENS)
}

/// A specimen, or a NUL.
fn any(dice: &mut Dice) -> &'static str {
    if dice.happens(0.1) {
        NUL
    } else {
        specimen(dice)
    }
}

/// A text with another one before it, in it, behind it, or in its place.
fn mixed(text: &str, specimen: &str, dice: &mut Dice) -> String {
    let middle = text.chars().count() / 2;
    let middle = text.char_indices().nth(middle).map_or(0, |(at, _)| at);
    let (head, tail) = text.split_at(middle);
    match dice.number(0..5) {
        0 => format!("{specimen}{text}"),
        1 => format!("{text}{specimen}"),
        2 => specimen.to_owned(),
        _ => format!("{head}{specimen}{tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Labels, check_labels, is_hostile};

    fn call() -> proto::Call {
        proto::Call {
            name: "projects/demo/calls/1".to_owned(),
            to: "+61491570156".to_owned(),
            originating_call: "projects/demo/calls/0".to_owned(),
            labels: [("campaign", "renewals"), ("order", "A00001")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            error_code: "USER".to_owned(),
            error_message: "Outside of opening hours".to_owned(),
            from_location: Some(proto::NumberLocation {
                region_code: "AU".to_owned(),
                ..proto::NumberLocation::default()
            }),
            ..proto::Call::default()
        }
    }

    fn spoilt(serial: i64, mut call: proto::Call) -> proto::Call {
        spoil(&mut call, &mut Dice::of_text(1, serial));
        call
    }

    #[test]
    fn hostile_text_keeps_to_the_bounds_of_the_api() {
        let mut most = 0;
        for serial in 0..5_000 {
            let call = spoilt(serial, call());
            let labels: Labels = call.labels.into_iter().collect();
            assert_eq!(check_labels(&labels), Ok(()), "{serial}");
            most = most.max(labels.bytes());
            assert!(call.error_message.chars().count() <= USER_MESSAGE);
            assert_eq!(call.name, "projects/demo/calls/1");
            assert_eq!(call.originating_call, "projects/demo/calls/0");
            assert_eq!((&*call.from, &*call.from_zone), ("", ""), "what is unset");
            assert!(!call.to.contains('\0'), "filters look at numbers");
        }
        assert!(most > MAX_LABEL_BYTES * 9 / 10, "{most}");
    }

    #[test]
    fn every_simulated_call_carries_some_and_always_the_same() {
        for serial in 0..500 {
            let bare = proto::Call {
                to: "+61491570156".to_owned(),
                ..proto::Call::default()
            };
            assert_ne!(spoilt(serial, bare.clone()), bare, "{serial}");
            assert_eq!(spoilt(serial, call()), spoilt(serial, call()));
        }
    }

    #[test]
    fn every_specimen_turns_up() {
        let mut seen = String::new();
        for serial in 0..1_000 {
            let call = spoilt(serial, call());
            seen.push_str(&call.to);
            seen.extend(
                call.labels
                    .into_iter()
                    .flat_map(|(key, value)| [key, value]),
            );
        }
        for specimen in SPECIMENS.iter().chain(&[NUL]) {
            assert!(seen.contains(specimen), "{}", specimen.escape_unicode());
        }
        let hostile = |text: &&&str| text.contains(is_hostile);
        assert!(SPECIMENS.iter().filter(hostile).count() > 15);
    }
}
