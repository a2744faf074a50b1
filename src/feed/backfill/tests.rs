//! Whole walks over a model of the service: the result is the ledger's range, each call once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;
use tokio::time::Instant;

use super::model::{Faults, Model, at, call, every, plan};
use super::walker::FEWEST_AT_ONCE;
use super::*;

type Time = DateTime<Utc>;

/// A walk as a test asks for it.
#[derive(Debug, Clone)]
struct Asked {
    range: Range<Time>,
    delivery: Delivery,
    effort: Effort,
}

impl Asked {
    fn job(&self, filter: &str) -> Job {
        Job {
            delivery: self.delivery,
            effort: self.effort,
            ..Job::new(plan(filter), self.range.clone())
        }
    }
}

fn everything() -> Asked {
    Asked {
        range: at(-1)..at(i64::MAX / 4),
        delivery: Delivery::NewestFirst,
        effort: Effort::default(),
    }
}

/// Takes batches until the end, or until there are so many; each has what it says that it has.
async fn take(walk: &mut Walk, model: &Model, most: usize) -> Result<Vec<Call>, Failure> {
    let mut calls: Vec<Call> = Vec::new();
    let mut batches = 0;
    while batches < most
        && let Some(report) = walk.next().await
    {
        let Report::Batch(batch) = report? else {
            continue;
        };
        batches += 1;
        model.receive(batch.calls.len());
        let times = batch.calls.iter().map(|call| call.create_time.unwrap());
        assert!(times.is_sorted_by(|a, b| a >= b));
        for call in &batch.calls {
            assert!(batch.covers.contains(&call.create_time.unwrap()));
        }
        calls.extend(batch.calls);
    }
    Ok(calls)
}

/// A walk to its end.
async fn walked(model: &Model, job: Job) -> Vec<Call> {
    let mut walk = start(model.clone(), job);
    let calls = take(&mut walk, model, usize::MAX).await.unwrap();
    assert!(walk.bookmark().is_done(), "{}", walk.bookmark());
    assert!((walk.progress().share() - 1.0).abs() < 1e-9);
    assert_eq!(walk.progress().calls(), calls.len() as u64);
    calls
}

fn in_order(mut calls: Vec<Call>) -> Vec<Call> {
    calls.sort_by(|a, b| (b.create_time, &b.name).cmp(&(a.create_time, &a.name)));
    calls
}

fn ledger() -> impl Strategy<Value = Vec<Call>> {
    // Close enough for many equal times; or far apart, or with gaps.
    let close = prop::collection::vec(0..60_i64, 0..150);
    let apart = prop::collection::vec(0..600_000_000_000_i64, 0..150);
    let gaps = prop::collection::vec((0..4_i64, 0..1_000_i64), 0..150).prop_map(|times| {
        let year = 31_536_000_000_000_000;
        times
            .into_iter()
            .map(|(far, near)| far * year + near)
            .collect()
    });
    prop_oneof![close, apart, gaps].prop_map(|times: Vec<i64>| {
        let times = times.into_iter().enumerate();
        times
            .map(|(number, nanos)| call(number, at(nanos)))
            .collect()
    })
}

fn faults() -> impl Strategy<Value = Faults> {
    let share = |most: f64| prop_oneof![2 => Just(0.0), 1 => 0.0..most];
    let shares = (
        share(0.4),
        share(0.3),
        share(0.2),
        share(0.05),
        share(0.5),
        share(1.0),
    );
    (
        shares,
        0..200_u64,
        any::<bool>(),
        prop::bool::weighted(0.15),
    )
        .prop_map(
            |((unavailable, exhausted, broken, expired, empty, short), jitter, offsets, deaf)| {
                Faults {
                    unavailable,
                    exhausted,
                    broken,
                    // Where nothing but tokens leads on, they have to last.
                    expired: if deaf { 0.0 } else { expired },
                    empty,
                    short,
                    jitter: Duration::from_millis(jitter),
                    offsets,
                    ignores_filters: deaf,
                    ..Faults::default()
                }
            },
        )
}

fn asked() -> impl Strategy<Value = Asked> {
    let ends = prop_oneof![
        Just((-1, i64::MAX / 4)),
        (0..60_i64, 0..60_i64),
        (0..600_000_000_000_i64, 0..600_000_000_000_i64),
    ];
    let delivery = prop_oneof![Just(Delivery::NewestFirst), Just(Delivery::AsRead)];
    (ends, delivery, 0..9_usize, 1..12_u32, 1..20_usize).prop_map(
        |((start, end), delivery, at_once, page_size, read_ahead)| Asked {
            range: at(start)..at(end),
            delivery,
            effort: Effort {
                at_once: NonZeroUsize::new(at_once),
                page_size,
                read_ahead,
                patience: Duration::from_secs(100_000),
            },
        },
    )
}

/// Runs with tokio's time paused, so that waits cost nothing.
fn run<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let years = Duration::from_secs(100_000_000);
    let within = async move { tokio::time::timeout(years, what).await };
    runtime.block_on(within).expect("it stands still")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_walk_delivers_the_range_whatever_befalls(
        calls in ledger(),
        faults in faults(),
        asked in asked(),
        filter in prop_oneof![Just(""), Just("state = BUSY")],
        seed in any::<u64>(),
    ) {
        run(async {
            let deaf = faults.ignores_filters;
            let model = Model::new(calls, faults, seed);
            let mut walked = walked(&model, asked.job(filter)).await;
            let plan = plan(filter);
            if deaf {
                // It is the receiver who evaluates the filter.
                walked.retain(|call| plan.allows(call));
            }
            if asked.delivery == Delivery::AsRead {
                walked = in_order(walked);
            }
            prop_assert_eq!(walked, model.expected(&plan, &asked.range));
            Ok(())
        })?;
    }

    #[test]
    fn a_walk_that_was_left_goes_on_where_it_was(
        calls in ledger(),
        faults in faults(),
        asked in asked(),
        left_after in 0..20_usize,
        seed in any::<u64>(),
    ) {
        run(async {
            let model = Model::new(calls, faults, seed);
            let mut walk = start(model.clone(), asked.job(""));
            let mut all = take(&mut walk, &model, left_after).await.unwrap();
            let text = walk.bookmark().to_string();
            drop(walk);
            let job = Job::resume(plan(""), text.parse().unwrap()).unwrap();
            let job = Job { delivery: asked.delivery, ..job };
            let mut walk = start(model.clone(), job);
            all.extend(take(&mut walk, &model, usize::MAX).await.unwrap());
            if asked.delivery == Delivery::AsRead {
                all = in_order(all);
            }
            prop_assert_eq!(all, model.expected(&plan(""), &asked.range));
            Ok(())
        })?;
    }

    #[test]
    fn what_is_kept_has_a_bound_however_slow_the_receiver(
        gaps in prop::collection::vec(1..1_000_000_000_i64, 1..600),
        mut asked in asked(),
        unavailable in 0.0..0.3_f64,
        pause in 0..2_000_u64,
        seed in any::<u64>(),
    ) {
        // The call that ends a page is read twice, and weighs much if the page is small.
        asked.effort.page_size = asked.effort.page_size.max(4);
        run(async {
            let mut time = 0;
            let calls = gaps.into_iter().enumerate().map(|(number, gap)| {
                time += gap;
                call(number, at(time))
            });
            let jitter = Duration::from_millis(100);
            let faults = Faults { unavailable, jitter, ..Faults::default() };
            let model = Model::new(calls.collect(), faults, seed);
            let mut walk = start(model.clone(), asked.job(""));
            let mut calls = Vec::new();
            loop {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                let some = take(&mut walk, &model, 1).await.unwrap();
                if some.is_empty() && walk.bookmark().is_done() {
                    break;
                }
                calls.extend(some);
            }
            prop_assert_eq!(in_order(calls), model.expected(&plan(""), &asked.range));
            let page = asked.effort.page_size as usize;
            // What may be read ahead, the page for which others wait, what waits for the receiver;
            // and what was read for nothing, as it was split off meanwhile, or ended a page.
            let at_once = asked.effort.at_once.map_or(FEWEST_AT_ONCE, NonZeroUsize::get);
            let pages = asked.effort.read_ahead + 1 + WAITING + 1 + at_once;
            let kept = model.with(|inner| inner.most_kept);
            prop_assert!(kept <= pages * page, "{} kept", kept);
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_created_meanwhile_lies_behind_the_range() {
    let faults = Faults {
        latency: Duration::from_millis(50),
        ..Faults::default()
    };
    let model = Model::new(every(TimeDelta::seconds(1), 5_000), faults, 1);
    let range = at(0)..at(5_000_000_000_000);
    let asked = Asked {
        range: range.clone(),
        ..everything()
    };
    let expected = model.expected(&plan(""), &range);
    let mut walk = start(model.clone(), asked.job(""));
    let mut calls = take(&mut walk, &model, 3).await.unwrap();
    let late = (5_000..6_000).map(|number| call(number, at(5_000_000_000_000)));
    model.put(late.collect());
    calls.extend(take(&mut walk, &model, usize::MAX).await.unwrap());
    assert_eq!(calls, expected);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_shows_up_ahead_of_the_walk_is_delivered_and_one_behind_it_is_not() {
    let model = Model::new(every(TimeDelta::seconds(10), 5_000), Faults::default(), 1);
    let asked = everything();
    let mut walk = start(model.clone(), asked.job(""));
    let mut calls = take(&mut walk, &model, 1).await.unwrap();
    let (ahead, behind) = (call(9_000, at(5)), call(9_001, at(49_985_000_000_000)));
    assert!(walk.covered().contains(behind.create_time.unwrap()));
    model.put(vec![ahead.clone(), behind.clone()]);
    calls.extend(take(&mut walk, &model, usize::MAX).await.unwrap());
    assert_eq!(calls.len(), 5_001);
    assert!(calls.contains(&ahead) && !calls.contains(&behind));
}

#[rstest]
#[case::permission(FailureKind::PermissionDenied { permission: None }, 0)]
#[case::argument(FailureKind::InvalidArgument { violations: Vec::new() }, 0)]
#[case::unreachable(FailureKind::Unavailable, 120)]
#[case::exhausted(FailureKind::ResourceExhausted { retry_after: None }, 120)]
#[case::broken(FailureKind::Internal, 120)]
#[tokio::test(start_paused = true)]
async fn a_failure_that_does_not_pass_ends_it_and_what_was_delivered_counts(
    #[case] kind: FailureKind,
    #[case] patience: u64,
) {
    let faults = Faults {
        latency: Duration::from_millis(50),
        from: Some((30, kind.clone())),
        ..Faults::default()
    };
    let model = Model::new(every(TimeDelta::seconds(1), 10_000), faults, 1);
    let asked = everything();
    let mut walk = start(model.clone(), asked.job(""));
    let mut calls = Vec::new();
    let failure = loop {
        match walk.next().await.unwrap() {
            Ok(Report::Batch(batch)) => calls.extend(batch.calls),
            Ok(Report::Waiting { failure, wait }) => {
                assert!(!wait.is_zero());
                assert_eq!(failure.kind, kind);
            }
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.kind, kind);
    assert!(walk.next().await.is_none());
    let took = walk.progress().elapsed().as_secs();
    assert!(took <= patience + 40, "{took} s");
    assert!(!calls.is_empty() && calls.len() < 10_000);
    // The way on is where it ended.
    model.with(|inner| inner.faults.from = None);
    let bookmark = walk.bookmark().clone();
    let mut walk = start(model.clone(), Job::resume(plan(""), bookmark).unwrap());
    calls.extend(take(&mut walk, &model, usize::MAX).await.unwrap());
    assert_eq!(calls, model.expected(&plan(""), &asked.range));
}

#[tokio::test(start_paused = true)]
async fn in_an_outage_it_asks_seldom_and_goes_on_by_itself() {
    let faults = Faults {
        latency: Duration::from_millis(50),
        ..Faults::default()
    };
    let model = Model::new(every(TimeDelta::seconds(1), 20_000), faults, 1);
    let mut walk = start(model.clone(), everything().job(""));
    let mut calls = take(&mut walk, &model, 5).await.unwrap();
    let before = model.with(|inner| {
        inner.faults.unavailable = 1.0;
        inner.asked.len()
    });
    let over = Instant::now() + Duration::from_secs(60);
    while let Ok(Some(report)) = tokio::time::timeout_at(over, walk.next()).await {
        if let Report::Batch(batch) = report.unwrap() {
            calls.extend(batch.calls);
        }
    }
    let asked = model.with(|inner| inner.asked.len()) - before;
    assert!(asked < 60, "{asked} requests in a minute of outage");
    model.with(|inner| inner.faults.unavailable = 0.0);
    calls.extend(take(&mut walk, &model, usize::MAX).await.unwrap());
    assert_eq!(calls.len(), 20_000);
}

#[tokio::test(start_paused = true)]
async fn dropping_it_ends_its_requests() {
    struct Told(Arc<AtomicBool>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    #[derive(Clone)]
    struct Never(Arc<AtomicBool>);
    impl Pages for Never {
        fn page(
            &self,
            _: ListRequest,
        ) -> impl Future<Output = Result<Page, Failure>> + Send + 'static {
            let told = Told(Arc::clone(&self.0));
            async move {
                let _told = told;
                std::future::pending().await
            }
        }
    }
    let given_up = Arc::new(AtomicBool::new(false));
    let mut walk = start(Never(Arc::clone(&given_up)), everything().job(""));
    let second = Duration::from_secs(1);
    assert!(tokio::time::timeout(second, walk.next()).await.is_err());
    assert!(!given_up.load(Ordering::SeqCst));
    drop(walk);
    tokio::time::sleep(second).await;
    assert!(given_up.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_range_without_time_asks_nothing() {
    let model = Model::new(every(TimeDelta::seconds(1), 10), Faults::default(), 1);
    for range in [at(5)..at(5), at(9)..at(1)] {
        let asked = Asked {
            range,
            ..everything()
        };
        assert!(walked(&model, asked.job("")).await.is_empty());
    }
    assert!(model.with(|inner| inner.asked.is_empty()));
}

mod measures;
