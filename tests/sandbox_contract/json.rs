//! Calls as proto3 JSON (`api.md §3`), read back by a reader that knows the wire's names and nothing
//! of how they were written.

use std::collections::BTreeMap;

use proptest::prelude::*;
use prost_types::{Duration, Timestamp};
use serde_json::{Map, Value};
use switchboard::convert;
use switchboard::proto::call::{ApiCallOptions, CreateMethod, Direction, State, Transport};
use switchboard::proto::call_recording_config::CallRecordingTrigger;
use switchboard::proto::google::r#type::{LatLng, Money};
use switchboard::proto::{
    Call, CallRecordingConfig, NumberLocation, PostProcessing, TranscribeOption,
};

/// Reads the JSON of a call strictly: every name has to be known, no default value may be told, and
/// every value has to be of the kind that proto3 JSON has for it.
pub(crate) fn read(json: &[u8]) -> Call {
    let mut call = Message::of(&serde_json::from_slice(json).unwrap());
    let read = Call {
        name: call.text("name"),
        to: call.text("to"),
        from: call.text("from"),
        from_location: call.message("fromLocation", |place| NumberLocation {
            region_code: place.text("regionCode"),
            administrative_area: place.text("administrativeArea"),
            locality: place.text("locality"),
            coordinates: place.message("coordinates", |point| LatLng {
                latitude: point.double("latitude"),
                longitude: point.double("longitude"),
            }),
        }),
        from_zone: call.text("fromZone"),
        is_private: call.flag("isPrivate"),
        labels: call.labels("labels"),
        transport: call.number("transport", |name| {
            Transport::from_str_name(name).map(i32::from)
        }),
        direction: call.number("direction", |name| {
            Direction::from_str_name(name).map(i32::from)
        }),
        error_code: call.text("errorCode"),
        error_message: call.text("errorMessage"),
        price: call.message("price", |price| Money {
            currency_code: price.text("currencyCode"),
            units: price.long("units"),
            nanos: price.number("nanos", |_| None),
        }),
        state: call.number("state", |name| State::from_str_name(name).map(i32::from)),
        create_time: call.time("createTime"),
        start_time: call.time("startTime"),
        ring_time: call.time("ringTime"),
        answer_time: call.time("answerTime"),
        end_time: call.time("endTime"),
        bridged: call.flag("bridged"),
        originating_call: call.text("originatingCall"),
        create_method: call.number("createMethod", |name| {
            CreateMethod::from_str_name(name).map(i32::from)
        }),
        options: call.message("options", |options| ApiCallOptions {
            handler_uris: options.list("handlerUris", |uri| uri.as_str().unwrap().to_owned()),
            state_update_uri: options.text("stateUpdateUri"),
            timeout_seconds: options.number("timeoutSeconds", |_| None),
            recording: options.message("recording", recording),
        }),
        sip_call_id: call.text("sipCallId"),
        answer_duration: call.take("answerDuration").map(|value| {
            let text = value.as_str().unwrap();
            fraction_by_threes(text.strip_suffix('s').unwrap());
            text.parse::<Duration>().unwrap()
        }),
    };
    call.end();
    read
}

fn recording(message: &mut Message) -> CallRecordingConfig {
    CallRecordingConfig {
        trigger: message.number("trigger", |name| {
            CallRecordingTrigger::from_str_name(name).map(i32::from)
        }),
        post_processing: message.list("postProcessing", |step| {
            enumerated(step, |name| {
                PostProcessing::from_str_name(name).map(i32::from)
            })
        }),
        recording_ready_uri: message.text("recordingReadyUri"),
        transcribe: message.number("transcribe", |name| {
            TranscribeOption::from_str_name(name).map(i32::from)
        }),
        transcription_ready_uri: message.text("transcriptionReadyUri"),
    }
}

/// The fields of a message that have not been read yet.
struct Message(Map<String, Value>);

impl Message {
    fn of(value: &Value) -> Self {
        Self(value.as_object().unwrap().clone())
    }

    fn end(self) {
        assert!(self.0.is_empty(), "unknown fields: {:?}", self.0);
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    fn text(&mut self, name: &str) -> String {
        let Some(value) = self.take(name) else {
            return String::new();
        };
        let text = value.as_str().unwrap().to_owned();
        assert!(!text.is_empty(), "{name} is told though it is empty");
        text
    }

    fn flag(&mut self, name: &str) -> bool {
        self.take(name).is_some_and(|value| {
            assert_eq!(value, Value::Bool(true), "{name}");
            true
        })
    }

    /// An enum, or a number of 32 bits, for which no name is one.
    fn number(&mut self, name: &str, named: fn(&str) -> Option<i32>) -> i32 {
        let Some(value) = self.take(name) else {
            return 0;
        };
        let number = enumerated(&value, named);
        assert_ne!(number, 0, "{name} is told though it is the default");
        number
    }

    fn long(&mut self, name: &str) -> i64 {
        let Some(value) = self.take(name) else {
            return 0;
        };
        let number = value.as_str().unwrap().parse().unwrap();
        assert_ne!(number, 0, "{name} is told though it is the default");
        number
    }

    fn double(&mut self, name: &str) -> f64 {
        self.take(name).map_or(0.0, |value| value.as_f64().unwrap())
    }

    fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.take(name).map(|value| {
            let text = value.as_str().unwrap();
            fraction_by_threes(text.strip_suffix('Z').unwrap());
            text.parse().unwrap()
        })
    }

    fn labels(&mut self, name: &str) -> BTreeMap<String, String> {
        let Some(value) = self.take(name) else {
            return BTreeMap::new();
        };
        let labels = value.as_object().unwrap();
        assert!(!labels.is_empty(), "{name} are told though there are none");
        labels
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
            .collect()
    }

    fn list<T>(&mut self, name: &str, read: impl Fn(&Value) -> T) -> Vec<T> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let values = value.as_array().unwrap();
        assert!(!values.is_empty(), "{name} are told though there are none");
        values.iter().map(read).collect()
    }

    fn message<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let mut message = Self::of(&self.take(name)?);
        let read = read(&mut message);
        message.end();
        Some(read)
    }
}

/// Known values go by their names, and only unknown ones by their numbers.
fn enumerated(value: &Value, named: impl Fn(&str) -> Option<i32>) -> i32 {
    match value.as_str() {
        Some(name) => named(name).unwrap(),
        None => i32::try_from(value.as_i64().unwrap()).unwrap(),
    }
}

fn fraction_by_threes(seconds: &str) {
    let digits = seconds
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    assert!([0, 3, 6, 9].contains(&digits), "{seconds}");
    assert!(digits == 0 || !seconds.ends_with("000"), "{seconds}");
}

fn time() -> impl Strategy<Value = Option<Timestamp>> {
    let seconds = prop_oneof![0..4_000_000_000_i64, -62_135_596_800..=253_402_300_799_i64];
    let time = (seconds, nanos()).prop_map(|(seconds, nanos)| Timestamp { seconds, nanos });
    proptest::option::of(time)
}

fn nanos() -> impl Strategy<Value = i32> {
    prop_oneof![
        Just(0),
        (0..1_000).prop_map(|millis| millis * 1_000_000),
        (0..1_000_000).prop_map(|micros| micros * 1_000),
        0..1_000_000_000,
    ]
}

/// Two parts of one sign.
fn parts(most: i64) -> impl Strategy<Value = (i64, i32)> {
    (0..=most, nanos(), any::<bool>()).prop_map(|(whole, nanos, negative)| {
        let sign = if negative { -1 } else { 1 };
        (whole * i64::from(sign), nanos * sign)
    })
}

/// Any text, those that JSON has to escape among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ -~]{1,12}",
        "\\PC{1,6}",
        any::<String>()
    ]
}

fn place() -> impl Strategy<Value = NumberLocation> {
    // Millionths, which this reader of JSON reads exactly.
    let degrees =
        |most: i32| (-most * 1_000_000..=most * 1_000_000).prop_map(|it| f64::from(it) / 1e6);
    let point = (degrees(90), degrees(180)).prop_map(|(latitude, longitude)| LatLng {
        latitude,
        longitude,
    });
    let point = prop_oneof![Just(LatLng::default()), point];
    (text(), text(), text(), proptest::option::of(point)).prop_map(
        |(region_code, administrative_area, locality, coordinates)| NumberLocation {
            region_code,
            administrative_area,
            locality,
            coordinates,
        },
    )
}

fn options() -> impl Strategy<Value = ApiCallOptions> {
    let steps = proptest::collection::vec(-1..4, 0..3);
    let recording = (-1..6, steps, text(), -1..5, text()).prop_map(
        |(trigger, post_processing, recording_ready_uri, transcribe, transcription_ready_uri)| {
            CallRecordingConfig {
                trigger,
                post_processing,
                recording_ready_uri,
                transcribe,
                transcription_ready_uri,
            }
        },
    );
    let uris = proptest::collection::vec(text(), 0..3);
    (uris, text(), any::<i32>(), proptest::option::of(recording)).prop_map(
        |(handler_uris, state_update_uri, timeout_seconds, recording)| ApiCallOptions {
            handler_uris,
            state_update_uri,
            timeout_seconds,
            recording,
        },
    )
}

prop_compose! {
    /// Any call whose values are within their bounds.
    fn call()(
        texts in proptest::collection::vec(text(), 8),
        flags in any::<[bool; 2]>(),
        numbers in [-2..12, -2..12, -2..12, -2..12],
        labels in proptest::collection::btree_map(text(), text(), 0..4),
        times in [time(), time(), time(), time(), time()],
        price in proptest::option::of((text(), parts(i64::MAX))),
        length in proptest::option::of(parts(315_576_000_000)),
        from_location in proptest::option::of(place()),
        options in proptest::option::of(options()),
    ) -> Call {
        let [name, to, from, zone, code, message, origin, sip] = <[String; 8]>::try_from(texts).unwrap();
        let [is_private, bridged] = flags;
        let [transport, direction, state, create_method] = numbers;
        let [create_time, start_time, ring_time, answer_time, end_time] = times;
        Call {
            name, to, from, from_location, from_zone: zone, is_private, labels, transport, direction,
            error_code: code, error_message: message,
            price: price.map(|(currency_code, (units, nanos))| Money { currency_code, units, nanos }),
            state, create_time, start_time, ring_time, answer_time, end_time, bridged,
            originating_call: origin, create_method, options, sip_call_id: sip,
            answer_duration: length.map(|(seconds, nanos)| Duration { seconds, nanos }),
        }
    }
}

proptest! {
    /// §3, "JSON shape": every field of a call is told, with its name, kind and value.
    #[test]
    fn nothing_of_a_call_is_lost_on_its_way_to_json(call in call()) {
        let json = serde_json::to_vec(&convert::call(call.clone())).unwrap();
        prop_assert_eq!(read(&json), call);
    }
}
