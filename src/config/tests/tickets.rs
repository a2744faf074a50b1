//! What the configuration says of the tickets of calls.

use super::*;
use crate::call::TicketLabel;

#[test]
fn a_profile_may_leave_the_ticket_out_of_its_calls() {
    for (line, label) in [
        ("ticket_label = false", TicketLabel::LeftOut),
        ("", TicketLabel::Carried),
    ] {
        let (_folder, mut flags) = configured(&format!("[profile.p]\nproject = \"x\"\n{line}"));
        flags.profile = Some("p".to_owned());
        flags.token_file = Some("token".into());
        let settings = resolve(&flags, &Environment::default()).unwrap();
        assert_eq!(settings.ticket_label, label);
    }
}
