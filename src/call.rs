//! The domain: a call as the service tells it, free of wire types. Everything else speaks these words.
//!
//! Field for field this is the `Call` resource of `api.md §2`. Texts are kept exactly as they came,
//! hostile ones included; whoever puts one on a screen sanitises it there.

mod country;
mod covered;
mod denied;
mod excerpt;
mod failure;
mod hostile;
mod json;
mod labels;
mod link;
mod loading;
mod name;
mod new_call;
mod number;
mod open_enum;
mod placement;
mod preset;
mod price;
mod recording;
mod rules;
mod spelling;
mod state;
mod store;
mod timeline;

use chrono::{DateTime, TimeDelta, Utc};

pub use country::country_name;
pub use covered::{Covered, Interval, IntervalError, read_interval};
pub use denied::{
    Denied, DeniedPattern, DenyList, MAX_DENIED, called_by, check_denied, check_denied_call,
};
pub use excerpt::excerpt;
pub use failure::{Failure, FailureKind, Violation};
pub use hostile::is_hostile;
pub use labels::Labels;
pub use link::{Coverage, Link, Turn};
pub use loading::{Loaded, Loading};
pub use name::{CallName, ProjectName};
pub use new_call::NewCall;
pub use number::{E164, NumberFault, NumberPlan, Party};
pub use placement::{Placement, TICKET_LABEL, Ticket, TicketLabel};
pub use preset::{Calling, Preset};
pub use price::Money;
pub use recording::{PostProcessing, RecordingConfig, Transcribe, Trigger};
pub use rules::{
    DEFAULT_TIMEOUT_SECONDS, MAX_HANDLER_URIS, MAX_LABEL_BYTES, MAX_LABELS, MAX_TIMEOUT_SECONDS,
    check_handler_uri, check_labels, check_new_call, check_number, check_timeout, check_web_uri,
    may_become_handler_uri, may_become_web_uri,
};
pub use spelling::{Dialled, Reading, Spelling, read_number};
pub use state::{CreateMethod, Direction, State, Transport};
pub use store::{
    ABSENT, AsOf, Bits, Columns, Merged, Moments, Order, PackedId, PackedNumber, SharedText,
    SharedTexts, Slot, Store, packed,
};
pub use timeline::{Phase, PhaseKind, Timeline};

/// One leg of a call: a single party's connection, with its own price (`api.md §2.1`).
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Resource name; the identity of the call.
    pub name: CallName,
    /// Who is called: `+E.164` or a SIP URI.
    pub to: Box<str>,
    /// Who calls, in the same forms; empty for a private caller from the telephone network.
    pub from: Box<str>,
    /// Roughly where the caller is; incoming calls only.
    pub from_location: Option<Box<Location>>,
    /// The caller's zone, an opaque text; incoming telephone calls only.
    pub from_zone: Box<str>,
    /// Whether the caller's number is withheld.
    pub is_private: bool,
    /// Free data of the project's own.
    pub labels: Labels,
    /// What carried the leg.
    pub transport: Transport,
    /// Which way it went.
    pub direction: Direction,
    /// Why it failed, as a code that is shown verbatim (`api.md §4.4`).
    pub error_code: Box<str>,
    /// Why it failed, in words.
    pub error_message: Box<str>,
    /// What this leg costs; may come some time after the end (`api.md §4.5`).
    pub price: Option<Money>,
    /// How far it has come.
    pub state: State,
    /// When the service took it on. Missing only if the service left it out.
    pub create_time: Option<DateTime<Utc>>,
    /// When the attempt began.
    pub start_time: Option<DateTime<Utc>>,
    /// When the far end began to ring; outgoing calls only.
    pub ring_time: Option<DateTime<Utc>>,
    /// When it was answered.
    pub answer_time: Option<DateTime<Utc>>,
    /// When it was over.
    pub end_time: Option<DateTime<Utc>>,
    /// For how long it was answered, known once it is over.
    pub answer_duration: Option<TimeDelta>,
    /// Whether it was ever bridged to another leg.
    pub bridged: bool,
    /// The leg during which this one was made.
    pub originating_call: Option<CallName>,
    /// What brought it about.
    pub create_method: CreateMethod,
    /// What the CreateCall request asked for.
    pub options: Option<Box<Options>>,
    /// The SIP `Call-ID` header; SIP only.
    pub sip_call_id: Box<str>,
}

impl Call {
    /// A call of which nothing but the name is known.
    #[must_use]
    pub fn new(name: CallName) -> Self {
        Self {
            name,
            to: Box::default(),
            from: Box::default(),
            from_location: None,
            from_zone: Box::default(),
            is_private: false,
            labels: Labels::default(),
            transport: Transport::Unspecified,
            direction: Direction::Unspecified,
            error_code: Box::default(),
            error_message: Box::default(),
            price: None,
            state: State::Unspecified,
            create_time: None,
            start_time: None,
            ring_time: None,
            answer_time: None,
            end_time: None,
            answer_duration: None,
            bridged: false,
            originating_call: None,
            create_method: CreateMethod::Unspecified,
            options: None,
            sip_call_id: Box::default(),
        }
    }

    /// Whether the call may still change its state. A state that is not known here counts as
    /// open until the service says when the call ended.
    pub fn is_open(&self) -> bool {
        match self.state {
            State::Unspecified | State::Other(_) => self.end_time.is_none(),
            known => known.is_open(),
        }
    }

    /// Whether the call went wrong for the caller: any end but an answered one.
    pub fn is_failure(&self) -> bool {
        matches!(
            self.state,
            State::Failed | State::NotAnswered | State::Busy | State::Rejected
        )
    }

    /// The other end's identity: whom the project called, or who called the project.
    pub fn remote(&self) -> Party<'_> {
        match self.direction {
            Direction::Incoming => self.from_party(),
            Direction::Outgoing | Direction::Unspecified | Direction::Other(_) => self.to_party(),
        }
    }

    /// Who calls, read as a number, a SIP URI or a withheld one.
    pub fn from_party(&self) -> Party<'_> {
        Party::from_text(&self.from, self.is_private)
    }

    /// Who is called, read as a number or a SIP URI.
    pub fn to_party(&self) -> Party<'_> {
        Party::from_text(&self.to, false)
    }

    /// The phases of the call so far, each a length that is never negative.
    pub fn timeline(&self) -> Timeline {
        Timeline::of(self)
    }
}

/// Roughly where a number is (`api.md §2.4`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Location {
    /// CLDR region code, such as `AU`.
    pub region_code: String,
    /// State, territory or province.
    pub administrative_area: String,
    /// Suburb or city.
    pub locality: String,
    /// Degrees north and east (WGS84).
    pub coordinates: Option<(f64, f64)>,
}

/// What a CreateCall request asks for beyond the numbers (`api.md §2.2`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// 1 to 5 URIs that are asked how to handle the call, in the order of their turn.
    pub handler_uris: Vec<String>,
    /// URL that is told of each change of state; empty for none.
    pub state_update_uri: String,
    /// For how many seconds the call is attempted: 1 to 600; 0 stands for the default of 30.
    pub timeout_seconds: i32,
    /// Recording, where one is configured.
    pub recording: Option<RecordingConfig>,
}
