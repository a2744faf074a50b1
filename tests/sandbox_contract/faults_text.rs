//! Faults of the calls themselves: late prices and hostile text (`sandbox.md`, table of `--fault`).

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Timestamp;
use switchboard::call::{CallName, Labels, check_labels, is_hostile};
use switchboard::proto::Call;
use switchboard::proto::call::State;
use switchboard::sandbox::Setup;

use super::faults::with;
use super::support::{create, get, list, page, pass, start, start_time, wish};

fn time(time: Option<Timestamp>) -> DateTime<Utc> {
    let time = time.unwrap();
    DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).unwrap()).unwrap()
}

/// Where the exchange's clock stands after some seconds of a test, at a speed of 1.
fn after(seconds: f64) -> DateTime<Utc> {
    start_time() + TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap()
}

/// `late-price`: that long after the end, for placed and for simulated calls.
#[tokio::test(start_paused = true)]
async fn prices_come_so_long_after_the_end() {
    let setup = Setup {
        history: 100,
        rate: 0.5,
        ..with("late-price=90s")
    };
    let (_sandbox, mut client) = start(setup).await;
    let placed = create(&mut client, wish("+61491570006")).await.unwrap();
    let mut met = [0, 0];
    let mut passed = 0.0;
    for _ in 0..40 {
        pass(15.0).await;
        passed += 15.0;
        let now = after(passed);
        for call in list(&mut client, "state = COMPLETED").await {
            let since = now - time(call.end_time);
            if since < TimeDelta::seconds(89) {
                assert_eq!(call.price, None, "{since} after the end of {call:?}");
                met[0] += 1;
            } else if since > TimeDelta::seconds(91) {
                assert!(call.price.is_some(), "{since} after the end of {call:?}");
                met[1] += 1;
            }
        }
    }
    assert!(met[0] > 50 && met[1] > 50, "{met:?}");
    let placed = get(&mut client, &placed.name).await.unwrap();
    assert_eq!(placed.state(), State::Completed);
    assert!(placed.price.is_some());
}

/// `late-price` for a call that was placed, to the second.
#[tokio::test(start_paused = true)]
async fn a_placed_call_waits_for_its_price() {
    let (_sandbox, mut client) = start(with("late-price=5m")).await;
    let call = create(&mut client, wish("+61491570006")).await.unwrap();
    pass(60.0).await;
    let ended = get(&mut client, &call.name).await.unwrap();
    let since = after(60.0) - time(ended.end_time);
    pass(298.0 - since.as_seconds_f64()).await;
    let unpriced = get(&mut client, &call.name).await.unwrap();
    assert_eq!(unpriced.price, None);
    pass(4.0).await;
    let priced = get(&mut client, &call.name).await.unwrap();
    assert!(priced.price.is_some());
    assert_eq!(
        Call {
            price: None,
            ..priced
        },
        unpriced
    );
}

/// Every text of a call that somebody else than the service had a say in, by its field.
fn texts(call: &Call) -> Vec<(&'static str, String)> {
    let mut texts = vec![
        ("to", call.to.clone()),
        ("from", call.from.clone()),
        ("from_zone", call.from_zone.clone()),
        ("sip_call_id", call.sip_call_id.clone()),
        ("error_message", call.error_message.clone()),
    ];
    for (key, value) in &call.labels {
        texts.push(("label key", key.clone()));
        texts.push(("label", value.clone()));
    }
    if let Some(place) = &call.from_location {
        texts.push(("region", place.region_code.clone()));
        texts.push(("area", place.administrative_area.clone()));
        texts.push(("locality", place.locality.clone()));
    }
    texts
}

fn hostile() -> Setup {
    Setup {
        history: 1_000,
        rate: 1.0,
        salt: Some(3),
        ..with("hostile-text")
    }
}

/// `hostile-text`: names, numbers, labels, messages, zones and locations carry all sorts, within
/// the bounds of §5; resource names never do ("Faults").
#[tokio::test(start_paused = true)]
async fn hostile_text_is_in_every_kind_of_text() {
    let (_sandbox, mut client) = start(hostile()).await;
    pass(60.0).await;
    let calls = list(&mut client, "").await;
    assert!(calls.len() > 1_030);
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = String::new();
    for call in &calls {
        for (field, text) in texts(call) {
            *met.entry(field).or_default() += usize::from(text.contains(is_hostile));
            all.push_str(&text);
        }
        for name in [&call.name, &call.originating_call] {
            assert!(name.is_ascii() && !name.contains(is_hostile), "{name:?}");
        }
        let id = CallName::new(&*call.name);
        assert!(uuid_like(id.id()), "{}", call.name);
        let labels: Labels = call
            .labels
            .iter()
            .map(|(key, value)| (&**key, &**value))
            .collect();
        assert_eq!(check_labels(&labels), Ok(()));
        if call.error_code == "USER" {
            assert!(call.error_message.chars().count() <= 64, "§4.4");
        }
    }
    assert!(met.values().all(|count| *count > 5), "{met:?}");
    for specimen in [
        "\u{1b}[2J",
        "\u{1b}]52;c;",
        "\u{1b}]0;",
        "\u{9b}",
        "\u{202e}",
        "\u{200b}",
        "\0",
        "\n",
        "漢",
        "\u{301}",
        "\u{200d}👩",
    ] {
        assert!(all.contains(specimen), "{}", specimen.escape_unicode());
    }
    assert!(
        calls
            .iter()
            .flat_map(texts)
            .any(|(_, text)| text.len() > 5_000)
    );
}

fn uuid_like(id: &str) -> bool {
    id.len() == 36 && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// `hostile-text` changes texts and nothing else: not which calls come, when, or how they go.
#[tokio::test(start_paused = true)]
async fn hostile_text_changes_nothing_but_texts() {
    let (_hostile, mut client) = start(hostile()).await;
    let (_plain, mut plain) = start(Setup {
        faults: "".parse().unwrap(),
        ..hostile()
    })
    .await;
    pass(120.0).await;
    let without_texts = |mut call: Call| {
        call.to.clear();
        call.from = if call.from.is_empty() { "" } else { "somebody" }.to_owned();
        call.from_zone.clear();
        call.sip_call_id.clear();
        call.error_message.clear();
        call.labels.clear();
        if let Some(place) = &mut call.from_location {
            place.region_code.clear();
            place.administrative_area.clear();
            place.locality.clear();
        }
        call
    };
    let [spoilt, plain] = [list(&mut client, "").await, list(&mut plain, "").await];
    assert_ne!(spoilt, plain);
    let [spoilt, plain] =
        [spoilt, plain].map(|calls| calls.into_iter().map(without_texts).collect::<Vec<_>>());
    assert!(spoilt == plain);
}

/// `hostile-text` touches simulated calls only ("Faults").
#[tokio::test(start_paused = true)]
async fn a_placed_call_is_never_spoilt() {
    let (_sandbox, mut client) = start(with("hostile-text")).await;
    for _ in 0..20 {
        let mut asked = wish("+61491570159");
        asked.labels.insert("order".to_owned(), "A1".to_owned());
        create(&mut client, asked).await.unwrap();
    }
    pass(60.0).await;
    for call in list(&mut client, "").await {
        assert_eq!((&*call.to, &*call.from), ("+61491570159", "+61255501234"));
        assert_eq!(call.labels["order"], "A1");
        assert_eq!(call.labels.len(), 1);
        assert_eq!(call.error_message, "The number is not in service");
    }
}

/// `hostile-text`, §6: filters find calls by texts of that sort, with the escapes they need.
#[tokio::test(start_paused = true)]
async fn filters_find_hostile_numbers() {
    let (_sandbox, mut client) = start(hostile()).await;
    let (calls, _) = page(&mut client, "", 100, "").await.unwrap();
    for call in calls {
        let quoted = call.to.replace('\\', "\\\\").replace('\'', "\\'");
        let filter = format!("to = '{}'", quoted.replace('*', "\\*"));
        let found = list(&mut client, &filter).await;
        assert!(found.iter().all(|other| other.to == call.to));
        assert!(found.iter().any(|other| other.name == call.name));
    }
}
