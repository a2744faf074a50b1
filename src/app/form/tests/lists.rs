//! Handlers and labels are lists: rows are added, moved, removed and brought back.

use super::*;

fn handlers(form: &Form) -> Vec<String> {
    form.new_call().options.handler_uris
}

fn labels(form: &Form) -> Vec<(String, String)> {
    let labels = form.new_call().labels;
    let pairs = labels
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    pairs.collect()
}

fn three() -> Form {
    let mut form = filled();
    for (row, host) in ["a", "b", "c"].into_iter().enumerate() {
        form.go(Field::Handler(row));
        form.edit(&Edit::DeleteToStart);
        form.edit(&Edit::Insert(format!("https://{host}.example")));
    }
    form
}

#[test]
fn rows_grow_up_to_their_bounds() {
    let mut form = Form::new();
    for row in 0..7 {
        write(&mut form, Field::Handler(row), "https://a.example/");
    }
    assert_eq!(handlers(&form).len(), 5);
    for row in 0..60 {
        write(&mut form, Field::LabelKey(row), &format!("k{row} = v"));
    }
    assert_eq!(labels(&form).len(), 49);
    assert_eq!(weight(&form, Field::LabelKey(0)), None);
}

#[test]
fn a_row_moves_with_the_cursor_and_with_what_is_said_of_it() {
    let mut form = three();
    form.go(Field::Handler(2));
    form.edit(&Edit::Insert(" x".to_owned()));
    form.move_row(false);
    assert_eq!(form.focus(), Field::Handler(1));
    form.go(Field::Place);
    assert_eq!(weight(&form, Field::Handler(1)), Some(Weight::Wrong));
    assert_eq!(weight(&form, Field::Handler(2)), None);
    form.go(Field::Handler(1));
    for _ in 0..5 {
        form.move_row(false);
    }
    assert_eq!(form.focus(), Field::Handler(0), "it stops at the ends");
    for _ in 0..5 {
        form.move_row(true);
    }
    assert_eq!(form.focus(), Field::Handler(2), "the free row stays last");
}

#[test]
fn a_removed_row_is_brought_back_in_its_place() {
    let mut form = three();
    form.go(Field::Handler(1));
    form.remove_row();
    assert_eq!(handlers(&form), ["https://a.example", "https://c.example"]);
    assert_eq!(form.focus(), Field::Handler(1));
    form.edit(&Edit::Undo);
    let all = [
        "https://a.example",
        "https://b.example",
        "https://c.example",
    ];
    assert_eq!(handlers(&form), all);
    assert_eq!(form.focus(), Field::Handler(1));
    form.move_row(true);
    form.edit(&Edit::Undo);
    assert_eq!(handlers(&form), all);
}

#[test]
fn all_five_handlers_can_be_removed_and_brought_back() {
    let mut form = Form::new();
    let uris: Vec<String> = (0..5).map(|n| format!("https://{n}.example")).collect();
    form.go(Field::Handler(0));
    form.edit(&Edit::Insert(uris.join("\n")));
    assert_eq!(handlers(&form), uris, "each in a row of its own");
    form.go(Field::Handler(0));
    for _ in 0..5 {
        form.remove_row();
    }
    assert!(handlers(&form).is_empty());
    for _ in 0..5 {
        form.edit(&Edit::Undo);
    }
    assert_eq!(handlers(&form), uris);
}

#[test]
fn more_uris_than_there_are_rows_are_kept_and_said_to_be_too_much() {
    let mut form = filled();
    form.go(Field::Handler(0));
    form.edit(&Edit::DeleteToStart);
    form.edit(&Edit::Insert("https://a.example ".repeat(6)));
    let last = form.line(Field::Handler(4)).unwrap().text().to_owned();
    assert_eq!(last, "https://a.example https://a.example");
    assert_eq!(form.finish(), None);
    assert_eq!(form.focus(), Field::Handler(4));
}

#[test]
fn a_cleared_form_is_brought_back_whole() {
    let mut form = three();
    let before = form.new_call();
    form.clear();
    assert_eq!(form.new_call(), Form::new().new_call());
    form.edit(&Edit::Undo);
    assert_eq!(form.new_call(), before);
    form.clear();
    write(&mut form, Field::To, "+6149");
    form.edit(&Edit::Undo);
    form.edit(&Edit::Undo);
    assert_eq!(form.new_call(), before, "after what was written since");
}

#[test]
fn what_was_cleared_waits_until_what_was_written_since_is_gone() {
    let mut form = three();
    let before = form.new_call();
    form.clear();
    write(&mut form, Field::To, "+6149");
    form.go(Field::From);
    form.edit(&Edit::Undo);
    assert_eq!(form.new_call().to, "+6149");
    form.go(Field::To);
    form.edit(&Edit::DeleteToStart);
    form.go(Field::From);
    form.edit(&Edit::Undo);
    assert_eq!(form.new_call(), before);
}

#[test]
fn a_removed_row_waits_while_there_is_no_room_for_it() {
    let mut form = Form::new();
    let uris: Vec<String> = (0..5).map(|n| format!("https://{n}.example")).collect();
    form.go(Field::Handler(0));
    form.edit(&Edit::Insert(uris.join("\n")));
    form.go(Field::Handler(0));
    form.remove_row();
    write(&mut form, Field::Handler(4), "https://5.example");
    form.go(Field::To);
    form.edit(&Edit::Undo);
    form.edit(&Edit::Undo);
    assert_eq!(handlers(&form).len(), 5, "there are never six");
    form.go(Field::Handler(4));
    form.edit(&Edit::DeleteToStart);
    form.go(Field::To);
    form.edit(&Edit::Undo);
    assert_eq!(handlers(&form), uris);
}

#[test]
fn key_and_value_are_typed_as_one_writes_them_and_pasted_by_the_line() {
    let mut form = Form::new();
    form.go(Field::LabelKey(0));
    for letter in "campaign = spring = 1".chars() {
        form.edit(&Edit::Insert(letter.to_string()));
    }
    assert_eq!(form.focus(), Field::LabelValue(0));
    form.go(Field::LabelKey(1));
    form.edit(&Edit::Insert(
        "team=support\n\nshift = night\r\n".to_owned(),
    ));
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let expected = [
        pair("campaign", "spring = 1"),
        pair("shift", "night"),
        pair("team", "support"),
    ];
    assert_eq!(labels(&form), expected);
    form.go(Field::LabelValue(2));
    for _ in 0..6 {
        form.edit(&Edit::Backspace);
    }
    assert_eq!(
        form.focus(),
        Field::LabelKey(2),
        "deleting leads back to the key"
    );
}

#[test]
fn labels_given_twice_or_too_long_are_refused_where_that_begins() {
    let mut form = filled();
    write(&mut form, Field::LabelKey(0), "a = 1");
    write(&mut form, Field::LabelKey(1), "a = 2");
    assert!(
        form.remark(Field::LabelKey(1))
            .unwrap()
            .text
            .contains("twice")
    );
    let mut form = filled();
    write(&mut form, Field::LabelKey(0), "a = 1");
    write(&mut form, Field::LabelKey(1), "b");
    write(&mut form, Field::LabelValue(1), &"x".repeat(9_943));
    assert_eq!(weight(&form, Field::LabelKey(1)), Some(Weight::Hint));
    assert!(form.wish().is_some());
    form.edit(&Edit::Insert("x".to_owned()));
    let remark = form.remark(Field::LabelKey(1)).unwrap();
    assert!(
        remark.text.contains("10000 bytes in all, not 10001"),
        "{}",
        remark.text
    );
    assert_eq!(form.finish(), None);
    assert_eq!(form.focus(), Field::LabelKey(1));
}

#[test]
fn what_there_is_room_for_is_told_when_it_is_little() {
    let mut form = Form::new();
    for row in 0..45 {
        write(&mut form, Field::LabelKey(row), &format!("k{row}=v"));
    }
    let remark = form.remark(Field::LabelKey(44)).unwrap();
    assert_eq!(remark.weight, Weight::Hint);
    assert!(
        remark.text.contains("room for 4 more labels"),
        "{}",
        remark.text
    );
    assert_eq!(form.remark(Field::LabelKey(43)), None);
}

#[test]
fn labels_that_are_unlike_what_they_look_like_are_doubted() {
    let mut form = Form::new();
    write(&mut form, Field::LabelKey(0), "team ");
    form.go(Field::Place);
    assert_eq!(weight(&form, Field::LabelKey(0)), Some(Weight::Doubt));
    let labels = [("line", "a\nb")].into_iter().collect();
    let form = Form::of(&NewCall {
        labels,
        ..NewCall::default()
    });
    let remark = form.remark(Field::LabelValue(0)).unwrap();
    assert_eq!(remark.weight, Weight::Doubt);
    assert!(remark.text.contains("line breaks"), "{}", remark.text);
}
