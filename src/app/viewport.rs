//! Which slice of a list is on screen: total arithmetic over any length, height and cursor.

/// The first line shown, for a list of `len` lines, `height` of them visible, so that `cursor` is in
/// sight and as little as possible moves away from `top`. No line is left empty while lines above
/// could fill it.
pub(super) fn top_for(top: usize, cursor: usize, len: usize, height: usize) -> usize {
    let last_top = len.saturating_sub(height);
    let lowest = cursor.saturating_add(1).saturating_sub(height);
    top.max(lowest).min(cursor).min(last_top)
}

/// A position moved by `lines`, kept within a list of `len` lines.
pub(super) fn moved(position: usize, lines: isize, len: usize) -> usize {
    position
        .saturating_add_signed(lines)
        .min(len.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cursor_is_always_in_sight_and_no_line_is_wasted(
            top in 0usize..10_000, cursor in 0usize..10_000, len in 0usize..5_000, height in 0usize..200,
        ) {
            let cursor = cursor.min(len.saturating_sub(1));
            let shown = top_for(top, cursor, len, height);
            if len > 0 && height > 0 {
                prop_assert!(shown <= cursor && cursor < shown + height);
                prop_assert!(shown == 0 || shown + height <= len);
            }
            if (top..top + height).contains(&cursor) && top + height <= len {
                prop_assert_eq!(shown, top, "nothing moves without need");
            }
        }

        #[test]
        fn moving_stays_within_the_list(at in any::<usize>(), lines in any::<isize>(), len in 0usize..100) {
            let to = moved(at, lines, len);
            prop_assert!(to < len.max(1));
        }
    }
}
