//! A call as proto3 JSON, in the one place that writes it: for webhooks, and for whoever reads the
//! output of a command (`api.md §3`).
//!
//! Names are in lowerCamelCase, enums go by their names and unknown ones by their numbers, 64-bit
//! integers and times are texts, and what has its default value is left out, but for messages that
//! are there. Fields come in the order of their declaration and labels in that of their keys, so
//! that the same call is always the same text.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Call, Labels, Location, Money, NewCall, Options, RecordingConfig};

/// The fields of a message, those with default values left out.
struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    /// A field whatever its value.
    fn field(
        &mut self,
        name: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }

    /// A field unless it has its default value.
    fn unless(
        &mut self,
        default: bool,
        name: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), M::Error> {
        if default {
            Ok(())
        } else {
            self.field(name, value)
        }
    }

    fn text(&mut self, name: &'static str, value: &str) -> Result<(), M::Error> {
        self.unless(value.is_empty(), name, value)
    }

    fn flag(&mut self, name: &'static str, value: bool) -> Result<(), M::Error> {
        self.unless(!value, name, &value)
    }

    fn integer(&mut self, name: &'static str, value: i32) -> Result<(), M::Error> {
        self.unless(value == 0, name, &value)
    }

    fn list(&mut self, name: &'static str, values: &[impl Serialize]) -> Result<(), M::Error> {
        self.unless(values.is_empty(), name, values)
    }

    /// A message, which is there even if all that it has are default values.
    fn message(
        &mut self,
        name: &'static str,
        value: Option<&impl Serialize>,
    ) -> Result<(), M::Error> {
        match value {
            Some(value) => self.field(name, value),
            None => Ok(()),
        }
    }

    fn time(&mut self, name: &'static str, value: Option<DateTime<Utc>>) -> Result<(), M::Error> {
        self.message(name, value.map(Time).as_ref())
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        self.0.end()
    }
}

fn fields<S: Serializer>(serializer: S) -> Result<Fields<S::SerializeMap>, S::Error> {
    serializer.serialize_map(None).map(Fields)
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Named one by one, so that a field that is new cannot be forgotten here.
        let Self {
            name,
            to,
            from,
            from_location,
            from_zone,
            is_private,
            labels,
            transport,
            direction,
            error_code,
            error_message,
            price,
            state,
            create_time,
            start_time,
            ring_time,
            answer_time,
            end_time,
            answer_duration,
            bridged,
            originating_call,
            create_method,
            options,
            sip_call_id,
        } = self;
        let originating_call = originating_call.as_ref().map_or("", |name| name.as_str());
        let mut fields = fields(serializer)?;
        fields.text("name", name.as_str())?;
        fields.text("to", to)?;
        fields.text("from", from)?;
        fields.message("fromLocation", from_location.as_deref())?;
        fields.text("fromZone", from_zone)?;
        fields.flag("isPrivate", *is_private)?;
        fields.unless(labels.is_empty(), "labels", labels)?;
        fields.unless(transport.number() == 0, "transport", transport)?;
        fields.unless(direction.number() == 0, "direction", direction)?;
        fields.text("errorCode", error_code)?;
        fields.text("errorMessage", error_message)?;
        fields.message("price", price.as_ref())?;
        fields.unless(state.number() == 0, "state", state)?;
        fields.time("createTime", *create_time)?;
        fields.time("startTime", *start_time)?;
        fields.time("ringTime", *ring_time)?;
        fields.time("answerTime", *answer_time)?;
        fields.time("endTime", *end_time)?;
        fields.flag("bridged", *bridged)?;
        fields.text("originatingCall", originating_call)?;
        fields.unless(create_method.number() == 0, "createMethod", create_method)?;
        fields.message("options", options.as_deref())?;
        fields.text("sipCallId", sip_call_id)?;
        fields.message("answerDuration", answer_duration.map(Length).as_ref())?;
        fields.end()
    }
}

/// The input half of a call, as it stands in the request that places it.
impl Serialize for NewCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            to,
            from,
            is_private,
            labels,
            options,
        } = self;
        let mut fields = fields(serializer)?;
        fields.text("to", to)?;
        fields.text("from", from)?;
        fields.flag("isPrivate", *is_private)?;
        fields.unless(labels.is_empty(), "labels", labels)?;
        fields.field("options", options)?;
        fields.end()
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            region_code,
            administrative_area,
            locality,
            coordinates,
        } = self;
        let mut fields = fields(serializer)?;
        fields.text("regionCode", region_code)?;
        fields.text("administrativeArea", administrative_area)?;
        fields.text("locality", locality)?;
        let point = coordinates.map(|(latitude, longitude)| Point {
            latitude,
            longitude,
        });
        fields.message("coordinates", point.as_ref())?;
        fields.end()
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let units = self.units();
        let mut fields = fields(serializer)?;
        fields.text("currencyCode", self.currency())?;
        fields.unless(units == 0, "units", &Shown(units))?;
        fields.integer("nanos", self.nanos())?;
        fields.end()
    }
}

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            handler_uris,
            state_update_uri,
            timeout_seconds,
            recording,
        } = self;
        let mut fields = fields(serializer)?;
        fields.list("handlerUris", handler_uris)?;
        fields.text("stateUpdateUri", state_update_uri)?;
        fields.integer("timeoutSeconds", *timeout_seconds)?;
        fields.message("recording", recording.as_ref())?;
        fields.end()
    }
}

impl Serialize for RecordingConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            trigger,
            post_processing,
            recording_ready_uri,
            transcribe,
            transcription_ready_uri,
        } = self;
        let mut fields = fields(serializer)?;
        fields.unless(trigger.number() == 0, "trigger", trigger)?;
        fields.list("postProcessing", post_processing)?;
        fields.text("recordingReadyUri", recording_ready_uri)?;
        fields.unless(transcribe.number() == 0, "transcribe", transcribe)?;
        fields.text("transcriptionReadyUri", transcription_ready_uri)?;
        fields.end()
    }
}

/// `google.type.LatLng`.
struct Point {
    latitude: f64,
    longitude: f64,
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = fields(serializer)?;
        // A negative zero is not the default value, and a number that is none has a name.
        for (name, degrees) in [("latitude", self.latitude), ("longitude", self.longitude)] {
            if degrees.is_nan() {
                fields.field(name, "NaN")?;
            } else if degrees.is_infinite() {
                let infinite = if degrees > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                };
                fields.field(name, infinite)?;
            } else {
                fields.unless(degrees.to_bits() == 0, name, &degrees)?;
            }
        }
        fields.end()
    }
}

/// `google.protobuf.Timestamp`: RFC 3339 in UTC with 0, 3, 6 or 9 digits of a fraction.
struct Time(DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// `google.protobuf.Duration`: seconds with 0, 3, 6 or 9 digits of a fraction, and an `s`.
struct Length(TimeDelta);

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < TimeDelta::zero() { "-" } else { "" };
        let seconds = self.0.num_seconds().unsigned_abs();
        let nanos = self.0.subsec_nanos().unsigned_abs();
        write!(f, "{sign}{seconds}")?;
        if nanos == 0 {
            // Whole seconds have no fraction.
        } else if nanos.is_multiple_of(1_000_000) {
            write!(f, ".{:03}", nanos / 1_000_000)?;
        } else if nanos.is_multiple_of(1_000) {
            write!(f, ".{:06}", nanos / 1_000)?;
        } else {
            write!(f, ".{nanos:09}")?;
        }
        f.write_str("s")
    }
}

/// A value that goes as a text, as 64-bit integers do.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallName, CreateMethod, Direction, State, Transport, Trigger};
    use rstest::rstest;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn json(call: &Call) -> String {
        serde_json::to_string(call).unwrap()
    }

    /// `api.md §3`, "JSON shape".
    #[test]
    fn the_sample_of_the_contract_is_written_to_the_letter() {
        let mut call = Call::new(CallName::new("projects/demo/calls/6f1c"));
        call.to = "+61491570156".into();
        call.from = "+61255501234".into();
        call.labels.insert("campaign", "spring");
        call.transport = Transport::Pstn;
        call.direction = Direction::Outgoing;
        call.price = Some(Money::new("AUD", 0, 42_000_000));
        call.state = State::Completed;
        call.create_time = Some(time("2021-03-01T02:00:00.120Z"));
        call.start_time = Some(time("2021-03-01T02:00:00.410Z"));
        call.ring_time = Some(time("2021-03-01T02:00:02.900Z"));
        call.answer_time = Some(time("2021-03-01T02:00:09Z"));
        call.end_time = Some(time("2021-03-01T02:01:09.500Z"));
        call.create_method = CreateMethod::Api;
        call.options = Some(Box::new(Options {
            handler_uris: vec!["https://app.example/handle-call".to_owned()],
            state_update_uri: "https://app.example/state".to_owned(),
            ..Options::default()
        }));
        call.answer_duration = Some(TimeDelta::milliseconds(60_500));
        assert_eq!(
            json(&call),
            concat!(
                r#"{"name":"projects/demo/calls/6f1c","to":"+61491570156","from":"+61255501234","#,
                r#""labels":{"campaign":"spring"},"transport":"PSTN","direction":"OUTGOING","#,
                r#""price":{"currencyCode":"AUD","nanos":42000000},"state":"COMPLETED","#,
                r#""createTime":"2021-03-01T02:00:00.120Z","#,
                r#""startTime":"2021-03-01T02:00:00.410Z","#,
                r#""ringTime":"2021-03-01T02:00:02.900Z","answerTime":"2021-03-01T02:00:09Z","#,
                r#""endTime":"2021-03-01T02:01:09.500Z","createMethod":"API","#,
                r#""options":{"handlerUris":["https://app.example/handle-call"],"#,
                r#""stateUpdateUri":"https://app.example/state"},"answerDuration":"60.500s"}"#
            )
        );
    }

    #[test]
    fn messages_that_are_there_are_told_though_they_are_empty() {
        let mut call = Call::new(CallName::new(""));
        assert_eq!(json(&call), "{}");
        call.options = Some(Box::new(Options {
            recording: Some(RecordingConfig::default()),
            ..Options::default()
        }));
        call.price = Some(Money::new("", 0, 0));
        call.from_location = Some(Box::new(Location {
            coordinates: Some((0.0, 0.0)),
            ..Location::default()
        }));
        call.answer_duration = Some(TimeDelta::zero());
        assert_eq!(
            json(&call),
            concat!(
                r#"{"fromLocation":{"coordinates":{}},"price":{},"options":{"recording":{}},"#,
                r#""answerDuration":"0s"}"#
            )
        );
    }

    #[test]
    fn unknown_enums_are_numbers_and_large_integers_are_texts() {
        let mut call = Call::new(CallName::new(""));
        call.state = State::Other(77);
        call.direction = Direction::Other(-1);
        call.price = Some(Money::new("AUD", i64::MIN, -999_999_999));
        call.options = Some(Box::new(Options {
            recording: Some(RecordingConfig {
                trigger: Trigger::Other(9),
                ..RecordingConfig::default()
            }),
            ..Options::default()
        }));
        assert_eq!(
            json(&call),
            concat!(
                r#"{"direction":-1,"price":{"currencyCode":"AUD","#,
                r#""units":"-9223372036854775808","nanos":-999999999},"state":77,"#,
                r#""options":{"recording":{"trigger":9}}}"#
            )
        );
    }

    #[rstest]
    #[case(TimeDelta::zero(), "0s")]
    #[case(TimeDelta::milliseconds(12_345), "12.345s")]
    #[case(TimeDelta::microseconds(1), "0.000001s")]
    #[case(TimeDelta::nanoseconds(-1), "-0.000000001s")]
    #[case(TimeDelta::milliseconds(-1_500), "-1.500s")]
    #[case(TimeDelta::seconds(315_576_000_000), "315576000000s")]
    fn lengths_have_as_many_digits_as_they_need_by_threes(
        #[case] length: TimeDelta,
        #[case] text: &str,
    ) {
        assert_eq!(Length(length).to_string(), text);
    }

    #[rstest]
    #[case("2021-03-01T02:00:00Z", "2021-03-01T02:00:00Z")]
    #[case("2021-03-01T02:00:00.1Z", "2021-03-01T02:00:00.100Z")]
    #[case("2021-03-01T02:00:00.0001Z", "2021-03-01T02:00:00.000100Z")]
    #[case(
        "2021-03-01T12:00:00.000000001+10:00",
        "2021-03-01T02:00:00.000000001Z"
    )]
    #[case("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    fn times_have_as_many_digits_as_they_need_by_threes(#[case] from: &str, #[case] text: &str) {
        let mut call = Call::new(CallName::new(""));
        call.end_time = Some(time(from));
        assert_eq!(json(&call), format!(r#"{{"endTime":"{text}"}}"#));
    }

    #[rstest]
    #[case((f64::NAN, f64::INFINITY), r#"{"latitude":"NaN","longitude":"Infinity"}"#)]
    #[case((f64::NEG_INFINITY, -33.5), r#"{"latitude":"-Infinity","longitude":-33.5}"#)]
    #[case((-0.0, 151.2), r#"{"latitude":-0.0,"longitude":151.2}"#)]
    fn degrees_are_numbers_or_have_a_name(#[case] point: (f64, f64), #[case] text: &str) {
        let location = Location {
            coordinates: Some(point),
            ..Location::default()
        };
        let written = serde_json::to_string(&location).unwrap();
        assert_eq!(written, format!(r#"{{"coordinates":{text}}}"#));
    }
}
