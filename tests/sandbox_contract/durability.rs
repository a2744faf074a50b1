//! The ledger on disk (`sandbox.md`, "Ledger"): nothing that was answered is lost, and no file of
//! somebody else's is touched.

use std::fs;
use std::path::Path;

use rstest::rstest;
use switchboard::proto::call::State;
use switchboard::sandbox::{LedgerError, Sandbox, SandboxError, Setup};
use tokio::net::TcpListener;
use tonic::Code;

use super::support::{Client, connect, create, get, list, page, pass, quiet, start, wish};

fn on(path: &Path) -> Setup {
    Setup {
        db: Some(path.to_owned()),
        ..quiet()
    }
}

#[tokio::test(start_paused = true)]
async fn answered_calls_survive_a_restart_and_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let (sandbox, mut client) = start(on(&path)).await;
    let talking = create(&mut client, wish("+61491570110")).await.unwrap();
    let mut placed = vec![talking.name.clone()];
    for _ in 0..20 {
        let call = create(&mut client, wish("+61491570156")).await.unwrap();
        placed.push(call.name);
    }
    pass(30.0).await;
    let before = get(&mut client, &talking.name).await.unwrap();
    assert_eq!(before.state(), State::InProgress);
    let (_, token) = page(&mut client, "", 5, "").await.unwrap();
    drop(client);
    sandbox.shutdown().await;

    let (_sandbox, mut client) = start(on(&path)).await;
    let calls = list(&mut client, "").await;
    assert_eq!(calls.len(), placed.len());
    assert!(
        placed
            .iter()
            .all(|name| calls.iter().any(|call| call.name == *name))
    );
    assert_eq!(get(&mut client, &talking.name).await.unwrap(), before);
    // The clock has not gone back: new calls are newer than all others.
    let new = create(&mut client, wish("+61491570156")).await.unwrap();
    assert_eq!(list(&mut client, "").await[0].name, new.name);
    // Tokens of the earlier run go on.
    let (calls, _) = page(&mut client, "", 100, &token).await.unwrap();
    assert_eq!(calls.len(), placed.len() - 5);
    pass(3_700.0).await;
    let ended = get(&mut client, &talking.name).await.unwrap();
    assert_eq!(ended.state(), State::Completed);
    assert_eq!(ended.answer_duration.unwrap().seconds, 3_600);
}

/// What `kill -9` leaves: the file and its log as they are at that moment.
#[tokio::test(start_paused = true)]
async fn an_answered_call_is_on_disk_at_that_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let (_sandbox, mut client) = start(on(&path)).await;
    for count in 1..=5 {
        let call = create(&mut client, wish("+61491570006")).await.unwrap();
        let copy = folder.path().join(format!("copy-{count}.db"));
        for suffix in ["", "-wal"] {
            let from = format!("{}{suffix}", path.display());
            fs::copy(from, format!("{}{suffix}", copy.display())).unwrap();
        }
        let (_sandbox, mut client) = start(on(&copy)).await;
        assert_eq!(get(&mut client, &call.name).await.unwrap(), call);
        assert_eq!(list(&mut client, "").await.len(), count);
    }
}

#[tokio::test(start_paused = true)]
async fn history_is_made_for_an_empty_ledger_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let setup = Setup {
        history: 50,
        ..on(&path)
    };
    for _ in 0..2 {
        let (sandbox, mut client) = start(setup.clone()).await;
        assert_eq!(list(&mut client, "").await.len(), 50);
        drop(client);
        sandbox.shutdown().await;
    }
}

/// A console that outlives its sandbox must not take the calls of the next one for those it knows.
#[tokio::test(start_paused = true)]
async fn an_empty_ledger_never_gives_the_names_of_another_one() {
    let names = async |setup: Setup| {
        let (_sandbox, mut client) = start(setup).await;
        create(&mut client, wish("+61491570006")).await.unwrap();
        let calls = list(&mut client, "").await;
        calls.into_iter().map(|call| call.name).collect::<Vec<_>>()
    };
    let setup = Setup {
        history: 50,
        ..quiet()
    };
    let (one, other) = (names(setup.clone()).await, names(setup.clone()).await);
    assert_eq!(one.len(), 51);
    assert!(one.iter().all(|name| !other.contains(name)));
    // With the salt given, a session replays to the last letter.
    let salted = Setup {
        salt: Some(7),
        ..setup
    };
    assert_eq!(names(salted.clone()).await, names(salted).await);
}

/// The salt stays with the ledger, whatever a later run asks for.
#[tokio::test(start_paused = true)]
async fn a_ledger_keeps_its_salt() {
    let folder = tempfile::tempdir().unwrap();
    let (path, twin) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let mut names = Vec::new();
    for (path, salts) in [(&path, [Some(1), Some(2)]), (&twin, [Some(1), Some(1)])] {
        for salt in salts {
            let (sandbox, mut client) = start(Setup { salt, ..on(path) }).await;
            let call = create(&mut client, wish("+61491570006")).await.unwrap();
            names.push(call.name);
            drop(client);
            sandbox.shutdown().await;
        }
    }
    assert_eq!(names[..2], names[2..]);
}

#[rstest]
#[case::text(b"this is a letter to somebody\n".repeat(100))]
#[case::short(b"x".to_vec())]
#[tokio::test(start_paused = true)]
async fn a_foreign_file_is_refused_and_left_as_it_is(#[case] content: Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    fs::write(&path, &content).unwrap();
    let refused = Sandbox::start(on(&path)).await.unwrap_err();
    assert!(
        matches!(refused, SandboxError::Ledger(LedgerError::Foreign { .. })),
        "{refused}"
    );
    assert!(refused.to_string().contains("letter.txt"));
    assert_eq!(fs::read(&path).unwrap(), content);
}

#[tokio::test(start_paused = true)]
async fn a_database_of_somebody_else_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE calls (id); INSERT INTO calls VALUES (1)")
        .unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let refused = Sandbox::start(on(&path)).await.unwrap_err();
    assert!(matches!(
        refused,
        SandboxError::Ledger(LedgerError::Foreign { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_ledger_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let setup = Setup {
        history: 200,
        ..on(&path)
    };
    let sandbox = Sandbox::start(setup).await.unwrap();
    sandbox.shutdown().await;
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xAA);
    fs::write(&path, &bytes).unwrap();
    let refused = Sandbox::start(on(&path)).await.unwrap_err();
    assert!(
        matches!(refused, SandboxError::Ledger(LedgerError::Damaged { .. })),
        "{refused}"
    );
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    Sandbox::start(on(&path)).await.unwrap().shutdown().await;
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let refused = Sandbox::start(on(&path)).await.unwrap_err();
    assert!(matches!(
        refused,
        SandboxError::Ledger(LedgerError::Newer { version: 99, .. })
    ));
}

#[tokio::test]
async fn a_ledger_has_one_sandbox_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let first = Sandbox::start(on(&path)).await.unwrap();
    let refused = Sandbox::start(on(&path)).await.unwrap_err();
    assert!(matches!(
        refused,
        SandboxError::Ledger(LedgerError::InUse { .. })
    ));
    first.shutdown().await;
    assert!(Sandbox::start(on(&path)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_path_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/such/folder/ledger.db");
    let refused = Sandbox::start(on(&path)).await.unwrap_err();
    assert!(refused.to_string().contains("no/such/folder"), "{refused}");
}

#[rstest]
#[case::rate(Setup { rate: -1.0, ..quiet() })]
#[case::endless_rate(Setup { rate: f64::INFINITY, ..quiet() })]
#[case::speed(Setup { speed: 0.0, ..quiet() })]
#[case::too_fast(Setup { speed: 1_000.5, ..quiet() })]
#[case::too_many(Setup { rate: 1_000.5, ..quiet() })]
#[case::no_speed(Setup { speed: f64::NAN, ..quiet() })]
#[case::projects(Setup { projects: Vec::new(), ..quiet() })]
#[tokio::test(start_paused = true)]
async fn a_setup_that_makes_no_sense_is_refused(#[case] setup: Setup) {
    let refused = Sandbox::start(setup).await.unwrap_err();
    assert!(matches!(refused, SandboxError::Setup(_)), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_pipe_to_a_sandbox_that_is_gone_refuses() {
    let (sandbox, mut client) = start(quiet()).await;
    let pipe = sandbox.pipe();
    assert!(list(&mut client, "").await.is_empty());
    sandbox.shutdown().await;
    assert!(pipe.connect().await.is_err());
    let failed = get(&mut client, "projects/demo/calls/a").await.unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn each_connection_of_a_pipe_is_one_of_its_own() {
    let (sandbox, mut first) = start(quiet()).await;
    let mut second = connect(sandbox.pipe()).await;
    let call = create(&mut first, wish("+61491570006")).await.unwrap();
    drop(first);
    assert_eq!(get(&mut second, &call.name).await.unwrap(), call);
}

#[tokio::test]
async fn over_tcp_it_is_the_same_and_stops_when_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sandbox = Sandbox::start(quiet()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(sandbox.serve(listener, async {
        stopped.await.ok();
    }));
    let mut client = Client::connect(format!("http://{address}")).await.unwrap();
    let call = create(&mut client, wish("+61491570006")).await.unwrap();
    assert_eq!(list(&mut client, "").await, [call]);
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(Client::connect(format!("http://{address}")).await.is_err());
}
