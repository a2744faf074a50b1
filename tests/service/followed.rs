//! A call that was placed here is followed to its end, whatever the query asks for.

use std::time::Duration;

use switchboard::call::State;
use switchboard::feed::{Command, Pace};

use crate::console::Console;
use crate::scripted::{Service, call};

#[tokio::test(start_paused = true)]
async fn a_placed_call_that_no_list_brings_is_read_to_its_end() {
    let service = Service::start();
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_live().await;
    let placed = call(7, 0, State::Queued);
    // It has ended before any list had it among the calls under way.
    service.put(call(7, 0, State::Busy));
    console
        .tell(Command::Follow {
            call: Box::new(placed),
        })
        .await;
    console.during(Duration::from_secs(3)).await;
    assert_eq!(console.state(7), Some(State::Busy));
}

#[tokio::test(start_paused = true)]
async fn it_is_followed_under_the_next_query_too() {
    let service = Service::start();
    let mut console = Console::start(service.client(), Pace::default());
    console.watch("state = FAILED").await;
    console.until_live().await;
    service.put(call(7, 0, State::Busy));
    console
        .tell(Command::Follow {
            call: Box::new(call(7, 0, State::Queued)),
        })
        .await;
    console.watch("state = REJECTED").await;
    console.during(Duration::from_secs(3)).await;
    assert_eq!(console.state(7), Some(State::Busy));
}
