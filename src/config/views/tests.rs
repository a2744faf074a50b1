//! Views as they are written.

use std::path::Path;

use crate::app::{Column, SavedView, Sort, ViewKey};
use crate::config::file;

#[test]
fn a_view_is_read_as_it_is_written() {
    let text = "[view.\"dear ones\"]\nfilter = 'price > 0.05'\ncolumns = ['to', 'Price']\n\
         sort = 'price Reversed'\nkey = 9\n[view.all]\n";
    let file = file::parse(text, Path::new("c.toml"), None).unwrap();
    let dear = SavedView {
        columns: vec![Column::To, Column::Price],
        sort: Sort {
            column: Column::Price,
            reversed: true,
        },
        key: ViewKey::new(9),
        ..SavedView::of("dear ones", "price > 0.05")
    };
    assert_eq!(file.views, [dear, SavedView::of("all", "")]);
}
