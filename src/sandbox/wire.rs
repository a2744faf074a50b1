//! Times and lengths between the exchange's types and those of the wire.

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::{Duration, Timestamp};

pub(super) fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

/// Nothing for a time that is missing, or that no clock can show.
pub(super) fn time(timestamp: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    let timestamp = timestamp?;
    let nanos = u32::try_from(timestamp.nanos).ok()?;
    DateTime::from_timestamp(timestamp.seconds, nanos)
}

pub(super) fn duration(length: TimeDelta) -> Duration {
    Duration {
        seconds: length.num_seconds(),
        nanos: length.subsec_nanos(),
    }
}

/// Nanoseconds since 1970, which is how the ledger keeps times; times beyond the years 1677 and
/// 2262 become the first and the last that it can keep.
pub(super) fn nanos(time: DateTime<Utc>) -> i64 {
    let bound = if time < DateTime::<Utc>::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    };
    time.timestamp_nanos_opt().unwrap_or(bound)
}
