//! Typing and pasting: what is not finished is not scolded, and nothing is taken for another thing.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn text(form: &Form, field: Field) -> &str {
    form.line(field).unwrap().text()
}

#[rstest]
#[case::to(Field::To, "+61 491 570 006")]
#[case::from(Field::From, "+44 20 7946 0123")]
#[case::handler(Field::Handler(0), "https://app.example:8443/handle?x=1")]
#[case::sip(Field::Handler(0), "sip:user@sip.example;transport=tls")]
#[case::webhook(Field::StateUpdate, "http://127.0.0.1:8080/state")]
#[case::timeout(Field::Timeout, "1m30s")]
#[case::label(Field::LabelKey(0), "campaign = spring")]
fn nothing_scolds_on_the_way_to_what_is_right(#[case] field: Field, #[case] text: &str) {
    let mut form = Form::new();
    form.go(field);
    form.left.clear();
    for letter in text.chars() {
        form.edit(&Edit::Insert(letter.to_string()));
        let remark = form.remark(form.focus());
        let scolds = remark.filter(|remark| remark.weight > Weight::Fact);
        assert_eq!(scolds, None, "after {letter:?}");
    }
    form.go(Field::Place);
    let wrong = form.wrong().contains(&field);
    assert!(!wrong, "{:?}", form.remark(field));
}

#[test]
fn what_is_not_finished_is_wrong_once_it_is_left_and_a_hint_again_once_it_is_changed() {
    let mut form = Form::new();
    write(&mut form, Field::To, "+61 491");
    assert_eq!(weight(&form, Field::To), Some(Weight::Hint));
    form.step(true);
    assert_eq!(weight(&form, Field::To), Some(Weight::Wrong));
    form.step(false);
    assert_eq!(weight(&form, Field::To), Some(Weight::Wrong));
    form.edit(&Edit::Insert("5".to_owned()));
    assert_eq!(weight(&form, Field::To), Some(Weight::Hint));
    assert_eq!(form.finish(), None);
    assert_eq!(
        weight(&form, Field::To),
        Some(Weight::Wrong),
        "sending asks"
    );
}

#[test]
fn what_cannot_become_right_is_wrong_at_once() {
    for (field, text) in [
        (Field::To, "+61x"),
        (Field::Handler(0), "ftp:"),
        (Field::Timeout, "601"),
    ] {
        let mut form = Form::new();
        write(&mut form, field, text);
        assert_eq!(weight(&form, field), Some(Weight::Wrong), "{text}");
    }
}

#[rstest]
#[case("+61 (491) 570-006 ", "AU, 0491 570 006")]
#[case("+61 (0)491 570 006", "AU, dials +61 491 570 006")]
#[case("tel:+61491570006", "AU, 0491 570 006")]
#[case("00 61 491 570 006", "AU, dials +61 491 570 006")]
#[case("0491 570 006", "AU, dials +61 491 570 006")]
#[case("\u{202a}+61 491\u{200b} 570 006\u{202c}\r\n", "AU, 0491 570 006")]
fn a_number_in_any_usual_spelling_says_what_is_dialled(#[case] paste: &str, #[case] said: &str) {
    let mut form = filled();
    form.go(Field::To);
    form.edit(&Edit::DeleteToStart);
    form.edit(&Edit::Insert(paste.to_owned()));
    let remark = form.remark(Field::To).unwrap();
    assert_eq!((remark.weight, &*remark.text), (Weight::Fact, said));
    assert_eq!(form.clone().finish().unwrap().to, "+61491570006");
}

#[test]
fn a_spelling_is_written_out_when_it_is_left_so_that_it_means_the_same_from_then_on() {
    let mut form = filled();
    form.go(Field::To);
    form.edit(&Edit::DeleteToStart);
    form.edit(&Edit::Insert("0491 570 006".to_owned()));
    form.go(Field::From);
    assert_eq!(text(&form, Field::To), "+61 491 570 006");
    assert_eq!(form.remark(Field::To).unwrap().text, "AU, 0491 570 006");
    form.edit(&Edit::DeleteToStart);
    form.edit(&Edit::Insert("+442079460123".to_owned()));
    assert_eq!(form.new_call().to, "+61491570006");
    form.go(Field::To);
    form.edit(&Edit::Undo);
    assert_eq!(text(&form, Field::To), "0491 570 006");
}

#[test]
fn a_national_number_waits_for_the_country_of_the_other_one() {
    let mut form = Form::new();
    write(&mut form, Field::To, "(02) 5550 1234");
    assert_eq!(weight(&form, Field::To), Some(Weight::Hint));
    write(&mut form, Field::From, "+61491570006");
    assert_eq!(form.new_call().to, "+61255501234");
    assert_eq!(weight(&form, Field::To), Some(Weight::Fact));
}

#[test]
fn a_number_that_looks_unassigned_is_doubted_and_can_be_sent() {
    let mut form = filled();
    form.go(Field::To);
    form.edit(&Edit::DeleteToStart);
    form.edit(&Edit::Insert("+1 212 123 4567".to_owned()));
    assert_eq!(weight(&form, Field::To), Some(Weight::Hint));
    form.go(Field::Place);
    let remark = form.remark(Field::To).unwrap();
    assert_eq!(remark.weight, Weight::Doubt);
    assert!(remark.text.contains("unassigned"), "{}", remark.text);
    assert!(form.finish().is_some());
}

#[test]
fn choices_are_taken_by_their_letters_the_blank_and_the_arrows() {
    let mut form = Form::new();
    form.go(Field::Trigger);
    let held = |form: &Form| form.choices(Field::Trigger).unwrap().1;
    for (edit, at) in [
        (Edit::Insert("b".to_owned()), 2),
        (Edit::Insert("A".to_owned()), 1),
        (Edit::Insert("x".to_owned()), 1),
        (Edit::Right, 2),
        (Edit::Insert(" ".to_owned()), 0),
        (Edit::Left, 2),
        (Edit::Insert("n".to_owned()), 0),
    ] {
        form.edit(&edit);
        assert_eq!(held(&form), at, "{edit:?}");
    }
}

#[test]
fn pointing_takes_a_choice_or_puts_the_cursor_into_the_text() {
    let mut form = filled();
    let spot = |field, part| Spot { field, part };
    form.point(spot(Field::Private, Part::Choice(1)));
    assert!(form.new_call().is_private);
    form.point(spot(Field::To, Part::Byte(3)));
    form.edit(&Edit::Insert(" ".to_owned()));
    assert_eq!(text(&form, Field::To), "+61 491570006");
    form.point(spot(Field::Handler(0), Part::Whole));
    assert_eq!(form.focus(), Field::Handler(0));
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "+61491570006", "0", "https://a.example/", "a b", "a = b", "=", "k=v\nk2=v2", " ", "é",
            "https://a.example https://b.example", "switchboard-ticket", "\u{200b}", "y", "600",
        ]).prop_map(|text| Edit::Insert(text.to_owned())),
        4 => prop::sample::select(vec![
            Edit::Backspace, Edit::Delete, Edit::DeleteToStart, Edit::Undo, Edit::Left, Edit::End,
        ]),
    ]
}

proptest! {
    #[test]
    fn whatever_is_done_the_form_is_whole_and_what_it_lets_through_can_be_placed(
        steps in prop::collection::vec((0_usize..9, edits()), 0..60),
    ) {
        let mut form = Form::new();
        for (what, edit) in steps {
            match what {
                0 => form.step(true),
                1 => form.step(false),
                2 => form.move_row(true),
                3 => form.move_row(false),
                4 => form.remove_row(),
                5 => form.roll(true),
                _ => form.edit(&edit),
            }
            let fields = form.fields();
            prop_assert!(fields.contains(&form.focus()), "{:?}", form.focus());
            for list in [List::Handlers, List::Labels] {
                let rows = form.rows(list);
                prop_assert!((1..=list.most()).contains(&rows));
                let free = (0..rows).filter(|&row| form.is_free(list, row)).count();
                prop_assert!(free > 0 || rows == list.most());
                for row in 0..rows {
                    prop_assert!(list.fields(row).iter().all(|&it| form.line(it).is_some()));
                }
            }
            if let Some(wish) = form.wish() {
                prop_assert_eq!(check_new_call(&wish), []);
            }
        }
    }
}
