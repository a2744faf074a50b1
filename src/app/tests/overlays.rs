//! One step back always leads down, whatever was opened over what.

use super::*;

/// The key that leads back: of the filter bar it is one of its own.
fn esc(app: &mut App) {
    let back = match app.mode() {
        Mode::Filter => Action::LeaveFilter,
        Mode::Table
        | Mode::Detail
        | Mode::History
        | Mode::Quick
        | Mode::Form
        | Mode::Confirm
        | Mode::Help
        | Mode::Palette
        | Mode::SaveView
        | Mode::Placements => Action::Back,
    };
    act(app, back);
}

/// Whether what a mode shows is there to be shown.
fn shows_something(app: &App) -> bool {
    match app.mode() {
        Mode::History => app.bar().looking().is_some(),
        Mode::Quick => app.quick().is_some(),
        Mode::Palette => app.palette().is_some(),
        Mode::SaveView => app.saving_view().is_some(),
        Mode::Placements => app.placements().is_some(),
        Mode::Table | Mode::Detail | Mode::Filter | Mode::Form | Mode::Confirm | Mode::Help => true,
    }
}

#[test]
fn the_help_over_the_palette_or_the_prompt_leads_back_to_it() {
    for over in [Action::Palette, Action::SaveView] {
        let mut app = console();
        arrive(&mut app, calls(0..3));
        act(&mut app, Action::Open);
        act(&mut app, over);
        let opened = app.mode();
        act(&mut app, Action::Help);
        assert_eq!((app.mode(), app.mode_below()), (Mode::Help, opened));
        assert_eq!(app.mode_of_panes(), Mode::Detail);
        act(&mut app, Action::Back);
        assert_eq!((app.mode(), app.mode_below()), (opened, Mode::Detail));
        act(&mut app, Action::Back);
        assert_eq!(app.mode(), Mode::Detail);
    }
}

#[test]
fn nothing_is_opened_over_itself() {
    for opens in [
        Action::Palette,
        Action::SaveView,
        Action::Quick,
        Action::Help,
    ] {
        let mut app = console();
        act(&mut app, Action::Palette);
        act(&mut app, Action::Help);
        act(&mut app, opens);
        act(&mut app, opens);
        for _ in 0..4 {
            esc(&mut app);
        }
        assert_eq!(app.mode(), Mode::Table, "{opens:?}");
    }
}

fn opening() -> impl Strategy<Value = Action> {
    prop_oneof![
        prop::sample::select(Action::ALL),
        prop::sample::select(vec![
            Action::Help,
            Action::Palette,
            Action::SaveView,
            Action::Quick,
            Action::Filter,
            Action::SearchFilters,
            Action::NewCall,
            Action::Place,
            Action::Run,
            Action::Back,
        ]),
    ]
}

proptest! {
    #[test]
    fn from_wherever_any_actions_lead_esc_leads_back_to_the_calls(
        actions in prop::collection::vec((opening(), "[a-z+0-9 ]{0,2}"), 1..30),
    ) {
        let mut app = console();
        arrive(&mut app, calls(0..5));
        for (action, text) in actions {
            act(&mut app, action);
            prop_assert!(shows_something(&app), "{:?} after {action:?}", app.mode());
            write(&mut app, &text);
            prop_assert!(shows_something(&app), "{:?} after {text:?}", app.mode());
        }
        for _ in 0..8 {
            esc(&mut app);
        }
        prop_assert_eq!(app.mode(), Mode::Table);
    }
}
