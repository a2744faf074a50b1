//! Page tokens: where a list goes on, for one parent and one filter, with a code that proves that
//! it was issued here (`api.md §7`).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::ledger::Cursor;

/// How many bytes a key has.
pub(super) const KEY_BYTES: usize = 64;
/// The first byte of a token that leads to what follows a call.
const AFTER: u8 = 1;
/// The first byte of a token that leads to what follows so many calls.
const OFFSET: u8 = 2;
/// Set in the first byte of a token that came with a page of nothing.
const AFTER_NOTHING: u8 = 0x80;
const CODE_BYTES: usize = 16;
const NUMBER_BYTES: usize = 8;
/// Longer texts are no tokens of ours, and are not looked at.
const LONGEST: usize = 512;

/// Where a list goes on, and how it came there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: At,
    /// Whether the page before had nothing on it, as only the fault `short-pages` has it: a token
    /// that leads back to where it was given differs from the one before all the same.
    pub(super) after_nothing: bool,
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// After a call.
    Call(Cursor),
    /// After so many calls, whichever they are by then: only the fault `offset-tokens` counts so.
    Offset(u64),
}

/// The key that tokens are authenticated with.
#[derive(Clone)]
pub(super) struct TokenKey([u8; KEY_BYTES]);

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

impl TokenKey {
    pub(super) fn new(key: [u8; KEY_BYTES]) -> Self {
        Self(key)
    }

    /// The token that leads to a place in the list of a parent and a filter.
    pub(super) fn seal(&self, place: &Place, parent: &str, filter: &str) -> String {
        let (mut kind, number, id) = match &place.at {
            At::Call(cursor) => (AFTER, cursor.created.to_be_bytes(), &*cursor.id),
            At::Offset(offset) => (OFFSET, offset.to_be_bytes(), ""),
        };
        if place.after_nothing {
            kind |= AFTER_NOTHING;
        }
        let code = self.code((kind, number, id), [parent, filter]);
        let code = code.finalize().into_bytes();
        let mut token = vec![kind];
        token.extend(number);
        token.extend(code.iter().take(CODE_BYTES));
        token.extend(id.as_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Where a token leads; nothing if it was not issued for this parent and this filter.
    pub(super) fn open(&self, token: &str, parent: &str, filter: &str) -> Option<Place> {
        if token.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (&kind, rest) = bytes.split_first()?;
        let (number, rest) = rest.split_first_chunk::<NUMBER_BYTES>()?;
        let (code, id) = rest.split_first_chunk::<CODE_BYTES>()?;
        let id = String::from_utf8(id.to_vec()).ok()?;
        self.code((kind, *number, &id), [parent, filter])
            .verify_truncated_left(code)
            .ok()?;
        let at = match kind & !AFTER_NOTHING {
            AFTER => At::Call(Cursor {
                created: i64::from_be_bytes(*number),
                id,
            }),
            OFFSET => At::Offset(u64::from_be_bytes(*number)),
            _ => return None,
        };
        Some(Place {
            at,
            after_nothing: kind & AFTER_NOTHING != 0,
        })
    }

    fn code(
        &self,
        (kind, number, id): (u8, [u8; NUMBER_BYTES], &str),
        bound: [&str; 2],
    ) -> Hmac<Sha256> {
        let mut code = Hmac::<Sha256>::new(&self.0.into());
        code.update(&[kind]);
        code.update(&number);
        for text in [id].into_iter().chain(bound) {
            // With its length, so that no two splits of the same bytes are alike.
            code.update(&(text.len() as u64).to_be_bytes());
            code.update(text.as_bytes());
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn key() -> TokenKey {
        TokenKey::new([7; KEY_BYTES])
    }

    fn after_a_call() -> At {
        At::Call(Cursor {
            created: -5,
            id: "6f1c2e04-1111-4222-8333-444455556666".to_owned(),
        })
    }

    fn place() -> Place {
        Place {
            at: after_a_call(),
            after_nothing: false,
        }
    }

    #[rstest]
    #[case::after_a_call(after_a_call())]
    #[case::at_the_beginning(At::Offset(0))]
    #[case::far_away(At::Offset(u64::MAX))]
    fn a_token_leads_where_it_was_sealed(
        #[case] at: At,
        #[values(true, false)] after_nothing: bool,
    ) {
        let place = Place { at, after_nothing };
        let token = key().seal(&place, "projects/demo", "state = BUSY");
        let open = |parent, filter| key().open(&token, parent, filter);
        assert_eq!(open("projects/demo", "state = BUSY"), Some(place));
        assert_eq!(open("projects/demo", ""), None);
        assert_eq!(open("projects/other", "state = BUSY"), None);
        assert_eq!(open("projects/demos", "tate = BUSY"), None);
        let other = TokenKey::new([8; KEY_BYTES]);
        assert_eq!(other.open(&token, "projects/demo", "state = BUSY"), None);
        assert!(
            token
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        );
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", key()), "TokenKey(..)");
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_token(text in "[A-Za-z0-9_-]{0,80}|.*") {
            prop_assert_eq!(key().open(&text, "projects/demo", ""), None);
        }

        #[test]
        fn no_changed_token_is_one(at in 0..80_usize, to in prop::char::range('A', 'Z')) {
            let token = key().seal(&place(), "projects/demo", "");
            let changed: String = token
                .char_indices()
                .map(|(index, c)| if index == at { to } else { c })
                .collect();
            if changed != token {
                prop_assert_eq!(key().open(&changed, "projects/demo", ""), None);
            }
        }
    }
}
