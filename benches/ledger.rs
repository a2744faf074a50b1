//! What a page of 100 calls costs, by how many calls there are, by the filter, and by where in the
//! list the page lies. Over the in-memory pipe, with all that gRPC adds.
//!
//! `cargo bench --bench ledger`

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hyper_util::rt::TokioIo;
use switchboard::proto::ListCallsRequest;
use switchboard::proto::calls_client::CallsClient;
use switchboard::sandbox::{Sandbox, Setup};
use tokio::runtime::Runtime;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// Without `--bench`, which cargo gives to benches only, the smallest has to do.
const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];
/// How many pages deep the middle of a list lies, if it is so long.
const MIDDLE: usize = 100;

/// The history begins at noon of this day, and goes back to the noon before.
const NOON: &str = "2021-03-01T12:00:00Z";

const FILTERS: [(&str, &str); 9] = [
    ("everything", ""),
    ("state", "state = FAILED"),
    ("prefix", "to = '+614*'"),
    (
        "window",
        "createTime >= '2021-03-01T02:00:00Z' AND createTime < '2021-03-01T03:00:00Z'",
    ),
    ("rare prefix", "to = '+1212555019*'"),
    ("infix", "from = '*79460*'"),
    ("no match", "from = '*x9y*' AND state = FAILED"),
    ("enums", "direction = INCOMING AND to = '+614*'"),
    (
        "mixture",
        "(to = '*7' AND from = '*3' AND state = REJECTED) OR NOT (to = '+*' OR to = 'sip:*')",
    ),
];

async fn connect(sandbox: &Sandbox) -> CallsClient<Channel> {
    let pipe = sandbox.pipe();
    let connector = service_fn(move |_| {
        let pipe = pipe.clone();
        async move { pipe.connect().await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://sandbox.invalid");
    CallsClient::new(endpoint.connect_with_connector(connector).await.unwrap())
}

/// Reads a page; answers with the token of the next one.
async fn page(mut client: CallsClient<Channel>, filter: &str, page_token: &str) -> String {
    let request = ListCallsRequest {
        parent: "projects/demo".to_owned(),
        page_size: 100,
        page_token: page_token.to_owned(),
        filter: filter.to_owned(),
    };
    let answer = client.list_calls(request).await.unwrap();
    answer.into_inner().next_page_token
}

/// The token of a page in the middle of a list.
async fn middle(client: &CallsClient<Channel>, filter: &str) -> String {
    let mut token = String::new();
    for _ in 0..MIDDLE {
        let next = page(client.clone(), filter, &token).await;
        if next.is_empty() {
            break;
        }
        token = next;
    }
    token
}

fn pages(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let whole = std::env::args().any(|argument| argument == "--bench");
    for size in SIZES.into_iter().take(if whole { SIZES.len() } else { 1 }) {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            db: Some(folder.path().join("ledger.db")),
            history: size,
            rate: 0.0,
            salt: Some(1),
            start: NOON.parse().ok(),
            ..Setup::default()
        };
        let (sandbox, client) = runtime.block_on(async {
            let sandbox = Sandbox::start(setup).await.unwrap();
            let client = connect(&sandbox).await;
            (sandbox, client)
        });
        let mut group = criterion.benchmark_group(format!("page of {size}"));
        group
            .sample_size(20)
            .measurement_time(Duration::from_secs(2))
            .warm_up_time(Duration::from_millis(500));
        for (name, filter) in FILTERS {
            let middle = runtime.block_on(middle(&client, filter));
            for (place, token) in [("first", ""), ("middle", &middle)] {
                group.bench_function(BenchmarkId::new(name, place), |bencher| {
                    bencher.iter(|| runtime.block_on(page(client.clone(), filter, token)));
                });
            }
        }
        group.finish();
        runtime.block_on(sandbox.shutdown());
    }
}

criterion_group!(benches, pages);
criterion_main!(benches);
