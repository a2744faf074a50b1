//! Placing in the real loop: what is asked, what is sent, and what is followed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use switchboard::call::{Failure, FailureKind, NewCall, Placement, State, Ticket, Turn};
use switchboard::feed::Command;

use crate::{Console, call};

fn lost() -> Failure {
    Failure::new(FailureKind::DeadlineExceeded, "")
}

#[tokio::test(start_paused = true)]
async fn a_placed_call_is_followed_whatever_the_filter_hides() {
    let mut console = Console::placing(Box::new(|_, reports| {
        Box::pin(async move {
            let placed = call(7, State::Queued);
            let placed = Placement::Placed(Box::new(placed));
            reports.send(placed).await.unwrap();
        })
    }));
    console.commands.recv().await.unwrap();
    console.press("/").await;
    console.write("failed").await;
    console.press("enter").await;
    console.fill_form().await;
    console.press("ctrl-s y").await;
    console.wait_for("the filter hides it, esc shows it").await;
    loop {
        let command = console.commands.recv().await.unwrap();
        if let Command::Follow { call } = command {
            assert_eq!(call.name.id(), "00007");
            break;
        }
    }
    console.press("esc").await;
    console.wait_for("+61 491 570 007").await;
}

#[tokio::test(start_paused = true)]
async fn the_same_number_takes_two_yes_and_a_call_again_after_no_trace_names_the_first() {
    type Wishes = Arc<Mutex<Vec<(NewCall, Option<Ticket>)>>>;
    let wishes = Wishes::default();
    let seen = wishes.clone();
    let console = Console::placing(Box::new(move |wish, reports| {
        seen.lock().unwrap().push((wish.call, wish.follows));
        Box::pin(async move {
            reports.send(Placement::Sending).await.unwrap();
            reports.send(Placement::Unknown(lost())).await.unwrap();
            tokio::time::sleep(Duration::from_secs(120)).await;
            reports.send(Placement::NoTrace(lost())).await.unwrap();
        })
    }));
    console
        .arrive(Turn(1), vec![call(1, State::Completed)])
        .await;
    console.fill_form().await;
    console.press("ctrl-s y").await;
    console.wait_for("1 unknown").await;
    // A second wish for the number, while the outcome of the first is open.
    console.press("n").await;
    console.write("+61491570006").await;
    console.press("ctrl-s").await;
    console.wait_for("an earlier call to it is unknown").await;
    console.press("y").await;
    console.wait_for("Call this number once more?").await;
    console.press("esc").await;
    console.wait_for("asks first").await;
    assert_eq!(wishes.lock().unwrap().len(), 1);
    console.press("ctrl-x esc").await;
    tokio::time::sleep(Duration::from_secs(125)).await;
    console.wait_for("1 no trace").await;
    console.press("P").await;
    console.wait_for("place it again, on a new ticket").await;
    console.press("a ctrl-s").await;
    console.wait_for("Instead of").await;
    console.press("y").await;
    console.wait_for("1 unknown").await;
    let wishes = wishes.lock().unwrap();
    assert_eq!(wishes.len(), 2);
    assert_eq!(wishes[0].0, wishes[1].0);
    assert!(wishes[0].1.is_none() && wishes[1].1.is_some());
}
