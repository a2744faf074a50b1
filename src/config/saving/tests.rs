//! What saving a view does to a file, and what it leaves alone.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::app::{Column, Sort, ViewKey};

fn view(name: &str, key: Option<u8>) -> SavedView {
    SavedView {
        key: key.and_then(ViewKey::new),
        ..SavedView::of(name, "failed since:1h")
    }
}

fn in_folder(text: Option<&str>) -> (tempfile::TempDir, ConfigFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    if let Some(text) = text {
        fs::write(&path, text).unwrap();
    }
    (folder, ConfigFile::new(path, None))
}

/// The file after a view has been saved in it.
fn after(text: &str, view: &SavedView) -> String {
    let (_folder, file) = in_folder(Some(text));
    file.save_view(view).unwrap();
    fs::read_to_string(&file.path).unwrap()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    entries.map(name).collect()
}

const BY_HAND: &str = r#"# ours
poll_every   = "5s"   # slow link

[profile.production]
project = "live"  # the real one
credentials = 'key.json'

# what we watch at night
[view.night]
# only these
filter = "failed"  # all of them
key = 2 # the night's key
sort   = 'talk'

# the end
"#;

#[test]
fn a_new_view_comes_last_and_everything_else_stays_to_the_letter() {
    let new = SavedView {
        columns: vec![Column::State, Column::To],
        sort: Sort {
            column: Column::Created,
            reversed: true,
        },
        ..view("my \"own\"", Some(7))
    };
    let text = after(BY_HAND, &new);
    let added = r#"
[view.'my "own"']
filter = "failed since:1h"
columns = ["state", "to"]
sort = "created reversed"
key = 7
"#;
    let without_end = BY_HAND.replace("\n# the end\n", "");
    assert_eq!(text, format!("{without_end}{added}\n# the end\n"));
}

#[test]
fn a_view_of_the_same_name_changes_its_values_and_keeps_its_comments() {
    let text = after(BY_HAND, &view("night", Some(4)));
    let expected = BY_HAND
        .replace("\"failed\"", "\"failed since:1h\"")
        .replace("key = 2", "key = 4")
        .replace("'talk'", "\"created\"");
    assert_eq!(text, expected);
}

#[test]
fn what_is_the_same_keeps_its_form() {
    let night = SavedView {
        sort: Sort {
            column: Column::Talk,
            reversed: false,
        },
        key: ViewKey::new(2),
        ..SavedView::of("night", "failed")
    };
    assert_eq!(after(BY_HAND, &night), BY_HAND);
}

#[test]
fn a_view_that_loses_its_key_keeps_the_comments_about_it() {
    let text = after(BY_HAND, &view("mine", Some(2)));
    assert!(text.contains("# the night's key"), "{text}");
    assert!(!text.contains("key = 2 #"), "{text}");
    assert_eq!(text.matches("key = 2").count(), 1, "{text}");
    for line in BY_HAND.lines().filter(|line| !line.starts_with("key")) {
        assert!(text.contains(line), "{line} is missing from:\n{text}");
    }
}

#[test]
fn what_is_commented_out_at_the_end_stays_above_the_first_view() {
    let sample = include_str!("../../../assets/config.toml");
    let text = after(sample, &view("mine", Some(7)));
    let added = "\n[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n";
    assert_eq!(text, format!("{sample}{added}"));
    let profile = "[profile.a] # one\nproject = \"p\"\n\n# [profile.b]\n";
    let text = after(profile, &view("mine", Some(7)));
    assert_eq!(text, format!("{profile}{added}"));
}

#[rstest]
#[case::nothing("", "[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n")]
#[case::comments_alone(
    "# all of it\n",
    "# all of it\n\n[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n"
)]
#[case::other_settings(
    "mouse = true\n# [view.x]\n\n",
    "mouse = true\n# [view.x]\n\n[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n"
)]
#[case::without_a_line_end(
    "mouse = true",
    "mouse = true\n\n[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n"
)]
#[case::lines_as_on_windows(
    "mouse = true # yes\r\n",
    "mouse = true # yes\r\n\r\n[view.mine]\r\nfilter = \"failed since:1h\"\r\nkey = 7\r\n"
)]
#[case::one_line_as_on_windows(
    "# one\r\nmouse = true\n\n# two\nascii = true\r\n",
    "# one\r\nmouse = true\n\n# two\nascii = true\r\n\n[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n"
)]
#[case::a_byte_order_mark(
    "\u{feff}mouse = true\n",
    "\u{feff}mouse = true\n\n[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n"
)]
#[case::views_in_one_line(
    "view = { other = { key = 7 } } # short\n",
    "view = { other = {} , mine = { filter = \"failed since:1h\", key = 7 } } # short\n"
)]
#[case::views_with_points(
    "view.other.key = 3\nmouse = true\n",
    "view.other.key = 3\nmouse = true\n\n[view.mine]\nfilter = \"failed since:1h\"\nkey = 7\n"
)]
fn a_view_goes_into_any_file_that_is_right(#[case] before: &str, #[case] expected: &str) {
    assert_eq!(after(before, &view("mine", Some(7))), expected);
}

#[rstest]
#[case::no_toml("mouse = \n", "config.toml:1:9: not TOML")]
#[case::an_unknown_key("moose = true\n", "did you mean mouse?")]
#[case::no_table_of_views("view = 3\n", "view is the table of all views")]
#[case::views_as_a_list("[[view]]\nname = 'a'\n", "view is the table of all views")]
fn a_file_that_is_not_right_is_left_alone(#[case] text: &str, #[case] part: &str) {
    let (folder, file) = in_folder(Some(text));
    let told = file.save_view(&view("mine", None)).unwrap_err();
    assert!(told.contains(part), "{told}");
    assert_eq!(fs::read_to_string(&file.path).unwrap(), text);
    assert_eq!(names(folder.path()), ["config.toml"]);
}

#[test]
fn folder_and_file_are_made_where_there_are_none_and_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("config/switchboard");
    let file = ConfigFile::new(made.join("config.toml"), None);
    let place = file.save_view(&view("mine", Some(7))).unwrap();
    assert_eq!(place, file.path.display().to_string());
    assert_eq!(names(&made), ["config.toml"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((rights(&made), rights(&file.path)), (0o700, 0o600));
    }
}

#[cfg(unix)]
#[test]
fn rights_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (far, real) = in_folder(Some("mouse = true\n"));
    fs::set_permissions(&real.path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("config.toml");
    std::os::unix::fs::symlink(&real.path, &link).unwrap();
    let file = ConfigFile::new(link.clone(), None);
    file.save_view(&view("mine", None)).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let text = fs::read_to_string(&real.path).unwrap();
    assert!(text.contains("[view.mine]"), "{text}");
    let mode = fs::metadata(&real.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(names(far.path()), ["config.toml"]);

    fs::remove_file(&real.path).unwrap();
    let told = file.save_view(&view("mine", None)).unwrap_err();
    assert!(
        told.contains("a link to a file that is not there"),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_is_told_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, file) = in_folder(Some("mouse = true\n"));
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o400)).unwrap();
    let told = file.save_view(&view("mine", None)).unwrap_err();
    assert!(
        told.contains("cannot be written: it is read-only"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "mouse = true\n");
    assert_eq!(names(folder.path()), ["config.toml"]);

    let nowhere = ConfigFile::new("/dev/null/switchboard/config.toml".into(), None);
    let told = nowhere.save_view(&view("mine", None)).unwrap_err();
    assert!(told.contains("/dev/null/switchboard/config.toml"), "{told}");
}

#[test]
fn what_was_written_by_hand_since_the_start_stays() {
    let (_folder, file) = in_folder(Some("mouse = true\n"));
    file.save_view(&view("one", Some(1))).unwrap();
    let mut text = fs::read_to_string(&file.path).unwrap();
    text.insert_str(0, "ascii = true # by hand\n");
    fs::write(&file.path, &text).unwrap();
    file.save_view(&view("two", Some(2))).unwrap();
    let text = fs::read_to_string(&file.path).unwrap();
    for part in ["ascii = true # by hand\n", "[view.one]", "[view.two]"] {
        assert!(text.contains(part), "{text}");
    }
}

fn views() -> impl Strategy<Value = SavedView> {
    let columns =
        prop::sample::subsequence(Column::ALL.to_vec(), 1..=Column::ALL.len()).prop_shuffle();
    let sort = (prop::sample::select(Column::ALL.to_vec()), any::<bool>());
    let filter = prop::sample::select(vec![
        "",
        "failed",
        "to = '+61*' \"quoted\"",
        "label.k = \"a\\\\b\"",
    ]);
    ("[a-z\"'.#漢\\] =-]{1,8}", filter, columns, sort, 0u8..=9)
        .prop_map(
            |(name, filter, columns, (column, reversed), key)| SavedView {
                columns,
                sort: Sort { column, reversed },
                key: ViewKey::new(key),
                ..SavedView::of(name.trim(), filter)
            },
        )
        .prop_filter("a name that shows", |view| {
            SavedView::check_name(&view.name).is_ok()
        })
}

proptest! {
    /// Whatever is saved over whatever else is read back as it was, and no comment is lost.
    #[test]
    fn saved_views_are_read_back(saved in prop::collection::vec(views(), 1..6)) {
        let read = |text: &str| file::parse(text, Path::new("config.toml"), None).unwrap().views;
        let mut text = BY_HAND.to_owned();
        for view in &saved {
            text = with_view(&text, view).unwrap().0;
            prop_assert!(read(&text).contains(view), "{}", text);
        }
        for comment in ["# ours", "# slow link", "# the real one", "# what we watch at night",
            "# only these", "# all of them", "# the night's key", "# the end"] {
            prop_assert!(text.contains(comment), "{} is missing from:\n{}", comment, text);
        }
    }
}

#[test]
fn who_loses_its_key_to_another_is_said() {
    let (_folder, file) = in_folder(Some(BY_HAND));
    let told = file.save_view(&view("day", Some(2))).unwrap();
    let place = file.path.display();
    assert_eq!(told, format!("{place}; night is no longer on the key 2"));
    let told = file.save_view(&view("day", Some(2))).unwrap();
    assert_eq!(told, place.to_string());
}

#[test]
fn a_view_that_is_wrong_is_no_reason_not_to_save_another() {
    let text = "[view.odd]\nfilter = '('\n";
    let after = after(text, &view("day", None));
    assert!(after.starts_with(text), "{after}");
    assert!(after.contains("[view.day]"), "{after}");
}
