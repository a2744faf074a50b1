//! Between the wire's messages and the domain, for those who speak the wire: the client, and the
//! sandbox where it writes calls as JSON. Reading is total: whatever a service sends becomes a call,
//! with what makes no sense left out or held to its bounds; of what makes sense nothing is lost.

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::{
    Call, CallName, CreateMethod, Direction, Location, Money, NewCall, Options, PostProcessing,
    RecordingConfig, State, Transcribe, Transport, Trigger,
};
use crate::proto;

/// The longest duration of the wire, 10,000 years (`google.protobuf.Duration`).
const LONGEST_SECONDS: i64 = 315_576_000_000;
/// The first and the last second of a Timestamp: the years 1 to 9999.
const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const NANOS: std::ops::RangeInclusive<i32> = 0..=999_999_999;

/// A call as the service sent it.
#[must_use]
pub fn call(wire: proto::Call) -> Call {
    Call {
        name: CallName::new(wire.name),
        to: wire.to.into(),
        from: wire.from.into(),
        from_location: wire.from_location.map(|place| Box::new(location(place))),
        from_zone: wire.from_zone.into(),
        is_private: wire.is_private,
        labels: wire.labels.into_iter().collect(),
        transport: Transport::from_number(wire.transport),
        direction: Direction::from_number(wire.direction),
        error_code: wire.error_code.into(),
        error_message: wire.error_message.into(),
        price: wire
            .price
            .map(|price| Money::new(price.currency_code, price.units, price.nanos)),
        state: State::from_number(wire.state),
        create_time: wire.create_time.and_then(time),
        start_time: wire.start_time.and_then(time),
        ring_time: wire.ring_time.and_then(time),
        answer_time: wire.answer_time.and_then(time),
        end_time: wire.end_time.and_then(time),
        answer_duration: wire.answer_duration.map(duration),
        bridged: wire.bridged,
        originating_call: Some(wire.originating_call)
            .filter(|name| !name.is_empty())
            .map(CallName::new),
        create_method: CreateMethod::from_number(wire.create_method),
        options: wire.options.map(|wire| Box::new(options(wire))),
        sip_call_id: wire.sip_call_id.into(),
    }
}

/// The call of a CreateCall request: what the service decides itself stays unset.
#[must_use]
pub fn new_call(new: &NewCall) -> proto::Call {
    let options = &new.options;
    proto::Call {
        to: new.to.clone(),
        from: new.from.clone(),
        is_private: new.is_private,
        labels: new
            .labels
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        options: Some(proto::call::ApiCallOptions {
            handler_uris: options.handler_uris.clone(),
            state_update_uri: options.state_update_uri.clone(),
            timeout_seconds: options.timeout_seconds,
            recording: options.recording.as_ref().map(recording_out),
        }),
        ..proto::Call::default()
    }
}

fn time(wire: prost_types::Timestamp) -> Option<DateTime<Utc>> {
    if !TIMESTAMP_SECONDS.contains(&wire.seconds) || !NANOS.contains(&wire.nanos) {
        return None;
    }
    DateTime::from_timestamp(wire.seconds, u32::try_from(wire.nanos).ok()?)
}

fn duration(wire: prost_types::Duration) -> TimeDelta {
    let seconds = wire.seconds.clamp(-LONGEST_SECONDS, LONGEST_SECONDS);
    TimeDelta::seconds(seconds) + TimeDelta::nanoseconds(i64::from(wire.nanos))
}

fn location(wire: proto::NumberLocation) -> Location {
    let on_earth = |latitude: f64, longitude: f64| {
        (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)
    };
    Location {
        region_code: wire.region_code,
        administrative_area: wire.administrative_area,
        locality: wire.locality,
        coordinates: wire
            .coordinates
            .map(|point| (point.latitude, point.longitude))
            .filter(|&(latitude, longitude)| on_earth(latitude, longitude)),
    }
}

/// What a call was asked for with.
#[must_use]
pub fn options(wire: proto::call::ApiCallOptions) -> Options {
    Options {
        handler_uris: wire.handler_uris,
        state_update_uri: wire.state_update_uri,
        timeout_seconds: wire.timeout_seconds,
        recording: wire.recording.map(recording_in),
    }
}

fn recording_in(wire: proto::CallRecordingConfig) -> RecordingConfig {
    RecordingConfig {
        trigger: Trigger::from_number(wire.trigger),
        post_processing: wire
            .post_processing
            .into_iter()
            .map(PostProcessing::from_number)
            .collect(),
        recording_ready_uri: wire.recording_ready_uri,
        transcribe: Transcribe::from_number(wire.transcribe),
        transcription_ready_uri: wire.transcription_ready_uri,
    }
}

fn recording_out(config: &RecordingConfig) -> proto::CallRecordingConfig {
    proto::CallRecordingConfig {
        trigger: config.trigger.number(),
        post_processing: config
            .post_processing
            .iter()
            .map(|step| step.number())
            .collect(),
        recording_ready_uri: config.recording_ready_uri.clone(),
        transcribe: config.transcribe.number(),
        transcription_ready_uri: config.transcription_ready_uri.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::Message as _;

    fn stamp(seconds: i64, nanos: i32) -> prost_types::Timestamp {
        prost_types::Timestamp { seconds, nanos }
    }

    #[test]
    fn every_field_of_a_call_arrives() {
        let wire = proto::Call {
            name: "projects/demo/calls/1".to_owned(),
            to: "+61491570156".to_owned(),
            from: "+61255501234".to_owned(),
            from_location: Some(proto::NumberLocation {
                region_code: "AU".to_owned(),
                administrative_area: "NSW".to_owned(),
                locality: "Sydney".to_owned(),
                coordinates: Some(proto::google::r#type::LatLng {
                    latitude: -33.9,
                    longitude: 151.2,
                }),
            }),
            from_zone: "zone".to_owned(),
            is_private: true,
            labels: [("campaign".to_owned(), "spring".to_owned())].into(),
            transport: 3,
            direction: 2,
            error_code: "USER".to_owned(),
            error_message: "no".to_owned(),
            price: Some(proto::google::r#type::Money {
                currency_code: "AUD".to_owned(),
                units: 1,
                nanos: 500_000_000,
            }),
            state: 5,
            create_time: Some(stamp(100, 1)),
            start_time: Some(stamp(101, 0)),
            ring_time: Some(stamp(102, 0)),
            answer_time: Some(stamp(103, 0)),
            end_time: Some(stamp(104, 0)),
            bridged: true,
            originating_call: "projects/demo/calls/0".to_owned(),
            create_method: 2,
            options: Some(proto::call::ApiCallOptions {
                handler_uris: vec!["https://app.example/".to_owned()],
                state_update_uri: "https://app.example/state".to_owned(),
                timeout_seconds: 30,
                recording: Some(proto::CallRecordingConfig {
                    trigger: 2,
                    post_processing: vec![1],
                    recording_ready_uri: "https://app.example/r".to_owned(),
                    transcribe: 2,
                    transcription_ready_uri: "https://app.example/t".to_owned(),
                }),
            }),
            sip_call_id: "abc@host".to_owned(),
            answer_duration: Some(prost_types::Duration {
                seconds: 1,
                nanos: 500_000_000,
            }),
        };
        let read = call(wire);
        assert_eq!(read.name.id(), "1");
        assert_eq!(read.price.as_ref().unwrap().to_string(), "AUD 1.50");
        assert_eq!(read.state, State::Completed);
        assert_eq!(read.transport, Transport::Sip);
        assert_eq!(read.direction, Direction::Incoming);
        assert_eq!(read.create_method, CreateMethod::ParentCall);
        assert_eq!(read.labels.get("campaign"), Some("spring"));
        assert_eq!(read.create_time.unwrap().timestamp_subsec_nanos(), 1);
        let seconds = [
            read.start_time,
            read.ring_time,
            read.answer_time,
            read.end_time,
        ]
        .map(|time| time.unwrap().timestamp());
        assert_eq!(seconds, [101, 102, 103, 104]);
        assert_eq!(read.answer_duration, Some(TimeDelta::milliseconds(1_500)));
        assert_eq!(read.originating_call.unwrap().id(), "0");
        assert_eq!(
            read.from_location.unwrap().coordinates,
            Some((-33.9, 151.2))
        );
        let options = read.options.unwrap();
        let recording = options.recording.as_ref().unwrap();
        assert!(recording.records() && recording.transcribes());
        assert_eq!(recording.post_processing, [PostProcessing::TrimSilence]);
        assert!(read.bridged && read.is_private);
        assert_eq!((&*read.error_code, &*read.error_message), ("USER", "no"));
        assert_eq!((&*read.sip_call_id, &*read.from_zone), ("abc@host", "zone"));
    }

    #[test]
    fn what_makes_no_sense_is_left_out_or_bounded() {
        let wire = proto::Call {
            state: 77,
            direction: -1,
            create_time: Some(stamp(i64::MAX, 0)),
            start_time: Some(stamp(0, -1)),
            ring_time: Some(stamp(0, 1_500_000_000)),
            end_time: Some(stamp(i64::MIN, 0)),
            answer_duration: Some(prost_types::Duration {
                seconds: i64::MIN,
                nanos: i32::MIN,
            }),
            price: Some(proto::google::r#type::Money {
                currency_code: String::new(),
                units: i64::MIN,
                nanos: i32::MIN,
            }),
            from_location: Some(proto::NumberLocation {
                coordinates: Some(proto::google::r#type::LatLng {
                    latitude: f64::NAN,
                    longitude: 1e300,
                }),
                ..proto::NumberLocation::default()
            }),
            ..proto::Call::default()
        };
        let read = call(wire);
        assert_eq!(read.state, State::Other(77));
        assert_eq!(read.direction, Direction::Other(-1));
        assert_eq!(
            [
                read.create_time,
                read.start_time,
                read.ring_time,
                read.end_time
            ],
            [None; 4]
        );
        assert!(read.answer_duration.unwrap() < TimeDelta::zero());
        assert!(read.price.unwrap().total_nanos() < 0);
        assert_eq!(read.from_location.unwrap().coordinates, None);
        assert_eq!(read.originating_call, None);
    }

    #[test]
    fn a_request_says_what_was_asked_for_and_nothing_else() {
        let new = NewCall {
            to: "+61491570006".to_owned(),
            from: "+61255501234".to_owned(),
            is_private: true,
            labels: [("k", "v")].into_iter().collect(),
            options: Options {
                handler_uris: vec!["https://a.example/".to_owned()],
                state_update_uri: "https://b.example/".to_owned(),
                timeout_seconds: 45,
                recording: Some(RecordingConfig {
                    trigger: Trigger::Bridge,
                    post_processing: vec![PostProcessing::TrimSilence],
                    recording_ready_uri: "https://c.example/".to_owned(),
                    transcribe: Transcribe::Default,
                    transcription_ready_uri: "https://d.example/".to_owned(),
                }),
            },
        };
        let wire = new_call(&new);
        assert_eq!((wire.state, wire.create_method), (0, 0));
        assert!(wire.name.is_empty() && wire.create_time.is_none());
        let back = call(wire);
        assert_eq!((&*back.to, &*back.from), (&*new.to, &*new.from));
        assert!(back.is_private);
        assert_eq!(back.labels, new.labels);
        assert_eq!(*back.options.unwrap(), new.options);
    }

    proptest! {
        #[test]
        fn any_message_becomes_a_call(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(wire) = proto::Call::decode(&bytes[..]) {
                let read = call(wire);
                let _ = (read.timeline(), read.is_open(), format!("{read:?}"));
            }
        }

        #[test]
        fn any_timestamp_is_read_or_left_out(seconds: i64, nanos: i32) {
            let _ = time(stamp(seconds, nanos));
            let _ = duration(prost_types::Duration { seconds, nanos });
        }
    }
}
