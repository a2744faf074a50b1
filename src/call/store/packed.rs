//! Telephone numbers and ids in a few bytes, laid out so that parts of them can be compared as they
//! stand.

/// A plus sign and up to 15 digits, a text by its number in a pool, or nothing.
///
/// A number has its digits from the top down in four bits each, as 1 to 10, and their count in the
/// last four bits; where these are zero, the rest is the number of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PackedNumber(u64);

impl PackedNumber {
    /// How many digits there is room for.
    pub const MOST_DIGITS: usize = 15;

    /// Packs a number: a plus sign and one to 15 digits. Nothing for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?.as_bytes();
        if digits.is_empty() || digits.len() > Self::MOST_DIGITS {
            return None;
        }
        Some(Self(packed(digits)? | digits.len() as u64))
    }

    /// Stands for a text in a pool; the empty one is number 0.
    pub(super) fn text(number: u32) -> Self {
        Self(u64::from(number) << 4)
    }

    /// The number of the text that stands here, if it is no telephone number.
    pub fn text_number(self) -> Option<u32> {
        if self.is_empty() {
            u32::try_from(self.0 >> 4).ok()
        } else {
            None
        }
    }

    /// The digits from the top down with nothing behind them.
    pub fn digits(self) -> u64 {
        self.0 & !0xf
    }

    /// How many digits there are; zero for a text.
    pub fn len(self) -> u32 {
        (self.0 & 0xf) as u32
    }

    /// Whether there is no number; there may be a text.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Writes the number out: a plus sign and the digits.
    pub fn write(self, room: &mut [u8; 16]) -> &str {
        room[0] = b'+';
        let len = self.len() as usize;
        for (at, byte) in room[1..=len].iter_mut().enumerate() {
            let digit = (self.0 >> (60 - 4 * at)) & 0xf;
            *byte = b'0' + (digit as u8).saturating_sub(1);
        }
        std::str::from_utf8(&room[..=len]).unwrap_or_default()
    }
}

/// Up to 15 digits from the top down, four bits each, as 1 to 10. Nothing if there are others than
/// digits among them, or more.
pub fn packed(digits: &[u8]) -> Option<u64> {
    let mut bits = 0;
    for (at, byte) in digits.iter().enumerate() {
        if at >= PackedNumber::MOST_DIGITS || !byte.is_ascii_digit() {
            return None;
        }
        bits |= u64::from(byte - b'0' + 1) << (60 - 4 * at);
    }
    Some(bits)
}

/// A UUID in its usual text: 32 small hexadecimal digits with hyphens behind the 8th, 12th, 16th
/// and 20th.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PackedId(pub u128);

impl PackedId {
    /// The length of the text in bytes.
    pub const LEN: usize = 36;

    /// Packs an id. Nothing for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != Self::LEN {
            return None;
        }
        Self::part(bytes, 0).map(|(_, digits)| Self(digits))
    }

    /// The digits of a text that stands from a byte of the whole on, and the bits that they take;
    /// nothing if no such text can stand there.
    pub fn part(text: &[u8], start: usize) -> Option<(u128, u128)> {
        let (mut mask, mut digits) = (0, 0);
        for (at, byte) in (start..).zip(text) {
            let place = match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => continue,
                (0..8, _) => at,
                (9..13, _) => at - 1,
                (14..18, _) => at - 2,
                (19..23, _) => at - 3,
                (24..36, _) => at - 4,
                _ => return None,
            };
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return None,
            };
            let shift = 124 - 4 * place;
            mask |= 0xf << shift;
            digits |= u128::from(digit) << shift;
        }
        Some((mask, digits))
    }

    /// Writes the id out.
    pub fn write(self, room: &mut [u8; 36]) -> &str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut left = self.0;
        for (at, byte) in room.iter_mut().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                *byte = b'-';
                continue;
            }
            left = left.rotate_left(4);
            *byte = DIGITS[(left & 0xf) as usize];
        }
        std::str::from_utf8(room).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_comes_out_as_it_went_in(text in "\\+[0-9]{1,15}") {
            let packed = PackedNumber::parse(&text).unwrap();
            let mut room = [0; 16];
            prop_assert_eq!(packed.write(&mut room), &text);
            prop_assert_eq!((packed.len() as usize, packed.text_number()), (text.len() - 1, None));
        }

        #[test]
        fn numbers_are_in_the_order_of_their_texts(a in "\\+[0-3]{1,15}", b in "\\+[0-3]{1,15}") {
            let digits = |text: &str| PackedNumber::parse(text).unwrap().digits();
            prop_assert_eq!(digits(&a).cmp(&digits(&b)), a.cmp(&b));
        }

        #[test]
        fn an_id_comes_out_as_it_went_in(id in any::<u128>()) {
            let text = uuid::Uuid::from_u128(id).to_string();
            prop_assert_eq!(PackedId::parse(&text), Some(PackedId(id)));
            let mut room = [0; 36];
            prop_assert_eq!(PackedId(id).write(&mut room), text);
        }

        #[test]
        fn a_part_of_an_id_fits_where_it_was_taken_from(id in any::<u128>(), start in 0usize..36, len in 0usize..36) {
            let text = uuid::Uuid::from_u128(id).to_string();
            let end = (start + len).min(36);
            let (mask, digits) = PackedId::part(&text.as_bytes()[start..end], start).unwrap();
            prop_assert_eq!(id & mask, digits);
        }
    }

    #[test]
    fn what_is_no_number_or_id_is_left_alone() {
        for text in [
            "",
            "+",
            "61491570156",
            "+6149157a",
            "+1234567890123456",
            "sip:a@b",
        ] {
            assert_eq!(PackedNumber::parse(text), None, "{text}");
        }
        for text in [
            "",
            "6F1C2E04-1111-4222-8333-444455556666",
            "6f1c2e0411114222833344445555666677778888",
            "6f1c2e041-111-4222-8333-444455556666",
        ] {
            assert_eq!(PackedId::parse(text), None, "{text}");
        }
        assert_eq!(PackedNumber::text(7).text_number(), Some(7));
        assert_eq!(PackedNumber::default().text_number(), Some(0));
    }
}
