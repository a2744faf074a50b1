//! The ledger as a whole, and what the tests of its parts share.

mod differential;
mod plans;

use super::*;
use crate::sandbox::wire;

pub(super) fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn call(id: &str, state: proto::call::State) -> proto::Call {
    let mut call = proto::Call {
        name: format!("projects/demo/calls/{id}"),
        create_time: Some(prost_types::Timestamp::default()),
        ..proto::Call::default()
    };
    call.set_state(state);
    call
}

pub(super) fn born(serial: i64, id: &str) -> Entry {
    Entry::Born {
        serial,
        project: 1,
        call: call(id, proto::call::State::Ringing),
    }
}

pub(super) fn ended(serial: i64, id: &str) -> Entry {
    Entry::Changed {
        serial,
        call: call(id, proto::call::State::Completed),
    }
}
