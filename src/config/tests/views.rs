//! The views of the file: read as they are written, and left out where they are wrong.

use super::*;

#[test]
fn a_view_is_read_as_it_is_written() {
    let file = parse(
        "[view.\"dear ones\"]\nfilter = 'price > 0.05'\ncolumns = ['to', 'Price']\n\
         sort = 'price Reversed'\nkey = 9\n[view.all]\n",
    )
    .unwrap();
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

#[test]
fn a_view_that_is_wrong_is_left_out_and_told_and_the_others_stay() {
    let text = "[view.one]\nkey = 1\n[view.odd]\nfilter = 'stat = busy'\nkey = 2\n\
                [view.two]\nkey = 2\n[view.again]\nkey = 1\n";
    let (_folder, flags) = configured(text);
    let settings = resolve(&flags, &Environment::of(&[])).unwrap();
    let names: Vec<&str> = settings.views.iter().map(|view| &*view.name).collect();
    assert_eq!(names, ["one", "two"]);
    let [odd, again] = &*settings.notices else {
        panic!("{:?}", settings.notices);
    };
    assert!(
        odd.contains(".toml:4:11: filter: stat is no field"),
        "{odd}"
    );
    assert!(odd.ends_with("the view \"odd\" is left out"), "{odd}");
    assert!(again.ends_with("the view \"again\" is left out"), "{again}");
    let (_folder, flags) = configured("[views.a]");
    assert!(error(&flags, &[]).contains("did you mean view?"));
}
