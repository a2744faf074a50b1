//! How fast walks are, and how much they ask.

use super::*;

/// A day of traffic: much by day, little at night, a burst, and an hour of silence.
fn day(count: usize) -> Vec<Call> {
    let day = 86_400_f64;
    (0..count)
        .map(|number| {
            let part = f64::from(u32::try_from(number).unwrap())
                / f64::from(u32::try_from(count).unwrap());
            let wave = part + 0.12 * (part * std::f64::consts::TAU).sin();
            let seconds = if number % 10 == 0 {
                40_000.0 + 60.0 * part
            } else if (0.6..0.65).contains(&wave) {
                0.6 * day
            } else {
                wave * day
            };
            #[expect(clippy::cast_possible_truncation, reason = "a day has few nanoseconds")]
            let nanos = (seconds * 1e9) as i64 + i64::try_from(number % 2).unwrap();
            call(number, at(nanos))
        })
        .collect()
}

/// The requests and the time of a walk over 20,000 calls at a latency of 50 ms.
async fn measured(calls: Vec<Call>, asked: Asked) -> (usize, Duration) {
    let count = calls.len();
    let faults = Faults {
        latency: Duration::from_millis(50),
        ..Faults::default()
    };
    let model = Model::new(calls, faults, 1);
    let began = Instant::now();
    assert_eq!(walked(&model, asked.job("")).await.len(), count);
    (model.with(|inner| inner.asked.len()), began.elapsed())
}

#[rstest]
#[case::even(every(TimeDelta::milliseconds(4_321), 20_000))]
#[case::uneven(day(20_000))]
#[case::dense(every(TimeDelta::nanoseconds(1), 20_000))]
#[case::sparse(every(TimeDelta::days(30), 2_000))]
#[tokio::test(start_paused = true)]
async fn it_is_ten_times_as_fast_as_page_after_page(
    #[case] calls: Vec<Call>,
    #[values(Delivery::NewestFirst, Delivery::AsRead)] delivery: Delivery,
    #[values("tight", "all time")] range: &str,
) {
    let pages = calls.len() / 100;
    let range = match range {
        "tight" => {
            at(0)
                ..calls
                    .iter()
                    .filter_map(|call| call.create_time)
                    .max()
                    .unwrap()
                    + TimeDelta::nanoseconds(1)
        }
        _ => Time::MIN_UTC..Time::MAX_UTC,
    };
    let asked = Asked {
        range,
        delivery,
        ..everything()
    };
    let (requests, took) = measured(calls, asked).await;
    println!("{requests} requests for {pages} pages, {took:?}");
    let one_by_one = Duration::from_millis(50) * u32::try_from(pages).unwrap();
    // Of few pages, the first ones weigh: where the calls are has to be found out.
    let times = if pages < 100 { 2 } else { 8 };
    assert!(took * times < one_by_one, "{took:?} for {pages} pages");
    assert!(
        requests < pages * 3 / 2 + 40,
        "{requests} requests for {pages} pages"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_while_nobody_takes_what_came() {
    let model = Model::new(every(TimeDelta::seconds(1), 100_000), Faults::default(), 1);
    let walk = start(model.clone(), everything().job(""));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let asked = model.with(|inner| inner.asked.len());
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(model.with(|inner| inner.asked.len()), asked);
    // Not every page is full.
    let most = Effort::default().read_ahead * 5 / 4 + WAITING;
    assert!(asked <= most, "{asked}");
    drop(walk);
}

#[rstest]
#[case::near(1, 16)]
#[case::far(50, 20)]
#[case::very_far(300, 32)]
#[tokio::test(start_paused = true)]
async fn the_further_the_service_the_more_is_asked_at_once(
    #[case] latency: u64,
    #[case] at_once: usize,
) {
    let faults = Faults {
        latency: Duration::from_millis(latency),
        ..Faults::default()
    };
    let model = Model::new(every(TimeDelta::seconds(1), 30_000), faults, 1);
    walked(&model, everything().job("")).await;
    assert_eq!(model.with(|inner| inner.most_under_way), at_once);
}
